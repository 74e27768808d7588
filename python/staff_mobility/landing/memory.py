"""How much memory DuckDB takes while files land."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Enough for the groups of a wide table that the gate looks at.
LANDING_MEBIBYTES = 512


@contextmanager
def bounded_memory(con: DuckDBPyConnection) -> Iterator[None]:
    """Let DuckDB write to disk what is not committed yet, so that a large file needs no more memory.

    A connection that has less already keeps it, and has its own limit again afterwards.
    """
    row = con.execute("select current_setting('memory_limit')").fetchone()
    former = str(row[0]) if row else ""
    number, _, unit = former.partition(" ")
    if unit in ("bytes", "KiB") or (unit == "MiB" and float(number) <= LANDING_MEBIBYTES):
        yield
        return
    con.execute(f"set memory_limit = '{LANDING_MEBIBYTES}MiB'")
    try:
        yield
    finally:
        con.execute(f"set memory_limit = '{former}'")
