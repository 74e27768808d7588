"""What rates have to do with the published numbers: the misses that the second step weighs, and a last fit of the rates alone.

Rates are free numbers, so that least squares finds them when the answers are given. What the answers exclude is left to few
numbers (Cauchy loss) instead of a little to all of them.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import least_squares

from staff_mobility.synthetic.calibration.machine_code import compiled
from staff_mobility.synthetic.calibration.published import (
    INSTITUTIONS,
    OBJECTIVES,
    STATEMENTS,
    Floats,
    place_of,
    value,
)
from staff_mobility.synthetic.calibration.questions import (
    FACILITATION,
    FIRST_OBJECTIVE,
    PLACE,
    PRIORITY,
    RESEARCH,
    SIGNALS,
    Answers,
    components,
)
from staff_mobility.synthetic.tables import table

_EXTREME_RATE, _EXTREME_EXCHANGE, _ABOVE_MEAN = (
    place_of(STATEMENTS[name]) for name in ("extreme_rate", "extreme_exchange", "rate_above_mean")
)
_HIGHEST, _LOWEST = (place_of(key) for key in STATEMENTS["rate_ratio"])
# Where in the misses what stands: table 3.1, footnote 15, figures 3.1 to 3.4, figures 2.7, 2.8 and 3.9 in words, correlations of
# figure 3.9 and footnotes 10 and 11.
OF_OBJECTIVES, OF_OUTLIER, OF_FIGURES, OF_ORDER, OF_CORRELATIONS = (
    slice(0, 5),
    slice(5, 9),
    slice(9, 17),
    slice(17, 21),
    slice(21, 24),
)
N_MISSES = 24
YEARS = 9  # of the rates: 2014 to 2022
ACADEMIC_SHARE = (0.3, 0.95)  # of all FTE, between which an institution's academic FTE may be
UNIT = 0.002  # how far a correlation with a rate is missed when its miss is 1
PRINTED = tuple(
    [f"table_3_1.{name}.r" for name in OBJECTIVES]
    + ["facilitation_x_rate.r", "facilitation_x_rate.without_outlier.r"]
    + ["signals_x_rate.r", "signals_x_rate.without_outlier.r"]
    + ["volume_by_strategy_document.mentioned", "volume_by_strategy_document.not_mentioned"]
    + ["volume_by_priority_high.ratio", "volume_by_place.central", "volume_by_place.neutral"]
    + ["rate.nmh_over_ntnu", "strategy_index_x_rate.r", "rate_x_exchange_share.r"]
    + ["rate_x_exchange_share.without_nhh.r"]
)
STARTS, FITS, LOSS_SCALE = 40, 200, 0.05
FIT_TOLERANCE, MISSED = 0.0002, 0.13  # of a correlation; from which miss on a number is not as printed


def printed() -> Floats:
    """Return the published numbers in the order in which fill_misses reads them."""
    return np.array([value(name) for name in PRINTED])


@compiled
def outside_of(miss: float, tolerance: float) -> float:
    """How far outside of plus or minus the tolerance, with its sign."""
    if miss > tolerance:
        return miss - tolerance
    return miss + tolerance if miss < -tolerance else 0.0


@compiled
def correlation(x, y, without):  # type: ignore[no-untyped-def]
    """Pearson's r without one institution (-1: with all)."""
    n = 0
    sum_x = sum_y = 0.0
    for i in range(len(x)):
        if i != without:
            n += 1
            sum_x += x[i]
            sum_y += y[i]
    mean_x, mean_y = sum_x / n, sum_y / n
    xy = xx = yy = 0.0
    for i in range(len(x)):
        if i != without:
            xy += (x[i] - mean_x) * (y[i] - mean_y)
            xx += (x[i] - mean_x) ** 2
            yy += (y[i] - mean_y) ** 2
    return xy / np.sqrt(xx * yy + 1e-12)


@compiled
def mean_rates(answers, anchoring, rates):  # type: ignore[no-untyped-def]
    """Mean rate by answer (columns) for figures 3.1 to 3.4 and the two of 3.6 (rows)."""
    total, n = np.zeros((6, 6)), np.zeros((6, 6))
    for i in range(len(rates)):
        for row, answer in (
            (0, 1 if anchoring[i] > 0 else 0),
            (1, 1 if answers[i, PRIORITY] >= 4 else 0),
            (2, answers[i, PLACE]),
            (3, answers[i, RESEARCH]),
            (4, max(answers[i, SIGNALS] - 3, 0)),
            (5, max(answers[i, FACILITATION] - 3, 0)),
        ):
            total[row, answer] += rates[i]
            n[row, answer] += 1
    return total / np.maximum(n, 0.5)


@compiled
def _fill_order(rates, cluster, other, ratio, out):  # type: ignore[no-untyped-def]
    """Figure 2.8: cluster 2, with the institution without a survey, is highest, 1 lowest; figures 3.9 and 2.7."""
    total, n = np.zeros(4), np.zeros(4)
    total[2], n[2] = other, 1
    for i in range(len(rates)):
        total[cluster[i]] += rates[i]
        n[cluster[i]] += 1
    total /= np.maximum(n, 1)
    out[0] = max(0.0, total[3] - total[2] + 0.03) / 0.03
    out[1] = max(0.0, total[1] - total[3] + 0.03) / 0.03
    out[2] = max(0.0, rates.mean() - rates[_ABOVE_MEAN] + 0.03) / 0.03
    out[3] = outside_of(rates[_HIGHEST] / rates[_LOWEST] - ratio, 3.5) / 0.5


@compiled
def fill_misses(answers, parts, mean, rates, exchange, cluster, other, numbers, tolerance, out):  # type: ignore[no-untyped-def]
    """Fill `out` (N_MISSES) with how far each number is missed: 0 inside the precision.

    `parts` is of fill_components, `mean` of mean_rates, `numbers` of printed(); `other` is exchange share and rate of the
    institution without a survey, `tolerance` that of correlations.
    """
    for k in range(5):
        out[k] = (
            outside_of(correlation(answers[:, FIRST_OBJECTIVE + k], rates, -1) - numbers[k], tolerance) / UNIT
        )
    for k in range(2):
        answer = answers[:, FACILITATION if k == 0 else SIGNALS]
        out[5 + 2 * k] = outside_of(correlation(answer, rates, -1) - numbers[5 + 2 * k], tolerance) / UNIT
        without = correlation(answer, rates, _EXTREME_RATE)
        out[6 + 2 * k] = outside_of(without - numbers[6 + 2 * k], tolerance) / UNIT
    out[9] = outside_of(mean[0, 1] - numbers[9], 0.0045) / 0.004
    out[10] = outside_of(mean[0, 0] - numbers[10], 0.0045) / 0.004
    out[11] = outside_of(mean[1, 1] / mean[1, 0] - numbers[11], 0.15) / 0.1
    out[12] = outside_of(mean[2, 4] - numbers[12], 0.0045) / 0.004
    out[13] = outside_of(mean[2, 3] - numbers[13], 0.0045) / 0.004
    for k in range(3):
        out[14 + k] = max(0.0, mean[3, k + 3] - mean[3, k + 2] + 0.05) / 0.2
    _fill_order(rates, cluster, other[1], numbers[14], out[17:21])
    out[21] = outside_of(correlation(parts[0], rates, -1) - numbers[15], tolerance) / UNIT
    shares, all_rates = np.append(exchange, other[0]), np.append(rates, other[1])
    out[22] = outside_of(correlation(shares, all_rates, -1) - numbers[16], tolerance) / UNIT
    out[23] = outside_of(correlation(shares, all_rates, _EXTREME_EXCHANGE) - numbers[17], tolerance) / UNIT


def rate_bounds() -> tuple[Floats, Floats]:
    """Return the least and the largest rates, 20 each: what the study says, or what leaves the real academic FTE room.

    A rate and the planned stays say how many FTE there are.
    80 stays in 9 years beside 140 academic FTE allow 1.9 to 6.0 stays per 100 FTE.
    """
    plan = table("plan")["state"]
    of_academics = np.array(
        [100 * plan[key]["stays"] / YEARS / plan[key]["academic"][-1] for key in INSTITUTIONS]
    )
    least, most = ACADEMIC_SHARE[0] * of_academics, ACADEMIC_SHARE[1] * of_academics
    for key, limits in STATEMENTS["rate_bounds"].items():
        least[place_of(key)], most[place_of(key)] = limits
    return least, most


def fit_rates(
    answers: Answers,
    first: Floats,
    bounds: tuple[Floats, Floats],
    exchange: Floats,
    cluster: Floats,
    other: Floats,
    seed: int,
) -> Floats:
    """Return the rates (20) that miss the fewest numbers, from several starts around `first`.

    Args:
        answers: 20 x 15 coordinators' answers.
        first: 20 rates.
        bounds: least and largest rates.
        exchange: 20 shares of graduates with an exchange.
        cluster: 20.
        other: exchange share and rate of the institution without a survey.
        seed: of the starts.
    """
    parts, numbers, clusters = components(answers), printed(), cluster.astype(np.int64)

    def misses(rates: Floats) -> Floats:
        out = np.zeros(N_MISSES)
        mean = mean_rates(answers, parts[1], rates)
        fill_misses(answers, parts, mean, rates, exchange, clusters, other, numbers, FIT_TOLERANCE, out)
        return out

    low, high = bounds
    rng = np.random.default_rng(seed)
    best, fewest = first, np.inf
    for number in range(STARTS):
        start = first * np.exp(rng.normal(0, 0.15, len(first)) if number else 0)
        fit = least_squares(
            misses,
            np.clip(start, low * 1.0001, high * 0.9999),
            bounds=(low, high),
            x_scale=high - low,
            max_nfev=FITS,
            loss="cauchy",
            f_scale=LOSS_SCALE,
        )
        missed = float((np.abs(fit.fun) > MISSED).sum()) + 1e-3 * fit.cost
        if missed < fewest:
            best, fewest = fit.x, missed
    return best
