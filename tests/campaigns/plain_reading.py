"""What a file holds, read with plain csv, openpyxl and json, beside what landed of it.

It shares no reader with the project: only the layouts, as the YAML says them, and the keyed hash.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import io
import json
import unicodedata
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import yaml

from staff_mobility.landing.pseudonyms import pseudonymise

LAYOUTS = Path(__file__).parents[2] / "layouts"
_STRFTIME = {"YYYY": "%Y", "MM": "%m", "DD": "%d"}


class UnreadableError(Exception):
    """A plain reader does not take the file either."""


@dataclass(frozen=True)
class PlainTable:
    """The rows of one raw table: texts of landed columns and pseudonyms, None where there is nothing."""

    raw_table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]

    @property
    def content(self) -> Counter[tuple[str | None, ...]]:
        """The rows without their order."""
        return Counter(self.rows)


@functools.cache
def layout_of(name: str) -> dict[str, Any]:
    """Return a layout as its file says it."""
    content: dict[str, Any] = yaml.safe_load((LAYOUTS / f"{name}.yml").read_bytes())
    return content


def read(content: bytes, file_format: str, layout_name: str, key: bytes) -> list[PlainTable]:
    """Read a file in memory.

    Raises:
        UnreadableError: It cannot be read, or its rows are not as wide as its header.
    """
    layout = layout_of(layout_name)
    found: dict[str, list[PlainTable]] = {}
    for table, header, rows in {"csv": _csv, "xlsx": _xlsx, "json": _json}[file_format](content, layout):
        plain = _plain_table(layout["source"], table, header, rows, key)
        found.setdefault(plain.raw_table, []).append(plain)
    return [
        PlainTable(name, parts[0].columns, tuple(row for part in parts for row in part.rows))
        for name, parts in found.items()
    ]


def _folded(header: str) -> str:
    return " ".join(unicodedata.normalize("NFC", header).replace("\ufeff", "").split())


def _column_of(table: dict[str, Any], header: str) -> dict[str, Any] | None:
    folded = _folded(header)
    for column in table["columns"]:
        if folded in [_folded(each) for each in (column["header"], *column.get("aliases", []))]:
            found: dict[str, Any] = column
            return found
    return None


def _plain_table(
    source: str, table: dict[str, Any], header: list[str], rows: list[list[str]], key: bytes
) -> PlainTable:
    columns = [_column_of(table, each) for each in header]
    names = [column["name"] if column else None for column in columns]
    known = [name for name in names if name]
    if len(set(known)) < len(known):
        raise UnreadableError("a column stands twice")
    landed = [c["name"] for c in table["columns"] if c["class"] in ("attribute", "quasi_identifier")]
    feeds: dict[str, list[dict[str, Any]]] = {}
    for column in table["columns"]:
        if "pseudonym" in column:
            feeds.setdefault(column["pseudonym"], []).append(column)
    out = []
    for row in rows:
        if len(row) != len(header):
            raise UnreadableError("a record has another width than the header")
        cells = {name: cell for name, cell in zip(names, row, strict=True) if name}
        values = [cells.get(name) if (cells.get(name) or "").strip() else None for name in landed]
        for pseudonym, parts in feeds.items():
            texts = [_comparable(part, cells.get(part["name"], "")) for part in parts]
            values.append(pseudonymise(key, pseudonym, source, texts))
        out.append(tuple(values))
    all_names = (*landed, *(f"{pseudonym}_pseudonym" for pseudonym in feeds))
    return PlainTable(table["raw_table"], all_names, tuple(out))


def _comparable(column: dict[str, Any], text: str) -> str:
    if "format" not in column or not text:
        return text
    try:
        return dt.datetime.strptime(text, _strftime(column["format"])).date().isoformat()
    except ValueError:
        return ""


def _strftime(date_format: str) -> str:
    for part, directive in _STRFTIME.items():
        date_format = date_format.replace(part, directive)
    return date_format


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _csv(content: bytes, layout: dict[str, Any]) -> list[tuple[dict[str, Any], list[str], list[list[str]]]]:
    table = layout["tables"][0]
    best: list[list[str]] = []
    most = 0
    try:
        text = _decoded(content)
        for delimiter in ";,\t|":
            header = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
            known = sum(_column_of(table, each) is not None for each in header)
            if known > most:
                reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
                best, most = [record for record in reader if record], known
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableError(str(error)) from error
    if not best:
        raise UnreadableError("no header")
    skipped = table.get("first_data_row", 2) - table.get("header_row", 1)
    return [(table, best[0], best[skipped:])]


def _json(content: bytes, layout: dict[str, Any]) -> list[tuple[dict[str, Any], list[str], list[list[str]]]]:
    try:
        records = json.loads(
            content.decode("utf-8-sig"), object_pairs_hook=_once, parse_int=_Digits, parse_float=_Digits
        )
        header = list(dict.fromkeys(name for record in records for name in record))
        rows = [[_json_text(record.get(name)) for name in header] for record in records]
    except (ValueError, AttributeError, TypeError) as error:
        raise UnreadableError(str(error)) from error
    return [(layout["tables"][0], header, rows)]


class _Digits(str):
    __slots__ = ()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _json_text(value: Any) -> str:
    if isinstance(value, (list, dict)):
        raise TypeError("the value is not plain")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, _Digits) and "e" in value.lower():
        return format(Decimal(value), "f")
    return "" if value is None else str(value)


def _xlsx(content: bytes, layout: dict[str, Any]) -> list[tuple[dict[str, Any], list[str], list[list[str]]]]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(_whole_parts(content)), data_only=True)
    except Exception as error:
        raise UnreadableError(type(error).__name__) from error
    found = []
    for table in layout["tables"]:
        if "sheet" in table and table["sheet"] not in book.sheetnames:
            raise UnreadableError("a sheet is missing")
        sheets = [book[table["sheet"]]] if "sheet" in table else book.worksheets
        for sheet in sheets:
            grid = [list(row) for row in sheet.iter_rows(values_only=True)]
            header = ["" if cell is None else str(cell) for cell in (grid or [[]])[0]]
            if not any(_column_of(table, each) for each in header):
                continue
            columns = [_column_of(table, each) for each in header]
            rows = [
                [_cell_text(cell, column) for cell, column in zip(row, columns, strict=True)]
                for row in grid[1:]
                if any(cell is not None for cell in row)
            ]
            found.append((table, header, rows))
    return found


def _whole_parts(content: bytes) -> bytes:
    """Return a workbook without the parts that are damaged, such as its theme, which hold no cells."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as book, zipfile.ZipFile(packed, "w") as whole:
        for entry in book.infolist():
            try:
                whole.writestr(entry.filename, book.read(entry))
            except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
                continue
    return packed.getvalue()


def _cell_text(cell: Any, column: dict[str, Any] | None) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, dt.datetime):
        if cell.time() != dt.time():
            return cell.isoformat(sep=" ")
        return cell.strftime(_strftime((column or {}).get("format", "YYYY-MM-DD")))
    if isinstance(cell, (int, float)):
        text = str(int(cell)) if float(cell).is_integer() else format(cell, ".15g")
        return text.replace(".", ",") if (column or {}).get("type") == "decimal_comma" else text
    return str(cell)
