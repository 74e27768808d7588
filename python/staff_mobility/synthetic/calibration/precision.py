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
from staff_mobility.synthetic.calibration.rates import outside_of

_SIZE = len(PREDICTORS)
# Wide, because the third step, which exchanges stays, does the rest.
ERROR_UNIT, R2_TOLERANCE, R2_UNIT = 0.02, 0.001, 0.003
N_OF_PRECISION = 1 + _SIZE
_LEAST_SQUARE = 1e-12  # of a standard error


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
def fill_precision(g, weights, given, missed):  # type: ignore[no-untyped-def]
    """Fill what adjusted R2 and standard errors (13 places) of one outcome miss, from `weights` (20 numbers of reports)."""
    n, beta = weights.sum(), given.betas[g]
    _, _, correlation = together(weights, given.features, given.within, given.duration_variance)
    r2 = beta @ (correlation @ beta)
    adjusted = 1 - (1 - r2) * (n - 1) / (n - _SIZE - 1)
    missed[0] = outside_of(adjusted - given.adjusted[g], R2_TOLERANCE) / R2_UNIT
    inverse = np.linalg.inv(correlation)
    for k in range(_SIZE):
        error = np.sqrt(max((1 - r2) * inverse[k, k] / (n - _SIZE - 1), _LEAST_SQUARE))
        smallest = given.smallest_error[g, k]
        short = min(0.0, np.log(error / smallest)) if smallest > 0 else 0.0
        missed[1 + k] = (short + max(0.0, np.log(error / given.largest_error[g, k]))) / ERROR_UNIT
