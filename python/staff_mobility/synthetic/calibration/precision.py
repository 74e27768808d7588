"""Standard errors and adjusted R2 of table 4.5 as they follow from numbers of institutions, with the mix of stays as given.

The betas are printed, so these two depend on the predictors alone: on how they go together over reports and on how many reports
there are. Predictors of institutions have no variation within one; those of stays have what the mix leaves.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from staff_mobility.synthetic.calibration.machine_code import compiled
from staff_mobility.synthetic.calibration.moments import (
    EXCLUSIVE,
    SPREAD_OF_DURATION,
    STAY_PROPERTIES,
    Moments,
)
from staff_mobility.synthetic.calibration.published import OF_INSTITUTIONS, PREDICTORS, Floats, published

_SIZE = len(PREDICTORS)
ERROR_UNIT, R2_TOLERANCE, R2_UNIT = 0.003, 0.0003, 0.0005
BETA_ROUNDING = 0.0004


class Precision(NamedTuple):
    """What stays fixed while institutions change.

    Attributes:
        betas, smallest_error, largest_error: 4 x 12, table 4.5.
        adjusted: 4, adjusted R2 of it.
        features: 20 x 12, predictors of institutions, then the mix of stays.
        within: 7 x 7, correlations of properties of stays inside institutions.
        duration_variance: of durations over all reports.
    """

    betas: Floats
    smallest_error: Floats
    largest_error: Floats
    adjusted: Floats
    features: Floats
    within: Floats
    duration_variance: float


def wanted(found: Moments, cluster: Floats) -> Precision:
    """Return what table 4.5 prints and what the first step says of stays."""
    target = published(BETA_ROUNDING)
    own = np.column_stack([found.index, *found.indicators[:2], cluster == 1, cluster == 3]).astype(float)
    return Precision(
        target.betas,
        target.smallest_error * 1.001,
        target.largest_error * 0.999,
        target.adjusted_r2,
        np.hstack([own, found.mix]),
        found.within,
        (SPREAD_OF_DURATION * found.duration_spread) ** 2,
    )


@compiled
def _between(weights, features):  # type: ignore[no-untyped-def]
    """Means over reports, and covariances (upper triangle) of the means of institutions."""
    n = weights.sum()
    found, means = np.zeros((_SIZE, _SIZE)), np.zeros(_SIZE)
    for i in range(len(weights)):
        share = weights[i] / n
        for a in range(_SIZE):
            means[a] += share * features[i, a]
    left = np.zeros(_SIZE)
    for i in range(len(weights)):
        share = weights[i] / n
        for a in range(_SIZE):
            left[a] = features[i, a] - means[a]
        for a in range(_SIZE):
            mine = share * left[a]
            for b in range(a, _SIZE):
                found[a, b] += mine * left[b]
    return found, means


@compiled
def _correlation(weights, given):  # type: ignore[no-untyped-def]
    """Correlations of the predictors over reports."""
    found, means = _between(weights, given.features)
    inside = np.zeros(STAY_PROPERTIES)
    for k in range(STAY_PROPERTIES):
        a = OF_INSTITUTIONS + k
        total = given.duration_variance if k == 0 else means[a] * (1 - means[a])
        inside[k] = np.sqrt(max(total - found[a, a], 1e-4))
    for k in range(STAY_PROPERTIES):
        for m in range(k, STAY_PROPERTIES):
            found[OF_INSTITUTIONS + k, OF_INSTITUTIONS + m] += given.within[k, m] * inside[k] * inside[m]
    for a, b in EXCLUSIVE:
        found[a, b] = -means[a] * means[b]
    return _scaled(found)


@compiled
def _scaled(covariance):  # type: ignore[no-untyped-def]
    """Correlations from the upper triangle of covariances."""
    deviation = np.sqrt(np.diag(covariance))
    found = np.ones(covariance.shape)
    for a in range(len(deviation)):
        for b in range(a + 1, len(deviation)):
            found[a, b] = found[b, a] = covariance[a, b] / (deviation[a] * deviation[b])
    return found


@compiled
def of_precision(g, weights, given):  # type: ignore[no-untyped-def]
    """Squares of what the standard errors and the adjusted R2 of one outcome miss, from `weights` (20 numbers of reports)."""
    n, beta = weights.sum(), given.betas[g]
    correlation = _correlation(weights, given)
    r2 = beta @ (correlation @ beta)
    adjusted = 1 - (1 - r2) * (n - 1) / (n - _SIZE - 1)
    found = (max(0.0, abs(adjusted - given.adjusted[g]) - R2_TOLERANCE) / R2_UNIT) ** 2
    inverse = np.linalg.inv(correlation)
    for k in range(_SIZE):
        if r2 >= 1 or inverse[k, k] <= 0:
            return np.inf
        error = np.sqrt((1 - r2) * inverse[k, k] / (n - _SIZE - 1))
        short = (
            max(0.0, 1 - error / max(given.smallest_error[g, k], 1e-12))
            if given.smallest_error[g, k] > 0
            else 0.0
        )
        found += ((short + max(0.0, error / given.largest_error[g, k] - 1)) / ERROR_UNIT) ** 2
    return found
