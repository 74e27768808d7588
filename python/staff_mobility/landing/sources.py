"""What every reader gives: tables with headers and rows of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from staff_mobility.landing.layouts import Column, Table, header_key
from staff_mobility.landing.limits import Limits
from staff_mobility.landing.problems import Problem, ProblemList, RefusalError
from staff_mobility.landing.validate import looks_like_data

Row = tuple[int, Sequence[str]]
"""Row number (see `TableSource.place`) and one text per header; an empty cell is an empty text."""


@dataclass(frozen=True)
class TableSource:
    """One table of an open file.

    Attributes:
        table: The layout's table.
        headers: Headers as they stand in the file.
        rows: Gives the data rows once; problems of single rows go to the list, those that end the reading
            are raised as `RefusalError`.
        place: Turns a row number into words.
        offset: What the row numbers of this source begin after; 0 unless sheets are stacked.
    """

    table: Table
    headers: tuple[str, ...]
    rows: Callable[[ProblemList], Iterator[Row]]
    place: Callable[[int], str]
    offset: int = 0


def columns_by_position(table: Table, headers: Sequence[str]) -> list[Column | None]:
    """Return the layout's column for each header of a file, None for those that it does not know."""
    return [table.column_by_key.get(header_key(header)) for header in headers]


def check_skipped_row(table: Table, headers: Sequence[str], cells: Sequence[str], place: str) -> None:
    """Refuse a file whose skipped row holds data, because that row would be lost without a word.

    Raises:
        RefusalError: The row holds data.
    """
    if looks_like_data(columns_by_position(table, headers), cells):
        reason = f"this looks like data, but the layout has its first data row in row {table.first_data_row}"
        to_do = "Export again with the rows between header and data, which the layout skips."
        raise RefusalError(Problem(place, None, reason, to_do))


@dataclass(frozen=True)
class HeaderReading:
    """The headers of a file as one way of reading it gives them, for recognition only.

    Attributes:
        headers: Headers by sheet; the key is empty for files without sheets.
        encoding: The encoding with which a CSV file was read.
        delimiter: The delimiter with which a CSV file was read.
        remarks: What is unusual about a file that is read all the same.
    """

    headers: dict[str, tuple[str, ...]]
    encoding: str = ""
    delimiter: str = ""
    remarks: tuple[str, ...] = ()


def too_many_columns(where: str, limits: Limits) -> Problem:
    """Return the problem of a header that is no header."""
    return Problem(
        where, None, f"there are more than {limits.columns:,} columns", "Check that it is the right export."
    )


def too_long_cell(where: str, column: str | None, limits: Limits) -> Problem:
    """Return the problem of a cell that is no cell."""
    reason = f"the text is longer than {limits.cell_characters:,} characters"
    return Problem(where, column, reason, "Shorten it in the source system and export again.")
