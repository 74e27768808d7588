"""Invented reports of institutions, single and grouped, for the tests of the statistics core."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from staff_mobility.statistics.cells import Cells, Floats, rows_as_cells


@dataclass(frozen=True)
class Reports:
    """Single reports: k predictors, the outcome, and the institution of each."""

    names: tuple[str, ...]
    x: Floats
    y: Floats
    institution: NDArray[np.str_]

    @property
    def rows(self) -> Cells:
        return rows_as_cells(self.names, self.x, self.y, self.institution)

    @property
    def cells(self) -> Cells:
        return compressed(self.rows)

    @property
    def columns(self) -> Floats:
        """A constant and the predictors."""
        return np.column_stack([np.ones(len(self.y)), self.x])

    @property
    def codes(self) -> NDArray[np.int64]:
        """Institutions as numbers in the order of their keys."""
        return np.unique(self.institution, return_inverse=True)[1]

    def scored(self) -> Reports:
        """Z-scored with the population formula, as table 4.5 is."""
        x = (self.x - self.x.mean(axis=0)) / self.x.std(axis=0)
        return replace(self, x=x, y=(self.y - self.y.mean()) / self.y.std())

    def reordered(self, order: NDArray[np.int64]) -> Reports:
        return replace(self, x=self.x[order], y=self.y[order], institution=self.institution[order])


def compressed(rows: Cells) -> Cells:
    """Group rows with the same predictors in the same institution: what SQL does in the warehouse."""
    codes = np.unique(rows.institution, return_inverse=True)[1]
    keys, position = np.unique(np.column_stack([codes, rows.x]), axis=0, return_inverse=True)
    position = position.reshape(-1)
    first = np.array([np.flatnonzero(position == cell)[0] for cell in range(len(keys))])
    n, y_sum, y_square_sum = (
        np.bincount(position, weights=values) for values in (rows.n, rows.y_sum, rows.y_square_sum)
    )
    return Cells(rows.names, keys[:, 1:], n, y_sum, y_square_sum, rows.institution[first])


def invented(seed: int, institutions: int = 8, largest: int = 60) -> Reports:
    """Invent reports with what the study's models have: predictors that an institution has one value of, dummies of
    institutions and of reports, and a number of days; institutions of very unequal size with effects of their own.

    At least two institutions are in the cluster and two outside, and each has reports with and without teaching, and
    two reports with the same predictors.
    """
    rng = np.random.default_rng(seed)
    sizes = np.maximum(4, (largest * rng.random(institutions) ** 3).astype(int))
    codes = np.repeat(np.arange(institutions), sizes)
    strategy = rng.permutation(21)[:institutions] / 20
    in_cluster = (np.arange(institutions) % 4 == 1).astype(float)
    in_cluster[institutions - 1] = 1.0 - in_cluster[institutions - 2]
    n = len(codes)
    teaching = rng.integers(0, 2, n).astype(float)
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    teaching[first], teaching[first + 1] = 0.0, 1.0
    days = rng.integers(2, 9, n).astype(float)
    teaching[first + 2], days[first + 2] = teaching[first], days[first]
    x = np.column_stack([strategy[codes], in_cluster[codes], teaching, days])
    effect = rng.normal(0, 0.5, institutions)[codes]
    latent = 3.5 + x @ rng.normal(0, [1.0, 0.5, 0.5, 0.1]) + effect + rng.normal(0, 1, n)
    # An index: the mean of three answers from 1 to 5.
    y = np.clip(np.round(latent * 3) / 3, 1, 5)
    keys = np.array([f"institution_{chr(97 + code)}" for code in codes])
    return Reports(("strategy", "in_cluster", "teaching", "days"), x, y, keys)


def samples() -> st.SearchStrategy[Reports]:
    """Invented reports of 6 to 12 institutions."""
    return st.builds(
        invented,
        seed=st.integers(0, 2**32 - 1),
        institutions=st.integers(6, 12),
        largest=st.integers(10, 80),
    )
