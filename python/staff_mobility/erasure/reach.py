# ruff: noqa: S608 (all names in queries are those of the catalogue)
"""Where a person stands beside the raw tables: derived tables, publications, PostgreSQL. Counts only, no row is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from staff_mobility.erasure.person import RAW, Person
from staff_mobility.erasure.rewrite import stored_tables
from staff_mobility.landing.pseudonyms import KeyChain
from staff_mobility.landing.register import pseudonym_column
from staff_mobility.publish.disclosure import OF_SINGLE_PERSONS
from staff_mobility.publish.marts import quoted, text
from staff_mobility.publish.place import Publication
from staff_mobility.publish.postgres_target import PostgresTarget
from staff_mobility.settings import StepError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Columns by which a derived table tells reports and persons apart; a person's key is the key of one of the reports.
_KEYS = ("report_key", "person_key", "row_key", "report_id")
_MEGABYTE = 1_000_000
# Larger files are databases and archives, which have their own entries.
_SEARCHED_BYTES = 50 * _MEGABYTE


@dataclass(frozen=True)
class TableRows:
    """How many rows of a person a derived table has."""

    schema: str
    table: str
    n_rows: int


@dataclass(frozen=True)
class HoldingPublication:
    """A publication that was made from extracts with the person in them."""

    publication_id: str
    is_current: bool


@dataclass(frozen=True)
class HoldingSchema:
    """A schema in PostgreSQL of such a publication; None for one that was half loaded."""

    schema: str
    publication_id: str | None
    n_rows: int


@dataclass(frozen=True)
class Served:
    """A person whose rows are counted in publications, and the key that has made the keys in them."""

    person: Person
    chain: KeyChain


@dataclass(frozen=True)
class MentioningFile:
    """A file that names reports of the person."""

    path: str
    n_lines: int


def derived_rows(con: DuckDBPyConnection, person: Person) -> tuple[TableRows, ...]:
    """Count the person's rows in all tables that are made from the raw ones."""
    return tuple(
        TableRows(table.schema, table.name, n_rows)
        for table in stored_tables(con)
        if table.schema != RAW
        and (found := _condition(table.columns, person))
        and (n_rows := _count(con, f"select count(*) from {table.place} where {found}"))
    )


def holding_publications(
    publications: Iterable[Publication], current: str | None, extract_ids: frozenset[str]
) -> tuple[HoldingPublication, ...]:
    """Return the publications that were made from these extracts."""
    return tuple(
        HoldingPublication(each.id, each.id == current)
        for each in publications
        if each.extract_ids & extract_ids
    )


def holding_schemas(
    target: PostgresTarget, extract_ids: frozenset[str], served: Served | None = None
) -> tuple[HoldingSchema, ...]:
    """Return the schemas of publications that were made from these extracts, and those that were half loaded."""
    found = []
    for schema in target.schemas():
        publication, made_from = target.made_from(schema)
        if publication is None or made_from & extract_ids:
            n_rows = sum(_served_rows(target, schema, served)) if served else 0
            found.append(HoldingSchema(schema, publication, n_rows))
    return tuple(found)


def mentioning_files(
    project: Path, folders: Sequence[Path], left_out: Path, person: Person
) -> tuple[MentioningFile, ...]:
    """Return the files below some folders, but for one of them, that name the person's reports, such as logs."""
    names = [name.encode() for names in person.row_names.values() for name in names]
    found = []
    for path in sorted({path for folder in folders for path in folder.rglob("*") if path.is_file()}):
        if path.is_relative_to(left_out) or path.stat().st_size > _SEARCHED_BYTES:
            continue
        content = path.read_bytes()
        if any(name in content for name in names):
            lines = sum(any(name in line for name in names) for line in content.splitlines())
            told = path.relative_to(project) if path.is_relative_to(project) else path
            found.append(MentioningFile(str(told), lines))
    return tuple(found)


def _served_rows(target: PostgresTarget, schema: str, served: Served) -> Iterator[int]:
    import duckdb

    for table, columns in target.columns(schema).items():
        if condition := _condition(columns, served.person, served.chain):
            try:
                yield target.count(schema, table, condition)
            except duckdb.Error:
                # Its text repeats the query, in which the reports are named.
                raise StepError(f"PostgreSQL: {schema}.{table} cannot be searched.") from None


def _condition(columns: Iterable[str], person: Person, chain: KeyChain | None = None) -> str:
    """Return the condition that finds the person's rows in a table with these columns, empty if no column tells.

    Args:
        columns: Of the table.
        person: Whose rows.
        chain: The key, if it is a table of a publication, whose keys it has made.
    """
    columns = list(columns)
    names = [name for names in person.row_names.values() for name in names]
    reports = [
        f"{table.partition('__')[0]}/{name}" for table, found in person.row_names.items() for name in found
    ]
    for key in _KEYS:
        if key in columns:
            own = names if key in ("row_key", "report_id") else reports
            if chain and key in OF_SINGLE_PERSONS:
                own = [chain.served_key(key, each) for each in own]
            return _among(key, own)
    pseudonyms = [column for column in columns if column.endswith(pseudonym_column(""))]
    return " or ".join(_among(column, person.pseudonyms) for column in pseudonyms)


def _among(column: str, values: Iterable[str]) -> str:
    listed = ", ".join(text(value) for value in sorted(set(values)))
    return f"{quoted(column)} in ({listed})" if listed else "false"


def _count(con: DuckDBPyConnection, query: str) -> int:
    import duckdb

    try:
        row = con.execute(query).fetchone()
    except duckdb.Error as error:
        # Its text repeats the query, in which the reports are named.
        raise StepError(f"A table of the warehouse cannot be searched ({type(error).__name__}).") from None
    return int(row[0]) if row else 0
