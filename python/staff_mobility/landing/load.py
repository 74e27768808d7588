"""Rows of one open file into the raw tables, batch by batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from staff_mobility.landing.batches import arrow_batch, check_batch, make_batch
from staff_mobility.landing.erased_persons import ErasedPersons
from staff_mobility.landing.headers import Binding
from staff_mobility.landing.problems import ProblemList, RefusalError, TooManyProblemsError, whole_file
from staff_mobility.landing.pseudonyms import KeyChain
from staff_mobility.landing.register import insert_rows
from staff_mobility.landing.sources import Row, TableSource

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BATCH_ROWS = 5_000

Progress = Callable[[str, int], None]
"""Receives the file's path and the rows read so far."""


@dataclass(frozen=True)
class Load:
    """Moves the rows of one file into the raw tables."""

    con: DuckDBPyConnection
    extract_id: str
    name: str
    extract_date: dt.date
    source: str
    key: KeyChain | None
    on_progress: Progress
    erased: ErasedPersons | None = None

    def run(self, sources: Sequence[TableSource], bindings: Sequence[Binding]) -> int:
        """Insert all rows that are right and of nobody erased; return the number of rows in the file.

        Raises:
            RefusalError: At least one row is wrong, or there is none.
        """
        problems = ProblemList()
        rows = 0
        try:
            # The row that names a person stands for those that go with it, so it has to be read before them.
            for source, binding in sorted(
                zip(sources, bindings, strict=True), key=lambda pair: not pair[0].table.pseudonyms
            ):
                rows += self._table(source, binding, problems, rows)
        except TooManyProblemsError:
            raise
        except RefusalError as refusal:
            problems.refuse_if_any(*refusal.problems)
        problems.refuse_if_any()
        if rows == 0:
            raise whole_file(
                "there is no data row below the header; an empty extract would withdraw all earlier rows",
                "Export again and check the export's filter.",
            )
        return rows

    def _table(self, source: TableSource, binding: Binding, problems: ProblemList, before: int) -> int:
        rows = 0
        stream = source.rows(problems)
        end: RefusalError | None = None
        while end is None:
            taken, end = _take(stream)
            if not taken:
                break
            batch = make_batch(taken, source, binding)
            if self.erased is not None:
                batch = self.erased.without(batch)
            problems.extend(check_batch(batch, self.extract_date))
            rows_for_raw = arrow_batch(batch, self.extract_id, self.source, self.key)
            insert_rows(self.con, source.table.raw_table, rows_for_raw)
            rows += len(taken)
            self.on_progress(self.name, before + rows)
        if end is not None:
            raise end
        return rows


def _take(stream: Iterator[Row]) -> tuple[list[Row], RefusalError | None]:
    """Return a batch of rows, and what ended the reading after them."""
    taken: list[Row] = []
    try:
        for row in islice(stream, BATCH_ROWS):
            taken.append(row)
    except RefusalError as refusal:
        return taken, refusal
    return taken, None
