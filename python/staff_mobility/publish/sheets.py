"""The current publication as sheets of rows, read from its DuckDB file: what is hidden there is hidden here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from staff_mobility.publish.marts import quoted
from staff_mobility.publish.place import Publication
from staff_mobility.settings import WrongUseError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# What most readers ask for: use, outcomes, strategy and progress, with the institutions. Statistics and audit come by name.
DEFAULT_SUBJECTS = (
    "dim_institution",
    "mart_usage__",
    "mart_outcomes__",
    "mart_strategy__",
    "mart_programme__",
)


@dataclass(frozen=True)
class SheetColumn:
    """One column with what the publication says of it."""

    name: str
    kind: str
    label_nb: str
    label_en: str
    description: str


@dataclass(frozen=True)
class Sheet:
    """One published mart.

    Attributes:
        mart: Its name.
        grain: Columns that tell its rows apart.
        description: What it holds.
        n_hidden: How many of its values are hidden.
        columns: In order.
        rows: All of them, in a fixed order.
    """

    mart: str
    grain: str
    description: str
    n_hidden: int
    columns: tuple[SheetColumn, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Told:
    """What the publication tells of itself; times are UTC."""

    publication_id: str
    content_id: str
    published_at: dt.datetime
    built_at: dt.datetime
    disclosure_control: str


def read_sheets(publication: Publication, marts: Sequence[str]) -> tuple[Told, tuple[Sheet, ...]]:
    """Read marts of a publication.

    Args:
        publication: Which one.
        marts: Their names; empty for those of DEFAULT_SUBJECTS, or all if the publication has none of these.

    Raises:
        WrongUseError: It has no such mart.
    """
    import duckdb

    # One connection, so one publication, whatever is published meanwhile.
    with duckdb.connect(str(publication.marts), read_only=True) as con:
        told = con.execute(
            "select publication_id, content_id, published_at, built_at, disclosure_control from publication"
        ).fetchall()[0]
        there = [
            str(row[0]) for row in con.execute("select mart_name from publication_mart order by 1").fetchall()
        ]
        return Told(*told), tuple(_sheet(con, mart) for mart in chosen(there, marts))


def chosen(there: Sequence[str], named: Sequence[str]) -> list[str]:
    """Return the marts that are asked for, in the order in which they are named.

    Raises:
        WrongUseError: One is not there.
    """
    if unknown := sorted(set(named) - set(there)):
        raise WrongUseError(
            f"The publication has no mart {', '.join(unknown)}. It has: {', '.join(there)}. Marts for analysts are in"
            " PostgreSQL only."
        )
    usual = [mart for mart in there if mart.startswith(DEFAULT_SUBJECTS)]
    return list(dict.fromkeys(named)) or usual or list(there)


def _sheet(con: DuckDBPyConnection, mart: str) -> Sheet:
    grain, description, n_hidden = con.execute(
        "select grain, description, n_hidden_values from publication_mart where mart_name = ?", [mart]
    ).fetchall()[0]
    described = con.execute(
        "select column_name, data_type, coalesce(label_nb, ''), coalesce(label_en, ''), coalesce(description, '')"
        " from publication_column where mart_name = ?",
        [mart],
    ).fetchall()
    columns = {row[0]: SheetColumn(*row) for row in described}
    rows = con.execute(f"select * from {quoted(mart)} order by all")  # noqa: S608
    ordered = _in_order(columns.values(), [part[0] for part in rows.description or ()])
    return Sheet(mart, grain, description, int(n_hidden), ordered, tuple(rows.fetchall()))


def _in_order(columns: Iterable[SheetColumn], names: Sequence[str]) -> tuple[SheetColumn, ...]:
    by_name = {column.name: column for column in columns}
    return tuple(by_name[name] for name in names)
