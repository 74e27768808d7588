"""The raw schema: its tables, the register of extracts, and rows in and out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from staff_mobility.gate.results import GateResult
from staff_mobility.landing.layouts import Layout, Table
from staff_mobility.landing.pseudonyms import KeyChain
from staff_mobility.settings import KEY_ENV, KEY_FILE_ENV, WrongUseError

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

_REGISTER = {
    "extract_id": "varchar",
    "file_name": "varchar",
    "file_sha256": "varchar",
    "file_bytes": "bigint",
    "source": "varchar",
    "layout": "varchar",
    "layout_version": "integer",
    "extract_date": "date",
    "row_count": "bigint",
    "landed_at": "timestamp",
    "column_count": "integer",
    "publisher": "varchar",
    "licence": "varchar",
    # 'gate', or who accepted an extract that the gate had refused.
    "accepted_by": "varchar",
    "acceptance_reason": "varchar",
}
# One row per check that an extract went through, of accepted and of refused files.
_GATE_CHECK = {
    "extract_id": "varchar",
    "check_order": "integer",
    "stage": "varchar",
    "check_name": "varchar",
    "column_name": "varchar",
    "severity": "varchar",
    "result": "varchar",
    "checked_count": "bigint",
    "failing_count": "bigint",
    "measured": "double",
    "endangers": "varchar",
}
# Rows that lie in a raw table and count nowhere, with the reason.
_REJECTED_ROW = {
    "extract_id": "varchar",
    "raw_table": "varchar",
    "row_number": "integer",
    "check_name": "varchar",
    "column_name": "varchar",
}
# Files that were refused: nothing of them is in the raw tables.
_QUARANTINE = {
    "extract_id": "varchar",
    "file_name": "varchar",
    "file_sha256": "varchar",
    "file_bytes": "bigint",
    "source": "varchar",
    "layout": "varchar",
    "layout_version": "integer",
    "extract_date": "date",
    "row_count": "bigint",
    "stage": "varchar",
    "refused_at": "timestamp",
}
# With which key the pseudonyms of this warehouse were made, as a fingerprint.
_KEY = {"fingerprint": "varchar"}
# Rows of erased persons that a file holds and the raw tables don't, so that the ledger adds up.
_ERASED_ROWS = {"extract_id": "varchar", "raw_table": "varchar", "row_count": "bigint"}
# What an erased person is known by, see `KeyChain.tombstone`; nothing says which are of one person, or since when.
_TOMBSTONE = {"tombstone": "varchar"}
# A row per rewriting of the file: an erasure or a change of the key. One that is not completed is finished by the next call.
_REWRITE = {
    "rewrite_id": "varchar",
    "kind": "varchar",
    "rewritten_at": "timestamp",
    "row_count": "bigint",
    "completed_at": "timestamp",
}


@dataclass(frozen=True)
class Extract:
    """One row of raw.extract: a file that has landed."""

    extract_id: str
    file_name: str
    file_sha256: str
    file_bytes: int
    source: str
    layout: str
    layout_version: int
    extract_date: dt.date
    row_count: int
    column_count: int
    publisher: str
    licence: str
    accepted_by: str = "gate"
    acceptance_reason: str | None = None


def pseudonym_column(pseudonym: str) -> str:
    """Return the raw column of a pseudonym."""
    return f"{pseudonym}_pseudonym"


def raw_columns(tables: Iterable[Table]) -> dict[str, str]:
    """Return the columns of a raw table, name to SQL type: the union over all that feeds it."""
    tables = list(tables)
    values = [column.name for table in tables for column in table.columns if column.is_landed]
    pseudonyms = [pseudonym_column(name) for table in tables for name in table.pseudonyms]
    columns = dict.fromkeys([*values, *pseudonyms], "varchar")
    return columns | {"_extract_id": "varchar", "_row_number": "integer"}


def raw_schema(layouts: Sequence[Layout]) -> dict[str, dict[str, str]]:
    """Return the tables of the raw schema with their columns."""
    feeds: dict[str, list[Table]] = {}
    for layout in layouts:
        for table in layout.tables:
            feeds.setdefault(table.raw_table, []).append(table)
    own = {
        "extract": _REGISTER,
        "gate_check": _GATE_CHECK,
        "rejected_row": _REJECTED_ROW,
        "quarantine": _QUARANTINE,
        "_key": _KEY,
        "erased_rows": _ERASED_ROWS,
        "_tombstone": _TOMBSTONE,
        "_rewrite": _REWRITE,
    }
    return own | {name: raw_columns(tables) for name, tables in feeds.items()}


def ensure_raw_schema(con: DuckDBPyConnection, layouts: Sequence[Layout]) -> None:
    """Make the tables and columns that are missing; nothing is written when nothing is."""
    existing = _existing_columns(con)
    wanted = raw_schema(layouts)
    if all(columns.keys() <= existing.get(table, set()) for table, columns in wanted.items()):
        return
    with transaction(con):
        con.execute("create schema if not exists raw")
        for table, columns in wanted.items():
            if table not in existing:
                listed = ", ".join(f'"{name}" {sql_type}' for name, sql_type in columns.items())
                con.execute(f'create table raw."{table}" ({listed})')
                continue
            for name in columns.keys() - existing[table]:
                con.execute(f'alter table raw."{table}" add column "{name}" {columns[name]}')


def _existing_columns(con: DuckDBPyConnection) -> dict[str, set[str]]:
    rows = con.execute(
        "select table_name, column_name from information_schema.columns"
        " where table_schema = 'raw' and table_catalog = current_database()"
    ).fetchall()
    tables: dict[str, set[str]] = {}
    for table, column in rows:
        tables.setdefault(table, set()).add(column)
    return tables


@contextmanager
def transaction(con: DuckDBPyConnection) -> Iterator[None]:
    """Commit at the end of the block; roll back if anything is raised in it."""
    con.execute("begin")
    try:
        yield
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")


def find_extract(con: DuckDBPyConnection, extract_id: str) -> Extract | None:
    """Return the register's entry of a file's content, None if it has not landed."""
    names = [field.name for field in fields(Extract)]
    row = con.execute(
        f"select {', '.join(names)} from raw.extract where extract_id = ?",  # noqa: S608 (names of our own)
        [extract_id],
    ).fetchone()
    return None if row is None else Extract(*row)


def add_extract(con: DuckDBPyConnection, extract: Extract, landed_at: dt.datetime) -> None:
    """Enter a file into the register."""
    _insert(con, "extract", asdict(extract) | {"landed_at": landed_at})


def add_checks(con: DuckDBPyConnection, result: GateResult) -> None:
    """Enter the gate's checks of an extract."""
    for number, check in enumerate(result.checks, start=1):
        values = {
            "extract_id": result.record.extract_id,
            "check_order": number,
            "stage": check.stage,
            "check_name": check.check,
            "column_name": check.column,
            "severity": check.severity,
            "result": "passed" if check.passed else "failed",
            "checked_count": check.n_checked,
            "failing_count": check.n_failing,
            "measured": check.measured,
            "endangers": ",".join(check.endangers),
        }
        _insert(con, "gate_check", values)


def quarantine(con: DuckDBPyConnection, result: GateResult) -> None:
    """Enter a refused file with its checks; a file that had landed before stays landed."""
    record = result.record
    if find_extract(con, record.extract_id) is not None:
        return
    remove_extract(con, record.extract_id)
    stages = [check.stage for check in result.checks if not check.passed and check.severity == "block"]
    values = {
        "extract_id": record.extract_id,
        "file_name": record.file,
        "file_sha256": record.sha256,
        "file_bytes": record.bytes,
        "source": record.source,
        "layout": record.layout,
        "layout_version": record.layout_version,
        "extract_date": record.extract_date,
        "row_count": record.rows,
        "stage": stages[0] if stages else None,
        "refused_at": dt.datetime.fromisoformat(record.checked_at).replace(tzinfo=None),
    }
    _insert(con, "quarantine", values)
    add_checks(con, result)


def _insert(con: DuckDBPyConnection, table: str, values: dict[str, Any]) -> None:
    marks = ", ".join("?" * len(values))
    # By name: a warehouse of an earlier version has the columns in another order.
    con.execute(
        f"insert into raw.{table} ({', '.join(values)}) values ({marks})",  # noqa: S608 (names of our own)
        list(values.values()),
    )


def remove_extract(con: DuckDBPyConnection, extract_id: str) -> None:
    """Take the rows of a file out of all raw tables and out of the register."""
    for table, columns in _existing_columns(con).items():
        for column in ("_extract_id", "extract_id"):
            if column in columns:
                con.execute(f'delete from raw."{table}" where {column} = ?', [extract_id])  # noqa: S608


def insert_rows(con: DuckDBPyConnection, raw_table: str, landing_batch: pa.Table) -> None:
    """Append a batch to a raw table; columns that the batch lacks are null."""
    # The variable is found by its name. A registered view would keep every batch in memory until the commit.
    con.execute(f'insert into raw."{raw_table}" by name select * from landing_batch')  # noqa: S608


def known_fingerprint(con: DuckDBPyConnection) -> str | None:
    """Return the fingerprint of the key with which this warehouse's pseudonyms were made."""
    row = con.execute("select fingerprint from raw._key").fetchone()
    return None if row is None else str(row[0])


def require_key_of(con: DuckDBPyConnection, chain: KeyChain) -> None:
    """Compare a key with the one of this warehouse's pseudonyms, if there are any.

    Raises:
        WrongUseError: It is another one.
    """
    known = known_fingerprint(con)
    if known is not None and known != chain.fingerprint:
        raise WrongUseError(
            f"The pseudonym key (fingerprint {chain.fingerprint}) is not this warehouse's (fingerprint {known}): the same person"
            f" would get two pseudonyms. Give the former key in {KEY_ENV} or name its file by {KEY_FILE_ENV}, or remove the"
            " warehouse file and land all extracts again."
        )


def remember_fingerprint(con: DuckDBPyConnection, fingerprint: str) -> None:
    """Keep the fingerprint of the key at the first landing of persons."""
    con.execute("insert into raw._key values (?)", [fingerprint])


def known_tombstones(con: DuckDBPyConnection) -> frozenset[str]:
    """Return the tombstones of erased persons."""
    return frozenset(row[0] for row in con.execute("select tombstone from raw._tombstone").fetchall())


def add_erased_rows(con: DuckDBPyConnection, extract_id: str, counts: Mapping[str, int]) -> None:
    """Enter how many rows of an extract were left out because their person was erased, by raw table."""
    for raw_table, count in sorted(counts.items()):
        _insert(con, "erased_rows", {"extract_id": extract_id, "raw_table": raw_table, "row_count": count})
