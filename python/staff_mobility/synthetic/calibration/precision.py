"""Standard errors and adjusted R2 of table 4.5 as they follow from numbers of institutions, with the mix of stays as given.

The betas are printed, so these two depend on the predictors alone: on how they go together over reports and on how many reports
there are. Betas of institutions' numbers also say what means the reports have that a regression uses; those can differ from the
means of all reports (table 4.2) by what the few others make up for.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from staff_mobility.synthetic.calibration.machine_code import compiled
from staff_mobility.synthetic.calibration.moments import BETA_ROUNDING, Moments
from staff_mobility.synthetic.calibration.predictors import SPREAD_OF_DURATION, of_institutions, together
from staff_mobility.synthetic.calibration.published import OF_INSTITUTIONS, PREDICTORS, Floats, published
from staff_mobility.synthetic.calibration.rates import outside_of

_SIZE = len(PREDICTORS)
# Wide, because the third step, which exchanges stays, does the rest.
ERROR_UNIT, R2_TOLERANCE, R2_UNIT = 0.02, 0.001, 0.003
N_OF_PRECISION = 1 + _SIZE + OF_INSTITUTIONS
# By how much the mean of the reports that a regression uses may differ from that of all, but for institutions with few reports:
# those below this share of an average institution have no others.
MEAN_REACH, _SMALL = 0.02, 0.2
REACH_UNIT = 3.0  # sum over institutions, in squares, that counts as one when squared
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
def _fill_betas(share, means, spread, predictors, with_outcome, missed):  # type: ignore[no-untyped-def]
    """Fill how far apart the means must lie at least, in MEAN_REACH, root of the sum of squares over institutions."""
    features, averages, deviation = predictors
    mean = share @ means
    lacking, room = with_outcome[:OF_INSTITUTIONS].copy(), np.zeros((OF_INSTITUTIONS, OF_INSTITUTIONS))
    unit = np.zeros(OF_INSTITUTIONS)
    for i in range(len(share)):
        for k in range(OF_INSTITUTIONS):
            unit[k] = share[i] * (features[i, k] - averages[k]) / deviation[k] / spread
            lacking[k] -= unit[k] * (means[i] - mean)
        if share[i] * len(share) > _SMALL:
            for k in range(OF_INSTITUTIONS):
                for m in range(OF_INSTITUTIONS):
                    room[k, m] += MEAN_REACH**2 * unit[k] * unit[m]
    for k in range(OF_INSTITUTIONS):
        room[k, k] += _LEAST_SQUARE
    missed[:] = np.linalg.solve(np.linalg.cholesky(room), lacking) / REACH_UNIT


@compiled
def fill_precision(g, weights, means, spread, given, missed):  # type: ignore[no-untyped-def]
    """Fill what adjusted R2, standard errors and betas of institutions' numbers (18 places) of one outcome miss.

    `weights` are 20 numbers of reports, `means` those of the outcome over all reports, `spread` its standard deviation.
    """
    n, beta = weights.sum(), given.betas[g]
    averages, deviation, correlation = together(
        weights, given.features, given.within, given.duration_variance
    )
    with_outcome = correlation @ beta
    r2 = beta @ with_outcome
    _fill_betas(
        weights / n, means, spread, (given.features, averages, deviation), with_outcome, missed[1 + _SIZE :]
    )
    adjusted = 1 - (1 - r2) * (n - 1) / (n - _SIZE - 1)
    missed[0] = outside_of(adjusted - given.adjusted[g], R2_TOLERANCE) / R2_UNIT
    inverse = np.linalg.inv(correlation)
    for k in range(_SIZE):
        error = np.sqrt(max((1 - r2) * inverse[k, k] / (n - _SIZE - 1), _LEAST_SQUARE))
        smallest = given.smallest_error[g, k]
        short = min(0.0, np.log(error / smallest)) if smallest > 0 else 0.0
        missed[1 + k] = (short + max(0.0, np.log(error / given.largest_error[g, k]))) / ERROR_UNIT
