"""Exact compression: observations with the same predictors in the same institution are one cell.

A cell keeps the number of observations, the sum of the outcome and the sum of its squares. Least squares, its
standard errors, and everything that is computed per institution need no more (Wong, Lewis and Wardrop, 2021,
"You only compress once"), so that a fit does not grow with the reports.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from staff_mobility.statistics.status import NoResultError, Status

Floats = NDArray[np.float64]

_EPSILON = float(np.finfo(float).eps)
# Columns that differ by no more than this share of their length are the same but for rounding.
_SAME = 64 * _EPSILON
# What is left of a sum of squares when equal values are taken from it.
_NO_SQUARES = 8 * _EPSILON
# The share of the variation around the mean that rounding may take from sums of squares.
_LOST = 1e-6


@dataclass(frozen=True)
class Cells:
    """Observations, grouped.

    The squares of a cell of several observations hold what varies within it only to the digits that the level
    leaves: an outcome whose mean is a thousand times its standard deviation loses six of sixteen.

    Attributes:
        names: The k predictors.
        x: Their values, (cells, k); no constant.
        n: Observations of each cell (sums of weights), (cells,).
        y_sum: Sum of the outcome in each cell, (cells,).
        y_square_sum: Sum of its squares, (cells,).
        institution: Key of the institution of each cell, (cells,) of str.
    """

    names: tuple[str, ...]
    x: Floats
    n: Floats
    y_sum: Floats
    y_square_sum: Floats
    institution: NDArray[np.str_]

    @property
    def n_observations(self) -> float:
        """Number of observations."""
        return float(self.n.sum())

    @property
    def y_mean(self) -> Floats:
        """Mean outcome of each cell, (cells,)."""
        return self.y_sum / self.n

    @property
    def level(self) -> float:
        """Mean outcome over all observations."""
        return float(self.y_sum.sum() / self.n_observations)

    @property
    def within_cells(self) -> Floats:
        """Sum of squares of the outcome around the mean of each cell, (cells,); 0 where only rounding is left."""
        squares = self.y_square_sum - self.y_sum**2 / self.n
        return np.where(squares > _NO_SQUARES * self.y_square_sum, squares, 0.0)

    @property
    def within(self) -> float:
        """Sum of squares of the outcome around the means of the cells, which no predictor explains."""
        return float(self.within_cells.sum())

    @property
    def deviations(self) -> Floats:
        """Mean outcome of each cell less the mean over all observations, (cells,)."""
        deviations = self.y_mean - self.level
        # The level is rounded; what that leaves is small enough to be exact.
        return np.asarray(deviations - self.n @ deviations / self.n_observations)

    @property
    def around_level(self) -> Floats:
        """Sum of squares of the outcome around its mean over all observations, part of each cell, (cells,)."""
        # Not from the plain sums of squares, which lose digits where the level is high.
        return self.n * self.deviations**2 + self.within_cells

    @property
    def institutions(self) -> tuple[str, ...]:
        """The institutions, in order of their keys."""
        return tuple(str(key) for key in np.unique(self.institution))

    def only(self, kept: NDArray[np.bool_]) -> Cells:
        """Return some of the cells."""
        return replace(
            self,
            x=self.x[kept],
            n=self.n[kept],
            y_sum=self.y_sum[kept],
            y_square_sum=self.y_square_sum[kept],
            institution=self.institution[kept],
        )

    def weighted(self, factors: Floats) -> Cells:
        """Return the cells with every observation of a cell counted ``factors`` times, (cells,); none at 0."""
        made = replace(
            self, n=self.n * factors, y_sum=self.y_sum * factors, y_square_sum=self.y_square_sum * factors
        )
        return made.only(factors != 0)


@dataclass(frozen=True)
class Scale:
    """Means and standard deviations (population formula) by which columns were z-scored.

    Attributes:
        x_sd: Of the predictors, (k,).
        y_sd: Of the outcome.
    """

    x_sd: Floats
    y_sd: float


def rows_as_cells(
    names: tuple[str, ...], x: Floats, y: Floats, institution: NDArray[np.str_], weights: Floats | None = None
) -> Cells:
    """Return single observations as cells of one each: the level of rows.

    Args:
        names: The k predictors.
        x: Their values, (observations, k).
        y: Outcome, (observations,).
        institution: Keys, (observations,).
        weights: How many times an observation counts, (observations,); those that count 0 times are left out.
    """
    with np.errstate(over="ignore"):
        squares = np.asarray(y, dtype=float) ** 2
    rows = Cells(
        names, np.asarray(x, dtype=float), np.ones(len(y)), np.asarray(y, dtype=float), squares, institution
    )
    return rows if weights is None else rows.weighted(np.asarray(weights, dtype=float))


def standardised(cells: Cells) -> tuple[Cells, Scale]:
    """Z-score all columns over the observations, outcome and dummies too, as table 4.5 does.

    Raises:
        NoResultError: Something in the cells allows no fit (see :func:`require_fit`).
    """
    require_fit(cells)
    total = cells.n_observations
    x_mean, x_sd = _mean_and_sd(cells)
    around_level = cells.around_level
    y_sd = float(np.sqrt(around_level.sum() / total))
    made = replace(
        cells,
        x=(cells.x - x_mean) / x_sd,
        y_sum=cells.n * cells.deviations / y_sd,
        y_square_sum=around_level / y_sd**2,
    )
    return made, Scale(x_sd, y_sd)


def require_values(cells: Cells) -> None:
    """Refuse cells that hold nothing, or anything but finite numbers.

    Raises:
        NoResultError: With the reason.
    """
    if not len(cells.n):
        raise NoResultError(Status.EMPTY_SUBSET, "No observation has a value of every variable.")
    if not (np.isfinite(cells.n) & (cells.n > 0)).all():
        raise NoResultError(Status.INFINITE_VALUE, "Not a positive, finite number: a weight.")
    if names := _where(cells, ~np.all(np.isfinite(cells.x), axis=0)):
        raise NoResultError(Status.INFINITE_VALUE, f"Not a finite number: a value of {', '.join(names)}.")
    if not (np.isfinite(cells.y_sum).all() and np.isfinite(cells.y_square_sum).all()):
        raise NoResultError(Status.INFINITE_VALUE, "Not a finite number: a value of the outcome.")


def require_fit(cells: Cells, *, has_constant: bool = True) -> None:
    """Refuse cells in which the coefficients cannot be told apart, or leave no residual.

    Args:
        cells: With k predictors.
        has_constant: Whether the fit has a constant besides them.

    Raises:
        NoResultError: Not one observation more than coefficients, a predictor or the outcome is constant, or one
            predictor follows from others.
    """
    require_values(cells)
    needed = len(cells.names) + has_constant + 1
    if cells.n_observations < needed:
        raise NoResultError(
            Status.TOO_FEW_OBSERVATIONS,
            f"{cells.n_observations:g} observations for {len(cells.names)} predictors"
            f"{' and a constant' if has_constant else ''}; at least {needed} are needed.",
        )
    if has_constant:
        _require_variation(cells)
        _require_digits(cells)
    if found := _followers(cells, has_constant):
        raise NoResultError(
            Status.PERFECT_COLLINEARITY,
            f"{', '.join(found)} can be computed from the predictors before; leave it out.",
        )


def _mean_and_sd(cells: Cells) -> tuple[Floats, Floats]:
    """Return the predictors' means and standard deviations, (k,) each."""
    mean = cells.n @ cells.x / cells.n_observations
    return mean, np.sqrt(cells.n @ (cells.x - mean) ** 2 / cells.n_observations)


def _where(cells: Cells, chosen: NDArray[np.bool_]) -> list[str]:
    return [name for name, is_chosen in zip(cells.names, chosen, strict=True) if is_chosen]


def _require_variation(cells: Cells) -> None:
    mean, sd = _mean_and_sd(cells)
    names = _where(cells, sd <= _SAME * np.abs(mean))
    if np.sqrt(cells.around_level.sum() / cells.n_observations) <= _SAME * abs(cells.level):
        names.append("the outcome")
    if names:
        raise NoResultError(
            Status.CONSTANT_COLUMN,
            f"The same in all observations, so nothing can go with it: {', '.join(names)}.",
        )


def _require_digits(cells: Cells) -> None:
    """Refuse sums of squares in which rounding hides what varies; single observations have their values."""
    rounding = _EPSILON * float(cells.y_square_sum[cells.n != 1].sum())
    if rounding > _LOST * float(cells.around_level.sum()):
        raise NoResultError(
            Status.CONSTANT_COLUMN,
            f"The outcome varies so little around its mean of {cells.level:g} that sums of its squares don't tell how much.",
        )


def _followers(cells: Cells, has_constant: bool) -> list[str]:
    """Return the predictors that are a combination of those before them (and the constant)."""
    columns = np.column_stack([np.ones(len(cells.n)), cells.x]) * np.sqrt(cells.n)[:, None]
    lengths = np.linalg.norm(columns, axis=0)
    triangle = np.asarray(np.linalg.qr(columns / np.where(lengths > 0, lengths, 1.0), mode="r"))
    kept = [0] if has_constant else []
    # Leaving columns out never makes the least singular value smaller: if it is large for all, nothing follows.
    if _least(triangle[:, (0 if has_constant else 1) :]) > _SAME:
        return []
    found = []
    for position, name in enumerate(cells.names, start=1):
        tried = [*kept, position]
        # The least singular value, not what the column leaves on the diagonal: where columns before it are nearly
        # the same, rounding leaves a multiple of itself there.
        if _least(triangle[:, tried]) > _SAME:
            kept = tried
        else:
            found.append(name)
    return found


def _least(columns: Floats) -> float:
    """Return the least singular value; 0 where there are more columns than rows."""
    values = np.linalg.svd(columns, compute_uv=False)
    return float(values[-1]) if len(values) == columns.shape[1] else 0.0
