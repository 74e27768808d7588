"""Correlations of two variables from a joint table of counts: Pearson, Spearman and Kendall.

Observations with the same x, y and institution are one cell, so that four million reports cost no more than their
few thousand different pairs. scipy takes rows only, and no half observations, so the sums are own code; scipy on
rows and R's cor.test are the references of the tests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from staff_mobility.statistics.cells import Cells, Floats
from staff_mobility.statistics.status import NoResultError, Status

# The interval's standard error is 1 / sqrt(n - 3).
_FEWEST = 4
# Values that differ by less than this share of their mean are the same value, rounded differently.
_TINY = 64 * float(np.finfo(float).eps)


@dataclass(frozen=True)
class PairCounts:
    """Observations of two variables, grouped.

    Attributes:
        x: Values of the one, (c,).
        y: Values of the other, (c,).
        n: Observations of each cell, or sums of their weights, (c,).
        institution: Key of the institution of each cell, (c,) of str.
    """

    x: Floats
    y: Floats
    n: Floats
    institution: NDArray[np.str_]

    @property
    def n_observations(self) -> float:
        """Number of observations."""
        return float(self.n.sum())

    def only(self, kept: NDArray[np.bool_] | NDArray[np.intp]) -> PairCounts:
        """Return some of the cells, or all in another order."""
        return PairCounts(self.x[kept], self.y[kept], self.n[kept], self.institution[kept])


@dataclass(frozen=True)
class Correlation:
    """How two variables go together.

    Attributes:
        n_observations: Observations, or the sum of their weights.
        n_clusters: Institutions that they come from.
        pearson_r: Of the values.
        p_value: Of r, two-sided, Student's t with n - 2 degrees of freedom.
        ci_low: Lower limit of r, Fisher's z.
        ci_high: Upper limit of r.
        spearman_rho: Pearson's r of the mid-ranks.
        spearman_p_value: Two-sided, Student's t with n - 2 degrees of freedom.
        kendall_tau: Kendall's tau-b.
        kendall_p_value: Two-sided, normal approximation with the variance for ties, for every n.
    """

    n_observations: float
    n_clusters: int
    pearson_r: float
    p_value: float
    ci_low: float
    ci_high: float
    spearman_rho: float
    spearman_p_value: float
    kendall_tau: float
    kendall_p_value: float


def correlate(pairs: PairCounts, confidence: float, names: tuple[str, str] = ("x", "y")) -> Correlation:
    """Correlate x and y over all observations, as if they were independent.

    Args:
        pairs: The counts, in any order.
        confidence: Of the interval, e.g. 0.95.
        names: What x and y are called where a reason names them.

    Raises:
        NoResultError: Nothing to correlate, a value that is not finite, fewer than four observations, or a variable
            with one value only.
    """
    held = _in_order(pairs, names)
    total = held.n_observations
    if total < _FEWEST:
        raise NoResultError(
            Status.TOO_FEW_OBSERVATIONS,
            f"{total:g} observations of {' and '.join(names)}; a correlation with an interval needs {_FEWEST}.",
        )
    _require_variation(held, names)
    pearson = _pearson(held.x, held.y, held.n)
    spearman = _pearson(_mid_ranks(held.x, held.n), _mid_ranks(held.y, held.n), held.n)
    kendall, kendall_p = _kendall(held)
    ci_low, ci_high = _fisher_interval(pearson, total, confidence)
    return Correlation(
        n_observations=total,
        n_clusters=len(np.unique(held.institution)),
        pearson_r=pearson,
        p_value=_t_test(pearson, total),
        ci_low=ci_low,
        ci_high=ci_high,
        spearman_rho=spearman,
        spearman_p_value=_t_test(spearman, total),
        kendall_tau=kendall,
        kendall_p_value=kendall_p,
    )


def institution_means(pairs: PairCounts) -> PairCounts:
    """Return the means of x and y in each institution, one observation each: the ecological check.

    Raises:
        NoResultError: There are no observations, or a value is not finite.
    """
    held = _in_order(pairs, ("x", "y"))
    keys, position = np.unique(held.institution, return_inverse=True)
    n = np.bincount(position, held.n)
    x = np.bincount(position, held.n * held.x) / n
    y = np.bincount(position, held.n * held.y) / n
    return PairCounts(x, y, np.ones(len(keys)), keys)


def as_cells(pairs: PairCounts, names: tuple[str, str]) -> Cells:
    """Return x as the predictor of y: z-scored, its slope is r, which is then judged between institutions.

    Raises:
        NoResultError: There are no observations, or a value is not finite.
    """
    held = _in_order(pairs, names)
    return Cells(
        names=(names[0],),
        x=held.x[:, None],
        n=held.n,
        y_sum=held.n * held.y,
        y_square_sum=held.n * held.y**2,
        institution=held.institution,
    )


def leave_one_out(pairs: PairCounts) -> NDArray[np.void]:
    """Return r without each institution in turn, from the sums of the others themselves.

    Returns:
        Records of ``institution`` and ``r``, (institutions,), in the order of the keys; r is NaN where the others are
        fewer than two observations, or have one value only of x or of y.

    Raises:
        NoResultError: There are no observations, a value is not finite, or there is one institution only.
    """
    held = _in_order(pairs, ("x", "y"))
    keys = np.unique(held.institution)
    if len(keys) < 2:
        raise NoResultError(
            Status.ONE_INSTITUTION, f"All observations come from {keys[0]}; without it none are left."
        )
    found = [(key, _pearson_or_nan(held.only(held.institution != key))) for key in keys]
    return np.array(found, dtype=[("institution", keys.dtype), ("r", float)])


def _in_order(pairs: PairCounts, names: tuple[str, str]) -> PairCounts:
    """Return the cells that hold something, by x, y and institution, so that no sum depends on their order."""
    x, y, n = (np.asarray(values, dtype=float) for values in (pairs.x, pairs.y, pairs.n))
    held = PairCounts(x, y, n, pairs.institution).only(n != 0)
    if not len(held.n):
        raise NoResultError(
            Status.EMPTY_SUBSET, f"No observation has a value of both {names[0]} and {names[1]}."
        )
    if not (np.isfinite(held.n) & (held.n > 0)).all():
        raise NoResultError(Status.INFINITE_VALUE, "Not a positive, finite number: a weight.")
    infinite = [
        name for name, values in zip(names, (held.x, held.y), strict=True) if not np.isfinite(values).all()
    ]
    if infinite:
        raise NoResultError(Status.INFINITE_VALUE, f"Not a finite number: a value of {', '.join(infinite)}.")
    return held.only(np.lexsort((held.n, held.institution, held.y, held.x)))


def _require_variation(held: PairCounts, names: tuple[str, str]) -> None:
    flat = [name for name, values in zip(names, (held.x, held.y), strict=True) if _is_flat(values)]
    if flat:
        raise NoResultError(
            Status.CONSTANT_COLUMN,
            f"The same in all observations, so nothing can go with it: {', '.join(flat)}.",
        )


def _is_flat(values: Floats) -> bool:
    low, high = float(values.min()), float(values.max())
    return high - low <= _TINY * max(abs(low), abs(high))


def _pearson(x: Floats, y: Floats, n: Floats) -> float:
    x, y = _centred(x, n), _centred(y, n)
    r = float(n @ (x * y)) / float(np.sqrt((n @ x**2) * (n @ y**2)))
    # Rounding may carry a perfect line a little over one.
    return min(max(r, -1.0), 1.0)


def _centred(values: Floats, n: Floats) -> Floats:
    """Return distances from the mean as shares of the largest, so that no square can overflow or vanish."""
    centred = values - float(n @ values) / float(n.sum())
    return np.asarray(centred / np.abs(centred).max())


def _pearson_or_nan(held: PairCounts) -> float:
    if held.n_observations < 2 or _is_flat(held.x) or _is_flat(held.y):
        return float("nan")
    return _pearson(held.x, held.y, held.n)


def _t_test(r: float, n: float) -> float:
    """Return the two-sided p of a correlation: t = r sqrt((n - 2) / (1 - r^2))."""
    rest = (1 - r) * (1 + r)
    return float(2 * stats.t.sf(abs(r) * np.sqrt((n - 2) / rest), n - 2)) if rest > 0 else 0.0


def _fisher_interval(r: float, n: float, confidence: float) -> tuple[float, float]:
    """Return the limits of r: Fisher's z is about normal with standard error 1 / sqrt(n - 3)."""
    if abs(r) == 1:
        return r, r
    half = float(stats.norm.ppf(0.5 + confidence / 2)) / np.sqrt(n - 3)
    return float(np.tanh(np.arctanh(r) - half)), float(np.tanh(np.arctanh(r) + half))


def _mid_ranks(values: Floats, n: Floats) -> Floats:
    """Return the mean rank of each cell's observations, counted from one half, (c,)."""
    _, position = np.unique(values, return_inverse=True)
    counts = np.bincount(position, n)
    return np.asarray((np.cumsum(counts) - counts / 2)[position])


def _kendall(held: PairCounts) -> tuple[float, float]:
    """Return tau-b and its p; cells in order of x, then y (Kendall 1970; the variance as in scipy and R)."""
    n = held.n
    _, x_rank = np.unique(held.x, return_inverse=True)
    _, y_rank = np.unique(held.y, return_inverse=True)
    x_counts, y_counts = (np.asarray(np.bincount(rank, n), dtype=float) for rank in (x_rank, y_rank))
    _, both = np.unique(np.column_stack([x_rank, y_rank]), axis=0, return_inverse=True)
    squares = [float(counts @ counts) for counts in (x_counts, y_counts, np.bincount(both, n))]
    total = float(n.sum())
    # Pairs in which x differs, in which y does, in which both do; a pair within a cell differs in nothing.
    x_differs, y_differs = (total**2 - squares[0]) / 2, (total**2 - squares[1]) / 2
    both_differ = (total**2 - squares[0] - squares[1] + squares[2]) / 2
    surplus = both_differ - 2 * _discordant(y_rank, n)
    tau = surplus / np.sqrt(x_differs * y_differs)
    deviation = np.sqrt(_kendall_variance(x_counts, y_counts, total))
    return min(max(float(tau), -1.0), 1.0), float(2 * stats.norm.sf(abs(surplus) / deviation))


def _discordant(ranks: NDArray[np.intp], n: Floats) -> float:
    """Return the number of pairs of which the earlier has the larger rank, bit by bit of the ranks.

    Two ranks part at one bit: above it they are alike. So per bit, and among the cells alike above it, each cell
    without the bit is discordant with the earlier ones that have it. That is O(c log c) per bit.
    """
    found = 0.0
    for bit in range(int(ranks.max()).bit_length()):
        order = np.argsort(ranks >> (bit + 1), kind="stable")
        block, has_bit = (ranks >> (bit + 1))[order], (ranks[order] >> bit) & 1
        with_bit = np.cumsum(n[order] * has_bit)
        starts = np.searchsorted(block, block, side="left")
        before_block = np.concatenate([[0.0], with_bit])[starts]
        found += float((n[order] * (1 - has_bit)) @ (with_bit - before_block))
    return found


def _kendall_variance(x_counts: Floats, y_counts: Floats, n: float) -> float:
    """Return the variance of concordant less discordant pairs where x and y are independent, ties given."""
    pairs, triples, weighted = [], [], 0.0
    for counts in (x_counts, y_counts):
        own = counts * (counts - 1)
        pairs.append(float(own.sum()))
        triples.append(float(own @ (counts - 2)))
        weighted += float(own @ (2 * counts + 5))
    whole = n * (n - 1)
    return (
        (whole * (2 * n + 5) - weighted) / 18
        + pairs[0] * pairs[1] / (2 * whole)
        + triples[0] * triples[1] / (9 * whole * (n - 2))
    )
