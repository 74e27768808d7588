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


@dataclass(frozen=True)
class Cells:
    """Observations, grouped.

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
    def within(self) -> float:
        """Sum of squares of the outcome around the means of the cells, which no predictor explains."""
        return max(float(np.sum(self.y_square_sum - self.y_sum**2 / self.n)), 0.0)

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
        """Return the cells with every observation of a cell counted ``factors`` times, (cells,)."""
        return replace(
            self, n=self.n * factors, y_sum=self.y_sum * factors, y_square_sum=self.y_square_sum * factors
        )


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
    """Return single observations as cells of one each: the level of rows."""
    n = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    return Cells(names, np.asarray(x, dtype=float), n, y * n, y**2 * n, institution)


def standardised(cells: Cells) -> tuple[Cells, Scale]:
    """Z-score all columns over the observations, outcome and dummies too, as table 4.5 does.

    Raises:
        NoResultError: Something in the cells allows no fit (see :func:`require_fit`).
    """
    require_values(cells)
    total = cells.n_observations
    x_mean = cells.n @ cells.x / total
    y_mean = float(cells.y_sum.sum() / total)
    centred = cells.x - x_mean
    x_sd = np.sqrt(cells.n @ centred**2 / total)
    # Around the mean, cell by cell: the plain sum of squares would lose digits where the mean is large.
    y_square = cells.y_square_sum - 2 * y_mean * cells.y_sum + cells.n * y_mean**2
    y_sd = float(np.sqrt(max(y_square.sum(), 0.0) / total))
    _require_variation(cells, centred, x_sd, x_mean, y_sd, y_mean)
    made = replace(
        cells,
        x=centred / x_sd,
        y_sum=(cells.y_sum - cells.n * y_mean) / y_sd,
        y_square_sum=y_square / y_sd**2,
    )
    return made, Scale(x_sd, y_sd)


def require_values(cells: Cells) -> None:
    """Refuse cells that hold nothing, or anything but finite numbers.

    Raises:
        NoResultError: With the reason.
    """
    if not len(cells.n) or cells.n_observations <= 0:
        raise NoResultError(Status.EMPTY_SUBSET, "No observation has a value of every variable.")
    infinite = ~np.isfinite(cells.x).all(axis=0)
    if infinite.any():
        names = [name for name, is_infinite in zip(cells.names, infinite, strict=True) if is_infinite]
        raise NoResultError(Status.INFINITE_VALUE, f"Not a finite number: a value of {', '.join(names)}.")
    if not (np.isfinite(cells.y_sum).all() and np.isfinite(cells.y_square_sum).all()):
        raise NoResultError(Status.INFINITE_VALUE, "Not a finite number: a value of the outcome.")


def require_fit(cells: Cells) -> None:
    """Refuse cells in which k predictors and a constant cannot be told apart, or leave no residual.

    Raises:
        NoResultError: Fewer than k + 2 observations, or one predictor follows from others.
    """
    require_values(cells)
    needed = len(cells.names) + 2
    if cells.n_observations < needed:
        raise NoResultError(
            Status.TOO_FEW_OBSERVATIONS,
            f"{cells.n_observations:g} observations for {len(cells.names)} predictors and a constant; at least"
            f" {needed} are needed.",
        )
    if followers := _followers(cells):
        raise NoResultError(
            Status.PERFECT_COLLINEARITY,
            f"{', '.join(followers)} can be computed from the predictors before; leave it out.",
        )


def _require_variation(
    cells: Cells, centred: Floats, x_sd: Floats, x_mean: Floats, y_sd: float, y_mean: float
) -> None:
    tiny = 64 * np.finfo(float).eps
    flat = (np.abs(centred).max(axis=0) <= tiny * np.abs(x_mean)) | (x_sd == 0)
    names = [name for name, is_flat in zip(cells.names, flat, strict=True) if is_flat]
    if y_sd <= tiny * abs(y_mean):
        names.append("the outcome")
    if names:
        raise NoResultError(
            Status.CONSTANT_COLUMN,
            f"The same in all observations, so nothing can go with it: {', '.join(names)}.",
        )


def _followers(cells: Cells) -> list[str]:
    """Return the predictors that are a combination of a constant and those before them."""
    columns = np.column_stack([np.ones(len(cells.n)), cells.x]) * np.sqrt(cells.n)[:, None]
    lengths = np.linalg.norm(columns, axis=0)
    columns = columns / np.where(lengths > 0, lengths, 1.0)
    diagonal = np.abs(np.diag(np.linalg.qr(columns, mode="r")))
    diagonal = np.pad(diagonal, (0, columns.shape[1] - len(diagonal)))
    is_follower = diagonal <= max(columns.shape) * np.finfo(float).eps
    return [name for name, follows in zip(("constant", *cells.names), is_follower, strict=True) if follows]
