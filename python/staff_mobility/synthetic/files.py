"""Writing records in a layout's columns: dates, decimals and rule row as the layout says."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from staff_mobility.synthetic.tables import Column

Record = Mapping[str, Any]
_CREATED = datetime(2023, 12, 4, 12, 0, 0)


def cell(column: Column, value: Any) -> str:
    """Text of a value in the column's own form."""
    if value is None:
        return ""
    if isinstance(value, date):
        pattern = column.format.replace("YYYY", "%Y").replace("MM", "%m").replace("DD", "%d")
        return value.strftime(pattern)
    if isinstance(value, float):
        text = f"{value:.2f}"
        return text.replace(".", ",") if column.type == "decimal_comma" else text
    return str(value)


def rule(column: Column) -> str:
    """Say what the Mobility Tool's second row holds for the column."""
    if column.type == "date":
        return column.format
    if column.allowed:
        return "DICT"
    if column.type == "decimal_comma":
        return "0,00"
    return "*" if column.name in ("project_code", "mobility_id", "participant_id") else ""


def write_csv(
    path: Path,
    columns: Sequence[Column],
    records: Iterable[Record],
    *,
    delimiter: str,
    encoding: str,
    with_rules: bool = False,
    line_end: str = "\n",
) -> None:
    """Write a CSV file with the layout's headers."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=line_end)
    writer.writerow([column.header for column in columns])
    if with_rules:
        writer.writerow([rule(column) for column in columns])
    for record in records:
        writer.writerow([cell(column, record.get(column.name)) for column in columns])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(buffer.getvalue().encode(encoding))


def write_json(path: Path, columns: Sequence[Column], records: Iterable[Record]) -> None:
    """Write a JSON list of records, all values as text, one record a line."""
    lines = [
        json.dumps(
            {column.header: cell(column, record.get(column.name)) for column in columns}, ensure_ascii=False
        )
        for record in records
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(("[\n" + ",\n".join(lines) + "\n]\n").encode("utf-8"))


def write_workbook(path: Path, sheets: Mapping[str, tuple[Sequence[Column], Sequence[Record]]]) -> None:
    """Write a workbook of the same bytes each time; whole numbers stay numbers, all else is text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(str(path), {"in_memory": True})
    book.set_properties({"created": _CREATED, "comments": "Synthetic: invented persons and answers"})
    for name, (columns, records) in sheets.items():
        sheet = book.add_worksheet(name)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.header)
        for number, record in enumerate(records, start=1):
            for place, column in enumerate(columns):
                value = record.get(column.name)
                if isinstance(value, int):
                    sheet.write_number(number, place, value)
                elif value not in (None, ""):
                    sheet.write_string(number, place, cell(column, value))
    book.close()
