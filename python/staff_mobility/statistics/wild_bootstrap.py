"""Wild cluster bootstrap with the null hypothesis imposed (WCR), from sums of products per institution.

Source: Cameron, Gelbach and Miller 2008; Roodman, MacKinnon, Nielsen and Webb 2019. The package wildboottest
does it on rows and is the reference of the tests; here a draw costs the same for any number of reports.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from staff_mobility.statistics.cells import Floats
from staff_mobility.statistics.clustered import Moments
from staff_mobility.statistics.status import NoResultError, Status


@dataclass(frozen=True)
class Bootstrap:
    """Outcome of a bootstrap test.

    Attributes:
        statistic: The test's own: t of one coefficient, or F-like for several.
        p_value: Share of draws at least as far from the null, two-sided.
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
    positions = [moments.names.index(name) for name in tested]
    groups = len(moments.institutions)
    if len(positions) >= groups:
        raise NoResultError(
            Status.TOO_FEW_OBSERVATIONS,
            f"{groups} institutions cannot test {len(positions)} coefficients at once.",
        )
    signs = _signs(groups, draws, seed)
    restricted = _restricted(moments, positions)
    scores = moments.xy - moments.xx @ restricted
    inverse = moments.inverse
    shifts = signs @ scores @ inverse
    observed = _wald(moments.estimates[None, positions], moments.scores[None], inverse, positions)[0]
    drawn_scores = signs[:, :, None] * scores - np.einsum("gij,dj->dgi", moments.xx, shifts)
    drawn = _wald(shifts[:, positions], drawn_scores, inverse, positions)
    # A pattern of equal signs gives the sample itself: rounding must not decide whether it counts.
    p_value = float(np.mean(drawn >= observed * (1 - 1e-9)))
    statistic = float(observed) / len(positions) if len(positions) > 1 else float(np.sqrt(observed))
    return Bootstrap(statistic, p_value, len(signs))


def _signs(groups: int, draws: int, seed: int) -> Floats:
    """Return sign patterns, (draws, groups): drawn, or all there are if that is less."""
    if 2**groups <= draws:
        return np.array(list(itertools.product((-1.0, 1.0), repeat=groups)))
    generator = np.random.default_rng(seed)
    return generator.choice(np.array([-1.0, 1.0]), size=(draws, groups))


def _restricted(moments: Moments, positions: list[int]) -> Floats:
    """Return the coefficients with the tested ones held at zero, (p,)."""
    p = len(moments.names)
    kept = np.setdiff1d(np.arange(p), positions)
    xx, xy = moments.xx.sum(axis=0), moments.xy.sum(axis=0)
    estimates = np.zeros(p)
    estimates[kept] = np.linalg.solve(xx[np.ix_(kept, kept)], xy[kept])
    return estimates


def _wald(estimates: Floats, scores: Floats, inverse: Floats, positions: list[int]) -> Floats:
    """Return Wald statistics with the cluster covariance, (draws,).

    Args:
        estimates: Distances from the null, (draws, q).
        scores: Per draw and institution, (draws, g, p).
        inverse: Of the products, (p, p).
        positions: The q tested coefficients.
    """
    projected = scores @ inverse[:, positions]
    covariance = np.einsum("dgi,dgj->dij", projected, projected)
    solved = np.linalg.solve(covariance, estimates[:, :, None])[:, :, 0]
    return np.asarray(np.einsum("di,di->d", estimates, solved))
