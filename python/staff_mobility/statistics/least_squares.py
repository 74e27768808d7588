"""Ordinary least squares on cells, with the standard errors of independent observations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm
from scipy import stats

from staff_mobility.statistics.cells import Cells, Floats, require_fit, require_values


@dataclass(frozen=True)
class LeastSquares:
    """A fit of the outcome on a constant and k predictors.

    Attributes:
        names: ``constant`` (unless the fit has none) and the predictors.
        estimates: Coefficients in the order of names.
        std_errors: Of independent observations with one variance.
        n_observations: Observations, not cells.
        df_residual: Observations less coefficients.
        residual_ss: Residual sum of squares over observations.
        total_ss: Total sum of squares, around the mean if there is a constant.
        condition_number: Of the columns, scaled to the same length (Belsley).
    """

    names: tuple[str, ...]
    estimates: Floats
    std_errors: Floats
    n_observations: float
    df_residual: float
    residual_ss: float
    total_ss: float
    condition_number: float

    @property
    def t_values(self) -> Floats:
        """Estimates in standard errors."""
        return self.estimates / self.std_errors

    @property
    def p_values(self) -> Floats:
        """Two-sided, from Student's t."""
        return np.asarray(2 * stats.t.sf(np.abs(self.t_values), self.df_residual))

    def intervals(self, confidence: float) -> Floats:
        """Lower and upper limits, (coefficients, 2)."""
        half = stats.t.ppf(0.5 + confidence / 2, self.df_residual) * self.std_errors
        return np.column_stack([self.estimates - half, self.estimates + half])

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
        """Test of all predictors at once."""
        return ((self.total_ss - self.residual_ss) / self.df_model) / (self.residual_ss / self.df_residual)

    @property
    def f_p_value(self) -> float:
        """Of that test."""
        return float(stats.f.sf(self.f_value, self.df_model, self.df_residual))


def fit_least_squares(cells: Cells, *, has_constant: bool = True) -> LeastSquares:
    """Fit by QR in statsmodels: the cells' means with their numbers as weights.

    The residual variance then gets the squares within the cells, which the means don't show, and degrees of
    freedom that count observations.

    Raises:
        NoResultError: The cells allow no fit.
    """
    if has_constant:
        require_fit(cells)
    else:
        require_values(cells)
    columns = sm.add_constant(cells.x, has_constant="add") if has_constant else cells.x
    names = ("constant", *cells.names) if has_constant else cells.names
    # Each column gets length one: powers of a variable then lose no digits to their size.
    lengths = np.sqrt(cells.n @ columns**2)
    fit = sm.WLS(cells.y_mean, columns / lengths, weights=cells.n).fit(method="qr")
    df_residual = cells.n_observations - len(names)
    residual_ss = float(fit.ssr) + cells.within
    variance = residual_ss / df_residual
    level = float(cells.y_sum.sum() / cells.n_observations) if has_constant else 0.0
    total = float(cells.n @ (cells.y_mean - level) ** 2) + cells.within
    weighted = columns / lengths * np.sqrt(cells.n)[:, None]
    return LeastSquares(
        names=names,
        estimates=np.asarray(fit.params) / lengths,
        std_errors=np.sqrt(np.diag(fit.normalized_cov_params) * variance) / lengths,
        n_observations=cells.n_observations,
        df_residual=df_residual,
        residual_ss=residual_ss,
        total_ss=total,
        condition_number=float(np.linalg.cond(weighted)),
    )
