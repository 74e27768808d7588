"""Headers of a file against the columns of a layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from staff_mobility.landing.layouts import Table, header_key
from staff_mobility.landing.problems import Problem, RefusalError, printable
from staff_mobility.landing.sources import HeaderReading, TableSource


def headers_of(table: Table, reading: HeaderReading) -> tuple[str, ...]:
    """Return the headers that a reading gives for a table.

    A renamed sheet is found by its headers, and so is the one that speaks for stacked sheets.
    """
    sheet = "" if "" in reading.headers else table.sheet or ""
    if sheet in reading.headers:
        return reading.headers[sheet]
    return max(reading.headers.values(), key=lambda headers: len(found_columns(table, headers)), default=())


def found_columns(table: Table, headers: Iterable[str]) -> set[str]:
    """Return the canonical names of the columns that a file has."""
    known = table.column_by_key
    return {known[key].name for header in headers if (key := header_key(header)) in known}


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
    strangers = [key for header in headers if (key := header_key(header)) not in table.column_by_key]
    problems = []
    for column in table.columns:
        if column.name in names or not (column.required or optional):
            continue
        near = [
            stranger
            for header in column.headers
            for stranger in get_close_matches(header_key(header), strangers, 1, 0.75)
        ]
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
        RefusalError: A required column is missing, or a header stands twice, be it under two of its names.
    """
    table = source.table
    where = source.place(source.offset + table.header_row) if source.headers else ""
    # Columns of the layout by their names, others by their headers, which no name can equal.
    seen: dict[str, str] = {}
    positions: dict[str, int] = {}
    unknown = []
    problems = []
    for position, header in enumerate(source.headers):
        key = header_key(header)
        column = table.column_by_key.get(key)
        if column is None:
            unknown.append(printable(header) if key else f"(column {position + 1}, without a header)")
        identity = f"'{key}'" if column is None else column.name
        if key and identity in seen:
            problems.append(_twice(where, header, seen[identity]))
            continue
        seen[identity] = header
        if column is not None:
            positions[column.name] = position
    problems += missing_columns(table, source.headers, where, optional=False)
    if problems:
        raise RefusalError(*problems)
    return Binding(positions, tuple(unknown))


def _twice(where: str, header: str, first: str) -> Problem:
    also = "" if header_key(header) == header_key(first) else f", first as '{first}'"
    return Problem(where, header, f"the header stands twice{also}", "Remove or rename one of the columns.")
