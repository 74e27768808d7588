"""The command line: what each verb says and with which code it ends."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from landing_desk import ANNA, stays
from typer.testing import CliRunner, Result

from staff_mobility import cli, steps


def call(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, list(arguments))


def test_land_tells_each_file_and_ends_with_0(project: Path) -> None:
    (project / "drop" / "stays_2020-07-01.csv").write_bytes(stays())
    first = call("land")
    assert (first.exit_code, first.stderr) == (0, "")
    assert first.stdout == (
        "landed                  2 rows  stays_2020-07-01.csv  (stays_csv, of 2020-07-01)\n1 landed\n"
        f"The gate's answers are {project / 'site' / 'gate' / 'index.html'}\n"
    )
    assert (project / "site" / "gate" / "index.html").is_file()
    assert call("land").stdout.endswith("\n1 already landed\n")
    assert call("land", "--quiet").stdout == ""


def test_land_names_the_columns_that_it_leaves_out(project: Path) -> None:
    content = stays().replace(b"Comments\r\n", b"Remarks\r\n")
    (project / "drop" / "stays_2020-07-01.csv").write_bytes(content)
    assert (
        "  inform: Unknown columns: 1 of 13: the column 'Remarks' is not known and has not been"
        " landed\n" in call("land").stdout
    )


def test_a_refused_file_ends_with_1(project: Path) -> None:
    (project / "drop" / "bad_2020-07-01.csv").write_bytes(stays(ANNA.replace(";5;", ";x;")))
    (project / "drop" / "good_2020-07-01.csv").write_bytes(stays())
    message = (
        "bad_2020-07-01.csv, line 3, column 'Days': 'x' is not a whole number such as 12."
        " Correct it in the source system and export again."
    )
    plain = call("land")
    assert (plain.exit_code, plain.stderr) == (1, message + "\n")
    assert "\n1 landed, 1 refused\n" in plain.stdout
    quiet = call("land", "--quiet")
    assert (quiet.exit_code, quiet.stdout, quiet.stderr) == (1, "", message + "\n")
    answer = json.loads(call("land", "--json").stdout)
    assert (answer["verb"], answer["exit_code"], answer["errors"]) == ("land", 1, [message])
    assert [(file["file"], file["status"], file["rows"]) for file in answer["files"]] == [
        ("bad_2020-07-01.csv", "refused", 0),
        ("good_2020-07-01.csv", "already landed", 2),
    ]


def test_run_stops_at_a_refused_file(project: Path) -> None:
    (project / "drop" / "bad.csv").write_bytes(stays())
    result = call("run", "--json")
    answer = json.loads(result.stdout)
    assert result.exit_code == 1
    assert "build" not in answer


@pytest.mark.parametrize(("options", "last"), [((), "publish"), (("--no-publish",), "report")])
def test_run_takes_all_steps(
    project: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], last: str
) -> None:
    verbs = ["land", "build", "report", "publish"]
    taken: list[str] = []
    for verb in verbs:
        monkeypatch.setattr(steps, verb, lambda *_, verb=verb: taken.append(verb))
    assert call("run", *options).exit_code == 0
    assert taken == verbs[: verbs.index(last) + 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("land", "no/such/folder"), "no/such/folder. Name the folder of the extracts, or make it.\n"),
        (("report",), "w.duckdb to read. Run: staff-mobility build\n"),
        (("replicate",), "w.duckdb to read. Run: staff-mobility build\n"),
        (("land", "--no-such-option"), "No such option: --no-such-option"),
        (("fly",), "No such command 'fly'"),
    ],
)
def test_wrong_use_ends_with_2(project: Path, arguments: tuple[str, ...], message: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_wrong_layout_ends_with_2(project: Path) -> None:
    (project / "layouts" / "stays.yml").write_text("layout: x")
    result = call("land")
    assert result.exit_code == 2
    assert result.stderr.startswith("layouts/stays.yml, at the top: ")


def test_build_without_extracts_ends_with_1(project: Path) -> None:
    result = call("build")
    assert (result.exit_code, result.stderr) == (
        1,
        "No extract has landed yet, so there is nothing to build. Run: staff-mobility land\n",
    )


def test_a_warehouse_in_use_ends_with_3_and_says_by_whom(project: Path) -> None:
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    path = str(project / "w.duckdb")
    with subprocess.Popen(
        [sys.executable, "-c", hold, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        result = call("land", "--wait", "0")
        holder.communicate("")
    assert result.exit_code == 3
    assert result.stderr.startswith(
        f"{path} is in use by process {holder.pid} ({Path(sys.executable).name} -c …, "
    )
    assert result.stderr.endswith(
        "). Close it (a BI tool, a DuckDB shell, another build), or give it time with --wait SECONDS"
        " (with dbt: STAFF_MOBILITY_WAIT=SECONDS), and run this again.\n"
    )


def test_an_unexpected_error_ends_with_3_and_keeps_cells_out_of_the_log(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = ANNA.split(";")[2]

    def fail(*_: object) -> None:
        raise ValueError(f"cannot handle {cell}")

    (project / "drop" / "stays_2020-07-01.csv").write_bytes(stays())
    monkeypatch.setattr("staff_mobility.landing.load.arrow_batch", fail)
    log = project / "logs" / "staff_mobility.log"
    plain = call("land")
    assert (plain.exit_code, plain.stdout) == (3, "")
    assert plain.stderr == (
        "Unexpected error in 'land': LandingBrokenError: stays_2020-07-01.csv: ValueError while landing."
        f" The log is {log}; --debug shows the traceback.\n"
    )
    debug = call("land", "--debug")
    for text in (debug.stderr, log.read_text()):
        assert "Traceback" in text
        assert "load.py" in text
        assert cell not in text
    with duckdb.connect(str(project / "w.duckdb")) as con:
        assert con.execute("select count(*) from raw.tool__stay").fetchone() == (0,)


def test_build_passes_its_arguments_to_dbt_and_reads_the_results(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "drop" / "stays_2020-07-01.csv").write_bytes(stays())
    assert call("land").exit_code == 0
    seen: dict[str, object] = {}
    results = project / "target" / "run_results.json"

    class Dbt:
        def __init__(self, command: list[str], **surroundings: object) -> None:
            seen.update(surroundings, command=command)
            results.parent.mkdir(exist_ok=True)
            results.write_text(json.dumps({"results": [{"status": status} for status in statuses]}))

        def wait(self) -> int:
            return code

    monkeypatch.setattr("staff_mobility.dbt_run.subprocess.Popen", Dbt)
    outcomes = []
    for case in ((["success", "pass"], 0), (["pass", "fail"], 1), (["fail", "error"], 1), ([], 2)):
        statuses, code = case
        outcomes.append(call("build", "--json", "--select", "marts", "--full-refresh"))
    assert [outcome.exit_code for outcome in outcomes] == [0, 1, 3, 3]
    assert json.loads(outcomes[0].stdout)["build"]["nodes"] == {"pass": 1, "success": 1}
    assert outcomes[1].stderr == "1 test(s) failed; dbt's messages say which and why.\n"
    assert f"its log is {project / 'logs' / 'dbt.log'}" in outcomes[3].stderr
    command = seen["command"]
    assert isinstance(command, list)
    assert command[0] == sys.executable
    assert command[-5:] == ["dbt.cli.main", "build", "--select", "marts", "--full-refresh"]
    environment = seen["env"]
    assert isinstance(environment, dict)
    assert environment["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"
    assert environment["STAFF_MOBILITY_LANDING"] == "off"
    assert environment["STAFF_MOBILITY_WAREHOUSE"] == str(project / "w.duckdb")
    assert seen["cwd"] == project
    assert seen["stdout"] is not None, "dbt's words must not stand in the JSON"


@pytest.mark.parametrize("verb", ["land", "build", "report", "run"])
def test_every_verb_has_help_with_an_example(verb: str) -> None:
    result = call(verb, "--help")
    assert result.exit_code == 0
    assert f"Example: staff-mobility {verb}" in result.stdout
    for option in ("--json", "--quiet", "--debug"):
        assert option in result.stdout


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, staff_mobility.cli\n"
        "heavy = {'duckdb', 'pyarrow', 'dbt', 'pandas', 'jsonschema', 'yaml', 'altair', 'openpyxl'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_key_is_made_beside_the_warehouse_with_a_warning(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STAFF_MOBILITY_KEY")
    (project / "drop" / "stays_2020-07-01.csv").write_bytes(stays())
    assert call("land").stderr.startswith("Warning: a new random pseudonym key was made: ")
    assert stat.S_IMODE((project / "w.key").stat().st_mode) == 0o600
    (project / "drop" / "stays_2020-07-02.csv").write_bytes(stays(ANNA))
    assert call("land").stderr == ""
