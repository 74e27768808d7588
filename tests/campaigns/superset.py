"""Superset itself on published marts: the bundle imported by its API, charts asked, a publication while it runs.

    make superset

Installs Superset into a folder of its own (.superset/, ignored by git), publishes a copy of the built warehouse, starts a
server of one process with several threads, which is where connections to one DuckDB file meet, imports clients/superset/ and
asks for the data of each chart. What comes back must be the report's numbers. Then it tries through SQL Lab what must not
work, publishes again while the charts are asked without a pause, and takes a picture of the dashboard.

Needs a built warehouse, Chromium and pip.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

import duckdb  # noqa: E402
import requests  # noqa: E402
from browser_page import FLAGS, chromium  # noqa: E402
from made_part import put_made_part  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from report_numbers import Numbers, differences, report_numbers  # noqa: E402
from superset_bundle import FOLDER, Bundle, chart_numbers, read_bundle  # noqa: E402
from warehouse_build import BIN, PROJECT  # noqa: E402

from staff_mobility.publish.place import Publication, Published  # noqa: E402
from staff_mobility.settings import load_settings  # noqa: E402

PAGE, PICTURE = PROJECT / "docs" / "connect.md", PROJECT / "docs" / "superset.png"
PLACE = PROJECT / ".superset"
REQUIREMENTS = FOLDER / "requirements.txt"
VERSIONS = ("apache-superset", "duckdb-engine", "duckdb")
START_SECONDS, ASK_SECONDS, PUBLISH_SECONDS, DRAW_SECONDS = 300, 120, 900, 120
THREADS = 8
PAUSE_SECONDS = 0.5
# Wide enough for the rows of the dashboard, and small as a file.
WIDTH, HEIGHT, LARGEST_BYTES = 1200, 960, 150_000
# What a second publication differs by.
ADDED_STAYS = 1

CONFIG = """
import os
SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
SQLALCHEMY_DATABASE_URI = "sqlite:///" + os.environ["SUPERSET_HOME"] + "/superset.db"
# No certificate on this machine, and no addresses but its own.
TALISMAN_ENABLED = False
RATELIMIT_ENABLED = False
"""

FORBIDDEN = {
    "read another file": "select * from read_text('{page}')",
    "attach the working warehouse": "attach '{warehouse}' as inside (read_only)",
    "write": "delete from main.publication",
    "change settings": "set memory_limit = '1GB'",
}


@dataclass
class Seen:
    """What was found.

    Attributes:
        rows: Lines of the table, name and value.
        problems: What must not be.
    """

    rows: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Installed:
    """Superset's own environment and the folder of its metadata."""

    home: Path
    secret: str = field(default_factory=lambda: secrets.token_hex(32))

    @property
    def environment(self) -> dict[str, str]:
        """Of all its processes."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("STAFF_MOBILITY_")}
        return {
            **kept,
            "PYTHONPATH": "",
            "FLASK_APP": "superset.app:create_app()",
            "SUPERSET_CONFIG_PATH": str(self.home / "superset_config.py"),
            "SUPERSET_HOME": str(self.home),
            "SUPERSET_SECRET_KEY": self.secret,
        }

    def run(self, *arguments: str) -> None:
        """Run the command `superset`."""
        command = [PLACE / "bin" / "superset", *arguments]
        done = subprocess.run(command, env=self.environment, cwd=self.home, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"superset {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-3000:]}")


class Server:
    """A running Superset, its administrator logged in."""

    def __init__(self, address: str, password: str) -> None:
        self.address = address
        self.password = password
        self.http = requests.Session()

    def log_in(self) -> None:
        """Log in by the API, and get what it wants to see with every change."""
        told = {"username": "admin", "password": self.password, "provider": "db", "refresh": False}
        token = self.post("security/login", json=told)["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"
        self.http.headers["X-CSRFToken"] = self.get("security/csrf_token/")["result"]
        self.http.headers["Referer"] = self.address

    def get(self, path: str, **options: Any) -> dict[str, Any]:
        """Ask the API."""
        return self._answer(self.http.get(f"{self.address}/api/v1/{path}", timeout=ASK_SECONDS, **options))

    def post(self, path: str, **options: Any) -> dict[str, Any]:
        """Tell the API something."""
        return self._answer(self.http.post(f"{self.address}/api/v1/{path}", timeout=ASK_SECONDS, **options))

    def import_bundle(self, uri: str) -> None:
        """Import the bundle with the address of a publication's file, by the script of the page."""
        command = [sys.executable, FOLDER / "import_bundle.py", self.address, "admin", uri]
        subprocess.run(command, env={**os.environ, "SUPERSET_PASSWORD": self.password}, check=True)

    def chart_ids(self, bundle: Bundle) -> dict[str, int]:
        """Return the server's number of each chart by the name of its file."""
        listed = {each["slice_name"]: each["id"] for each in self.get("chart/")["result"]}
        return {name: listed[chart["slice_name"]] for name, chart in bundle.charts.items()}

    def rows(self, chart: int) -> list[dict[str, Any]]:
        """Return the data of a chart."""
        (result,) = self.get(f"chart/{chart}/data/")["result"]
        return list(result["data"])

    def sql(self, database: int, statement: str) -> list[dict[str, Any]]:
        """Run a statement in SQL Lab."""
        told = {"database_id": database, "sql": statement, "runAsync": False, "schema": "main"}
        return list(self.post("sqllab/execute/", json={**told, "client_id": secrets.token_hex(5)})["data"])

    def _answer(self, response: requests.Response) -> dict[str, Any]:
        if not response.ok:
            raise RuntimeError(f"{response.request.path_url}: {response.status_code} {response.text[:2000]}")
        found: dict[str, Any] = response.json()
        return found


def install() -> None:
    """Install Superset, unless what is installed is of the same requirements."""
    installed = PLACE / "requirements.txt"
    if installed.is_file() and installed.read_bytes() == REQUIREMENTS.read_bytes():
        return
    print(f"Installing Superset into {PLACE} (some minutes)", flush=True)
    shutil.rmtree(PLACE, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", PLACE], check=True)
    pip = [PLACE / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--require-hashes", "--requirement", REQUIREMENTS], check=True)
    shutil.copy(REQUIREMENTS, installed)


@contextmanager
def running(home: Path) -> Iterator[Server]:
    """A new Superset with nothing in it, on a port of its own."""
    superset, password = Installed(home), secrets.token_urlsafe(12)
    (home / "superset_config.py").write_text(CONFIG, encoding="utf-8")
    superset.run("db", "upgrade")
    person = ("--username", "admin", "--firstname", "A", "--lastname", "A", "--email", "admin@example.org")
    superset.run("fab", "create-admin", *person, "--password", password)
    superset.run("init")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(PLACE / "bin" / "gunicorn", "--workers", "1", "--worker-class", "gthread"),
        *("--threads", str(THREADS), "--timeout", "300", "--bind", f"127.0.0.1:{port}"),
        "superset.app:create_app()",
    ]
    with (home / "server.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(command, env=superset.environment, cwd=home, stdout=log, stderr=log)
        try:
            server = Server(f"http://127.0.0.1:{port}", password)
            wait_for(server, process, home / "server.log")
            server.log_in()
            yield server
        finally:
            process.terminate()
            process.wait()


def wait_for(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if server.http.get(f"{server.address}/health", timeout=5).ok:
                return
        except requests.RequestException:
            time.sleep(PAUSE_SECONDS)
    sys.exit(f"Superset did not start:\n{log.read_text(encoding='utf-8')[-3000:]}")


class Place:
    """A copy of the built warehouse with publications of its own."""

    def __init__(self, folder: Path) -> None:
        built = load_settings()
        self.warehouse = folder / "warehouse.duckdb"
        self.published = Published(folder / "published")
        self.environment = {
            **os.environ,
            "STAFF_MOBILITY_WAREHOUSE": str(self.warehouse),
            "STAFF_MOBILITY_PUBLISHED": str(self.published.folder),
        }
        shutil.copy(built.warehouse, self.warehouse)

    @property
    def uri(self) -> str:
        """The address that Superset gets."""
        return f"duckdb:///{self.published.entry}"

    def publish(self) -> Publication:
        """Publish with the project's own command."""
        command = [BIN / "staff-mobility", "publish", "--json"]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=PUBLISH_SECONDS
        )
        if done.returncode:
            sys.exit(f"publish ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr}")
        found = self.published.current()
        assert found is not None
        return found

    def change(self) -> None:
        """Change what one chart shows."""
        with duckdb.connect(str(self.warehouse)) as con:
            con.execute(
                f"update marts.mart_programme__progress set n_stays = n_stays + {ADDED_STAYS} where is_observed"
            )


def ask_charts(server: Server, charts: Mapping[str, int], marts: Path) -> Numbers:
    """Return what all charts show."""
    return chart_numbers({name: server.rows(number) for name, number in charts.items()}, marts)


def try_sql_lab(server: Server, place: Place, seen: Seen) -> None:
    """See that the database is opened read-only, and that nothing beside it can be had."""
    (database,) = (each["id"] for each in server.get("database/")["result"])
    (answer,) = server.sql(database, "select readonly from duckdb_databases() where not internal")
    seen.rows["DuckDB says that the file is opened read-only"] = "yes" if answer["readonly"] else "no"
    if not answer["readonly"]:
        seen.problems.append("the database is not opened read-only")
    for what, statement in FORBIDDEN.items():
        try:
            server.sql(database, statement.format(page=PAGE, warehouse=place.warehouse))
            seen.problems.append(f"SQL Lab could {what}")
            seen.rows[f"SQL Lab: {what}"] = "possible"
        except RuntimeError as error:
            seen.rows[f"SQL Lab: {what}"] = "refused"
            print(f"{what}: {str(error)[:300]}", flush=True)


def publish_while_asked(server: Server, charts: Mapping[str, int], place: Place, seen: Seen) -> Publication:
    """Publish while two others ask for the charts without a pause; return the new publication."""
    over, answers = threading.Event(), []

    def ask() -> None:
        is_last = False
        while not is_last:
            # Whoever asks after the publication has ended must get the new one.
            is_last = over.is_set()
            try:
                answers.append(str(server.rows(charts["publication"])[0]["publication_id"]))
                server.rows(charts["rate"])
            except Exception as error:  # noqa: BLE001
                seen.problems.append(f"asked while a publication came: {error}")

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    try:
        new = place.publish()
    finally:
        over.set()
        for asker in askers:
            asker.join()
    changes = sum(one != other for one, other in zip(answers, answers[1:], strict=False))
    seen.rows["Charts asked while a publication came"] = (
        f"{2 * len(answers)}, {len(set(answers))} publications seen"
    )
    if len(set(answers)) != 2 or new.id not in answers:
        seen.problems.append(f"the publications seen are {sorted(set(answers))}")
    print(f"{changes} changes of the publication in the order of the answers", flush=True)
    return new


def draw(server: Server, n_charts: int, seen: Seen) -> None:
    """Open the dashboard in a browser, and keep a picture of it when all charts are there."""
    path = chromium()
    if path is None:
        sys.exit("No Chromium: install the distribution's package or set CHROMIUM to its path.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.set_default_timeout(DRAW_SECONDS * 1000)
        page.goto(f"{server.address}/login/")
        page.locator("input[name=username], #username").first.fill("admin")
        page.locator("input[type=password]").first.fill(server.password)
        page.locator("button[type=submit], input[type=submit]").first.click()
        page.wait_for_url(lambda url: "login" not in url)
        page.goto(f"{server.address}/superset/dashboard/staff-mobility/?standalone=1")
        drawn = "() => document.querySelectorAll('.slice_container canvas, .slice_container table').length"
        page.wait_for_function(f"{drawn} >= {n_charts}")
        # Bars grow for a second.
        page.wait_for_timeout(3000)
        errors = page.locator("[data-test='error-alert'], .ant-alert-error").count()
        page.screenshot(path=PICTURE)
        browser.close()
    seen.rows["Charts of the dashboard with an error in the browser"] = str(errors)
    if errors:
        seen.problems.append(f"{errors} charts of the dashboard show an error")
    if PICTURE.stat().st_size > LARGEST_BYTES:
        seen.problems.append(f"{PICTURE} has {PICTURE.stat().st_size} bytes")


def versions() -> str:
    """Return what is installed beside the project."""
    code = f"from importlib.metadata import version; print(*(version(name) for name in {VERSIONS!r}))"
    told = subprocess.run([PLACE / "bin" / "python", "-c", code], capture_output=True, text=True, check=True)
    return ", ".join(f"{name} {number}" for name, number in zip(VERSIONS, told.stdout.split(), strict=True))


def campaign(scratch: Path) -> Seen:
    """Run all of it."""
    seen, bundle, place = Seen(), read_bundle(), Place(scratch)
    report = report_numbers(place.warehouse)
    first = place.publish()
    home = scratch / "superset"
    home.mkdir()
    with running(home) as server:
        server.import_bundle(place.uri)
        charts = server.chart_ids(bundle)
        shown = ask_charts(server, charts, first.marts)
        compare("", shown, report, first, seen)
        try_sql_lab(server, place, seen)
        draw(server, len(charts), seen)
        place.change()
        new = publish_while_asked(server, charts, place, seen)
        changed = {
            key: value + ADDED_STAYS if key[0] == "stays" and value is not None else value
            for key, value in report.items()
        }
        compare(
            ", asked after the new publication", ask_charts(server, charts, new.marts), changed, new, seen
        )
    return seen


def compare(when: str, shown: Numbers, report: Numbers, publication: Publication, seen: Seen) -> None:
    """Compare what the charts show with the report."""
    wrong = differences(shown, report, publication)
    seen.problems += wrong
    seen.rows[f"Numbers of the charts{when}"] = f"{len(shown)}, {len(wrong)} not those of the report"


def main() -> int:
    """Print what was found; 1 if anything was not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="store the result in docs/connect.md")
    options = parser.parse_args()
    began = time.monotonic()
    install()
    with tempfile.TemporaryDirectory() as scratch:
        seen = campaign(Path(scratch))
    lines = [
        "| Asked | Found |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in seen.rows.items()),
    ]
    said = f"{versions()}; {(time.monotonic() - began) / 60:.0f} minutes; {len(seen.problems)} problems."
    made = "\n".join([*lines, "", said])
    print(made)
    for problem in seen.problems:
        print(problem)
    if options.write:
        put_made_part(PAGE, "superset", made)
    return 1 if seen.problems else 0


if __name__ == "__main__":
    sys.exit(main())
