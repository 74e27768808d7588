"""The tables of a publication in a database: the marts, and four that tell of the publication itself.

The same for the DuckDB file and for PostgreSQL: both are attached to one connection.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from staff_mobility.publish.content import Content
from staff_mobility.publish.marts import Mart, quoted, text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PUBLICATION = "publication"
_ABOUT = {
    PUBLICATION: (
        "One row: the publication that all tables beside it are of. A reader that finds the same publication_id before"
        " and after has read one whole publication.",
        {
            "publication_id": ("varchar", "Id of the publication: time and content."),
            "content_id": (
                "varchar",
                "Id of the content: the same marts have the same, whenever they are published.",
            ),
            "published_at": ("timestamp", "When it was made, UTC."),
            "build_id": ("varchar", "dbt's invocation id of the build that it was made from."),
            "built_at": ("timestamp", "When that build ended, UTC."),
            "disclosure_control": ("varchar", "Which rule decided what is published."),
        },
    ),
    "publication_extract": (
        "One row per extract that the marts were built from.",
        {
            "extract_id": ("varchar", "Id of the extract."),
            "source_system": ("varchar", "System that it comes from."),
            "extract_date": ("date", "Day on which it was taken."),
            "n_file_rows": ("bigint", "Rows of the file."),
            "file_sha256": ("varchar", "SHA-256 of the file's bytes."),
        },
    ),
    "publication_mart": (
        "One row per mart.",
        {
            "mart_name": ("varchar", "Name of the table."),
            "grain": ("varchar", "Columns that tell its rows apart."),
            "n_rows": ("bigint", "Number of rows."),
            "n_hidden_values": ("bigint", "Number of values that the disclosure control has emptied."),
            "content_checksum": (
                "varchar",
                "Checksum of the rows in any order; docs/publish.md has the query that computes it again.",
            ),
            "description": ("varchar", "What the mart holds."),
        },
    ),
    "publication_column": (
        "One row per column of a mart.",
        {
            "mart_name": ("varchar", "Name of the table."),
            "column_name": ("varchar", "Name of the column."),
            "data_type": ("varchar", "Its type in DuckDB."),
            "label_nb": ("varchar", "Label in the agency's own language."),
            "label_en": ("varchar", "Label in English."),
            "description": ("varchar", "What it holds."),
        },
    ),
}


@dataclass(frozen=True)
class Extract:
    """One extract that the marts were built from; its file name may name a person, so it is not told."""

    extract_id: str
    source_system: str
    extract_date: dt.date
    n_file_rows: int
    file_sha256: str


@dataclass(frozen=True)
class About:
    """What a publication tells of itself.

    Attributes:
        publication_id: Time and content.
        content_id: See `content_id`.
        published_at: UTC.
        build_id: dbt's invocation id.
        built_at: End of the build, UTC.
        control: Name of the disclosure control.
        extracts: What the marts were built from.
    """

    publication_id: str
    content_id: str
    published_at: dt.datetime
    build_id: str
    built_at: dt.datetime
    control: str
    extracts: tuple[Extract, ...]


def read_extracts(con: DuckDBPyConnection) -> tuple[Extract, ...]:
    """Return the register of extracts of the working warehouse, the connection's default database."""
    rows = con.execute(
        "select extract_id, source, extract_date, row_count, file_sha256 from raw.extract order by all"
    ).fetchall()
    return tuple(Extract(*row) for row in rows)


def write_tables(con: DuckDBPyConnection, schema: str, contents: Sequence[Content], about: About) -> None:
    """Make all tables of a publication, rows in a fixed order.

    Args:
        con: Has the working warehouse and the target attached.
        schema: Database and schema of the target, quoted; it is empty.
        contents: The marts.
        about: What the publication tells of itself.
    """
    for content in contents:
        con.execute(
            f"create table {schema}.{quoted(content.name)} as select * from ({content.sql}) order by all"  # noqa: S608
        )
    for name, (_, columns) in _ABOUT.items():
        types = ", ".join(f"{quoted(column)} {kind}" for column, (kind, _) in columns.items())
        con.execute(f"create table {schema}.{name} ({types})")
        rows = list(_rows(name, contents, about))
        if rows:
            places = ", ".join("?" * len(columns))
            con.executemany(f"insert into {schema}.{name} values ({places})", rows)  # noqa: S608


def table_names(contents: Iterable[Content]) -> list[str]:
    """Return the names of all tables that `write_tables` makes; that of the publication itself first."""
    return [*_ABOUT, *(content.name for content in contents)]


def comments(schema: str, contents: Iterable[Content]) -> Iterator[str]:
    """Yield the statements that put descriptions and labels on tables and columns, in SQL that both databases read.

    A comment of a column begins with its labels, English and the agency's own, where there are any.
    """
    for name, (description, columns) in _ABOUT.items():
        yield f"comment on table {schema}.{name} is {text(description)}"
        for column, (_, words) in columns.items():
            yield f"comment on column {schema}.{name}.{quoted(column)} is {text(words)}"
    for content in contents:
        table = f"{schema}.{quoted(content.name)}"
        yield f"comment on table {table} is {text(content.release.mart.description)}"
        for each in content.release.mart.columns:
            labels = " / ".join(label for label in (each.label_en, each.label_nb) if label)
            said = f"{labels}: {each.description}" if labels else each.description
            yield f"comment on column {table}.{quoted(each.name)} is {text(said)}"


def _rows(name: str, contents: Sequence[Content], about: About) -> Iterator[tuple[Any, ...]]:
    match name:
        case "publication":
            yield (
                about.publication_id,
                about.content_id,
                about.published_at,
                about.build_id,
                about.built_at,
                about.control,
            )
        case "publication_extract":
            for each in about.extracts:
                yield (
                    each.extract_id,
                    each.source_system,
                    each.extract_date,
                    each.n_file_rows,
                    each.file_sha256,
                )
        case "publication_mart":
            for content in contents:
                mart = content.release.mart
                hidden = content.release.n_hidden
                yield (
                    mart.name,
                    ", ".join(mart.keys),
                    content.n_rows,
                    hidden,
                    content.checksum,
                    mart.description,
                )
        case _:
            for content in contents:
                yield from _columns(content.release.mart, content)


def _columns(mart: Mart, content: Content) -> Iterator[tuple[Any, ...]]:
    described = {column.name: column for column in mart.columns}
    for name, kind in content.types.items():
        column = described[name]
        yield mart.name, name, kind, column.label_nb or None, column.label_en or None, column.description
