"""What the second step misses: a residual for each published number, in units of its last digit and zero inside its precision.

The annealing (sector.py) adds up their squares; the least squares that lets numbers follow the answers (following.py) reads their
slopes. Each function fills its own places of the vector `missed`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from staff_mobility.synthetic.calibration.machine_code import compiled
from staff_mobility.synthetic.calibration.moments import INDICATORS, Moments, Start
from staff_mobility.synthetic.calibration.precision import N_OF_PRECISION, Precision, fill_precision, wanted
from staff_mobility.synthetic.calibration.published import (
    COMPONENTS,
    FOOTNOTES,
    GROUPS,
    INSTITUTIONS,
    PREDICTORS,
    STATEMENTS,
    Floats,
    place_of,
    published,
    strategy_targets,
    value,
)
from staff_mobility.synthetic.calibration.rates import (
    N_MISSES,
    OF_CORRELATIONS,
    OF_FIGURES,
    OF_OBJECTIVES,
    OF_ORDER,
    OF_OUTLIER,
    correlation,
    fill_misses,
    mean_rates,
    outside_of,
    printed,
)
from staff_mobility.synthetic.calibration.rates import UNIT as RATE_UNIT

Integers = npt.NDArray[np.int64]

N_INSTITUTIONS, N_GROUPS, _N_PARTS = len(INSTITUTIONS), len(GROUPS), 1 + len(COMPONENTS)
_N_INDEX, _N_WORDS, _N_MOTIVES, _N_LEVELS = 6, N_INSTITUTIONS + 1, 3, 4
# Where a part begins. Precision is last, because it takes long.
INDEX = 0
WORDS = INDEX + _N_INDEX
MOTIVES = WORDS + _N_WORDS
RATES = MOTIVES + _N_MOTIVES
LEVELS = RATES + N_MISSES + 1
NEAR = LEVELS + _N_LEVELS
TABLES = NEAR + (N_GROUPS + 1) * N_INSTITUTIONS + N_GROUPS
PRECISION = TABLES + N_GROUPS * _N_PARTS + len(FOOTNOTES)
N_MISSED = PRECISION + N_GROUPS * N_OF_PRECISION
_OF_RATES = {
    "objectives": OF_OBJECTIVES,
    "outlier": OF_OUTLIER,
    "figures": slice(OF_FIGURES.start, OF_ORDER.stop),
    "correlations": slice(OF_CORRELATIONS.start, N_MISSES + 1),
}
PARTS = {
    "index": slice(INDEX, WORDS),
    "words": slice(WORDS, RATES),
    **{name: slice(RATES + part.start, RATES + part.stop) for name, part in _OF_RATES.items()},
    "levels": slice(LEVELS, NEAR),
    "near": slice(NEAR, TABLES),
    "tables": slice(TABLES, PRECISION),
    "precision": slice(PRECISION, N_MISSED),
}
UNIT = 0.001  # of a correlation with an outcome
# Relative changes of a number of reports and of an outcome's spread, and of a rate, that count as one.
WEIGHT_REACH, SPREAD_REACH, RATE_REACH = 1.0, 0.05, 2.0
SHARE_UNIT = 0.004  # of reports dominated by personal motives
# An index that is as high as the one that is to be the highest.
_AS_HIGH, _AS_HIGH_UNIT, _WORDS_UNIT = 0.001, 0.2, 0.004
_HIGHEST_INDEX = place_of(STATEMENTS["highest_index"])
_PERSONAL = PREDICTORS.index("motive_personal")


class Numbers(NamedTuple):
    """Numbers of institutions that the second step looks for.

    Attributes:
        weights: 4 x 20 reports with each outcome.
        means: 4 x 20 means of them.
        spread: 4, of the outcomes.
        indicators: 4 x 20, in the order of INDICATORS.
        personal: 20, shares dominated by personal motives.
        rates: 20.
    """

    weights: Floats
    means: Floats
    spread: Floats
    indicators: Floats
    personal: Floats
    rates: Floats


class Given(NamedTuple):
    """What the search does not change.

    Attributes:
        targets: correlations of tables 4.3 and 4.4, of the footnotes, their indicators and outcomes, and the tolerance.
        near: reports with each outcome and spreads of the first step, planned rates.
        reach: by how many times more they may be left behind than WEIGHT_REACH, SPREAD_REACH and RATE_REACH say.
        cluster: 20.
        low, high: between which the text has an index.
        numbers, rate_numbers: published numbers in the orders of _numbers and of rates.printed.
        institution: 20, shares dominated by institutional motives.
        personal_share: of all reports, dominated by personal motives.
        reports: 20, share of all reports.
        other: exchange share and rate of the institution without a survey.
        precision: what table 4.5 prints and what the first step says of stays; its predictors follow answers and numbers.
    """

    targets: tuple[Floats, Floats, Integers, Integers, float]
    near: tuple[Floats, Floats, Floats]
    reach: float
    cluster: Integers
    low: Floats
    high: Floats
    numbers: Floats
    rate_numbers: Floats
    institution: Floats
    personal_share: float
    reports: Floats
    other: Floats
    precision: Precision


def given_by(moments: Moments, start: Start, planned: Floats, tolerance: float) -> Given:
    """Return what a search begun from the first step is given; `planned` are rates, `tolerance` is of a correlation."""
    low, high = (
        np.array([STATEMENTS["index_bounds"].get(key, (0.0, 1.0))[side] for key in INSTITUTIONS])
        for side in (0, 1)
    )
    return Given(
        targets=(
            strategy_targets(),
            published().footnotes,
            np.array([INDICATORS.index(x) for x, _ in FOOTNOTES]),
            np.array([GROUPS.index(y) for _, y in FOOTNOTES]),
            tolerance,
        ),
        near=(moments.weights.copy(), moments.spread.copy(), planned),
        reach=1.0,
        cluster=start.cluster.astype(np.int64),
        low=low,
        high=high,
        numbers=_numbers(),
        rate_numbers=printed(),
        institution=np.ascontiguousarray(moments.motives[:, 1]),
        personal_share=float(moments.motives[:, 0] @ start.reports / start.reports.sum()),
        reports=start.reports / start.reports.sum(),
        other=start.other,
        precision=wanted(moments, start.cluster),
    )


def _numbers() -> Floats:
    """Published numbers of the index in the order in which fill_index and fill_of_rates read them."""
    names = ["strategy_index.min", "strategy_index.max", "strategy_index.mean"]
    names += [f"strategy_index.cluster_{k}" for k in (1, 2, 3)]
    return np.array([value(name) for name in [*names, "strategy_index_x_publication_points_per_academic.r"]])


def by_part(missed: Floats) -> dict[str, float]:
    """Return the sums of squares by part."""
    return {name: round(float((missed[places] ** 2).sum()), 2) for name, places in PARTS.items()}


@compiled
def fill_tables(g, parts, indicators, outcomes, given, missed):  # type: ignore[no-untyped-def]
    """Tables 4.3 and 4.4 and footnotes 26 to 29 for one outcome, whose means by institution are known."""
    weights, means, spread = outcomes
    strategy, footnotes, footnote_x, footnote_g, tolerance = given.targets
    size = parts.shape[1]
    n = sum_y = 0.0
    for i in range(size):
        n += weights[g, i]
        sum_y += weights[g, i] * means[g, i]
    for row in range(_N_PARTS + len(footnotes)):
        if row < _N_PARTS:
            wanted_r, x, place = strategy[row, g], parts[row], TABLES + g * _N_PARTS + row
        elif footnote_g[row - _N_PARTS] != g:
            continue
        else:
            wanted_r, x = footnotes[row - _N_PARTS], indicators[footnote_x[row - _N_PARTS]]
            place = TABLES + (N_GROUPS - 1) * _N_PARTS + row
        sum_x = sum_xx = sum_xy = 0.0
        for i in range(size):
            weight = weights[g, i]
            sum_x += weight * x[i]
            sum_xx += weight * x[i] ** 2
            sum_xy += weight * x[i] * means[g, i]
        deviation = np.sqrt(max(sum_xx / n - (sum_x / n) ** 2, 0.0)) + 1e-9
        r = (sum_xy / n - sum_x * sum_y / n**2) / deviation / spread[g]
        missed[place] = outside_of(r - wanted_r, tolerance) / UNIT


@compiled
def fill_distance(outcomes, rates, given, missed):  # type: ignore[no-untyped-def]
    """How far numbers of reports and spreads of the first step, and planned rates, are left behind."""
    weights, _, spread = outcomes
    near_weights, near_spread, near_rates = given.near
    size = len(rates)
    for g in range(N_GROUPS):
        place = NEAR + g * size
        missed[place : place + size] = np.log(weights[g] / near_weights[g]) / (given.reach * WEIGHT_REACH)
    place = NEAR + N_GROUPS * size
    missed[place : place + N_GROUPS] = np.log(spread / near_spread) / (given.reach * SPREAD_REACH)
    missed[place + N_GROUPS : TABLES] = np.log(rates / near_rates) / (given.reach * RATE_REACH)


@compiled
def fill_index(index, given, missed):  # type: ignore[no-untyped-def]
    """Footnote 18, figure 3.8, and what section 3 says of single institutions; no other is as high as the highest."""
    numbers = given.numbers
    missed[INDEX] = outside_of(index.min() - numbers[0], 0.0049) / 0.002
    missed[INDEX + 1] = outside_of(index.max() - numbers[1], 0.0049) / 0.002
    missed[INDEX + 2] = outside_of(index.mean() - numbers[2], 0.0049) / 0.002
    by_cluster, in_cluster = np.zeros(4), np.zeros(4)
    for i in range(len(index)):
        by_cluster[given.cluster[i]] += index[i]
        in_cluster[given.cluster[i]] += 1
    for k in range(1, 4):
        missed[INDEX + 2 + k] = outside_of(by_cluster[k] / in_cluster[k] - numbers[2 + k], 0.0049) / 0.003
    for i in range(len(index)):
        missed[WORDS + i] = (
            max(0.0, given.low[i] - index[i]) + max(0.0, index[i] - given.high[i])
        ) / _WORDS_UNIT
    as_high = (index >= index[_HIGHEST_INDEX] - _AS_HIGH).sum() - 1
    missed[WORDS + len(index)] = as_high / _AS_HIGH_UNIT


@compiled
def fill_motives(index, personal, given, missed):  # type: ignore[no-untyped-def]
    """Footnote 22: institutions with a high index have more institutional and fewer personal motives, 27 percent of all."""
    deviation = index - (given.reports * index).sum()
    missed[MOTIVES] = outside_of((given.reports * personal).sum() - given.personal_share, 0.002) / SHARE_UNIT
    for k in range(2):
        shares = personal if k == 0 else given.institution
        share = (given.reports * shares).sum()
        spread = np.sqrt((given.reports * deviation**2).sum() * share * (1 - share) + 1e-12)
        r = (given.reports * deviation * shares).sum() / spread
        missed[MOTIVES + 1 + k] = max(0.0, r + 0.075 if k == 0 else 0.05 - r) / 0.005


@compiled
def fill_of_rates(answers, parts, rates, indicators, given, missed):  # type: ignore[no-untyped-def]
    """Chapter 3 on rates, the index with publication points, and figure 3.6: the rate is highest where both are low."""
    mean, tolerance = mean_rates(answers, parts[1], rates), given.targets[4]
    fill_misses(
        answers,
        parts,
        mean,
        rates,
        indicators[3],
        given.cluster,
        given.other,
        given.rate_numbers,
        tolerance,
        missed[RATES : RATES + N_MISSES],
    )
    with_points = correlation(parts[0], indicators[0], -1) - given.numbers[6]
    missed[RATES + N_MISSES] = outside_of(with_points, tolerance) / RATE_UNIT
    for row in (4, 5):
        for k in (1, 2):
            missed[LEVELS + 2 * (row - 4) + k - 1] = max(0.0, mean[row, k] - mean[row, 0] + 0.1) / 0.6


@compiled
def fill_errors(g, outcomes, precision, missed):  # type: ignore[no-untyped-def]
    """Standard errors, adjusted R2 and betas of one outcome."""
    weights, means, spread = outcomes
    place = PRECISION + g * N_OF_PRECISION
    fill_precision(g, weights[g], means[g], spread[g], precision, missed[place : place + N_OF_PRECISION])


@compiled
def refresh_predictors(parts, indicators, personal, precision):  # type: ignore[no-untyped-def]
    """Bring predictors of table 4.5 up to date with answers, indicators and motives."""
    precision.features[:, 0] = parts[0]
    precision.features[:, 1] = indicators[0]
    precision.features[:, 2] = indicators[1]
    precision.features[:, _PERSONAL] = personal
