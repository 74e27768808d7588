"""Checks of cells. Pure: values in, problems out.

A batch is checked column by column over its distinct values, of which there are few, so that a large extract
costs little more than reading it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from datetime import date

from staff_mobility.landing.encodings import BYTE_ORDER_MARK, REPLACEMENT, is_mojibake
from staff_mobility.landing.layouts import Column
from staff_mobility.landing.problems import ORDER_CONTROLS, Problem, shown

_AT_SOURCE = "Correct it in the source system and export again."
# At most 18 digits: more than any number of a source has, and few enough for a decimal of the warehouse.
NUMBER_FORMS = {
    "integer": (re.compile(r"-?[0-9]{1,18}"), "a whole number such as 12"),
    "decimal": (re.compile(r"-?[0-9]{1,18}(?:\.[0-9]+)?"), "a number with a decimal point such as 12.5"),
    "decimal_comma": (re.compile(r"-?[0-9]{1,18}(?:,[0-9]+)?"), "a number with a decimal comma such as 12,5"),
}
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_ORDER_CONTROLS = re.compile(f"[{ORDER_CONTROLS}]")
_DATE_PARTS = {"YYYY": r"(?P<year>[0-9]{4})", "MM": r"(?P<month>[0-9]{2})", "DD": r"(?P<day>[0-9]{2})"}

Fault = tuple[str, str]
"""Reason and what to do."""


def is_empty(cell: str) -> bool:
    """Whether a cell says nothing: no characters, or only blanks."""
    return not cell or cell.isspace()


def parse_date(text: str, date_format: str) -> date | None:
    """Return the date that a text gives in a layout's format (``DD.MM.YYYY``), None if it gives none."""
    match = _date_pattern(date_format).fullmatch(text)
    try:
        return date(**{part: int(digits) for part, digits in match.groupdict().items()}) if match else None
    except ValueError:
        return None


@functools.cache
def _date_pattern(date_format: str) -> re.Pattern[str]:
    return re.compile(date_pattern_text(date_format), re.ASCII)


def date_pattern_text(date_format: str) -> str:
    """Return the regular expression of a layout's date format, with groups year, month and day."""
    pattern = re.escape(date_format)
    for part, group in _DATE_PARTS.items():
        pattern = pattern.replace(part, group)
    return pattern


def check_column(
    column: Column, cells: Sequence[str], rows: Sequence[int], extract_date: date, place: Callable[[int], str]
) -> list[tuple[int, Problem]]:
    """Check the cells of one column of a batch.

    Args:
        column: The layout's column.
        cells: One text per row.
        rows: Row numbers, as many as cells.
        extract_date: Day of the extract, the latest day for columns with ``not_after``.
        place: Turns a row number into words.

    Returns:
        Row numbers with their problems, in row order.
    """
    if column.sensitivity == "free_text":
        return []
    # Cells that land are judged by the gate, all of them at once; here only what the gate will not see, and letters that are
    # no letters.
    faults = {}
    for cell in set(cells):
        if is_empty(cell):
            continue
        fault = _check_text(column, cell) if column.is_landed else check_cell(column, cell, extract_date)
        if fault:
            faults[cell] = fault
    if not faults:
        return []
    return [
        (row, Problem(place(row), column.header, *faults[cell]))
        for row, cell in zip(rows, cells, strict=True)
        if cell in faults
    ]


def check_cell(column: Column, cell: str, extract_date: date) -> Fault | None:
    """Return what is wrong with a cell that is not empty, None if nothing is."""
    value = shown(cell) if column.may_be_shown else "the value (not shown)"
    if fault := _check_text(column, cell):
        return fault
    if column.answers is not None and cell not in column.answers:
        return f"{value} is not among the allowed answers", _AT_SOURCE
    if column.type in NUMBER_FORMS:
        pattern, words = NUMBER_FORMS[column.type]
        return None if pattern.fullmatch(cell) else (f"{value} is not {words}", _AT_SOURCE)
    if column.type == "date":
        return _check_date(column, cell, value, extract_date)
    return None


def looks_like_data(columns: Sequence[Column | None], cells: Sequence[str]) -> bool:
    """Whether a row that the layout skips holds data: typed cells, and all of them right.

    Args:
        columns: The layout's column per position, None for unknown ones.
        cells: The row.
    """
    typed = [
        (column, cell)
        for column, cell in zip(columns, cells, strict=False)
        if column is not None and (column.type != "text" or column.answers is not None) and not is_empty(cell)
    ]
    return bool(typed) and not any(check_cell(column, cell, date.max) for column, cell in typed)


def _check_text(column: Column, cell: str) -> Fault | None:
    fault = _check_characters(cell, is_landed=column.is_landed)
    return fault if fault or column.may_be_damaged else _check_letters(cell)


def _check_characters(cell: str, *, is_landed: bool) -> Fault | None:
    if _CONTROLS.search(cell):
        return "the text holds a control character, which is no letter", _AT_SOURCE
    if cell.isascii():
        return None
    # Pseudonyms are made without them.
    if is_landed and _ORDER_CONTROLS.search(cell):
        return "the text holds a character that turns the order of reading (such as U+202E)", _AT_SOURCE
    return None


def _check_letters(cell: str) -> Fault | None:
    if cell.isascii():
        return None
    if BYTE_ORDER_MARK in cell:
        return (
            "the text holds a byte order mark (U+FEFF), which nobody sees and which makes a code another one",
            "Files may have been joined: export again as one file.",
        )
    if REPLACEMENT in cell:
        return (
            "the text holds the replacement character U+FFFD: letters were lost before this file was written",
            "Export again from the source system with the right encoding.",
        )
    if is_mojibake(cell):
        return (
            "the text shows UTF-8 letters read as another encoding (such as 'Ã©' for 'é')",
            "Export again in the encoding of the layout; do not open and save the file in between.",
        )
    return None


def _check_date(column: Column, cell: str, value: str, extract_date: date) -> Fault | None:
    day = parse_date(cell, column.date_format or "YYYY-MM-DD")
    if day is None:
        return f"{value} is not a date of the form {column.date_format}", _AT_SOURCE
    if column.not_after_extract and day > extract_date:
        return (
            f"{value} lies after the day of the extract, {extract_date.isoformat()}",
            "Correct the date in the source system, or the date in the file's name if that is wrong.",
        )
    return None
