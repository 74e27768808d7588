"""PostgreSQL through DuckDB's extension, which comes as a wheel: nothing is downloaded when a step runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from staff_mobility.settings import WrongUseError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ADDRESSES = ("postgresql://", "postgres://")
_PASSWORD = re.compile(r"(://[^:/@\s]*):[^@\s]*@|(password\s*=\s*)\S+", re.IGNORECASE)


def attach_postgres(con: DuckDBPyConnection, address: str, name: str, *, read_only: bool) -> None:
    """Attach a PostgreSQL database to a connection.

    Raises:
        WrongUseError: It cannot be reached, or the extension is not installed.
    """
    import duckdb

    quoted = address.replace("'", "''")
    con.execute(f"load '{postgres_extension()}'")
    try:
        con.execute(f"attach '{quoted}' as {name} (type postgres{', read_only' if read_only else ''})")
    except duckdb.Error as error:
        raise WrongUseError(
            f"PostgreSQL cannot be {'read' if read_only else 'reached'}: {without_password(first_line(error))} The"
            " address is postgresql://user@host/database."
        ) from error


def postgres_extension() -> Path:
    """Return DuckDB's extension from its wheel."""
    try:
        import duckdb_extension_postgres_scanner as package
    except ImportError as error:
        raise WrongUseError(
            "PostgreSQL is reached through DuckDB's extension, which is not installed. Run:"
            " pip install 'staff-mobility[postgres]'"
        ) from error
    return next(Path(package.__path__[0]).rglob("postgres_scanner.duckdb_extension"))


def first_line(error: Exception) -> str:
    """Return the first line of an error's text."""
    return (str(error).splitlines() or [""])[0]


def without_password(text: str) -> str:
    """Return a text in which the passwords of addresses are hidden: DuckDB repeats the address in its errors."""
    return _PASSWORD.sub(lambda found: f"{found[1]}:***@" if found[1] else f"{found[2]}***", text)
