"""Wild cluster bootstrap with the null hypothesis imposed (WCR), from sums of products per institution.

Source: Cameron, Gelbach and Miller 2008; Roodman, MacKinnon, Nielsen and Webb 2019. The package wildboottest
does it on rows and is the reference of the tests; here a draw costs the same for any number of reports.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from staff_mobility.statistics.cells import Floats
from staff_mobility.statistics.clustered import Moments, require_residuals_between
from staff_mobility.statistics.status import NoResultError, Status

# A covariance of standardised coefficients is singular when its least eigenvalue is below this share of the largest.
_SINGULAR = 1e-12
# A pattern of signs that gives the sample itself must count as no nearer to the null, whatever the rounding.
_AS_FAR = 1 - 1e-9


@dataclass(frozen=True)
class Bootstrap:
    """Outcome of a bootstrap test.

    Attributes:
        statistic: The test's own, with the plain cluster covariance (CR0): t of one coefficient, with its sign, or
            for several the Wald statistic divided by their number.
        p_value: Share of draws at least as far from the null, two-sided. Where signs are drawn, the sample itself
            counts as one draw more, so that p is never 0 (Phipson and Smyth 2010).
        draws: Number of draws; all sign patterns where they are no more than asked for.
    """

    statistic: float
    p_value: float
    draws: int


def wild_cluster_bootstrap(moments: Moments, tested: tuple[str, ...], draws: int, seed: int) -> Bootstrap:
    """Test that the coefficients of ``tested`` are all zero, with Rademacher signs per institution.

    Args:
        moments: Of z-scored or raw columns; the test does not depend on it.
        tested: One predictor (t test) or several (Wald test with the cluster covariance, CR0).
        draws: How many sign patterns are drawn.
        seed: Of the draws, so that a second build gives the same p.

    Raises:
        NoResultError: More coefficients are tested than institutions can tell apart.
    """
    require_residuals_between(moments, tested)
    positions = [moments.names.index(name) for name in tested]
    groups = len(moments.institutions)
    restricted = _restricted(moments, positions)
    scores = moments.xy - moments.xx @ restricted
    # Tested coefficients in units of their spread under one variance: the test does not depend on their sizes.
    units = np.linalg.norm(moments.root[positions], axis=1)
    to_tested = moments.inverse[:, positions] / units
    estimates = moments.estimates[positions] / units
    covariance = _covariance(moments.scores[None] @ to_tested)
    values = np.linalg.eigvalsh(covariance[0])
    if len(positions) >= groups or values[0] <= _SINGULAR * values[-1]:
        raise NoResultError(
            Status.TOO_FEW_OBSERVATIONS,
            f"{groups} institutions cannot test {len(positions)} coefficients at once: {', '.join(tested)}.",
        )
    observed = float(_wald(estimates[None], covariance)[0])
    signs, is_all = _signs(groups, draws, seed)
    shifts = signs @ (scores @ moments.inverse)
    # Scores of the drawn outcomes: only what leads to the tested coefficients, (draws, g, q).
    drawn_scores = signs[:, :, None] * (scores @ to_tested) - np.einsum(
        "giq,di->dgq", moments.xx @ to_tested, shifts
    )
    drawn = _wald(shifts[:, positions] / units, _covariance(drawn_scores))
    n_as_far = int(np.sum(drawn >= observed * _AS_FAR))
    p_value = n_as_far / len(signs) if is_all else (n_as_far + 1) / (len(signs) + 1)
    if len(positions) > 1:
        statistic = observed / len(positions)
    else:
        statistic = float(np.copysign(np.sqrt(observed), estimates[0]))
    return Bootstrap(statistic, p_value, len(signs))


def _signs(groups: int, draws: int, seed: int) -> tuple[Floats, bool]:
    """Return sign patterns, (draws, groups), and whether they are all there are, as when that is no more than asked."""
    if 2**groups <= draws:
        return np.array(list(itertools.product((-1.0, 1.0), repeat=groups))), True
    generator = np.random.default_rng(seed)
    return generator.choice(np.array([-1.0, 1.0]), size=(draws, groups)), False


def _restricted(moments: Moments, positions: list[int]) -> Floats:
    """Return the coefficients with the tested ones held at zero, (p,)."""
    p = len(moments.names)
    kept = np.setdiff1d(np.arange(p), positions)
    xx, xy = moments.xx.sum(axis=0), moments.xy.sum(axis=0)
    estimates = np.zeros(p)
    estimates[kept] = np.linalg.solve(xx[np.ix_(kept, kept)], xy[kept])
    return estimates


def _covariance(projected: Floats) -> Floats:
    """Return the cluster covariances, (draws, q, q), of scores that lead to q coefficients, (draws, g, q)."""
    return np.asarray(np.einsum("dgi,dgj->dij", projected, projected))


def _wald(estimates: Floats, covariance: Floats) -> Floats:
    """Return Wald statistics, (draws,).

    Args:
        estimates: Distances from the null, (draws, q).
        covariance: Of the estimates, (draws, q, q); where it is singular the statistic is very large, not undefined.
    """
    values, vectors = np.linalg.eigh(covariance)
    least = np.maximum(_SINGULAR * values[:, -1:], np.finfo(float).tiny)
    turned = np.einsum("di,dij->dj", estimates, vectors)
    with np.errstate(over="ignore"):
        return np.asarray(np.sum(turned**2 / np.maximum(values, least), axis=1))
