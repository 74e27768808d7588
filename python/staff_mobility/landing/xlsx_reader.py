"""XLSX workbooks: sheets as rows of text, numbered as the spreadsheet numbers them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from staff_mobility.landing.headers import found_columns
from staff_mobility.landing.layouts import Column, Layout, Table
from staff_mobility.landing.problems import Problem, ProblemList, RefusalError, whole_file
from staff_mobility.landing.sources import (
    HeaderReading,
    Row,
    TableSource,
    check_skipped_row,
    columns_by_position,
)

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

# Stacked sheets count on: row 20000007 is row 7 of the second sheet. A sheet has at most 1,048,576 rows.
ROWS_PER_SHEET = 10_000_000
_MOST_STACKED_SHEETS = 200
_STRFTIME = {"YYYY": "%Y", "MM": "%m", "DD": "%d"}


def header_readings(path: Path, layout: Layout) -> Iterator[HeaderReading]:
    """Yield the headers of all sheets; which row they stand in is the layout's word."""
    workbook = _open(path)
    rows = sorted({table.header_row for table in layout.tables})
    for row in rows:
        yield HeaderReading(
            {name: _headers(_grid(workbook, name, row), row) for name in workbook.sheet_names}
        )


@contextmanager
def open_xlsx(path: Path, layout: Layout) -> Iterator[list[TableSource]]:
    """Open a workbook; one sheet is in memory at a time.

    Raises:
        RefusalError: The file is no workbook, is cut off, or lacks a sheet.
    """
    workbook = _open(path)
    if missing := [
        _missing_sheet(table, workbook)
        for table in layout.tables
        if not table.all_sheets and table.sheet not in workbook.sheet_names
    ]:
        raise RefusalError(*missing)
    yield [source for table in layout.tables for source in _table_sources(workbook, table)]


def _open(path: Path) -> CalamineWorkbook:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        return CalamineWorkbook.from_path(path)
    except CalamineError as error:
        if path.read_bytes()[:2] != b"PK":
            raise whole_file(
                "this is no XLSX workbook, whatever its name says", "Export it again as XLSX."
            ) from error
        raise whole_file(
            "the workbook's archive is broken: its end is missing or damaged",
            "The file looks cut off: fetch it again.",
        ) from error


def _missing_sheet(table: Table, workbook: CalamineWorkbook) -> Problem:
    near = get_close_matches(table.sheet or "", workbook.sheet_names, 1, 0.6)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    return Problem(
        "",
        None,
        f"the sheet '{table.sheet}' is missing{hint}",
        "Export the whole workbook with its sheet names.",
    )


def _table_sources(workbook: CalamineWorkbook, table: Table) -> list[TableSource]:
    if not table.all_sheets:
        return [_sheet_source(workbook, table, table.sheet or "", 0, _place_in(table.sheet or ""))]
    names: list[str] = workbook.sheet_names
    if len(names) > _MOST_STACKED_SHEETS:
        reason = f"the workbook has {len(names)} sheets, and at most {_MOST_STACKED_SHEETS} can be stacked"
        raise whole_file(reason, "Split the workbook.")

    def place(number: int) -> str:
        sheet, row = divmod(number, ROWS_PER_SHEET)
        return _place_in(names[sheet - 1])(row)

    sources = [
        (name, _sheet_source(workbook, table, name, position * ROWS_PER_SHEET, place))
        for position, name in enumerate(names, start=1)
    ]
    return [source for name, source in sources if _is_stacked(workbook, name, source)]


def _place_in(sheet: str) -> Callable[[int], str]:
    return lambda row: f"sheet '{sheet}', row {row}"


def _sheet_source(
    workbook: CalamineWorkbook, table: Table, sheet: str, offset: int, place: Callable[[int], str]
) -> TableSource:
    headers = _headers(_grid(workbook, sheet, table.header_row), table.header_row)
    return TableSource(
        table,
        headers,
        lambda problems: _rows(_grid(workbook, sheet, None), table, headers, problems, place, offset),
        place,
        offset,
    )


def _is_stacked(workbook: CalamineWorkbook, sheet: str, source: TableSource) -> bool:
    """Whether a sheet has the table's headers; empty sheets have not.

    Raises:
        RefusalError: The sheet holds something else.
    """
    if found_columns(source.table, source.headers):
        return True
    place = source.place(source.offset + source.table.header_row)
    if any(cell != "" for row in _grid(workbook, sheet, None) for cell in row):
        reason = "the sheet holds cells and none of the headers, and all sheets of this workbook are stacked"
        to_do = "Remove the sheet, or give it its header row."
        raise RefusalError(Problem(place, None, reason, to_do))
    return False


def _grid(workbook: CalamineWorkbook, sheet: str, rows: int | None) -> list[list[Any]]:
    """Return a sheet's cells from A1 on, at most so many rows."""
    from python_calamine import CalamineError

    try:
        return workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False, nrows=rows)
    except CalamineError as error:
        reason = f"the sheet '{sheet}' cannot be read: the workbook is damaged"
        raise whole_file(reason, "The file looks cut off: fetch it again.") from error


def _headers(grid: Sequence[Sequence[Any]], header_row: int) -> tuple[str, ...]:
    if len(grid) < header_row:
        return ()
    headers = [_text(cell, None) for cell in grid[header_row - 1]]
    while headers and not headers[-1].strip():
        headers.pop()
    return tuple(headers)


def _rows(
    grid: list[list[Any]],
    table: Table,
    headers: tuple[str, ...],
    problems: ProblemList,
    place: Callable[[int], str],
    offset: int,
) -> Iterator[Row]:
    columns = columns_by_position(table, headers)
    for row, cells in enumerate(grid[table.header_row :], start=table.header_row + 1):
        number = offset + row
        if row < table.first_data_row:
            check_skipped_row(table, headers, _texts(cells, columns), place(number))
        elif any(cell != "" for cell in cells[len(headers) :]):
            reason = f"a cell stands to the right of the last header, '{headers[-1]}'"
            problems.add(Problem(place(number), None, reason, "Remove it or give it a header."))
        elif any(cell != "" for cell in cells):
            yield number, _texts(cells, columns)


def _texts(cells: Sequence[Any], columns: Sequence[Column | None]) -> list[str]:
    return [_text(cell, column) for cell, column in zip(cells, columns, strict=False)]


def _text(cell: Any, column: Column | None) -> str:
    """Return a cell as text: dates in the layout's form, whole numbers without a fraction."""
    match cell:
        case str():
            return cell
        case bool():
            return "TRUE" if cell else "FALSE"
        case int():
            return str(cell)
        case float():
            return _number(cell, column)
        case dt.datetime() if cell.time() != dt.time():
            return cell.isoformat(sep=" ")
        case dt.date():
            return cell.strftime(
                _strftime(column.date_format if column and column.date_format else "YYYY-MM-DD")
            )
        case _:
            return str(cell)


def _number(cell: float, column: Column | None) -> str:
    text = str(int(cell)) if cell.is_integer() else format(cell, ".15g")
    if "e" in text:
        text = format(cell, "f")
    return text.replace(".", ",") if column is not None and column.type == "decimal_comma" else text


def _strftime(date_format: str) -> str:
    for part, directive in _STRFTIME.items():
        date_format = date_format.replace(part, directive)
    return date_format
