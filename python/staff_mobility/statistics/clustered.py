"""Inference for reports that come in institutions: few clusters of unequal size.

All of it needs per institution only the products of its columns (k x k) and their products with the outcome,
so it takes the same time for a thousand reports and for a million. No kept library takes such sums; row-level
libraries (statsmodels, pyfixest, R's clubSandwich) are the references of the tests.

Sources: Liang and Zeger 1986 (CR1); Bell and McCaffrey 2002, Pustejovsky and Tipton 2018 (CR2 and degrees of
freedom after Satterthwaite); MacKinnon, Nielsen and Webb 2023 (CR3, the jackknife).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import linalg

from staff_mobility.statistics.cells import Cells, Floats, require_fit
from staff_mobility.statistics.inference import Inference
from staff_mobility.statistics.status import NoResultError, Status

# What counts as nothing of a share between 0 and 1; products hold squares, so rounding alone reaches far.
_NOTHING = 1e-10
# How many times its standard deviation the mean of an outcome may be before its products lose eight digits.
_LEVEL = 1e7


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

    @cached_property
    def root(self) -> Floats:
        """Return the upper triangle L with L L' the inverse of the products over all institutions, (p, p).

        The columns times L are orthonormal: in them nothing depends on the size of a predictor.

        Raises:
            NoResultError: A column follows from those before it, as far as products can tell.
        """
        total = self.xx.sum(axis=0)
        sizes = np.sqrt(np.diag(total))
        lengths = np.where(sizes > 0, sizes, 1.0)
        factor, failed = linalg.lapack.dpotrf(total / np.outer(lengths, lengths), lower=True)
        # Squared: what of a column of length one is left beside those before it.
        left = np.diag(factor) ** 2
        follows = np.flatnonzero(left[: failed - 1 if failed else None] <= _NOTHING)
        first = int(follows[0]) if len(follows) else failed - 1
        if first >= 0:
            raise NoResultError(
                Status.PERFECT_COLLINEARITY,
                f"{self.names[first]} follows so nearly from the columns before that it cannot be told from them.",
            )
        inverse = linalg.solve_triangular(factor, np.eye(len(factor)), lower=True)
        return np.asarray(inverse.T / lengths[:, None])

    @cached_property
    def inverse(self) -> Floats:
        """Inverse of the products over all institutions, (p, p)."""
        return np.asarray(self.root @ self.root.T)

    @cached_property
    def estimates(self) -> Floats:
        """Least-squares coefficients, (p,)."""
        return np.asarray(self.root @ (self.root.T @ self.xy.sum(axis=0)))

    @cached_property
    def scores(self) -> Floats:
        """Products of columns and residuals, (g, p)."""
        return self.xy - self.xx @ self.estimates


def moments_of(cells: Cells) -> Moments:
    """Sum the products per institution.

    Products hold the squares of what the columns hold, so z-score columns first: what lies far from 0 loses digits.

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
    if abs(cells.level) > _LEVEL * np.sqrt(cells.around_level.sum() / cells.n_observations):
        raise NoResultError(
            Status.CONSTANT_COLUMN,
            f"The outcome varies so little around its mean of {cells.level:g} that products lose it; z-score it first.",
        )
    columns = np.column_stack([np.ones(len(cells.n)), cells.x])
    groups = range(len(institutions))
    members = [position == group for group in groups]
    weighted = columns * cells.n[:, None]
    moments = Moments(
        names=("constant", *cells.names),
        institutions=tuple(str(key) for key in institutions),
        n=np.array([cells.n[member].sum() for member in members]),
        xx=np.array([columns[member].T @ weighted[member] for member in members]),
        xy=np.array([columns[member].T @ cells.y_sum[member] for member in members]),
        yy=np.array([cells.y_square_sum[member].sum() for member in members]),
    )
    # Columns that rows can tell apart, and products cannot, are refused here.
    _ = moments.root
    return moments


def require_residuals_between(moments: Moments, names: tuple[str, ...]) -> None:
    """Refuse coefficients that institutions leave no residual to judge by.

    So it is where predictors that are constant within institutions are as many as the institutions less one: each
    institution is then fitted exactly, and its residuals show nothing of how institutions differ.

    Args:
        moments: Of all columns.
        names: The coefficients.

    Raises:
        NoResultError: With the names.
    """
    leverages, turns = _leverages(moments)
    rows = moments.root / np.linalg.norm(moments.root, axis=1)[:, None]
    along = (rows @ turns) ** 2
    is_alone = leverages >= 1 - _NOTHING
    # The expected square of each score along the coefficient, under one variance, as a share of what it could be.
    without_residual = np.sum(along * (leverages * (1 - leverages))[:, None, :], axis=(0, 2)) <= _NOTHING
    if np.all(is_alone.any(axis=1)):
        without_residual |= np.sum(along * is_alone[:, None, :], axis=(0, 2)) > _NOTHING
    found = [
        name
        for name, is_lost in zip(moments.names, without_residual, strict=True)
        if is_lost and name in names
    ]
    if found:
        raise NoResultError(
            Status.TOO_FEW_OBSERVATIONS,
            f"{len(moments.institutions)} institutions are too few: single ones decide {', '.join(found)}, and leave no"
            " residual to judge by.",
        )


def cr1_normal(moments: Moments) -> Inference:
    """Cluster-robust with the usual small-sample factor (Stata's), judged by the normal distribution.

    Raises:
        NoResultError: The institutions have no residuals to judge a coefficient by.
    """
    require_residuals_between(moments, moments.names)
    groups, p = moments.xy.shape
    total = float(moments.n.sum())
    factor = groups / (groups - 1) * (total - 1) / (total - p)
    projected = moments.scores @ moments.inverse
    variance = np.sum(projected**2, axis=0) * factor
    return Inference(moments.estimates, np.sqrt(variance), np.full(p, np.inf))


def cr2_satterthwaite(moments: Moments) -> Inference:
    """Bias-reduced (CR2) with the degrees of freedom of Bell and McCaffrey.

    The working model is that of independent observations with one variance.

    With L the root, X L the orthonormal columns of an institution and U diag(h) U' their products, the adjustment
    A = (I - H)^(-1/2) of the residuals takes (X L)'A = U diag((1 - h)^(-1/2)) U' (X L)': no need of A itself, which
    has as many rows and columns as the institution has reports.

    Raises:
        NoResultError: The institutions have no residuals to judge a coefficient by.
    """
    require_residuals_between(moments, moments.names)
    root = moments.root
    leverages, turns = _leverages(moments)
    rest = 1 - leverages
    # A direction that the institution alone decides has no residual: the generalised inverse leaves it out.
    whole = np.where(rest > _NOTHING, 1 / np.where(rest > _NOTHING, rest, 1.0), 0.0)
    half = np.sqrt(whole)
    # In the turned directions of each institution: scores, and the rows of L that lead to the coefficients.
    scores = np.einsum("gij,gi->gj", turns, moments.scores @ root)
    rows = root @ turns
    adjusted = np.einsum("gcj,gj,gj->gc", rows, half, scores)
    own = np.einsum("gcj,gj->gc", rows**2, leverages * whole)
    through = np.einsum("gij,gj,gcj->gci", turns, leverages * half, rows)
    degrees = np.array(
        [_satterthwaite(own[:, column], through[:, column]) for column in range(len(moments.names))]
    )
    return Inference(moments.estimates, np.sqrt(np.sum(adjusted**2, axis=0)), degrees)


def _leverages(moments: Moments) -> tuple[Floats, Floats]:
    """Return how far each institution decides each of p directions alone, (g, p) from 0 to 1, and these, (g, p, p)."""
    values, vectors = np.linalg.eigh(moments.root.T @ moments.xx @ moments.root)
    return np.clip(values, 0.0, 1.0), vectors


def _satterthwaite(own: Floats, through: Floats) -> float:
    """Return the degrees of freedom of one coefficient: 2 E(V)^2 / Var(V) under the working model.

    Args:
        own: Squared length of each institution's part A X M c, (g,).
        through: What the fit takes from it, in orthonormal columns, (g, p).
    """
    products = np.diag(own) - through @ through.T
    return float(np.trace(products) ** 2 / np.sum(products**2))


def left_out(moments: Moments) -> Floats:
    """Coefficients with each institution left out in turn, (g, p); NaN where the rest allows no fit."""
    leverages, turns = _leverages(moments)
    rest = 1 - leverages
    is_lost = np.any(rest <= _NOTHING, axis=1, keepdims=True)
    scores = np.einsum("gij,gi->gj", turns, moments.scores @ moments.root)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.einsum("gcj,gj->gc", moments.root @ turns, scores / rest)
    return np.where(is_lost, np.nan, moments.estimates - change)


def cr3_jackknife(moments: Moments) -> Inference:
    """Cluster jackknife (CR3) around the full estimate, with one degree of freedom less than institutions.

    Raises:
        NoResultError: Some coefficient cannot be had without one of the institutions.
    """
    estimates = left_out(moments)
    lost = np.flatnonzero(np.isnan(estimates[:, 0]))
    if len(lost):
        keys = ", ".join(moments.institutions[position] for position in lost)
        raise NoResultError(
            Status.PERFECT_COLLINEARITY, f"Without {keys} the predictors cannot be told apart."
        )
    groups = len(moments.institutions)
    variance = (groups - 1) / groups * np.sum((estimates - moments.estimates) ** 2, axis=0)
    return Inference(moments.estimates, np.sqrt(variance), np.full(len(variance), float(groups - 1)))
