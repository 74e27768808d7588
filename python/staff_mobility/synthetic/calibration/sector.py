"""Second step: the coordinators' answers (whole numbers), rates, and reports and means of the outcomes, by simulated annealing.

A change exchanges the answers of two institutions to one question, so that the counts that the study prints stay, or moves an
answer inside its class, a rate or a number of reports inside its bounds, or a mean inside its rounding. Compiled, because
millions of changes are tried.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from staff_mobility.synthetic.calibration.machine_code import compiled
from staff_mobility.synthetic.calibration.moments import INDICATORS, ROUNDING, Moments, weight_bounds
from staff_mobility.synthetic.calibration.published import (
    FOOTNOTES,
    GROUPS,
    INSTITUTIONS,
    STATEMENTS,
    Floats,
    place_of,
    published,
    strategy_targets,
    value,
)
from staff_mobility.synthetic.calibration.questions import (
    FACILITATION,
    FIRST_OBJECTIVE,
    MAIN,
    PLACE,
    PRIORITY,
    QUESTIONS,
    RESEARCH,
    SIGNALS,
    SUB,
    Answers,
    fill_components,
)
from staff_mobility.synthetic.calibration.rates import (
    FACTORS,
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
    rate_bounds,
)
from staff_mobility.synthetic.calibration.rates import UNIT as RATE_UNIT

_EXTREME_RATE, _HIGHEST_INDEX = (place_of(STATEMENTS[name]) for name in ("extreme_rate", "highest_index"))
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
    [MAIN, PRIORITY, PLACE, RESEARCH, FACILITATION, SIGNALS, *range(FIRST_OBJECTIVE, len(QUESTIONS))]
)
_STEPPED = np.array([PRIORITY, FACILITATION, SIGNALS, RESEARCH])
UNIT = 0.001  # how far a correlation with an outcome is missed when it adds 1 to the misfit
COLD = 0.0005  # last temperature
# Changes of an index, and relative ones of a number of reports and of an outcome's spread, that add 1 to the misfit.
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
        found += (outside_of(r - wanted, tolerance) / UNIT) ** 2
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
    found = (outside_of(index.min() - numbers[0], 0.0049) / 0.002) ** 2
    found += (outside_of(index.max() - numbers[1], 0.0049) / 0.002) ** 2
    found += (outside_of(index.mean() - numbers[2], 0.0049) / 0.002) ** 2
    by_cluster, in_cluster = np.zeros(4), np.zeros(4)
    for i in range(len(index)):
        by_cluster[cluster[i]] += index[i]
        in_cluster[cluster[i]] += 1
    for k in range(1, 4):
        found += (outside_of(by_cluster[k] / in_cluster[k] - numbers[2 + k], 0.0049) / 0.003) ** 2
    return found


@compiled
def _of_words(index, low, high):  # type: ignore[no-untyped-def]
    """What section 3 says of single institutions; no other is as high as the highest."""
    found = (((index >= index[_HIGHEST_INDEX] - 0.001).sum() - 1) * 0.02 / 0.004) ** 2
    for i in range(len(index)):
        found += ((max(0.0, low[i] - index[i]) + max(0.0, index[i] - high[i])) / 0.004) ** 2
    return found


@compiled
def _of_levels(mean):  # type: ignore[no-untyped-def]
    """Figure 3.6: the rate is highest where facilitation and signals are low."""
    found = 0.0
    for row in (4, 5):
        for k in (1, 2):
            found += (max(0.0, mean[row, k] - mean[row, 0] + 0.1) / 0.6) ** 2
    return found


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
    (
        targets,
        near,
        indicators,
        cluster,
        low,
        high,
        numbers,
        rate_numbers,
        near_rates,
        motives,
        reports,
        other,
    ) = given
    fill_components(answers, parts)
    index, tolerance = parts[0], targets[4]
    mean, misses = mean_rates(answers, parts[1], rates), np.zeros(N_MISSES)
    fill_misses(answers, parts, mean, rates, indicators[3], cluster, other, rate_numbers, tolerance, misses)
    squares = misses**2
    with_points = outside_of(correlation(index, indicators[0], -1) - numbers[6], tolerance) / RATE_UNIT
    out[0] = _of_tables(parts, indicators, outcomes, targets)
    out[1] = _of_distance(index, outcomes, near)
    out[2] = _of_index(index, cluster, numbers)
    out[3] = _of_words(index, low, high)
    out[4] = squares[OF_OBJECTIVES].sum()
    out[5] = squares[OF_OUTLIER].sum()
    out[6] = squares[OF_FIGURES].sum() + squares[OF_ORDER].sum()
    out[7] = _of_levels(mean)
    out[8] = squares[OF_CORRELATIONS].sum() + with_points**2 + _of_motives(index, motives, reports)
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
    if question == SIGNALS:
        return n == 7
    if question == FACILITATION:
        return 12 <= n <= 16
    if question == PRIORITY:
        return 2 <= n <= 6
    return True


@compiled
def _exchange(answers, question, a, b):  # type: ignore[no-untyped-def]
    answers[a, question], answers[b, question] = answers[b, question], answers[a, question]
    if question == MAIN:
        answers[a, SUB], answers[b, SUB] = answers[b, SUB], answers[a, SUB]


@compiled
def _propose(answers, rates, outcomes, bounds, change):  # type: ignore[no-untyped-def]
    """Make one change and note it in `change` (kind, question, a, b, step); return the former rate, or -1 when none was made."""
    kind, a, b = np.random.random(), np.random.randint(len(rates)), np.random.randint(len(rates))
    change[2], change[3] = a, b
    if kind < 0.3:
        return _propose_outcome(outcomes, bounds, change)
    if kind < 0.7:
        change[0], change[1] = 0, _EXCHANGED[np.random.randint(len(_EXCHANGED))]
        if a == b or (change[1] == PLACE and (a in _VERY_CENTRAL or b in _VERY_CENTRAL)):
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
        change[0], change[1] = 2, FIRST_OBJECTIVE + np.random.randint(5)
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
    return answers[_EXTREME_RATE, FACILITATION] <= 3 and answers[_EXTREME_RATE, SIGNALS] <= 2


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
    """Published numbers of the index in the order in which _misfit reads them."""
    names = ["strategy_index.min", "strategy_index.max", "strategy_index.mean"]
    names += [f"strategy_index.cluster_{k}" for k in (1, 2, 3)]
    return np.array([value(name) for name in [*names, "strategy_index_x_publication_points_per_academic.r"]])


def search(
    moments: Moments,
    answers: Answers,
    rates: Floats,
    planned: Floats,
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
        planned: those that the plan has: what is found stays near them, not near those of the turn before.
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
        printed(),
        planned,
        np.ascontiguousarray(moments.motives),
        reports / reports.sum(),
        other,
    )
    least, most = weight_bounds(reports)
    bounds = (np.array(rate_bounds(planned, *FACTORS)), least, most, np.ascontiguousarray(target.means.T))
    out = _anneal(found, new_rates, outcomes, bounds, given, tries, hot, COLD, seed)
    return Sector(found, new_rates, outcomes, dict(zip(PARTS, out.round(2).tolist(), strict=True)))
