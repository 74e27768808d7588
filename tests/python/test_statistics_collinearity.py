"""Variance inflation factors are those of R and of statsmodels on rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.stats.outliers_influence import variance_inflation_factor

from staff_mobility.statistics.cells import Cells, rows_as_cells
from staff_mobility.statistics.collinearity import variance_inflation
from staff_mobility.statistics.status import NoResultError, Status

# R 4.2.2: longley[, 1:6]; nearly collinear.
LONGLEY = np.array(
    [
        (83.0, 234.289, 235.6, 159.0, 107.608, 1947),
        (88.5, 259.426, 232.5, 145.6, 108.632, 1948),
        (88.2, 258.054, 368.2, 161.6, 109.773, 1949),
        (89.5, 284.599, 335.1, 165.0, 110.929, 1950),
        (96.2, 328.975, 209.9, 309.9, 112.075, 1951),
        (98.1, 346.999, 193.2, 359.4, 113.270, 1952),
        (99.0, 365.385, 187.0, 354.7, 115.094, 1953),
        (100.0, 363.112, 357.8, 335.0, 116.219, 1954),
        (101.2, 397.469, 290.4, 304.8, 117.388, 1955),
        (104.6, 419.180, 282.2, 285.7, 118.734, 1956),
        (108.4, 442.769, 293.6, 279.8, 120.445, 1957),
        (110.8, 444.546, 468.1, 263.7, 121.950, 1958),
        (112.6, 482.704, 381.3, 255.2, 123.366, 1959),
        (114.2, 502.601, 393.1, 251.4, 125.368, 1960),
        (115.7, 518.173, 480.6, 257.2, 127.852, 1961),
        (116.9, 554.894, 400.7, 282.7, 130.081, 1962),
    ]
)
NAMES = ("gnp_deflator", "gnp", "unemployed", "armed_forces", "population", "year")


def cells_of(x: np.ndarray, names: tuple[str, ...]) -> Cells:
    outcome = np.arange(len(x)) % 3 + 0.5
    return rows_as_cells(names, x, outcome, np.array([f"i{row % 4}" for row in range(len(x))]))


def test_values_of_r() -> None:
    """R 4.2.2: diag(solve(cor(longley[, 1:6])))."""
    expected = [
        *(135.532438279981, 1788.51348271761, 33.6188905960407),
        *(3.58893019344542, 399.151022312517, 758.980597406822),
    ]
    assert variance_inflation(cells_of(LONGLEY, NAMES)) == pytest.approx(expected, rel=1e-9)


def test_cells_are_rows() -> None:
    """Cells that count several observations have the factors of the rows, by statsmodels with a constant."""
    generator = np.random.default_rng(5)
    x = generator.normal(size=(40, 3))
    x[:, 2] += 3 * x[:, 0] - x[:, 1]
    n = generator.integers(1, 6, 40)
    single = cells_of(x, ("a", "b", "c"))
    found = variance_inflation(single.weighted(n.astype(float)))
    rows = sm.add_constant(np.repeat(x, n, axis=0))
    expected = [variance_inflation_factor(rows, column) for column in (1, 2, 3)]
    assert found == pytest.approx(expected, rel=1e-10)


def test_level_and_size_of_predictors_do_not_matter() -> None:
    plain = variance_inflation(cells_of(LONGLEY, NAMES))
    moved = LONGLEY * [1e-6, 1, 1e9, 1, 1, 1] + [0, 0, 0, 1e4, 0, 0]
    assert variance_inflation(cells_of(moved, NAMES)) == pytest.approx(plain, rel=1e-8)


def test_predictors_apart_from_each_other() -> None:
    """One predictor, and two that are balanced against each other, inflate nothing."""
    corners = np.array([(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)])
    assert variance_inflation(cells_of(corners, ("a", "b"))) == pytest.approx([1, 1], rel=1e-14)
    assert variance_inflation(cells_of(corners[:, :1], ("a",))) == pytest.approx([1], rel=1e-14)


def test_what_has_no_factor_says_why() -> None:
    x = np.column_stack([LONGLEY[:, 0], LONGLEY[:, 1], LONGLEY[:, 0] - 2 * LONGLEY[:, 1]])
    cells = cells_of(x, ("a", "b", "both"))
    cases = [
        (cells, Status.PERFECT_COLLINEARITY, "both"),
        (replace(cells, x=x * [1, 0, 1]), Status.CONSTANT_COLUMN, "b"),
        (cells.only(np.arange(len(x)) < 3), Status.TOO_FEW_OBSERVATIONS, "3 observations"),
        (cells.only(np.zeros(len(x), dtype=bool)), Status.EMPTY_SUBSET, "No observation"),
    ]
    for case, status, said in cases:
        with pytest.raises(NoResultError) as raised:
            variance_inflation(case)
        assert raised.value.verdict.status is status
        assert said in raised.value.verdict.reason
