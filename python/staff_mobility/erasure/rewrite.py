"""A new warehouse file in the place of the old one.

DuckDB leaves deleted rows in blocks that it may use again some day. So what must be gone is not deleted: a new file is
written without it, and one rename puts it in the old one's place. Whoever is killed before the rename has changed nothing.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from staff_mobility.leftovers import workplace
from staff_mobility.publish.marts import quoted, text
from staff_mobility.publish.place import flush
from staff_mobility.settings import StepError
from staff_mobility.warehouse_file import Patience, connect, remove_spilled

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MADE = "made"


@dataclass(frozen=True)
class StoredTable:
    """A table of the warehouse."""

    schema: str
    name: str
    columns: tuple[str, ...]

    @property
    def place(self) -> str:
        """Its name in the warehouse, quoted for SQL."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"


def stored_tables(con: DuckDBPyConnection) -> list[StoredTable]:
    """Return the tables of the default database, without views."""
    rows = con.execute(
        "select columns.schema_name, columns.table_name,"
        " list(columns.column_name order by columns.column_index)"
        " from duckdb_columns() as columns"
        " inner join duckdb_tables() as tables using (database_name, schema_name, table_name)"
        " where columns.database_name = current_database() group by all order by all"
    ).fetchall()
    return [StoredTable(schema, name, tuple(columns)) for schema, name, columns in rows]


@contextmanager
def rewritten(warehouse: Path, patience: Patience) -> Iterator[DuckDBPyConnection]:
    """Open the warehouse with an empty new file attached as ``made``, which takes the old one's place at the end.

    When anything is raised in the block, the warehouse stays as it was.

    Raises:
        StepError: Somebody else wrote to the warehouse before the new file could take its place.
    """
    # Whoever has the warehouse open for writing is the only one who works here.
    with (
        connect(warehouse, patience) as con,
        workplace(warehouse.parent, warehouse.name, is_alone=True) as work,
    ):
        con.execute("checkpoint")
        untouched_since = warehouse.stat().st_mtime_ns
        made = work / warehouse.name
        con.execute(f"attach {text(str(made))} as {MADE}")
        yield con
        con.execute(f"checkpoint {MADE}")
        con.execute(f"detach {MADE}")
        con.close()
        _take_the_place(made, warehouse, untouched_since)
        remove_spilled(warehouse)


def copy_table(con: DuckDBPyConnection, table: StoredTable, rows: str) -> None:
    """Make a table in the new file with the columns and constraints of the old one.

    Args:
        con: See `rewritten`.
        table: Which one.
        rows: Query that gives its rows, with all its columns in their order.
    """
    row = con.execute(
        "select sql from duckdb_tables() where database_name = current_database() and schema_name = ? and table_name = ?",
        [table.schema, table.name],
    ).fetchone()
    former = con.execute("select current_database()").fetchone()
    if row is None or former is None:
        raise StepError(f"{table.place} is gone from the warehouse. Run this again.")
    con.execute(f"create schema if not exists {MADE}.{quoted(table.schema)}")
    con.execute(f"use {MADE}")
    try:
        con.execute(row[0])
    finally:
        con.execute(f"use {quoted(former[0])}")
    con.execute(f"insert into {MADE}.{table.place} {rows}")  # noqa: S608


def _take_the_place(made: Path, warehouse: Path, untouched_since: int) -> None:
    """Put the new file into the old one's place, unless somebody has written to that since it was read."""
    shutil.copymode(warehouse, made)
    flush(made)
    with warehouse.open("r+b") as old:
        try:
            # The lock that DuckDB takes, so nobody opens the old file while it is exchanged.
            fcntl.lockf(old, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StepError(f"{warehouse} was opened by another process. Run this again.") from error
        log = warehouse.with_name(f"{warehouse.name}.wal")
        if log.exists() or warehouse.stat().st_mtime_ns != untouched_since:
            raise StepError(f"{warehouse} was changed by another process. Run this again.")
        made.replace(warehouse)
    flush(warehouse.parent)


def owner_only(path: Path, content: str) -> None:
    """Write a file that nobody else may read, whole or not at all."""
    unnamed = path.with_name(f".{path.name}.part")
    unnamed.unlink(missing_ok=True)
    handle = os.open(unnamed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unnamed.replace(path)
