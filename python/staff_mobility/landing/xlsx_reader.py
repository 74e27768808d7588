"""XLSX workbooks: sheets as rows of text, numbered as the spreadsheet numbers them."""

from __future__ import annotations

import datetime as dt
import functools
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from staff_mobility.landing.drop_folder import Content
from staff_mobility.landing.headers import found_columns
from staff_mobility.landing.layouts import Column, Layout, Table
from staff_mobility.landing.limits import Limits
from staff_mobility.landing.problems import Problem, ProblemList, RefusalError, whole_file
from staff_mobility.landing.sheet_parser import Cell
from staff_mobility.landing.sources import (
    HeaderReading,
    Row,
    TableSource,
    check_skipped_row,
    columns_by_position,
    too_many_columns,
)
from staff_mobility.landing.workbook import Workbook

# Stacked sheets count on: row 20000007 is row 7 of the second sheet. A sheet has at most 1,048,576 rows.
ROWS_PER_SHEET = 10_000_000
_STRFTIME = {"YYYY": "%Y", "MM": "%m", "DD": "%d"}
_FAULTS = {
    "formula": (
        "the cell holds a formula, not a value",
        "Paste the values over the formulas, or export again.",
    ),
    "error": ("the cell shows an error of the spreadsheet", "Correct it in the source and export again."),
    "no_number": ("the cell's number is none", "Correct it in the source and export again."),
    "no_date": ("the cell is shown as a date and its number is none", "Correct it in the source."),
}


def header_readings(content: Content, layout: Layout, limits: Limits) -> Iterator[HeaderReading]:
    """Yield the headers of all sheets; which row they stand in is the layout's word."""
    for row in sorted({table.header_row for table in layout.tables}):
        yield _header_reading(content, row, limits)


@functools.lru_cache(maxsize=4)
def _header_reading(content: Content, row: int, limits: Limits) -> HeaderReading:
    with _opened(content.path, limits) as workbook:
        return HeaderReading({name: _headers(workbook, name, row, limits) for name in workbook.sheets})


@contextmanager
def open_xlsx(content: Content, layout: Layout, limits: Limits) -> Iterator[list[TableSource]]:
    """Open a workbook; one row is in memory at a time, and the texts that cells share.

    Raises:
        RefusalError: The file is no workbook, is cut off, or lacks a sheet.
    """
    with _opened(content.path, limits) as workbook:
        if missing := [
            _missing_sheet(table, workbook)
            for table in layout.tables
            if not table.all_sheets and table.sheet not in workbook.sheets
        ]:
            raise RefusalError(*missing)
        sheets = [sheet for table in layout.tables for sheet in _sheets_of(workbook, table, limits)]
        yield [sheet.source() for sheet in sheets]


@contextmanager
def _opened(path: Path, limits: Limits) -> Iterator[Workbook]:
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            raise whole_file("this is no XLSX workbook, whatever its name says", "Export it again as XLSX.")
        yield Workbook(file, limits)


def _missing_sheet(table: Table, workbook: Workbook) -> Problem:
    near = get_close_matches(table.sheet or "", list(workbook.sheets), 1, 0.6)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    return Problem(
        "",
        None,
        f"the sheet '{table.sheet}' is missing{hint}",
        "Export the whole workbook with its sheet names.",
    )


def _headers(workbook: Workbook, sheet: str, header_row: int, limits: Limits) -> tuple[str, ...]:
    """Return the texts of the header row up to the last one; empty if the row is."""
    for row, cells in workbook.rows(sheet):
        if row < header_row:
            continue
        if row > header_row:
            break
        headers = [""] * (cells[-1][0] + 1)
        for column, text, kind in cells:
            if kind in _FAULTS:
                raise RefusalError(Problem(_place_in(sheet)(row), None, *_FAULTS[kind]))
            headers[column] = _text(text, kind, None, workbook.is_1904)
        while headers and not headers[-1].strip():
            headers.pop()
        if len(headers) > limits.columns:
            raise RefusalError(too_many_columns(_place_in(sheet)(row), limits))
        return tuple(headers)
    return ()


def _place_in(sheet: str) -> Callable[[int], str]:
    return lambda row: f"sheet '{sheet}', row {row}"


def _sheets_of(workbook: Workbook, table: Table, limits: Limits) -> list[_Sheet]:
    """Return the sheets that hold a table.

    Raises:
        RefusalError: Sheets are stacked, and one of them holds something else.
    """
    if not table.all_sheets:
        name = table.sheet or ""
        headers = _headers(workbook, name, table.header_row, limits)
        return [_Sheet(workbook, table, name, headers, 0, _place_in(name))]
    names = list(workbook.sheets)
    if len(names) > limits.stacked_sheets:
        reason = f"the workbook has {len(names)} sheets, and at most {limits.stacked_sheets} can be stacked"
        raise whole_file(reason, "Split the workbook.")

    def place(number: int) -> str:
        sheet, row = divmod(number, ROWS_PER_SHEET)
        return _place_in(names[sheet - 1])(row)

    sheets = [
        _Sheet(
            workbook,
            table,
            name,
            _headers(workbook, name, table.header_row, limits),
            position * ROWS_PER_SHEET,
            place,
        )
        for position, name in enumerate(names, start=1)
    ]
    return [sheet for sheet in sheets if sheet.is_stacked()]


@dataclass(frozen=True)
class _Sheet:
    """A sheet that holds rows of a table."""

    workbook: Workbook
    table: Table
    name: str
    headers: tuple[str, ...]
    offset: int
    place: Callable[[int], str]

    def source(self) -> TableSource:
        return TableSource(self.table, self.headers, self.rows, self.place, self.offset)

    def is_stacked(self) -> bool:
        """Whether the sheet has the table's headers; empty sheets have not.

        Raises:
            RefusalError: The sheet holds something else.
        """
        if found_columns(self.table, self.headers):
            return True
        if next(self.workbook.rows(self.name), None) is None:
            return False
        reason = "the sheet holds cells and none of the headers, and all sheets of this workbook are stacked"
        to_do = "Remove the sheet, or give it its header row."
        raise RefusalError(Problem(self.place(self.offset + self.table.header_row), None, reason, to_do))

    def rows(self, problems: ProblemList) -> Iterator[Row]:
        columns = columns_by_position(self.table, self.headers)
        for row, cells in self.workbook.rows(self.name):
            if row <= self.table.header_row:
                continue
            number = self.offset + row
            if cells[-1][0] >= len(columns):
                reason = f"a cell stands to the right of the last header, '{self.headers[-1]}'"
                problems.add(Problem(self.place(number), None, reason, "Remove it or give it a header."))
                continue
            texts = [""] * len(columns)
            found = self._fill(texts, cells, columns, number)
            problems.extend(found)
            if row < self.table.first_data_row:
                check_skipped_row(self.table, self.headers, texts, self.place(number))
            elif not found:
                yield number, texts

    def _fill(
        self, texts: list[str], cells: list[Cell], columns: Sequence[Column | None], number: int
    ) -> list[Problem]:
        found = []
        for position, text, kind in cells:
            try:
                texts[position] = _text(text, kind, columns[position], self.workbook.is_1904)
            except _NoValueError as error:
                found.append(Problem(self.place(number), self.headers[position], *_FAULTS[error.kind]))
        return found


class _NoValueError(Exception):
    """A cell has no value that could land."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def _text(text: str, kind: str, column: Column | None, is_1904: bool) -> str:
    """Return a cell as text: dates in the layout's form, whole numbers without a fraction."""
    if kind == "text":
        return text
    if kind == "number":
        number = text if text.isdecimal() and text.isascii() and text[0] != "0" else _number(text)
        is_comma = column is not None and column.type == "decimal_comma"
        return number.replace(".", ",") if is_comma else number
    if kind in ("date", "iso_date"):
        return _date(text, kind, column.date_format if column else None, is_1904)
    if kind == "boolean":
        return "TRUE" if text == "1" else "FALSE"
    raise _NoValueError(kind)


def _number(text: str) -> str:
    try:
        number = float(text)
    except ValueError:
        raise _NoValueError("no_number") from None
    if not math.isfinite(number):
        raise _NoValueError("no_number")
    # Spreadsheets keep 15 digits; the 16th and 17th only show how a fraction is stored.
    shown = str(int(number)) if number.is_integer() else format(number, ".15g")
    return format(number, "f") if "e" in shown else shown


@functools.lru_cache(maxsize=10_000)
def _date(text: str, kind: str, date_format: str | None, is_1904: bool) -> str:
    from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel, from_ISO8601

    try:
        if kind == "iso_date":
            day = from_ISO8601(text)
        else:
            day = from_excel(float(text), MAC_EPOCH if is_1904 else WINDOWS_EPOCH)
    except (ValueError, OverflowError):
        raise _NoValueError("no_date") from None
    match day:
        case dt.datetime() if day.time() != dt.time():
            return str(day.isoformat(sep=" "))
        case dt.date():
            return str(day.strftime(_strftime(date_format or "YYYY-MM-DD")))
        case _:
            return str(day)


def _strftime(date_format: str) -> str:
    for part, directive in _STRFTIME.items():
        date_format = date_format.replace(part, directive)
    return date_format
