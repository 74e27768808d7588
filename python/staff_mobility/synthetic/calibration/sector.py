"""Second step: the coordinators' answers (whole numbers) and the rates, by simulated annealing.

A change exchanges the answers of two institutions to one question, so that the counts that the study prints stay, or moves an
answer inside its class, or a rate inside its bounds. Compiled, because millions of changes are tried.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from staff_mobility.synthetic.calibration.machine_code import compiled
from staff_mobility.synthetic.calibration.moments import INDICATORS, ROUNDING, Moments, weight_bounds
from staff_mobility.synthetic.calibration.published import (
    COMPONENTS,
    FOOTNOTES,
    GROUPS,
    INSTITUTIONS,
    OBJECTIVES,
    STATEMENTS,
    Floats,
    place_of,
    published,
    strategy_targets,
    value,
)

Answers = npt.NDArray[np.int64]

QUESTIONS = (
    "internationalisation_main",
    "internationalisation_sub",
    "mobility_main",
    "mobility_sub",
    "quantitative_target",
    "priority_compared",
    "place_among_instruments",
    "research_priority",
    "facilitation",
    "leadership_signals",
    *(f"objective_{name}" for name in OBJECTIVES),
)
(_MAIN, _SUB, _PRIORITY, _PLACE, _RESEARCH, _FACILITATION, _SIGNALS, _FIRST_OBJECTIVE) = (
    QUESTIONS.index(name)
    for name in (
        "mobility_main",
        "mobility_sub",
        "priority_compared",
        "place_among_instruments",
        "research_priority",
        "facilitation",
        "leadership_signals",
        "objective_student_mobility",
    )
)
_EXTREME_RATE, _EXTREME_EXCHANGE, _HIGHEST_INDEX, _ABOVE_MEAN = (
    place_of(STATEMENTS[name])
    for name in ("extreme_rate", "extreme_exchange", "highest_index", "rate_above_mean")
)
_VERY_CENTRAL = tuple(place_of(key) for key in STATEMENTS["very_central"])
_SIZE = len(INSTITUTIONS)
PARTS = (
    "tables",
    "near_moments",
    "index",
    "words",
    "objectives",
    "outlier",
    "figures",
    "levels",
    "rates",
    "near_rates",
)
# Questions whose answers two institutions may exchange, and those of which one may go up or down.
_EXCHANGED = np.array(
    [_MAIN, _PRIORITY, _PLACE, _RESEARCH, _FACILITATION, _SIGNALS, *range(_FIRST_OBJECTIVE, len(QUESTIONS))]
)
_STEPPED = np.array([_PRIORITY, _FACILITATION, _SIGNALS, _RESEARCH])
UNIT = 0.001  # how far a correlation with an outcome is missed when it adds 1 to the misfit
RATE_UNIT = 0.002  # the same of a correlation with a rate
# Changes of an index, and relative ones of a number of reports and of an outcome's spread, that add 1 to the misfit.
COLD = 0.0005  # last temperature
INDEX_REACH, WEIGHT_REACH, SPREAD_REACH = 0.05, 0.25, 0.05


@dataclass(frozen=True)
class Sector:
    """What the second step comes to.

    Attributes:
        answers: 20 x 15, in the order of QUESTIONS.
        rates: 20.
        outcomes: reports with each outcome and their means (4 x 20), spread of the outcomes (4).
        misfit: what is left, by part.
    """

    answers: Answers
    rates: Floats
    outcomes: tuple[Floats, Floats, Floats]
    misfit: dict[str, float]


def components(answers: Answers) -> Floats:
    """Strategy index and its five components, 6 x institutions: footnote 18."""
    parts = np.zeros((1 + len(COMPONENTS), len(answers)))
    _fill(answers, parts)
    return parts


@compiled
def _outside(value: float, tolerance: float) -> float:
    size = abs(value)
    return size - tolerance if size > tolerance else 0.0


@compiled
def _r(x, y, without):  # type: ignore[no-untyped-def]
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
def _fill(answers, parts):  # type: ignore[no-untyped-def]
    """Fill `parts` (6 x 20) with the index and its components, in the order of COMPONENTS."""
    for i in range(answers.shape[0]):
        parts[1, i] = 1.0 if answers[i, _MAIN] + answers[i, _SUB] > 0 else 0.0
        parts[2, i] = (answers[i, _PRIORITY] + answers[i, _PLACE] - 2) / 8.0
        parts[3, i] = (answers[i, _SIGNALS] - 1) / 4.0
        parts[4, i] = (answers[i, _FACILITATION] - 1) / 4.0
        parts[5, i] = (answers[i, _FIRST_OBJECTIVE:].sum() / 5.0 - 1) / 4.0
        parts[0, i] = parts[1:, i].sum() / 5.0


@compiled
def _of_tables(parts, indicators, outcomes, targets):  # type: ignore[no-untyped-def]
    """Tables 4.3 and 4.4 and footnotes 26 to 29: numbers of institutions with outcomes whose means by institution are known."""
    weights, means, spread = outcomes
    strategy, footnotes, footnote_x, footnote_g, tolerance = targets
    found = 0.0
    size = parts.shape[1]
    for row in range(6 * 4 + len(footnotes)):
        if row < 24:
            g, wanted, x = row % 4, strategy[row // 4, row % 4], parts[row // 4]
        else:
            g, wanted, x = footnote_g[row - 24], footnotes[row - 24], indicators[footnote_x[row - 24]]
        n = sum_x = sum_xx = sum_y = sum_xy = 0.0
        for i in range(size):
            weight = weights[g, i]
            n += weight
            sum_x += weight * x[i]
            sum_xx += weight * x[i] ** 2
            sum_y += weight * means[g, i]
            sum_xy += weight * x[i] * means[g, i]
        r = (sum_xy / n - sum_x * sum_y / n**2) / (np.sqrt(sum_xx / n - (sum_x / n) ** 2) + 1e-9) / spread[g]
        found += (_outside(r - wanted, tolerance) / UNIT) ** 2
    return found


@compiled
def _of_distance(index, outcomes, near):  # type: ignore[no-untyped-def]
    """How far the first step's numbers are left behind, on which table 4.5 rests."""
    weights, _, spread = outcomes
    near_index, near_weights, near_spread = near
    found = (((index - near_index) / INDEX_REACH) ** 2).sum()
    found += (np.log(weights / near_weights) ** 2).sum() / WEIGHT_REACH**2
    return found + (np.log(spread / near_spread) ** 2).sum() / SPREAD_REACH**2


@compiled
def _of_index(index, cluster, numbers):  # type: ignore[no-untyped-def]
    """Footnote 18 and figure 3.8."""
    found = (_outside(index.min() - numbers[0], 0.0049) / 0.002) ** 2
    found += (_outside(index.max() - numbers[1], 0.0049) / 0.002) ** 2
    found += (_outside(index.mean() - numbers[2], 0.0049) / 0.002) ** 2
    by_cluster, in_cluster = np.zeros(4), np.zeros(4)
    for i in range(len(index)):
        by_cluster[cluster[i]] += index[i]
        in_cluster[cluster[i]] += 1
    for k in range(1, 4):
        found += (_outside(by_cluster[k] / in_cluster[k] - numbers[2 + k], 0.0049) / 0.003) ** 2
    return found


@compiled
def _of_words(index, low, high):  # type: ignore[no-untyped-def]
    """What section 3 says of single institutions; no other is as high as the highest."""
    found = (((index >= index[_HIGHEST_INDEX] - 0.001).sum() - 1) * 0.02 / 0.004) ** 2
    for i in range(len(index)):
        found += ((max(0.0, low[i] - index[i]) + max(0.0, index[i] - high[i])) / 0.004) ** 2
    return found


@compiled
def _of_objectives(answers, rates, numbers, tolerance):  # type: ignore[no-untyped-def]
    """Table 3.1."""
    found = 0.0
    for k in range(5):
        r = _r(answers[:, _FIRST_OBJECTIVE + k], rates, -1)
        found += (_outside(r - numbers[6 + k], tolerance) / RATE_UNIT) ** 2
    return found


@compiled
def _of_outlier(answers, rates, numbers, tolerance):  # type: ignore[no-untyped-def]
    """Footnote 15."""
    found = 0.0
    for k in range(2):
        column = answers[:, _FACILITATION if k == 0 else _SIGNALS]
        found += (_outside(_r(column, rates, -1) - numbers[11 + k], tolerance) / RATE_UNIT) ** 2
        found += (_outside(_r(column, rates, _EXTREME_RATE) - numbers[13 + k], tolerance) / RATE_UNIT) ** 2
    return found


@compiled
def _mean_rates(answers, anchoring, rates):  # type: ignore[no-untyped-def]
    """Mean rate by answer (columns) for figures 3.1 to 3.4 and the two of 3.6 (rows)."""
    total, n = np.zeros((6, 6)), np.zeros((6, 6))
    for i in range(len(rates)):
        for row, answer in (
            (0, 1 if anchoring[i] > 0 else 0),
            (1, 1 if answers[i, _PRIORITY] >= 4 else 0),
            (2, answers[i, _PLACE]),
            (3, answers[i, _RESEARCH]),
            (4, max(answers[i, _SIGNALS] - 3, 0)),
            (5, max(answers[i, _FACILITATION] - 3, 0)),
        ):
            total[row, answer] += rates[i]
            n[row, answer] += 1
    return total / np.maximum(n, 0.5)


@compiled
def _of_figures(mean, numbers):  # type: ignore[no-untyped-def]
    """Figures 3.1 to 3.4."""
    found = (_outside(mean[0, 1] - numbers[15], 0.0045) / 0.004) ** 2
    found += (_outside(mean[0, 0] - numbers[16], 0.0045) / 0.004) ** 2
    found += (_outside(mean[1, 1] / mean[1, 0] - numbers[17], 0.15) / 0.1) ** 2
    found += (_outside(mean[2, 4] - numbers[18], 0.0045) / 0.004) ** 2
    found += (_outside(mean[2, 3] - numbers[19], 0.0045) / 0.004) ** 2
    for k in range(2, 5):
        found += (max(0.0, mean[3, k + 1] - mean[3, k] + 0.05) / 0.2) ** 2
    return found


@compiled
def _of_clusters(rates, cluster, other):  # type: ignore[no-untyped-def]
    """Figure 2.8: the mean rate is highest in cluster 2, where the institution without a survey is too, and lowest in 1.

    Figure 3.9: a rate above the mean.
    """
    total, n = np.zeros(4), np.zeros(4)
    total[2], n[2] = other, 1
    for i in range(len(rates)):
        total[cluster[i]] += rates[i]
        n[cluster[i]] += 1
    total /= np.maximum(n, 1)
    found = (max(0.0, total[3] - total[2] + 0.03) / 0.03) ** 2 + (
        max(0.0, total[1] - total[3] + 0.03) / 0.03
    ) ** 2
    mean = (rates.sum() + other) / (len(rates) + 1)
    return found + (max(0.0, mean - rates[_ABOVE_MEAN] + 0.03) / 0.03) ** 2


@compiled
def _of_levels(mean):  # type: ignore[no-untyped-def]
    """Figure 3.6: the rate is highest where facilitation and signals are low."""
    found = 0.0
    for row in (4, 5):
        for k in (1, 2):
            found += (max(0.0, mean[row, k] - mean[row, 0] + 0.1) / 0.6) ** 2
    return found


@compiled
def _of_rates(index, rates, exchange, points, other, numbers, tolerance):  # type: ignore[no-untyped-def]
    """Figure 3.9, footnotes 10 and 11, and the index with publication points."""
    found = (_outside(_r(index, rates, -1) - numbers[20], tolerance) / RATE_UNIT) ** 2
    # The institution without a survey has a rate and an exchange share too.
    with_other, all_rates = np.append(exchange, other[0]), np.append(rates, other[1])
    found += (_outside(_r(with_other, all_rates, -1) - numbers[21], tolerance) / RATE_UNIT) ** 2
    found += (
        _outside(_r(with_other, all_rates, _EXTREME_EXCHANGE) - numbers[22], tolerance) / RATE_UNIT
    ) ** 2
    return found + (_outside(_r(index, points, -1) - numbers[23], tolerance) / RATE_UNIT) ** 2


@compiled
def _of_motives(index, motives, reports):  # type: ignore[no-untyped-def]
    """Footnote 22: institutions with a high index have more institutional and fewer personal motives."""
    deviation = index - (reports * index).sum()
    found = 0.0
    for k in range(2):
        share = (reports * motives[:, k]).sum()
        spread = np.sqrt((reports * deviation**2).sum() * share * (1 - share) + 1e-12)
        r = (reports * deviation * motives[:, k]).sum() / spread
        found += (max(0.0, r + 0.075 if k == 0 else 0.05 - r) / 0.005) ** 2
    return found


@compiled
def _misfit(answers, rates, outcomes, given, out, parts):  # type: ignore[no-untyped-def]
    """Fill `out` (one number a part, in the order of PARTS) and `parts`; return the sum."""
    targets, near, indicators, cluster, low, high, numbers, near_rates, motives, reports, other = given
    _fill(answers, parts)
    index, tolerance = parts[0], targets[4]
    mean = _mean_rates(answers, parts[1], rates)
    out[0] = _of_tables(parts, indicators, outcomes, targets)
    out[1] = _of_distance(index, outcomes, near)
    out[2] = _of_index(index, cluster, numbers)
    out[3] = _of_words(index, low, high)
    out[4] = _of_objectives(answers, rates, numbers, tolerance)
    out[5] = _of_outlier(answers, rates, numbers, tolerance)
    out[6] = _of_figures(mean, numbers) + _of_clusters(rates, cluster, other[1])
    out[7] = _of_levels(mean)
    out[8] = _of_rates(index, rates, indicators[3], indicators[0], other, numbers, tolerance) + _of_motives(
        index, motives, reports
    )
    out[9] = ((0.5 * np.log(rates / near_rates)) ** 2).sum()
    return out.sum()


@compiled
def _count(answers, question, least):  # type: ignore[no-untyped-def]
    n = 0
    for i in range(answers.shape[0]):
        if answers[i, question] >= least:
            n += 1
    return n


@compiled
def _step_allowed(answers, question):  # type: ignore[no-untyped-def]
    """Whether the counts that the study states in words still hold after a step of one answer."""
    n = _count(answers, question, 4)
    if question == _SIGNALS:
        return n == 7
    if question == _FACILITATION:
        return 12 <= n <= 16
    if question == _PRIORITY:
        return 2 <= n <= 6
    return True


@compiled
def _exchange(answers, question, a, b):  # type: ignore[no-untyped-def]
    answers[a, question], answers[b, question] = answers[b, question], answers[a, question]
    if question == _MAIN:
        answers[a, _SUB], answers[b, _SUB] = answers[b, _SUB], answers[a, _SUB]


@compiled
def _propose(answers, rates, outcomes, bounds, change):  # type: ignore[no-untyped-def]
    """Make one change and note it in `change` (kind, question, a, b, step); return the former rate, or -1 when none was made."""
    kind, a, b = np.random.random(), np.random.randint(len(rates)), np.random.randint(len(rates))
    change[2], change[3] = a, b
    if kind < 0.3:
        return _propose_outcome(outcomes, bounds, change)
    if kind < 0.7:
        change[0], change[1] = 0, _EXCHANGED[np.random.randint(len(_EXCHANGED))]
        if a == b or (change[1] == _PLACE and (a in _VERY_CENTRAL or b in _VERY_CENTRAL)):
            return -1.0
        _exchange(answers, change[1], a, b)
    elif kind < 0.8:
        change[0], change[1] = 1, _STEPPED[np.random.randint(len(_STEPPED))]
        change[4] = 1 if np.random.random() < 0.5 else -1
        if not 1 <= answers[a, change[1]] + change[4] <= 5:
            return -1.0
        answers[a, change[1]] += change[4]
    elif kind < 0.84:
        # Up in one place and down in another, so that the numbers of answers that figure 3.7 counts (1 to 2, 4 to 5) stay.
        change[0], change[1] = 2, _FIRST_OBJECTIVE + np.random.randint(5)
        x, y = answers[a, change[1]], answers[b, change[1]]
        if a == b or not ((x == 1 and y == 2) or (x == 2 and y == 3) or (x == 4 and y == 5)):
            return -1.0
        answers[a, change[1]] += 1
        answers[b, change[1]] -= 1
    else:
        change[0] = 3
        before = rates[a]
        rates[a] = _moved(before, bounds[0][0, a], bounds[0][1, a])
        return before
    return 0.0


@compiled
def _moved(number, low, high):  # type: ignore[no-untyped-def]
    width = 0.1 if np.random.random() < 0.5 else 0.01
    return min(max(number * np.exp(width * np.random.standard_normal()), low), high)


@compiled
def _propose_outcome(outcomes, bounds, change):  # type: ignore[no-untyped-def]
    """Change a number of reports, a mean inside its rounding, or a spread."""
    weights, means, spread = outcomes
    kind, a, g = np.random.random(), change[2], np.random.randint(len(spread))
    change[1] = g
    if kind < 0.55:
        change[0] = 4
        before = weights[g, a]
        weights[g, a] = _moved(before, bounds[1][g, a], bounds[2][g, a])
    elif kind < 0.95:
        change[0] = 5
        before = means[g, a]
        means[g, a] = bounds[3][g, a] + ROUNDING * (2 * np.random.random() - 1)
    else:
        change[0] = 6
        before = spread[g]
        spread[g] = min(max(before * np.exp(0.01 * np.random.standard_normal()), 0.45), 0.85)
    return before


@compiled
def _undo(answers, rates, outcomes, change, before):  # type: ignore[no-untyped-def]
    kind, question, a, b, step = change
    if kind == 0:
        _exchange(answers, question, a, b)
    elif kind == 1:
        answers[a, question] -= step
    elif kind == 2:
        answers[a, question] -= 1
        answers[b, question] += 1
    elif kind == 3:
        rates[a] = before
    elif kind == 4:
        outcomes[0][question, a] = before
    elif kind == 5:
        outcomes[1][question, a] = before
    else:
        outcomes[2][question] = before


@compiled
def _allowed(answers, change):  # type: ignore[no-untyped-def]
    """Whether what the study says in words still holds after a change."""
    if change[0] == 1 and not _step_allowed(answers, change[1]):
        return False
    return answers[_EXTREME_RATE, _FACILITATION] <= 3 and answers[_EXTREME_RATE, _SIGNALS] <= 2


@compiled
def _anneal(answers, rates, outcomes, bounds, given, tries, hot, cold, seed):  # type: ignore[no-untyped-def]
    """Leave in the arrays what the search comes to; temperatures fall from hot to cold. Return the parts of the misfit."""
    np.random.seed(seed)
    out, parts, change = np.zeros(10), np.zeros((6, len(rates))), np.zeros(5, np.int64)
    now = _misfit(answers, rates, outcomes, given, out, parts)
    for done in range(tries):
        before = _propose(answers, rates, outcomes, bounds, change)
        if before < 0:
            continue
        then = _misfit(answers, rates, outcomes, given, out, parts) if _allowed(answers, change) else np.inf
        temperature = hot * (cold / hot) ** (done / tries)
        if then >= now and np.random.random() >= np.exp((now - then) / temperature):
            _undo(answers, rates, outcomes, change, before)
            continue
        now = then
    _misfit(answers, rates, outcomes, given, out, parts)
    return out


def _numbers() -> Floats:
    """Published numbers in the order in which _misfit reads them."""
    names = ["strategy_index.min", "strategy_index.max", "strategy_index.mean"]
    names += [f"strategy_index.cluster_{k}" for k in (1, 2, 3)]
    names += [f"table_3_1.{name}.r" for name in OBJECTIVES]
    names += ["facilitation_x_rate.r", "signals_x_rate.r"]
    names += ["facilitation_x_rate.without_outlier.r", "signals_x_rate.without_outlier.r"]
    names += ["volume_by_strategy_document.mentioned", "volume_by_strategy_document.not_mentioned"]
    names += ["volume_by_priority_high.ratio", "volume_by_place.central", "volume_by_place.neutral"]
    names += ["strategy_index_x_rate.r", "rate_x_exchange_share.r", "rate_x_exchange_share.without_nhh.r"]
    names += ["strategy_index_x_publication_points_per_academic.r"]
    return np.array([value(name) for name in names])


def search(
    moments: Moments,
    answers: Answers,
    rates: Floats,
    reports: Floats,
    cluster: Floats,
    *,
    tries: int,
    seed: int,
    hot: float,
    tolerance: float,
    other: Floats,
) -> Sector:
    """Return the answers, rates and outcomes that `tries` changes come to from the given ones.

    Args:
        moments: result of the first step.
        answers: 20 x 15 answers, in the order of INSTITUTIONS and QUESTIONS.
        rates: rates by institution, stays per 100 FTE and year.
        reports: number of reports by institution.
        cluster: cluster by institution.
        tries: number of changes to try.
        seed: of the random numbers.
        hot: first temperature, in units of the misfit.
        tolerance: of a correlation.
        other: exchange share and rate of the institution without a survey.
    """
    low, high = (
        np.array([STATEMENTS["index_bounds"].get(key, (0.0, 1.0))[side] for key in INSTITUTIONS])
        for side in (0, 1)
    )
    rate_bounds = np.array([0.6 * rates, 1.6 * rates])
    for key, limits in STATEMENTS["rate_bounds"].items():
        rate_bounds[:, place_of(key)] = limits
    target = published()
    found, new_rates = answers.copy(), rates.copy()
    outcomes = (moments.weights.copy(), np.ascontiguousarray(moments.means.T), moments.spread.copy())
    given = (
        (
            strategy_targets(),
            target.footnotes,
            np.array([INDICATORS.index(x) for x, _ in FOOTNOTES]),
            np.array([GROUPS.index(y) for _, y in FOOTNOTES]),
            tolerance,
        ),
        (moments.index, moments.weights.copy(), moments.spread.copy()),
        np.ascontiguousarray(moments.indicators),
        cluster.astype(np.int64),
        low,
        high,
        _numbers(),
        rates.copy(),
        np.ascontiguousarray(moments.motives),
        reports / reports.sum(),
        other,
    )
    least, most = weight_bounds(reports)
    bounds = (rate_bounds, least, most, np.ascontiguousarray(target.means.T))
    out = _anneal(found, new_rates, outcomes, bounds, given, tries, hot, COLD, seed)
    return Sector(found, new_rates, outcomes, dict(zip(PARTS, out.round(2).tolist(), strict=True)))
