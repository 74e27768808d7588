"""Keeps erased persons out: their rows are recognised by tombstones before anything of them is written.

Rows without an identifier, such as questionnaires and legs of a journey, go with the row that bears the same key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from staff_mobility.landing.batches import Batch
from staff_mobility.landing.pseudonyms import KeyChain

RowKeys = Mapping[str, Sequence[str]]
"""Columns that together name a row, by raw table."""


@dataclass
class ErasedPersons:
    """Takes the rows of erased persons out of the batches of one extract.

    Attributes:
        tombstones: All that are kept.
        key: The key of the pseudonyms.
        source: Source system of the extract.
        row_keys: How rows are named.
        n_rows: Rows taken out so far, by raw table.
    """

    tombstones: frozenset[str]
    key: KeyChain
    source: str
    row_keys: RowKeys
    n_rows: Counter[str] = field(default_factory=Counter)
    _names: set[tuple[str, ...]] = field(default_factory=set)

    def without(self, batch: Batch) -> Batch:
        """Return the rows of a batch that are of nobody erased; tables with identifiers have to come first."""
        if not self.tombstones:
            return batch
        names = self._row_names(batch)
        is_named, is_erased = self._judged(batch)
        self._names |= {name for name, gone in zip(names, is_erased, strict=True) if gone and all(name)}
        living = [
            place
            for place, name in enumerate(names)
            if not (is_erased[place] or (name in self._names and not is_named[place]))
        ]
        if len(living) == len(names):
            return batch
        self.n_rows[batch.source.table.raw_table] += len(names) - len(living)
        return batch.only(living)

    def _judged(self, batch: Batch) -> tuple[list[bool], list[bool]]:
        """Return which rows bear an identifier, and which bear one that has a tombstone."""
        is_named, is_erased = [False] * len(batch.row_numbers), [False] * len(batch.row_numbers)
        for pseudonym, identifiers in batch.identifiers().items():
            for place, parts in enumerate(identifiers):
                made = list(self.key.possible_tombstones(pseudonym, self.source, parts))
                is_named[place] |= bool(made)
                is_erased[place] |= not self.tombstones.isdisjoint(made)
        return is_named, is_erased

    def _row_names(self, batch: Batch) -> list[tuple[str, ...]]:
        columns = self.row_keys.get(batch.source.table.raw_table, ())
        if not columns or any(column not in batch.cells for column in columns):
            return [()] * len(batch.row_numbers)
        # The columns are part of the name: tables with other keys name other things.
        cells = zip(*(batch.cells[column] for column in columns), strict=True)
        return [(",".join(columns), *(cell.strip() for cell in row)) for row in cells]
