"""Ordinary least squares on cells, with the standard errors of independent observations."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.linalg import solve_triangular

from staff_mobility.statistics.cells import Cells, Floats, require_fit
from staff_mobility.statistics.inference import Inference


@dataclass(frozen=True)
class LeastSquares(Inference):
    """A fit of the outcome on a constant and k predictors, judged as independent observations with one variance.

    Attributes:
        names: ``constant`` (unless the fit has none) and the predictors, in the order of the estimates.
        n_observations: Observations, not cells.
        df_residual: Observations less coefficients; the degrees of freedom of every coefficient.
        residual_ss: Residual sum of squares over observations.
        total_ss: Total sum of squares, around the mean if there is a constant.
        condition_number: Of the columns, scaled to the same length (Belsley).
    """

    names: tuple[str, ...]
    n_observations: float
    df_residual: float
    residual_ss: float
    total_ss: float
    condition_number: float

    @property
    def df_model(self) -> int:
        """Predictors, without the constant."""
        return len(self.names) - ("constant" in self.names)

    @property
    def r_squared(self) -> float:
        """Share of the total sum of squares that is explained."""
        return 1 - self.residual_ss / self.total_ss

    @property
    def adjusted_r_squared(self) -> float:
        """The same, per degree of freedom."""
        df_total = self.df_residual + self.df_model
        return 1 - (self.residual_ss / self.df_residual) / (self.total_ss / df_total)

    @property
    def f_value(self) -> float:
        """Test of all predictors at once; infinite where nothing is left unexplained."""
        explained = (self.total_ss - self.residual_ss) / self.df_model
        return explained / (self.residual_ss / self.df_residual) if self.residual_ss > 0 else math.inf

    @property
    def f_p_value(self) -> float:
        """Of that test."""
        return float(stats.f.sf(self.f_value, self.df_model, self.df_residual))


def fit_least_squares(cells: Cells, *, has_constant: bool = True) -> LeastSquares:
    """Fit by QR: the cells' means with their numbers as weights.

    The residual variance then gets the squares within the cells, which the means don't show, and degrees of
    freedom that count observations.

    Raises:
        NoResultError: The cells allow no fit.
    """
    require_fit(cells, has_constant=has_constant)
    basis = _basis(cells, has_constant)
    roots = np.sqrt(cells.n)
    outcome = (cells.deviations if has_constant else cells.y_mean) * roots
    # statsmodels inverts R'R for the standard errors, so that nearly collinear columns (NIST's Filip and Longley)
    # lose twice the digits that they must; the rows of R's inverse keep them.
    orthogonal, triangle = np.linalg.qr(basis.columns * roots[:, None])
    effects = orthogonal.T @ outcome
    inverse = basis.to_predictors @ solve_triangular(triangle, np.eye(len(triangle)))
    residual_ss = float(np.sum((outcome - orthogonal @ effects) ** 2)) + cells.within
    df_residual = cells.n_observations - len(basis.names)
    estimates = basis.to_predictors @ solve_triangular(triangle, effects)
    if has_constant:
        estimates[0] += cells.level
    return LeastSquares(
        names=basis.names,
        estimates=estimates,
        std_errors=np.linalg.norm(inverse, axis=1) * np.sqrt(residual_ss / df_residual),
        degrees_of_freedom=np.full(len(basis.names), df_residual),
        n_observations=cells.n_observations,
        df_residual=df_residual,
        residual_ss=residual_ss,
        total_ss=float(outcome @ outcome) + cells.within,
        condition_number=_condition_number(cells, has_constant),
    )


@dataclass(frozen=True)
class _Basis:
    """The columns of a fit in a form that loses no digits to the level or size of a predictor.

    Attributes:
        names: ``constant`` (unless the fit has none) and the predictors.
        columns: Centred (beside a constant) and of length one, (cells, p).
        to_predictors: What turns their coefficients into those of the predictors, (p, p).
    """

    names: tuple[str, ...]
    columns: Floats
    to_predictors: Floats


def _basis(cells: Cells, has_constant: bool) -> _Basis:
    if not has_constant:
        lengths = np.sqrt(cells.n @ cells.x**2)
        return _Basis(cells.names, cells.x / lengths, np.diag(1 / lengths))
    means = cells.n @ cells.x / cells.n_observations
    centred = cells.x - means
    lengths = np.sqrt(cells.n @ centred**2)
    to_predictors = np.diag(np.concatenate([[1.0], 1 / lengths]))
    to_predictors[0, 1:] = -means / lengths
    return _Basis(
        ("constant", *cells.names), np.column_stack([np.ones(len(cells.n)), centred / lengths]), to_predictors
    )


def _condition_number(cells: Cells, has_constant: bool) -> float:
    columns = np.column_stack([np.ones(len(cells.n)), cells.x]) if has_constant else cells.x
    weighted = columns * np.sqrt(cells.n)[:, None]
    return float(np.linalg.cond(weighted / np.linalg.norm(weighted, axis=0)))
