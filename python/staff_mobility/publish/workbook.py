"""Sheets of a publication as an Excel workbook: typed cells, frozen headers, and a first sheet that says what it is."""

from __future__ import annotations

import datetime as dt
import io
import json
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from staff_mobility.publish.sheets import Sheet, SheetColumn, Told
from staff_mobility.settings import WrongUseError

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

ABOUT, COLUMNS = "about", "columns"
# Above the rows of a mart: labels in the agency's language and in English, then the name, from which filters start.
HEADER_ROWS = 3
# Excel's own limits.
_ROWS, _NAME = 1_048_576, 31
# A spreadsheet that is saved as csv and opened again would compute a text that begins so.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# Excel has no dates before 1900, and programs count the days of its first two months differently.
_FIRST_DATE = dt.date(1900, 3, 1)
# Excel keeps fifteen digits of a number.
_EXACT = 10**15
_WIDTHS = (8, 40)

NULLS = (
    "An empty cell is a value that is hidden so that nobody can be recognised, or one that does not exist or is not known. It"
    " is never a zero. Sums over rows with empty cells are too small: take totals from the mart that has them."
)


class Styles:
    """The formats of one workbook."""

    def __init__(self, book: Workbook) -> None:
        self.head: Format = book.add_format({"bold": True, "bottom": 1})
        self.label: Format = book.add_format({"italic": True})
        self.wrapped: Format = book.add_format({"text_wrap": True, "valign": "top"})
        self.date: Format = book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment: Format = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        # Excel then shows the text as it stands, and takes it for text when the cell is edited.
        self.plain_text: Format = book.add_format({"quote_prefix": True})


def workbook(told: Told, sheets: Sequence[Sheet]) -> bytes:
    """Return the workbook; the same publication gives the same bytes.

    Raises:
        WrongUseError: A mart has more rows than a sheet.
    """
    import xlsxwriter

    names = dict(zip((sheet.mart for sheet in sheets), sheet_names([s.mart for s in sheets]), strict=True))
    memory = io.BytesIO()
    with xlsxwriter.Workbook(memory, {"in_memory": True}) as book:
        book.set_properties({"created": told.published_at, "comments": told.publication_id})
        styles = Styles(book)
        _write_about(book.add_worksheet(ABOUT), styles, told, sheets, names)
        _write_columns(book.add_worksheet(COLUMNS), styles, sheets)
        for sheet in sheets:
            _write_mart(book.add_worksheet(names[sheet.mart]), styles, sheet)
    return memory.getvalue()


def sheet_names(marts: Sequence[str]) -> list[str]:
    """Return a name for each mart's sheet: the mart's own where Excel has room for it, without `mart_` where not."""
    found: list[str] = []
    for mart in marts:
        short = (mart if len(mart) <= _NAME else mart.removeprefix("mart_"))[:_NAME]
        name, number = short, 1
        while name.lower() in {ABOUT, COLUMNS, *(other.lower() for other in found)}:
            number += 1
            ending = f"_{number}"
            name = short[: _NAME - len(ending)] + ending
        found.append(name)
    return found


def _write_about(
    sheet: Worksheet, styles: Styles, told: Told, sheets: Sequence[Sheet], names: dict[str, str]
) -> None:
    facts = {
        "Publication": told.publication_id,
        "Content": told.content_id,
        "Published (UTC)": told.published_at,
        "Built (UTC)": told.built_at,
        "Disclosure control": told.disclosure_control,
        "Empty cells": NULLS,
    }
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 4, 20)
    for row, (name, value) in enumerate(facts.items()):
        sheet.write_string(row, 0, name, styles.head)
        _write(sheet, styles, row, 1, value)
    head = len(facts) + 1
    _write_head(sheet, styles, head, ("Sheet", "Rows", "Hidden values", "One row per", "Description"))
    for row, each in enumerate(sheets, start=head + 1):
        place = f"internal:'{names[each.mart]}'!A1"
        sheet.write_url(row, 0, place, string=names[each.mart])
        for column, value in enumerate((len(each.rows), each.n_hidden, each.grain, each.description), 1):
            _write(sheet, styles, row, column, value)


def _write_columns(sheet: Worksheet, styles: Styles, sheets: Sequence[Sheet]) -> None:
    _write_head(sheet, styles, 0, ("mart", "column", "label_nb", "label_en", "data_type", "description"))
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 3, 32)
    row = 0
    for each in sheets:
        for column in each.columns:
            row += 1
            texts = (
                each.mart,
                column.name,
                column.label_nb,
                column.label_en,
                column.kind,
                column.description,
            )
            for place, text in enumerate(texts):
                _write(sheet, styles, row, place, text)
    sheet.autofilter(0, 0, row, 5)


def _write_mart(sheet: Worksheet, styles: Styles, mart: Sheet) -> None:
    if len(mart.rows) + HEADER_ROWS > _ROWS:
        raise WrongUseError(
            f"{mart.mart} has {len(mart.rows)} rows and a sheet of Excel has room for {_ROWS - HEADER_ROWS}. Read its"
            " Parquet file instead."
        )
    for place, column in enumerate(mart.columns):
        sheet.write_string(0, place, column.label_nb, styles.label)
        sheet.write_string(1, place, column.label_en, styles.label)
        sheet.write_string(2, place, column.name, styles.head)
        sheet.set_column(place, place, _width(column))
    for row, values in enumerate(mart.rows, start=HEADER_ROWS):
        for place, value in enumerate(values):
            _write(sheet, styles, row, place, value)
    sheet.freeze_panes(HEADER_ROWS, 0)
    sheet.autofilter(HEADER_ROWS - 1, 0, HEADER_ROWS - 1 + len(mart.rows), len(mart.columns) - 1)


def _write_head(sheet: Worksheet, styles: Styles, row: int, names: Sequence[str]) -> None:
    for place, name in enumerate(names):
        sheet.write_string(row, place, name, styles.head)


def _write(sheet: Worksheet, styles: Styles, row: int, column: int, value: Any) -> None:
    """Write one value with its own type; xlsxwriter's `write` would make formulas and links of texts."""
    match value:
        case None | "":
            pass
        case bool():
            sheet.write_boolean(row, column, value)
        case int() | float() | Decimal() if _is_exact(value):
            sheet.write_number(row, column, float(value) if isinstance(value, Decimal) else value)
        case dt.datetime() if value.date() >= _FIRST_DATE:
            sheet.write_datetime(row, column, value, styles.moment)
        case dt.date() if not isinstance(value, dt.datetime) and value >= _FIRST_DATE:
            sheet.write_datetime(row, column, value, styles.date)
        case _:
            text = value if isinstance(value, str) else _told(value)
            risky = text.startswith(_FORMULA_STARTS)
            sheet.write_string(row, column, text, styles.plain_text if risky else None)


def _is_exact(value: float | Decimal) -> bool:
    """Whether Excel has such a number: it has no infinity and rounds long whole numbers, which are then told as text."""
    return math.isfinite(value) and (isinstance(value, float) or abs(value) < _EXACT)


def _told(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


def _width(column: SheetColumn) -> int:
    widest = max(len(text) for text in (column.name, column.label_nb, column.label_en))
    return min(max(widest + 2, _WIDTHS[0]), _WIDTHS[1])
