"""Headers of a file against the columns of a layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from staff_mobility.landing.layouts import Table, header_key
from staff_mobility.landing.problems import Problem, RefusalError
from staff_mobility.landing.sources import HeaderReading, TableSource


def headers_of(table: Table, reading: HeaderReading) -> tuple[str, ...]:
    """Return the headers that a reading gives for a table; a renamed sheet is found by its headers."""
    if table.sheet is None or table.sheet in reading.headers:
        return reading.headers.get(table.sheet or "", ())
    return max(reading.headers.values(), key=lambda headers: len(found_columns(table, headers)), default=())


def found_columns(table: Table, headers: Iterable[str]) -> set[str]:
    """Return the canonical names of the columns that a file has."""
    present = {header_key(header) for header in headers}
    return {column.name for column in table.columns if header_key(column.header) in present}


def missing_columns(
    table: Table, headers: Sequence[str], where: str, *, optional: bool = True
) -> list[Problem]:
    """Return one problem per column that the file lacks, with the header that comes nearest.

    Args:
        table: The layout's table.
        headers: Headers of the file.
        where: Place of the header in words.
        optional: Whether columns that may be missing count.
    """
    names = found_columns(table, headers)
    known = {header_key(column.header) for column in table.columns}
    strangers = [header_key(header) for header in headers if header_key(header) not in known]
    problems = []
    for column in table.columns:
        if column.name in names or not (column.required or optional):
            continue
        near = get_close_matches(header_key(column.header), strangers, 1, 0.75)
        hint = f"; did you mean the file's '{near[0]}'?" if near else ""
        to_do = (
            "Rename it in the file, or in the layout if exports have it so from now on."
            if near
            else ("Export again with this column.")
        )
        problems.append(Problem(where, column.header, f"the column is missing{hint}", to_do))
    return problems


@dataclass(frozen=True)
class Binding:
    """Where a table's columns stand in a file.

    Attributes:
        positions: Position in the file, from 0, by canonical name.
        unknown: Headers that the layout does not know.
    """

    positions: dict[str, int]
    unknown: tuple[str, ...]


def bind(source: TableSource) -> Binding:
    """Match a file's headers with the layout's columns.

    Raises:
        RefusalError: A required column is missing, or a header stands twice.
    """
    table = source.table
    where = source.place(table.header_row) if source.headers else ""
    at: dict[str, int] = {}
    problems = []
    for position, header in enumerate(source.headers):
        key = header_key(header)
        if key and key in at:
            problems.append(
                Problem(where, header, "the header stands twice", "Remove or rename one of the columns.")
            )
        at.setdefault(key, position)
    problems += missing_columns(table, source.headers, where, optional=False)
    if problems:
        raise RefusalError(*problems)
    by_key = {header_key(column.header): column.name for column in table.columns}
    return Binding(
        positions={by_key[key]: position for key, position in at.items() if key in by_key},
        unknown=tuple(
            header if key else f"(column {position + 1}, without a header)"
            for position, header in enumerate(source.headers)
            if (key := header_key(header)) not in by_key
        ),
    )
