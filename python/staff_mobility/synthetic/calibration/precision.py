"""Standard errors and adjusted R2 of table 4.5 as they follow from numbers of institutions, with the mix of stays as given.

The betas are printed, so these two depend on the predictors alone: on how they go together over reports and on how many reports
there are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from staff_mobility.synthetic.calibration.machine_code import compiled
from staff_mobility.synthetic.calibration.moments import BETA_ROUNDING, Moments
from staff_mobility.synthetic.calibration.predictors import SPREAD_OF_DURATION, of_institutions, together
from staff_mobility.synthetic.calibration.published import PREDICTORS, Floats, published

_SIZE = len(PREDICTORS)
ERROR_UNIT, R2_TOLERANCE, R2_UNIT = 0.003, 0.0003, 0.0005


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
    own = of_institutions(found.index, found.indicators, cluster)
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
def of_precision(g, weights, given):  # type: ignore[no-untyped-def]
    """Squares of what the standard errors and the adjusted R2 of one outcome miss, from `weights` (20 numbers of reports)."""
    n, beta = weights.sum(), given.betas[g]
    _, _, correlation = together(weights, given.features, given.within, given.duration_variance)
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
