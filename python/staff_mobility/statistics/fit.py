"""The verb ``fit``: the statistics step on the marts of a warehouse file, a folder of Parquet files or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from staff_mobility.postgres import ADDRESSES, attach_postgres
from staff_mobility.settings import Settings, WrongUseError
from staff_mobility.statistics.marts import Marts, marts_of_database, marts_of_parquet
from staff_mobility.statistics.plan import load_plan
from staff_mobility.statistics.step import Step
from staff_mobility.statistics.tables import TABLES
from staff_mobility.warehouse_file import Patience, connect

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection


def fit(settings: Settings, source: str | None, patience: Patience) -> Mapping[str, pa.Table]:
    """Compute all tables of results.

    Args:
        settings: The project, with its analysis plan.
        source: A DuckDB file, a folder of Parquet files or a postgresql:// address; None for the project's
            warehouse.
        patience: How long to wait for a process that has the warehouse open.

    Raises:
        WrongUseError: The plan is not valid, or there are no marts.
    """
    plan = load_plan(settings.analysis_plan)
    with _open(source or str(settings.warehouse), patience) as marts:
        step = Step(plan, marts)
        return {table.name: step.table(table) for table in TABLES}


@contextmanager
def _open(source: str, patience: Patience) -> Iterator[Marts]:
    import duckdb

    if source.startswith(ADDRESSES):
        with duckdb.connect() as con:
            attach_postgres(con, source, "served", read_only=True)
            yield _marts(con, "served", source)
        return
    place = Path(source)
    if place.is_dir():
        with duckdb.connect() as con:
            yield marts_of_parquet(con, place)
        return
    if not place.is_file():
        raise WrongUseError(f"There is no {source} to fit from. Run: staff-mobility build")
    with connect(place, patience, read_only=True) as con:
        yield _marts(con, _database(con), source)


def _marts(con: DuckDBPyConnection, database: str, source: str) -> Marts:
    import duckdb

    try:
        return marts_of_database(con, database)
    except duckdb.CatalogException as error:
        first_line = str(error).splitlines()[0]
        raise WrongUseError(
            f"{source}: lacks a mart that the statistics step reads ({first_line}). Run: staff-mobility build"
        ) from error


def _database(con: DuckDBPyConnection) -> str:
    row = con.execute("select current_database()").fetchone()
    return str(row[0]) if row else ""
