"""Fixtures that several test modules share: one build of the demonstration warehouse for all of them."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from playwright.sync_api import Browser
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent))

from browser_page import started  # noqa: E402
from landing_desk import STAYS  # noqa: E402
from parsed_project import FOLDER_ENV  # noqa: E402
from small_project import SmallProject, make_small_project  # noqa: E402
from warehouse_build import PROJECT, WHOLE_PLAN, Workplace  # noqa: E402

from staff_mobility import cli  # noqa: E402
from staff_mobility.publish.place import Publication, Published  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the modules in an order in which no process waits long for another.

    First one that needs the demonstration build, then those that don't: they are run while it is made. Of both the ones that
    build for themselves come first, because a long module at the end would be run alone.
    """
    needing = {item.path for item in items if "demo_workplace" in getattr(item, "fixturenames", ())}
    building = {path for path in {item.path for item in items} if _BUILDS.search(path.read_text("utf-8"))}
    first = next((item.path for item in items if item.path in needing & building), None)
    items.sort(key=lambda item: (item.path != first, item.path in needing, item.path not in building))


# A module that runs dbt, by itself or by the runs of changed copies.
_BUILDS = re.compile(r"\.dbt\(|run_copy\(")


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the test run, for all of its processes (pytest-xdist)."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session", autouse=True)
def shared_parse(shared_folder: Path) -> None:
    """Let all workplaces take up one parse of the project, made when the first of them runs dbt."""
    os.environ[FOLDER_ENV] = str(shared_folder / "parsed")


@pytest.fixture(scope="session")
def demo_workplace(shared_folder: Path) -> Workplace:
    """The demonstration extracts, landed and built once by a plain `dbt build`; read it, don't change it.

    Where tests run in several processes, the first that needs it builds and the others wait.
    """
    folder = shared_folder
    place = Workplace(folder / "demo", plan=WHOLE_PLAN, is_recorded=True)
    built = folder / "demo.built"
    with FileLock(folder / "demo.lock"):
        if not built.exists():
            place.folder.mkdir()
            run = place.dbt("build")
            assert run.returncode == 0, run.stdout + run.stderr
            built.touch()
    return place


@pytest.fixture(scope="session")
def built_warehouse(demo_workplace: Workplace) -> Path:
    """The DuckDB file of the demonstration build."""
    return demo_workplace.warehouse


@pytest.fixture(scope="session")
def dbt_manifest(demo_workplace: Workplace) -> Path:
    """dbt's manifest of the demonstration build."""
    return demo_workplace.manifest


@pytest.fixture(scope="session")
def demo_publication(demo_workplace: Workplace, shared_folder: Path) -> dict[str, Any]:
    """What the verb `publish` tells of a publication of the demonstration build, and its `file`; made once, like the build."""
    folder, told = shared_folder / "demo_published", shared_folder / "demo_published.json"
    with FileLock(shared_folder / "demo_published.lock"):
        if not told.exists():
            with pytest.MonkeyPatch.context() as patch:
                for name, value in demo_workplace.environment().items():
                    patch.setenv(name, value)
                patch.setenv("STAFF_MOBILITY_PUBLISHED", str(folder))
                result = CliRunner().invoke(cli.app, ["publish", "--json"])
            assert result.exit_code == 0, result.stdout
            told.write_text(result.stdout, encoding="utf-8")
    return {**json.loads(told.read_text(encoding="utf-8")), "file": str(folder / "marts.duckdb")}


@pytest.fixture(scope="session")
def publication(demo_publication: dict[str, Any]) -> Publication:
    """The published demonstration build."""
    found = Published(Path(demo_publication["file"]).parent).current()
    assert found is not None
    return found


@pytest.fixture(scope="session")
def small_project(shared_folder: Path) -> SmallProject:
    """A small project, landed, built and published once; copy it, don't change it."""
    project = SmallProject(shared_folder / "small")
    with FileLock(shared_folder / "small.lock"):
        if not (shared_folder / "small.built").exists():
            make_small_project(project.folder)
            for verb in ("land", "build", "publish"):
                told = project.call(verb)
                assert told["code"] == 0, told["errors"]
            (shared_folder / "small.built").touch()
    return project


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium; of one module, because its event loop is in the way of others."""
    yield from started()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a layout and a drop folder, named by the environment."""
    (tmp_path / "layouts").mkdir()
    (tmp_path / "drop").mkdir()
    shutil.copy(PROJECT / "layouts" / "layout.schema.json", tmp_path / "layouts")
    (tmp_path / "layouts" / "stays.yml").write_text(STAYS, encoding="utf-8")
    (tmp_path / "dbt_project.yml").write_text("name: x\n")
    monkeypatch.setenv("STAFF_MOBILITY_PROJECT", str(tmp_path))
    monkeypatch.setenv("STAFF_MOBILITY_EXTRACTS", "drop")
    monkeypatch.setenv("STAFF_MOBILITY_WAREHOUSE", "w.duckdb")
    monkeypatch.setenv("STAFF_MOBILITY_KEY", "00" * 32)
    return tmp_path
