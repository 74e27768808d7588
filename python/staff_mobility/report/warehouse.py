"""Reads the warehouse, never writes it."""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from staff_mobility.report.errors import ReportError

NUMBER_TYPES = frozenset(
    f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")
) | {"INTEGER", "UINTEGER", "FLOAT", "DOUBLE"}

Value = str | bool | int | float | Decimal | date | datetime | None
Row = Mapping[str, Value]


@dataclass(frozen=True)
class Frame:
    """Rows of one report model in a fixed order; `numeric` names the columns that hold numbers."""

    model: str
    columns: tuple[str, ...]
    numeric: frozenset[str]
    rows: tuple[Row, ...]

    def to_csv(self) -> str:
        """All columns and rows as csv; empty cell = null, point as decimal mark."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([_plain(row[column]) for column in self.columns] for row in self.rows)
        return text.getvalue()


@dataclass(frozen=True)
class Extract:
    """One landed extract."""

    system: str
    file_name: str
    sha256: str
    extract_date: date
    row_count: int


@contextmanager
def open_warehouse(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse read-only for the length of the block; ReportError when that is not possible."""
    if not path.is_file():
        raise ReportError(f"{path}: there is no warehouse; run `dbt build` first.")
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise ReportError(
            f"{path}: the warehouse cannot be opened ({error}); wait until no other process writes it."
        ) from error
    try:
        yield connection
    finally:
        connection.close()


def read_frame(connection: duckdb.DuckDBPyConnection, model: str, schema: str, relation: str) -> Frame:
    """Read all rows of one report model, ordered by its columns from left to right."""
    try:
        cursor = connection.execute(f"select * from {_quoted(schema)}.{_quoted(relation)} order by all")  # noqa: S608
    except duckdb.Error as error:
        raise ReportError(
            f"{model}: the table {schema}.{relation} cannot be read; run `dbt build --select +{model}`."
        ) from error
    columns = tuple(str(column[0]) for column in cursor.description)
    numeric = frozenset(str(column[0]) for column in cursor.description if _is_number(str(column[1])))
    rows = tuple(dict(zip(columns, row, strict=True)) for row in cursor.fetchall())
    return Frame(model, columns, numeric, rows)


def read_extracts(connection: duckdb.DuckDBPyConnection) -> tuple[Extract, ...]:
    """Read the register of landed extracts, by system, date and file name."""
    try:
        rows = connection.execute(
            """
            select source, file_name, file_sha256, extract_date, row_count
            from raw.extract
            order by source, extract_date, file_name
            """
        ).fetchall()
    except duckdb.Error as error:
        raise ReportError(
            "raw.extract: the register of extracts cannot be read; land extracts and run `dbt build`."
        ) from error
    return tuple(Extract(*row) for row in rows)


def _is_number(type_name: str) -> bool:
    return type_name in NUMBER_TYPES or type_name.startswith("DECIMAL")


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _plain(value: Value) -> Value:
    return str(value).lower() if isinstance(value, bool) else value
