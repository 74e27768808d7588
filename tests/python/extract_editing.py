"""Extracts that a test changes: rows under canonical names, written back in the form in which they were."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import yaml
from oracle.read_extracts import LAYOUT_OF, PROJECT

# As the file has it: text, or a number in a workbook.
Cell = Any


@dataclass
class Table:
    """The rows of one table of an extract; rows are changed in place.

    Attributes:
        columns: Canonical name -> place in a row.
        head: The header and rows of rules above the data, written back as they are.
    """

    raw_table: str
    columns: dict[str, int]
    head: list[list[Cell]]
    rows: list[list[Cell]]

    def get(self, row: list[Cell], name: str) -> str:
        """Return a cell as text."""
        cell = row[self.columns[name]]
        return "" if cell is None else str(cell).strip()

    def put(self, row: list[Cell], name: str, text: str) -> None:
        """Write a cell."""
        row[self.columns[name]] = text


def change(path: Path, changed: Callable[[Table], None]) -> None:
    """Let a function change each table of an extract."""
    layout = yaml.safe_load((PROJECT / "layouts" / f"{LAYOUT_OF[path.name]}.yml").read_text("utf-8"))
    changed_file = change_csv if path.suffix == ".csv" else change_workbook
    changed_file(path, layout, changed)


def change_csv(path: Path, layout: dict[str, Any], changed: Callable[[Table], None]) -> None:
    """Change a file of lines, in its encoding and with its delimiter."""
    (described,) = layout["tables"]
    how = {"encoding": layout["file"]["encoding"], "newline": ""}
    with path.open(**how) as file:
        lines = list(csv.reader(file, delimiter=layout["file"]["delimiter"]))
    table = split(described, lines)
    changed(table)
    with path.open("w", **how) as file:
        writer = csv.writer(file, delimiter=layout["file"]["delimiter"], lineterminator="\n")
        writer.writerows([*table.head, *table.rows])


def change_workbook(path: Path, layout: dict[str, Any], changed: Callable[[Table], None]) -> None:
    """Change the sheets of a workbook that the layout describes; an empty cell stays a cell without value."""
    book = openpyxl.load_workbook(path)
    for described in layout["tables"]:
        sheet = book[described["sheet"]]
        table = split(described, [list(row) for row in sheet.iter_rows(values_only=True)])
        changed(table)
        title, place = sheet.title, book.index(sheet)
        book.remove(sheet)
        written = book.create_sheet(title, place)
        for row in [*table.head, *table.rows]:
            written.append([None if cell == "" else cell for cell in row])
    book.save(path)


def split(described: dict[str, Any], lines: list[list[Cell]]) -> Table:
    """Return the lines of a table as its head and its rows."""
    first = described["first_data_row"] - 1
    return Table(
        described["raw_table"],
        dict(places(described["columns"], lines[described["header_row"] - 1])),
        lines[:first],
        lines[first:],
    )


def places(columns: list[dict[str, Any]], header: list[Cell]) -> Iterator[tuple[str, int]]:
    """Yield canonical name and place of each column that the header has."""
    for column in columns:
        for written in [column["header"], *column.get("aliases", [])]:
            with suppress(ValueError):
                yield column["name"], header.index(written)
                break
