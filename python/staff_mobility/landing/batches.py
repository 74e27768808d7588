"""A batch of rows, by column: checked, then made into what the raw table takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from staff_mobility.landing.headers import Binding
from staff_mobility.landing.layouts import Column
from staff_mobility.landing.problems import Problem
from staff_mobility.landing.pseudonyms import KeyChain
from staff_mobility.landing.register import pseudonym_column
from staff_mobility.landing.sources import Row, TableSource
from staff_mobility.landing.validate import check_column, parse_date

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Batch:
    """Rows of one table, by column.

    Attributes:
        source: The table.
        row_numbers: One number per row.
        cells: Texts by canonical name, for the columns that the file has.
    """

    source: TableSource
    row_numbers: tuple[int, ...]
    cells: dict[str, tuple[str, ...]]

    def identifiers(self) -> dict[str, list[tuple[str, ...]]]:
        """Return, by pseudonym, each row's parts of the identifier, for those of which the file has all columns."""
        return {
            pseudonym: list(
                zip(*(_comparable(column, self.cells[column.name]) for column in columns), strict=True)
            )
            for pseudonym, columns in self.source.table.pseudonyms.items()
            if all(column.name in self.cells for column in columns)
        }

    def only(self, places: Sequence[int]) -> Batch:
        """Return some of the rows, by their places in the batch."""
        cells = {name: tuple(texts[place] for place in places) for name, texts in self.cells.items()}
        return Batch(self.source, tuple(self.row_numbers[place] for place in places), cells)


def make_batch(rows: Sequence[Row], source: TableSource, binding: Binding) -> Batch:
    """Turn rows (at least one) into columns."""
    columns = list(zip(*(cells for _, cells in rows), strict=True))
    return Batch(
        source=source,
        row_numbers=tuple(number for number, _ in rows),
        cells={name: columns[position] for name, position in binding.positions.items()},
    )


def check_batch(batch: Batch, extract_date: dt.date) -> list[Problem]:
    """Return the problems of all cells, ordered by row, then by the layout's columns."""
    found = [
        problem
        for column in batch.source.table.columns
        if column.name in batch.cells
        for problem in check_column(
            column, batch.cells[column.name], batch.row_numbers, extract_date, batch.source.place
        )
    ]
    return [problem for _, problem in sorted(found, key=lambda pair: pair[0])]


def arrow_batch(batch: Batch, extract_id: str, source: str, key: KeyChain | None) -> pa.Table:
    """Return the batch as the raw table takes it: texts, pseudonyms, extract and row number.

    Empty cells become null; identifiers leave only their pseudonym, free text leaves nothing.
    """
    import pyarrow as pa

    table = batch.source.table
    arrays: dict[str, pa.Array] = {}
    for column in table.columns:
        if column.is_landed and column.name in batch.cells:
            texts = [cell if cell.strip() else None for cell in batch.cells[column.name]]
            arrays[column.name] = pa.array(texts, pa.string())
    if key is not None:
        for pseudonym, parts in batch.identifiers().items():
            made = [key.pseudonym(pseudonym, source, row) for row in parts]
            arrays[pseudonym_column(pseudonym)] = pa.array(made, pa.string())
    count = len(batch.row_numbers)
    arrays["_extract_id"] = pa.array([extract_id] * count, pa.string())
    arrays["_row_number"] = pa.array(batch.row_numbers, pa.int32())
    return pa.table(arrays)


def _comparable(column: Column, cells: Sequence[str]) -> Sequence[str]:
    """Return identifiers in the form that is the same in every layout: dates as ISO."""
    if column.type != "date" or column.date_format is None:
        return cells
    days = [parse_date(cell, column.date_format) for cell in cells]
    return [day.isoformat() if day else "" for day in days]
