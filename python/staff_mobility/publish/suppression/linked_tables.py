"""Marts that count the same rows, as one system of linear equations.

The rows are grouped by everything that any of the marts tells apart (institution, entity, year, purpose, re-use): the finest
groups are the atoms. Each cell of each mart is a sum of atoms, so whatever one mart gives away of another follows from
the sums: totals, parts, remainders, and marts that divide the same stays in different ways.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from staff_mobility.publish.suppression.statement import Condition, Counts

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.intp]

# Distance from a whole number below which a sum of parts of stays is one.
_WHOLE = 1e-6


@dataclass(frozen=True)
class CountedMart:
    """The rows of one mart of counts.

    Attributes:
        name: Of the mart.
        keys: Columns that tell its rows apart.
        counts: What it says of itself.
        rows: All its columns, a row per row of the mart.
        is_there_because: By row, whether the mart has it only because it counts something; shape (rows,).
    """

    name: str
    keys: tuple[str, ...]
    counts: Counts
    rows: pd.DataFrame
    is_there_because: Flags


@dataclass(frozen=True)
class Cell:
    """Name of one cell: mart, values of its keys, column."""

    mart: str
    key: tuple[object, ...]
    column: str

    def __str__(self) -> str:
        """As messages name it."""
        return f"{self.mart}.{self.column} ({', '.join(str(part) for part in self.key)})"


@dataclass(frozen=True)
class Knowledge:
    """What is known of sums of atoms beside the cells: low <= matrix @ atoms <= high; shape (facts, atoms).

    A fact that a mart shows, and could hide, has the name of its cell; the others have None.
    """

    matrix: sparse.csr_array
    low: Floats
    high: Floats
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class LinkedTables:
    """Cells over atoms.

    Attributes:
        atoms: True counts; shape (atoms,).
        is_whole: Whether an atom is known to be a whole number; shape (atoms,).
        matrix: 1 where a cell holds an atom; shape (cells, atoms).
        cells: Their names.
        is_published: Whether a mart shows the cell; the others can be computed from shown ones; shape (cells,).
        is_open: Whether no rule hides the cell by itself; shape (cells,).
        floor: Least count that everybody knows of; shape (cells,).
        ceiling: Largest count that everybody knows of; shape (cells,).
        cost: What it costs to hide the cell; shape (cells,).
        known: What is known beside the cells.
    """

    atoms: Floats
    is_whole: Flags
    matrix: sparse.csr_array
    cells: tuple[Cell, ...]
    is_published: Flags
    is_open: Flags
    floor: Floats
    ceiling: Floats
    cost: Floats
    known: Knowledge

    @property
    def values(self) -> Floats:
        """Counts of the cells; shape (cells,)."""
        return np.asarray(self.matrix @ self.atoms, dtype=float)


# What hiding costs: a cell, and on top of it a share for its size. Totals that are meant to be open come last; zeros cost a
# little more than small counts, because readers miss them more.
_COST_OF_A_CELL, _COST_OF_SIZE, _COST_OF_AN_OPEN_CELL, _COST_OF_ZERO = 1.0, 0.2, 25.0, 1.5


def possible_atoms(
    marts: Sequence[CountedMart], facts: pd.DataFrame, dimensions: Sequence[str], weight: str
) -> pd.DataFrame:
    """Return every combination that the marts' rows leave possible, with its true count.

    Args:
        marts: All that count the facts.
        facts: Counted rows with the dimensions and their weight.
        dimensions: Columns of the facts that any of the marts tells apart.
        weight: Column of the facts; the result's column has its name.

    Returns:
        A row per atom: the dimensions and the count, most of them 0.
    """
    keys = [mart.rows[list(mart.counts.by)].drop_duplicates() for mart in marts]
    frame = reduce(_joined, sorted(keys, key=lambda each: -len(each.columns)))
    for dimension in dimensions:
        if dimension not in frame.columns:
            frame = frame.merge(facts[[dimension]].drop_duplicates(), how="cross")
    counted = facts.groupby(list(dimensions), dropna=False, as_index=False)[weight].sum()
    frame = frame[list(dimensions)].merge(counted, how="left", on=list(dimensions))
    frame[weight] = frame[weight].fillna(0.0)
    return frame.sort_values(list(dimensions), ignore_index=True)


def link(marts: Sequence[CountedMart], atoms: pd.DataFrame, weight: str) -> LinkedTables:
    """Return the system of all marts.

    Args:
        marts: All that count the same rows.
        atoms: As `possible_atoms` gives them.
        weight: Column with the count.
    """
    parts = [_cells_of(mart, atoms) for mart in marts]
    matrix = sparse.vstack([part.matrix for part in parts], format="csr")
    counts = atoms[weight].to_numpy(dtype=float)
    values = np.asarray(matrix @ counts)
    is_open = np.concatenate([part.is_open for part in parts])
    cost = _COST_OF_A_CELL + _COST_OF_SIZE * np.log1p(values) + _COST_OF_AN_OPEN_CELL * is_open
    cost[values == 0] += _COST_OF_ZERO
    return LinkedTables(
        counts,
        _whole_atoms(matrix, counts),
        matrix,
        tuple(cell for part in parts for cell in part.cells),
        np.concatenate([part.is_published for part in parts]),
        is_open,
        # A part of a stay is enough for a row to be there.
        np.minimum(np.concatenate([part.floor for part in parts]), np.floor(values + _WHOLE)),
        np.concatenate([part.ceiling for part in parts]),
        cost,
        _known(marts, atoms, counts),
    )


@dataclass(frozen=True)
class _Part:
    matrix: sparse.csr_array
    cells: list[Cell]
    is_published: Flags
    is_open: Flags
    floor: Floats
    ceiling: Floats


def _joined(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    common = [column for column in left.columns if column in right.columns]
    return left.merge(right, on=common) if common else left.merge(right, how="cross")


def _cells_of(mart: CountedMart, atoms: pd.DataFrame) -> _Part:
    rows = row_of_atom(mart, atoms)
    n_rows = len(mart.rows)
    conditions = {**mart.counts.columns, **mart.counts.unpublished}
    keys = list(mart.rows[list(mart.keys)].itertuples(index=False, name=None))
    matrices, floors, ceilings = [], [], []
    for column, condition in conditions.items():
        of = np.flatnonzero(_meets(atoms, condition) & (rows >= 0))
        ones = np.ones(len(of))
        matrices.append(sparse.csr_array((ones, (rows[of], of)), shape=(n_rows, len(atoms))))
        floors.append(mart.is_there_because.astype(float) if not condition else np.zeros(n_rows))
        limit = mart.counts.at_most.get(column)
        ceilings.append(mart.rows[limit].to_numpy(dtype=float) if limit else np.full(n_rows, np.inf))
    published = np.repeat([column in mart.counts.columns for column in conditions], n_rows)
    return _Part(
        sparse.vstack(matrices, format="csr"),
        [Cell(mart.name, key, column) for column in conditions for key in keys],
        published,
        np.repeat([column in mart.counts.open for column in conditions], n_rows),
        np.concatenate(floors),
        np.nan_to_num(np.concatenate(ceilings), nan=np.inf, posinf=np.inf),
    )


def row_of_atom(mart: CountedMart, atoms: pd.DataFrame) -> Numbers:
    """Return the row of the mart that each atom counts in, -1 for none; shape (atoms,)."""
    by = list(mart.counts.by)
    numbered = mart.rows[by].assign(row_number=np.arange(len(mart.rows)))
    found = atoms[by].merge(numbered, how="left", on=by)["row_number"]
    return found.fillna(-1).to_numpy(dtype=np.intp)


def _meets(atoms: pd.DataFrame, condition: Condition) -> Flags:
    met = np.ones(len(atoms), dtype=bool)
    for column, value in condition.items():
        met &= (atoms[column] == value).to_numpy(dtype=bool, na_value=False)
    return met


def _whole_atoms(matrix: sparse.csr_array, counts: Floats) -> Flags:
    """Return which atoms are known to be whole: none that shares a cell with a part of a stay, whose parts may be anything."""
    is_part = np.abs(counts - np.round(counts)) > _WHOLE
    if not is_part.any():
        return np.ones(len(counts), dtype=bool)
    touched = np.asarray(matrix @ is_part.astype(float)) > 0
    return ~(np.asarray(matrix.T @ touched.astype(float)) > 0)


def _known(marts: Sequence[CountedMart], atoms: pd.DataFrame, counts: Floats) -> Knowledge:
    rows: list[sparse.csr_array] = []
    low: list[Floats] = []
    high: list[Floats] = []
    cells: list[Cell | None] = []
    totals = sorted({dimensions for mart in marts for dimensions in mart.counts.known_totals})
    for dimensions in totals:
        matrix = _sums(atoms, dimensions)
        rows.append(matrix)
        low.append(np.asarray(matrix @ counts))
        high.append(low[-1])
        cells += [None] * len(low[-1])
    named = {mart.name: mart for mart in marts}
    for mart in marts:
        for column in mart.counts.mean_rates:
            matrix, shown, half_unit, of = _mean_rates(mart, column, named, atoms)
            rows.append(matrix)
            cells += of
            low.append(shown - half_unit)
            high.append(shown + half_unit)
    if not rows:
        return Knowledge(sparse.csr_array((0, len(atoms))), np.zeros(0), np.zeros(0), ())
    return Knowledge(
        sparse.vstack(rows, format="csr"), np.concatenate(low), np.concatenate(high), tuple(cells)
    )


def _sums(atoms: pd.DataFrame, dimensions: Sequence[str]) -> sparse.csr_array:
    if not dimensions:
        return sparse.csr_array(np.ones((1, len(atoms))))
    number = atoms.groupby(list(dimensions), dropna=False, sort=True).ngroup().to_numpy()
    return sparse.csr_array((np.ones(len(atoms)), (number, np.arange(len(atoms)))))


def _mean_rates(
    mart: CountedMart, column: str, named: Mapping[str, CountedMart], atoms: pd.DataFrame
) -> tuple[sparse.csr_array, Floats, float, list[Cell]]:
    """Return the means of a finer mart's ratios as sums of atoms, what is shown, by how much it can be wrong, and its names."""
    rate = mart.counts.mean_rates[column]
    fine = named[rate.of]
    ratio = fine.counts.ratios[rate.ratio]
    weights = ratio.times / fine.rows[ratio.denominator].to_numpy(dtype=float)
    is_there = np.isfinite(weights)
    by = list(mart.counts.by)
    n_rates = fine.rows[is_there].groupby(by, dropna=False).size().rename("n_rates").reset_index()
    n_rates_of_row = mart.rows[by].merge(n_rates, how="left", on=by)["n_rates"].to_numpy(dtype=float)
    rows, fine_rows = row_of_atom(mart, atoms), row_of_atom(fine, atoms)
    of = np.flatnonzero(_meets(atoms, fine.counts.columns[ratio.numerator]) & (rows >= 0) & (fine_rows >= 0))
    of = of[is_there[fine_rows[of]]]
    values = weights[fine_rows[of]] / n_rates_of_row[rows[of]]
    matrix = sparse.csr_array((values, (rows[of], of)), shape=(len(mart.rows), len(atoms)))
    shown = mart.rows[column].to_numpy(dtype=float)
    kept = np.flatnonzero(np.isfinite(shown))
    half_unit = 0.5 * 10.0**-rate.decimals
    keys = list(mart.rows[list(mart.keys)].itertuples(index=False, name=None))
    of_kept = [Cell(mart.name, keys[row], column) for row in kept]
    return matrix[kept], np.round(shown[kept], rate.decimals), half_unit + 1e-9, of_kept
