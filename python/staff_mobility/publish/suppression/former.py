"""What the current publication shows beside the new one: a hidden count must not follow from the two together.

Whoever keeps the former tables has two systems of equations. Atoms that have not changed are taken to be known to be the same,
which is the worst case: then what the former one shows holds for the new one too, and the other way round. What the former one
hides, for its own sake or another cell's, must not follow from the two. To know
which atoms have not changed, the agency keeps the atoms of what it has published, beside the log of what was hidden.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from staff_mobility.publish.suppression.linked_tables import (
    Cell,
    CountedMart,
    Flags,
    Floats,
    Knowledge,
    LinkedTables,
    Numbers,
    link,
)

_SAME = 1e-9


@dataclass(frozen=True)
class FormerTables:
    """The current publication's cells over their own atoms.

    Attributes:
        atoms: Dimensions and counts, as the agency has kept them.
        tables: Its cells.
        is_shown: Whether its file shows the cell; shape (cells,).
        is_protected: Whether the cell was sensitive; shape (cells,).
    """

    atoms: pd.DataFrame
    tables: LinkedTables
    is_shown: Flags
    is_protected: Flags

    @property
    def is_hidden(self) -> Flags:
        """Whether a mart has the cell and does not show it; shape (cells,)."""
        return np.asarray(self.tables.is_published & ~self.is_shown)


def former_tables(
    marts: Sequence[CountedMart], atoms: pd.DataFrame, weight: str, protected: frozenset[Cell]
) -> FormerTables:
    """Return the former publication's cells.

    Args:
        marts: Its marts as its file has them, hidden values null.
        atoms: Its atoms as the agency has kept them.
        weight: Column with the count.
        protected: Its sensitive cells.
    """
    tables = link(marts, atoms, weight)
    shown = [
        mart.rows[column].notna().to_numpy()
        if column in mart.counts.columns
        else np.zeros(len(mart.rows), dtype=bool)
        for mart in marts
        for column in (*mart.counts.columns, *mart.counts.unpublished)
    ]
    is_protected = np.array([cell in protected for cell in tables.cells], dtype=bool)
    return FormerTables(atoms, tables, np.concatenate(shown), is_protected)


def with_former(tables: LinkedTables, atoms: pd.DataFrame, weight: str, former: FormerTables) -> LinkedTables:
    """Return new and former cells over one set of atoms.

    Cells of the new tables keep their numbers. Cells of the former that are shown become knowledge, the others cells that
    nobody publishes.
    """
    shared = _shared(atoms, former.atoms, weight)
    own = np.flatnonzero(shared < 0)
    n_new, n_all = len(tables.atoms), len(tables.atoms) + len(own)
    place = shared.copy()
    place[own] = n_new + np.arange(len(own))
    move = sparse.csr_array((np.ones(len(place)), (np.arange(len(place)), place)), shape=(len(place), n_all))
    old = former.tables
    moved = sparse.csr_array(old.matrix @ move)
    values, shown = old.values, former.is_shown
    n_cells = len(old.cells)
    known = Knowledge(
        sparse.vstack(
            [_widened(tables.known.matrix, n_all), moved[shown], sparse.csr_array(old.known.matrix @ move)],
            format="csr",
        ),
        np.concatenate([tables.known.low, values[shown], old.known.low]),
        np.concatenate([tables.known.high, values[shown], old.known.high]),
        (*tables.known.cells, *([None] * (int(shown.sum()) + len(old.known.cells)))),
    )
    return replace(
        tables,
        atoms=np.concatenate([tables.atoms, old.atoms[own]]),
        is_whole=np.concatenate([tables.is_whole, old.is_whole[own]]),
        matrix=sparse.vstack([_widened(tables.matrix, n_all), moved], format="csr"),
        cells=(*tables.cells, *old.cells),
        is_published=np.concatenate([tables.is_published, np.zeros(n_cells, dtype=bool)]),
        is_open=np.concatenate([tables.is_open, old.is_open]),
        floor=np.concatenate([tables.floor, old.floor]),
        ceiling=np.concatenate([tables.ceiling, old.ceiling]),
        cost=np.concatenate([tables.cost, old.cost]),
        known=known,
    )


def still_hidden(tables: LinkedTables, former: FormerTables) -> Flags:
    """Return the cells that the former publication hides and that have not changed: they stay hidden; shape (cells,)."""
    values = dict(zip(former.tables.cells, former.tables.values, strict=True))
    hidden = {cell for cell, is_so in zip(former.tables.cells, former.is_hidden, strict=True) if is_so}
    now = zip(tables.cells, tables.values, tables.is_published, strict=True)
    return np.array(
        [
            published and cell in hidden and abs(values[cell] - value) < _SAME
            for cell, value, published in now
        ],
        dtype=bool,
    )


def already_shown(tables: LinkedTables, former: FormerTables) -> Flags:
    """Return the cells that the former publication shows with the count that they have now; shape (cells,)."""
    seen: Mapping[Cell, Any] = {
        cell: value
        for cell, value, is_so in zip(former.tables.cells, former.tables.values, former.is_shown, strict=True)
        if is_so
    }
    now = zip(tables.cells, tables.values, strict=True)
    return np.array([cell in seen and abs(seen[cell] - value) < _SAME for cell, value in now], dtype=bool)


def _shared(new: pd.DataFrame, old: pd.DataFrame, weight: str) -> Numbers:
    """Return by former atom the number of the same new one with the same count, -1 for none."""
    dimensions = [column for column in new.columns if column != weight]
    if set(dimensions) != set(old.columns) - {weight}:
        return np.full(len(old), -1, dtype=np.intp)
    numbered = new.rename(columns={weight: "new_count"}).assign(number=np.arange(len(new)))
    found = old.merge(numbered, how="left", on=dimensions)
    counts: Floats = found["new_count"].to_numpy(dtype=float)
    is_same = np.abs(counts - old[weight].to_numpy(dtype=float)) < _SAME
    return np.where(is_same, found["number"].fillna(-1).to_numpy(), -1).astype(np.intp)


def _widened(matrix: sparse.csr_array, n_columns: int) -> sparse.csr_array:
    return sparse.csr_array((matrix.data, matrix.indices, matrix.indptr), shape=(matrix.shape[0], n_columns))
