"""How the twelve predictors of table 4.5 go together over reports, from numbers of institutions and the mix of their stays.

Predictors of institutions have no variation inside one; those of stays have what the mix leaves.
"""

from __future__ import annotations

import numpy as np

from staff_mobility.synthetic.calibration.machine_code import compiled
from staff_mobility.synthetic.calibration.published import OF_INSTITUTIONS, PREDICTORS, Floats

STAY_PROPERTIES = (
    7  # duration, two motives, teaching, three regions: the predictors after those of institutions
)
SPREAD_OF_DURATION = 4.2  # days, of all stays; an unknown says how much more or less
_SIZE = len(PREDICTORS)
_EXCLUSIVE = ((6, 7), (9, 10), (9, 11), (10, 11))  # pairs of predictors of which one report has at most one
_LEAST_VARIANCE = 1e-4  # of a property inside institutions


def of_institutions(index: Floats, indicators: Floats, cluster: Floats) -> Floats:
    """Return the five predictors of institutions, 20 x 5, in the order of PREDICTORS.

    Args:
        index: strategy index, 20.
        indicators: 4 x 20, in the order of INDICATORS: publication points and size first.
        cluster: 20.
    """
    return np.column_stack([index, *indicators[:2], cluster == 1, cluster == 3]).astype(float)


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
def together(weights, features, within, duration_variance):  # type: ignore[no-untyped-def]
    """Means (12), standard deviations (12) and correlations (12 x 12) of the predictors over reports.

    `weights` are reports by institution (20), `features` the predictors of institutions and the mix (20 x 12), `within` the
    correlations of properties of stays inside institutions (7 x 7), `duration_variance` that of durations over all reports.
    """
    found, means = _between(weights, features)
    inside = np.zeros(STAY_PROPERTIES)
    for k in range(STAY_PROPERTIES):
        a = OF_INSTITUTIONS + k
        total = duration_variance if k == 0 else means[a] * (1 - means[a])
        inside[k] = np.sqrt(max(total - found[a, a], _LEAST_VARIANCE))
    for k in range(STAY_PROPERTIES):
        for m in range(k, STAY_PROPERTIES):
            found[OF_INSTITUTIONS + k, OF_INSTITUTIONS + m] += within[k, m] * inside[k] * inside[m]
    for a, b in _EXCLUSIVE:
        found[a, b] = -means[a] * means[b]
    deviation = np.sqrt(np.diag(found))
    return means, deviation, _scaled(found, deviation)


@compiled
def _scaled(covariance, deviation):  # type: ignore[no-untyped-def]
    """Correlations from the upper triangle of covariances."""
    found = np.ones(covariance.shape)
    for a in range(len(deviation)):
        for b in range(a + 1, len(deviation)):
            found[a, b] = found[b, a] = covariance[a, b] / (deviation[a] * deviation[b])
    return found
