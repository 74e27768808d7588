"""The marts that the statistics step reads, wherever they are: in a dbt run, in a warehouse file, as Parquet.

All reading is SQL in DuckDB over views that bear the marts' names, so that reports are grouped where they are
and only cells come into memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from staff_mobility.settings import WrongUseError

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

# Schema of each mart in the project's warehouse, and in databases that serve it.
SCHEMAS = {
    "mart_outcomes__report": "marts",
    "mart_motives__report": "marts",
    "mart_statistics__institution_variable": "marts",
    "mart_statistics__predictor_cell": "marts",
    "fct_outcome_answer": "marts",
    "dim_outcome_item": "marts",
    "mart_quality__ledger": "quality",
}


class Marts:
    """Read access to the marts by their names.

    Attributes:
        connection: Has a temporary view per mart.
    """

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self.connection = connection
        self._columns: dict[str, frozenset[str]] = {}

    def read(self, sql: str) -> pd.DataFrame:
        """Return the rows of a query in which marts stand by their plain names."""
        return self.connection.sql(sql).df()

    def columns(self, mart: str) -> frozenset[str]:
        """Return the names of a mart's columns."""
        if mart not in self._columns:
            self._columns[mart] = frozenset(self.connection.sql(f"select * from {mart} limit 0").columns)  # noqa: S608
        return self._columns[mart]


def marts_of_relations(connection: DuckDBPyConnection, relations: Mapping[str, DuckDBPyRelation]) -> Marts:
    """Return the marts that dbt's ``ref`` has given."""
    for name, relation in relations.items():
        _show(connection, name, relation.sql_query())
    return Marts(connection)


def marts_of_database(connection: DuckDBPyConnection, database: str) -> Marts:
    """Return the marts of a database that the connection has open or attached.

    Args:
        connection: Of DuckDB.
        database: Its name in the connection.
    """
    for name, schema in SCHEMAS.items():
        _show(connection, name, f'select * from "{database}"."{schema}"."{name}"')  # noqa: S608
    return Marts(connection)


def marts_of_parquet(connection: DuckDBPyConnection, folder: Path) -> Marts:
    """Return the marts of a folder with one Parquet file per mart.

    Raises:
        WrongUseError: A file is missing.
    """
    for name in SCHEMAS:
        file = folder / f"{name}.parquet"
        if not file.is_file():
            raise WrongUseError(
                f"{folder}: holds no {file.name}; the statistics step reads {', '.join(SCHEMAS)}."
            )
        quoted = str(file).replace("'", "''")
        _show(connection, name, f"select * from read_parquet('{quoted}')")  # noqa: S608
    return Marts(connection)


def _show(connection: DuckDBPyConnection, name: str, sql: str) -> None:
    connection.execute(f"create or replace temporary view {name} as {sql}")
