"""Inference for reports that come in institutions: few clusters of unequal size.

All of it needs per institution only the products of its columns (k x k) and their products with the outcome,
so it takes the same time for a thousand reports and for a million. No kept library takes such sums; row-level
libraries (statsmodels, pyfixest, R's clubSandwich) are the references of the tests.

Sources: Liang and Zeger 1986 (CR1); Bell and McCaffrey 2002, Pustejovsky and Tipton 2018 (CR2 and degrees of
freedom after Satterthwaite); MacKinnon, Nielsen and Webb 2023 (CR3, the jackknife).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from staff_mobility.statistics.cells import Cells, Floats, require_fit
from staff_mobility.statistics.status import NoResultError, Status

# An eigenvalue counts as nothing below this share of the largest; the columns are z-scored.
_NOTHING = 1e-10


@dataclass(frozen=True)
class Moments:
    """Sums of products per institution; g institutions, p columns (a constant and the predictors).

    Attributes:
        names: ``constant`` and the predictors.
        institutions: Keys, in order.
        n: Observations, (g,).
        xx: Products of columns, (g, p, p).
        xy: Products of columns and outcome, (g, p).
        yy: Squares of the outcome, (g,).
    """

    names: tuple[str, ...]
    institutions: tuple[str, ...]
    n: Floats
    xx: Floats
    xy: Floats
    yy: Floats

    @property
    def inverse(self) -> Floats:
        """Inverse of the products over all institutions, (p, p)."""
        return np.asarray(np.linalg.inv(self.xx.sum(axis=0)))

    @property
    def estimates(self) -> Floats:
        """Least-squares coefficients, (p,)."""
        return np.asarray(np.linalg.solve(self.xx.sum(axis=0), self.xy.sum(axis=0)))

    @property
    def scores(self) -> Floats:
        """Products of columns and residuals, (g, p)."""
        return self.xy - self.xx @ self.estimates

    def without(self, position: int) -> Moments:
        """Leave out one institution."""
        kept = np.arange(len(self.institutions)) != position
        institutions = tuple(np.asarray(self.institutions)[kept])
        return Moments(self.names, institutions, self.n[kept], self.xx[kept], self.xy[kept], self.yy[kept])


@dataclass(frozen=True)
class Inference:
    """Standard errors of coefficients under one way of clustering.

    Attributes:
        estimates: Coefficients, (p,).
        std_errors: (p,).
        degrees_of_freedom: Of Student's t, (p,); infinite for the normal distribution.
    """

    estimates: Floats
    std_errors: Floats
    degrees_of_freedom: Floats

    @property
    def t_values(self) -> Floats:
        """Estimates in standard errors."""
        return self.estimates / self.std_errors

    @property
    def p_values(self) -> Floats:
        """Two-sided."""
        return np.asarray(2 * stats.t.sf(np.abs(self.t_values), self.degrees_of_freedom))

    def intervals(self, confidence: float) -> Floats:
        """Lower and upper limits, (p, 2)."""
        half = stats.t.ppf(0.5 + confidence / 2, self.degrees_of_freedom) * self.std_errors
        return np.column_stack([self.estimates - half, self.estimates + half])


def moments_of(cells: Cells) -> Moments:
    """Sum the products per institution.

    Raises:
        NoResultError: The cells allow no fit, or come from a single institution.
    """
    require_fit(cells)
    institutions, position = np.unique(cells.institution, return_inverse=True)
    if len(institutions) < 2:
        raise NoResultError(
            Status.ONE_INSTITUTION,
            f"All observations come from {institutions[0]}; inference between institutions needs two or more.",
        )
    columns = np.column_stack([np.ones(len(cells.n)), cells.x])
    groups = range(len(institutions))
    members = [position == group for group in groups]
    weighted = columns * cells.n[:, None]
    return Moments(
        names=("constant", *cells.names),
        institutions=tuple(str(key) for key in institutions),
        n=np.array([cells.n[member].sum() for member in members]),
        xx=np.array([columns[member].T @ weighted[member] for member in members]),
        xy=np.array([columns[member].T @ cells.y_sum[member] for member in members]),
        yy=np.array([cells.y_square_sum[member].sum() for member in members]),
    )


def cr1_normal(moments: Moments) -> Inference:
    """Cluster-robust with the usual small-sample factor (Stata's), judged by the normal distribution."""
    groups, p = moments.scores.shape
    total = float(moments.n.sum())
    factor = groups / (groups - 1) * (total - 1) / (total - p)
    meat = moments.scores.T @ moments.scores * factor
    variance = np.diag(moments.inverse @ meat @ moments.inverse)
    return Inference(moments.estimates, np.sqrt(variance), np.full(p, np.inf))


def cr2_satterthwaite(moments: Moments) -> Inference:
    """Bias-reduced (CR2) with the degrees of freedom of Bell and McCaffrey.

    The working model is that of independent observations with one variance.
    """
    inverse = moments.inverse
    parts = [_adjustment(xx, inverse) for xx in moments.xx]
    adjusted = np.array([once @ score for (once, _), score in zip(parts, moments.scores, strict=True)])
    meat = adjusted.T @ adjusted
    std_errors = np.sqrt(np.diag(inverse @ meat @ inverse))
    degrees = np.array([_satterthwaite(moments, inverse, parts, column) for column in range(len(inverse))])
    return Inference(moments.estimates, std_errors, degrees)


def _adjustment(xx: Floats, inverse: Floats) -> tuple[Floats, Floats]:
    """Return two p x p matrices that stand for the residuals' adjustment A = (I - H)^(-1/2) of an institution.

    With X its rows, H = X M X': X'A = once X', and X'A A X = xx^(1/2)-form ``twice``. A itself would have as many
    rows and columns as the institution has reports.
    """
    values, vectors = np.linalg.eigh(xx)
    kept = values > _NOTHING * values.max()
    root = vectors[:, kept] * np.sqrt(values[kept])
    # X = Q root' with orthonormal Q, so H = Q (root' M root) Q'.
    leverages, turns = np.linalg.eigh(root.T @ inverse @ root)
    rest = 1 - leverages
    # A direction that the institution alone decides has no residual: the generalised inverse leaves it out.
    is_free = rest > _NOTHING
    half = np.where(is_free, 1 / np.sqrt(np.where(is_free, rest, 1.0)), 0.0)
    whole = half**2
    span = vectors[:, kept] / np.sqrt(values[kept])
    once = root @ turns @ np.diag(half) @ turns.T @ span.T
    twice = root @ turns @ np.diag(whole) @ turns.T @ root.T
    return once, twice


def _satterthwaite(
    moments: Moments, inverse: Floats, parts: list[tuple[Floats, Floats]], column: int
) -> float:
    """Return the degrees of freedom of one coefficient: 2 E(V)^2 / Var(V) under the working model."""
    contrast = inverse[:, column]
    # w_g = A_g X_g M c has as many elements as reports; its products need p x p matrices only.
    through = np.array([once @ xx @ contrast for (once, _), xx in zip(parts, moments.xx, strict=True)])
    own = np.array([contrast @ twice @ contrast for _, twice in parts])
    products = np.diag(own) - through @ inverse @ through.T
    return float(np.trace(products) ** 2 / np.sum(products**2))


def left_out(moments: Moments) -> Floats:
    """Coefficients with each institution left out in turn, (g, p); NaN where the rest allows no fit."""
    groups, p = moments.scores.shape
    estimates = np.full((groups, p), np.nan)
    total_xx, total_xy = moments.xx.sum(axis=0), moments.xy.sum(axis=0)
    for group in range(groups):
        xx = total_xx - moments.xx[group]
        if np.linalg.matrix_rank(xx, tol=_NOTHING * np.trace(total_xx), hermitian=True) == p:
            estimates[group] = np.linalg.solve(xx, total_xy - moments.xy[group])
    return estimates


def cr3_jackknife(moments: Moments) -> Inference:
    """Cluster jackknife (CR3) around the full estimate, with one degree of freedom less than institutions.

    Raises:
        NoResultError: Some coefficient cannot be had without one of the institutions.
    """
    estimates = left_out(moments)
    lost = np.isnan(estimates).any(axis=1)
    if lost.any():
        keys = ", ".join(key for key, is_lost in zip(moments.institutions, lost, strict=True) if is_lost)
        raise NoResultError(
            Status.PERFECT_COLLINEARITY, f"Without {keys} the predictors cannot be told apart."
        )
    groups = len(moments.institutions)
    variance = (groups - 1) / groups * np.sum((estimates - moments.estimates) ** 2, axis=0)
    return Inference(moments.estimates, np.sqrt(variance), np.full(len(variance), float(groups - 1)))
