"""Second step: the coordinators' answers (whole numbers) and the rates, by simulated annealing.

A change exchanges the answers of two institutions to one question, so that the counts that the study prints stay, or moves an
answer inside its class, or a rate inside its bounds. Compiled, because millions of changes are tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from staff_mobility.synthetic.calibration.moments import Moments
from staff_mobility.synthetic.calibration.published import (
    COMPONENTS,
    INSTITUTIONS,
    OBJECTIVES,
    STATEMENTS,
    Floats,
    place_of,
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
_EXTREME_RATE, _EXTREME_EXCHANGE, _HIGHEST_INDEX = (
    place_of(STATEMENTS[name]) for name in ("extreme_rate", "extreme_exchange", "highest_index")
)
_VERY_CENTRAL = tuple(place_of(key) for key in STATEMENTS["very_central"])
_SIZE = len(INSTITUTIONS)
PARTS = (
    "components",
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
TOLERANCE = 0.003  # of a correlation; the next round of the first step takes the rest


@dataclass(frozen=True)
class Sector:
    """Answers (20 x 15, order of QUESTIONS) and rates (20) by institution, with what is left of the misfit by part."""

    answers: Answers
    rates: Floats
    misfit: dict[str, float]


def _compiled(function: Any) -> Any:
    """`function` as machine code; its types are those of its first call."""
    return numba.njit(function)


def components(answers: Answers) -> Floats:
    """Strategy index and its five components, 6 x institutions: footnote 18."""
    parts = np.zeros((1 + len(COMPONENTS), len(answers)))
    _fill(answers, parts)
    return parts


@_compiled
def _outside(value: float, tolerance: float) -> float:
    size = abs(value)
    return size - tolerance if size > tolerance else 0.0


@_compiled
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


@_compiled
def _fill(answers, parts):  # type: ignore[no-untyped-def]
    """Fill `parts` (6 x 20) with the index and its components, in the order of COMPONENTS."""
    for i in range(answers.shape[0]):
        parts[1, i] = 1.0 if answers[i, _MAIN] + answers[i, _SUB] > 0 else 0.0
        parts[2, i] = (answers[i, _PRIORITY] + answers[i, _PLACE] - 2) / 8.0
        parts[3, i] = (answers[i, _SIGNALS] - 1) / 4.0
        parts[4, i] = (answers[i, _FACILITATION] - 1) / 4.0
        parts[5, i] = (answers[i, _FIRST_OBJECTIVE:].sum() / 5.0 - 1) / 4.0
        parts[0, i] = parts[1:, i].sum() / 5.0


@_compiled
def _of_tables(parts, weights, weighted, strategy):  # type: ignore[no-untyped-def]
    """Tables 4.3 and 4.4: an institution's number with an outcome whose means by institution are known."""
    found = 0.0
    for c in range(6):
        for g in range(4):
            mean = square = r = 0.0
            for i in range(parts.shape[1]):
                mean += weights[g, i] * parts[c, i]
                square += weights[g, i] * parts[c, i] ** 2
                r += weighted[g, i] * parts[c, i]
            # The weighted deviations of the outcome add up to 0, so the mean of x drops out of the covariance.
            r /= np.sqrt(square - mean**2) + 1e-9
            found += (_outside(r - strategy[c, g], TOLERANCE) / TOLERANCE) ** 2
    return found


@_compiled
def _of_index(index, cluster, numbers):  # type: ignore[no-untyped-def]
    """Footnote 18 and figure 3.8."""
    found = (_outside(index.min() - numbers[0], 0.0049) / 0.002) ** 2
    found += (_outside(index.max() - numbers[1], 0.0049) / 0.002) ** 2
    found += (_outside(index.mean() - numbers[2], 0.0045) / 0.002) ** 2
    by_cluster, in_cluster = np.zeros(4), np.zeros(4)
    for i in range(len(index)):
        by_cluster[cluster[i]] += index[i]
        in_cluster[cluster[i]] += 1
    for k in range(1, 4):
        found += (_outside(by_cluster[k] / in_cluster[k] - numbers[2 + k], 0.0045) / 0.003) ** 2
    return found


@_compiled
def _of_words(index, low, high):  # type: ignore[no-untyped-def]
    """What section 3 says of single institutions; no other is as high as the highest."""
    found = (((index >= index[_HIGHEST_INDEX] - 0.001).sum() - 1) * 0.02 / 0.004) ** 2
    for i in range(len(index)):
        found += ((max(0.0, low[i] - index[i]) + max(0.0, index[i] - high[i])) / 0.004) ** 2
    return found


@_compiled
def _of_objectives(answers, rates, numbers):  # type: ignore[no-untyped-def]
    """Table 3.1."""
    found = 0.0
    for k in range(5):
        r = _r(answers[:, _FIRST_OBJECTIVE + k], rates, -1)
        found += (_outside(r - numbers[6 + k], TOLERANCE) / 0.005) ** 2
    return found


@_compiled
def _of_outlier(answers, rates, numbers):  # type: ignore[no-untyped-def]
    """Footnote 15."""
    found = 0.0
    for k in range(2):
        column = answers[:, _FACILITATION if k == 0 else _SIGNALS]
        found += (_outside(_r(column, rates, -1) - numbers[11 + k], TOLERANCE) / 0.005) ** 2
        found += (_outside(_r(column, rates, _EXTREME_RATE) - numbers[13 + k], TOLERANCE) / 0.005) ** 2
    return found


@_compiled
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


@_compiled
def _of_figures(mean, numbers):  # type: ignore[no-untyped-def]
    """Figures 3.1 to 3.4."""
    found = (_outside(mean[0, 1] - numbers[15], 0.004) / 0.01) ** 2
    found += (_outside(mean[0, 0] - numbers[16], 0.004) / 0.01) ** 2
    found += (_outside(mean[1, 1] / mean[1, 0] - numbers[17], 0.15) / 0.1) ** 2
    found += (_outside(mean[2, 4] - numbers[18], 0.004) / 0.01) ** 2
    found += (_outside(mean[2, 3] - numbers[19], 0.004) / 0.01) ** 2
    for k in range(2, 5):
        found += (max(0.0, mean[3, k + 1] - mean[3, k] + 0.05) / 0.2) ** 2
    return found


@_compiled
def _of_levels(mean):  # type: ignore[no-untyped-def]
    """Figure 3.6: the rate is highest where facilitation and signals are low."""
    found = 0.0
    for row in (4, 5):
        for k in (1, 2):
            found += (max(0.0, mean[row, k] - mean[row, 0] + 0.1) / 0.3) ** 2
    return found


@_compiled
def _of_rates(index, rates, exchange, points, numbers):  # type: ignore[no-untyped-def]
    """Figure 3.9, footnotes 10 and 11, and the index with publication points."""
    found = (_outside(_r(index, rates, -1) - numbers[20], TOLERANCE) / 0.005) ** 2
    found += (_outside(_r(exchange, rates, -1) - numbers[21], TOLERANCE) / 0.005) ** 2
    found += (_outside(_r(exchange, rates, _EXTREME_EXCHANGE) - numbers[22], TOLERANCE) / 0.005) ** 2
    return found + (_outside(_r(index, points, -1) - numbers[23], TOLERANCE) / 0.005) ** 2


@_compiled
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


@_compiled
def _misfit(answers, rates, given, out, parts):  # type: ignore[no-untyped-def]
    """Fill `out` (one number a part, in the order of PARTS) and `parts`; return the sum."""
    (weights, weighted, strategy, near, points, exchange, cluster) = given[:7]
    (low, high, numbers, near_rates, motives, reports) = given[7:]
    _fill(answers, parts)
    index = parts[0]
    mean = _mean_rates(answers, parts[1], rates)
    out[0] = _of_tables(parts, weights, weighted, strategy)
    out[1] = ((index - near) ** 2).sum()
    out[2] = _of_index(index, cluster, numbers)
    out[3] = _of_words(index, low, high)
    out[4] = _of_objectives(answers, rates, numbers)
    out[5] = _of_outlier(answers, rates, numbers)
    out[6] = _of_figures(mean, numbers)
    out[7] = _of_levels(mean)
    out[8] = _of_rates(index, rates, exchange, points, numbers) + _of_motives(index, motives, reports)
    out[9] = ((0.5 * np.log(rates / near_rates)) ** 2).sum()
    return out.sum()


@_compiled
def _count(answers, question, least):  # type: ignore[no-untyped-def]
    n = 0
    for i in range(answers.shape[0]):
        if answers[i, question] >= least:
            n += 1
    return n


@_compiled
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


@_compiled
def _exchange(answers, question, a, b):  # type: ignore[no-untyped-def]
    answers[a, question], answers[b, question] = answers[b, question], answers[a, question]
    if question == _MAIN:
        answers[a, _SUB], answers[b, _SUB] = answers[b, _SUB], answers[a, _SUB]


@_compiled
def _propose(answers, rates, bounds, change):  # type: ignore[no-untyped-def]
    """Make one change and note it in `change` (kind, question, a, b, step); return the former rate, or -1 when none was made."""
    kind, a, b = np.random.random(), np.random.randint(len(rates)), np.random.randint(len(rates))
    change[2], change[3] = a, b
    if kind < 0.6:
        change[0], change[1] = 0, _EXCHANGED[np.random.randint(len(_EXCHANGED))]
        if a == b or (change[1] == _PLACE and (a in _VERY_CENTRAL or b in _VERY_CENTRAL)):
            return -1.0
        _exchange(answers, change[1], a, b)
    elif kind < 0.72:
        change[0], change[1] = 1, _STEPPED[np.random.randint(len(_STEPPED))]
        change[4] = 1 if np.random.random() < 0.5 else -1
        if not 1 <= answers[a, change[1]] + change[4] <= 5:
            return -1.0
        answers[a, change[1]] += change[4]
    elif kind < 0.78:
        # Up in one place and down in another, inside the classes (1 to 3 and 4 to 5) that figure 3.7 counts.
        change[0], change[1] = 2, _FIRST_OBJECTIVE + np.random.randint(5)
        x, y = answers[a, change[1]], answers[b, change[1]]
        if a == b or not ((x < 3 and 1 < y <= 3) or (x == 4 and y == 5)):
            return -1.0
        answers[a, change[1]] += 1
        answers[b, change[1]] -= 1
    else:
        change[0] = 3
        before = rates[a]
        width = 0.1 if np.random.random() < 0.5 else 0.01
        rates[a] = min(max(before * np.exp(width * np.random.standard_normal()), bounds[0, a]), bounds[1, a])
        return before
    return 0.0


@_compiled
def _undo(answers, rates, change, before):  # type: ignore[no-untyped-def]
    kind, question, a, b, step = change
    if kind == 0:
        _exchange(answers, question, a, b)
    elif kind == 1:
        answers[a, question] -= step
    elif kind == 2:
        answers[a, question] -= 1
        answers[b, question] += 1
    else:
        rates[a] = before


@_compiled
def _allowed(answers, change):  # type: ignore[no-untyped-def]
    """Whether what the study says in words still holds after a change."""
    if change[0] == 1 and not _step_allowed(answers, change[1]):
        return False
    return answers[_EXTREME_RATE, _FACILITATION] <= 3 and answers[_EXTREME_RATE, _SIGNALS] <= 2


@_compiled
def _anneal(answers, rates, bounds, given, tries, hot, cold, seed):  # type: ignore[no-untyped-def]
    """Return the least misfit with its answers and rates; temperatures fall from hot to cold."""
    np.random.seed(seed)
    out, parts, change = np.zeros(10), np.zeros((6, len(rates))), np.zeros(5, np.int64)
    now = _misfit(answers, rates, given, out, parts)
    best, best_answers, best_rates = now, answers.copy(), rates.copy()
    for done in range(tries):
        before = _propose(answers, rates, bounds, change)
        if before < 0:
            continue
        then = _misfit(answers, rates, given, out, parts) if _allowed(answers, change) else np.inf
        temperature = hot * (cold / hot) ** (done / tries)
        if then >= now and np.random.random() >= np.exp((now - then) / temperature):
            _undo(answers, rates, change, before)
            continue
        now = then
        if now < best:
            best, best_answers, best_rates = now, answers.copy(), rates.copy()
    return best, best_answers, best_rates


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
) -> Sector:
    """Return the best answers and rates that `tries` changes find from the given ones.

    Args:
        moments: result of the first step.
        answers: 20 x 15 answers, in the order of INSTITUTIONS and QUESTIONS.
        rates: rates by institution, stays per 100 FTE and year.
        reports: number of reports by institution.
        cluster: cluster by institution.
        tries: number of changes to try.
        seed: of the random numbers.
        hot: first temperature, in units of the misfit.
    """
    weights = moments.weights / moments.weights.sum(1, keepdims=True)
    means = moments.means.T
    deviations = means - (weights * means).sum(1, keepdims=True)
    low, high = (
        np.array([STATEMENTS["index_bounds"].get(key, (0.0, 1.0))[side] for key in INSTITUTIONS])
        for side in (0, 1)
    )
    bounds = np.array([0.6 * rates, 1.6 * rates])
    for key, limits in STATEMENTS["rate_bounds"].items():
        bounds[:, place_of(key)] = limits
    given = (
        np.ascontiguousarray(weights),
        np.ascontiguousarray(weights * deviations / moments.spread[:, None]),
        strategy_targets(),
        moments.index,
        moments.indicators[0].copy(),
        moments.indicators[3].copy(),
        cluster.astype(np.int64),
        low,
        high,
        _numbers(),
        rates.copy(),
        np.ascontiguousarray(moments.motives),
        reports / reports.sum(),
    )
    _, found, new_rates = _anneal(answers.copy(), rates.copy(), bounds, given, tries, hot, 0.02, seed)
    out = np.zeros(len(PARTS))
    _misfit(found, new_rates, given, out, np.zeros((6, _SIZE)))
    return Sector(found, new_rates, dict(zip(PARTS, out.round(2).tolist(), strict=True)))
