"""Second step: the coordinators' answers (whole numbers) and the numbers of institutions, by simulated annealing.

A change exchanges the answers of two institutions to one question, so that the counts that the study prints stay, or moves an
answer inside its class, a rate, a number of reports, an indicator or a share of motives inside its bounds, or a mean inside its
rounding (changes.py). Compiled, because millions of changes are tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from staff_mobility.synthetic.calibration.changes import (
    ALL,
    INDICATOR,
    INDICATOR_DECIMALS,
    MOTIVE,
    RATE,
    SPREAD,
    STEP_IN_CLASS,
    WEIGHT,
    allowed,
    propose_answer,
    propose_number,
    undo_answer,
    undo_number,
)
from staff_mobility.synthetic.calibration.machine_code import compiled
from staff_mobility.synthetic.calibration.moments import (
    INDICATORS,
    Moments,
    Start,
    indicator_bounds,
    personal_bounds,
    weight_bounds,
)
from staff_mobility.synthetic.calibration.precision import of_precision, wanted
from staff_mobility.synthetic.calibration.published import (
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
from staff_mobility.synthetic.calibration.questions import Answers, fill_components
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
    rate_bounds,
)
from staff_mobility.synthetic.calibration.rates import UNIT as RATE_UNIT

Integers = npt.NDArray[np.int64]

_HIGHEST_INDEX = place_of(STATEMENTS["highest_index"])
PARTS = (
    "tables",
    "precision",
    "index",
    "words",
    "objectives",
    "outlier",
    "figures",
    "levels",
    "correlations",
    "near",
)
# Places in the misfit: tables and precision of each outcome first, then the other parts in the order of PARTS.
_INDEX, _WORDS, _OBJECTIVES, _OUTLIER, _FIGURES, _LEVELS, _CORRELATIONS, _NEAR = range(8, 16)
_SQUARES = 16
UNIT = 0.001  # how far a correlation with an outcome is missed when it adds 1 to the misfit
OF_ANSWERS = 0.4  # share of tries that change answers, the others change numbers
# Relative changes of a number of reports and of an outcome's spread, and of a rate, that add 1 to the misfit.
WEIGHT_REACH, SPREAD_REACH, RATE_REACH = 1.0, 0.05, 2.0
SHARE_UNIT = 0.004  # of reports dominated by personal motives, that adds 1 to the misfit
_PERSONAL = PREDICTORS.index("motive_personal")


@dataclass(frozen=True)
class Sector:
    """What the second step comes to.

    Attributes:
        answers: 20 x 15, in the order of QUESTIONS.
        rates: 20.
        outcomes: reports with each outcome and their means (4 x 20), spread of the outcomes (4).
        indicators: 4 x 20, in the order of INDICATORS.
        personal: 20, shares dominated by personal motives.
        misfit: what is left, by part.
    """

    answers: Answers
    rates: Floats
    outcomes: tuple[Floats, Floats, Floats]
    indicators: Floats
    personal: Floats
    misfit: dict[str, float]


@compiled
def _of_tables(g, parts, indicators, outcomes, targets):  # type: ignore[no-untyped-def]
    """Tables 4.3 and 4.4 and footnotes 26 to 29 for one outcome, whose means by institution are known."""
    weights, means, spread = outcomes
    strategy, footnotes, footnote_x, footnote_g, tolerance = targets
    found = 0.0
    size = parts.shape[1]
    n = sum_y = 0.0
    for i in range(size):
        n += weights[g, i]
        sum_y += weights[g, i] * means[g, i]
    for row in range(6 + len(footnotes)):
        if row < 6:
            wanted_r, x = strategy[row, g], parts[row]
        elif footnote_g[row - 6] != g:
            continue
        else:
            wanted_r, x = footnotes[row - 6], indicators[footnote_x[row - 6]]
        sum_x = sum_xx = sum_xy = 0.0
        for i in range(size):
            weight = weights[g, i]
            sum_x += weight * x[i]
            sum_xx += weight * x[i] ** 2
            sum_xy += weight * x[i] * means[g, i]
        r = (sum_xy / n - sum_x * sum_y / n**2) / (np.sqrt(sum_xx / n - (sum_x / n) ** 2) + 1e-9) / spread[g]
        found += (outside_of(r - wanted_r, tolerance) / UNIT) ** 2
    return found


@compiled
def _of_distance(outcomes, rates, near):  # type: ignore[no-untyped-def]
    """How far numbers of reports and spreads of the first step, and planned rates, are left behind."""
    weights, _, spread = outcomes
    near_weights, near_spread, near_rates = near
    found = (np.log(weights / near_weights) ** 2).sum() / WEIGHT_REACH**2
    found += (np.log(spread / near_spread) ** 2).sum() / SPREAD_REACH**2
    return found + (np.log(rates / near_rates) ** 2).sum() / RATE_REACH**2


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
def _of_motives(index, personal, given):  # type: ignore[no-untyped-def]
    """Footnote 22: institutions with a high index have more institutional and fewer personal motives, 27 percent of all."""
    deviation = index - (given.reports * index).sum()
    found = ((given.reports * personal).sum() - given.personal_share) ** 2 / SHARE_UNIT**2
    for k in range(2):
        shares = personal if k == 0 else given.institution
        share = (given.reports * shares).sum()
        spread = np.sqrt((given.reports * deviation**2).sum() * share * (1 - share) + 1e-12)
        r = (given.reports * deviation * shares).sum() / spread
        found += (max(0.0, r + 0.075 if k == 0 else 0.05 - r) / 0.005) ** 2
    return found


@compiled
def _fill_of_rates(answers, rates, parts, indicators, given, out):  # type: ignore[no-untyped-def]
    """Parts of the misfit that rates, answers or indicators may change."""
    mean, misses = mean_rates(answers, parts[1], rates), np.zeros(N_MISSES)
    tolerance = given.targets[4]
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
        misses,
    )
    squares = misses**2
    with_points = (
        outside_of(correlation(parts[0], indicators[0], -1) - given.numbers[6], tolerance) / RATE_UNIT
    )
    out[_OBJECTIVES] = squares[OF_OBJECTIVES].sum()
    out[_OUTLIER] = squares[OF_OUTLIER].sum()
    out[_FIGURES] = squares[OF_FIGURES].sum() + squares[OF_ORDER].sum()
    out[_LEVELS] = _of_levels(mean)
    out[_CORRELATIONS] = squares[OF_CORRELATIONS].sum() + with_points**2


@compiled
def _refresh(kind, state):  # type: ignore[no-untyped-def]
    """Bring what follows from answers, indicators and motives up to date: components, and predictors of table 4.5."""
    answers, _, _, indicators, personal, parts, precision = state
    if kind <= STEP_IN_CLASS:
        fill_components(answers, parts)
        precision.features[:, 0] = parts[0]
    if kind in (INDICATOR, ALL):
        precision.features[:, 1] = indicators[0]
        precision.features[:, 2] = indicators[1]
    if kind in (MOTIVE, ALL):
        precision.features[:, _PERSONAL] = personal


@compiled
def _fill(kind, group, state, given, out):  # type: ignore[no-untyped-def]
    """Fill the places of `out` that a change of this kind, to this outcome, concerns; ALL is for all."""
    answers, rates, outcomes, indicators, personal, parts, _ = state
    _refresh(kind, state)
    of_answers = kind <= STEP_IN_CLASS
    if of_answers:
        out[_INDEX] = _of_index(parts[0], given.cluster, given.numbers)
    if of_answers or kind == MOTIVE:
        out[_WORDS] = _of_words(parts[0], given.low, given.high) + _of_motives(parts[0], personal, given)
    if of_answers or kind in (RATE, INDICATOR):
        _fill_of_rates(answers, rates, parts, indicators, given, out)
    if kind in (ALL, RATE, WEIGHT, SPREAD):
        out[_NEAR] = _of_distance(outcomes, rates, given.near)
    for g in range(4):
        if of_answers or kind == INDICATOR or (RATE < kind < INDICATOR and g == group):
            out[g] = _of_tables(g, parts, indicators, outcomes, given.targets)


@compiled
def _replaced(kind, group, out):  # type: ignore[no-untyped-def]
    """What _fill_precision will replace, which says nothing of the present state."""
    if kind < RATE or kind >= INDICATOR:
        return out[4:8].sum()
    return out[4 + group] if kind == WEIGHT else 0.0


@compiled
def _fill_precision(kind, group, outcomes, precision, out):  # type: ignore[no-untyped-def]
    """The same for what takes long: standard errors and adjusted R2."""
    for g in range(4):
        if kind < RATE or kind >= INDICATOR or (kind == WEIGHT and g == group):
            out[4 + g] = of_precision(g, outcomes[0][g], precision)


@compiled
def _accepted(state, change, given, limit, new):  # type: ignore[no-untyped-def]
    """Whether the misfit after a change is within the limit; fills `new` as far as needed to say so."""
    if not allowed(state[0], change):
        return False
    _fill(change[0], change[1], state, given, new)
    # What exceeds the limit without the part that takes long need not be looked at further.
    if new.sum() - _replaced(change[0], change[1], new) > limit:
        return False
    _fill_precision(change[0], change[1], state[2], state[6], new)
    return new.sum() <= limit


@compiled
def _anneal(state, bounds, given, tries, hot, cold, seed):  # type: ignore[no-untyped-def]
    """Leave in the arrays what the search comes to; temperatures fall from hot to cold. Return the parts of the misfit."""
    np.random.seed(seed)
    answers, rates, outcomes, indicators, personal, _, precision = state
    out, change = np.zeros(_SQUARES), np.zeros(5, np.int64)
    _fill(ALL, 0, state, given, out)
    _fill_precision(ALL, 0, outcomes, precision, out)
    new = out.copy()
    for done in range(tries):
        change[2], change[3] = np.random.randint(len(rates)), np.random.randint(len(rates))
        before = 0.0
        of_answers = np.random.random() < OF_ANSWERS
        if of_answers:
            if not propose_answer(answers, change):
                continue
        else:
            before = propose_number(rates, outcomes, indicators, personal, bounds, change)
        limit = out.sum() - hot * (cold / hot) ** (done / tries) * np.log(1 - np.random.random())
        if _accepted(state, change, given, limit, new):
            out[:] = new
            continue
        new[:] = out
        if of_answers:
            undo_answer(answers, change)
        else:
            undo_number(rates, outcomes, indicators, personal, change, before)
        _refresh(change[0], state)
    _fill(ALL, 0, state, given, out)
    _fill_precision(ALL, 0, outcomes, precision, out)
    return out


def _numbers() -> Floats:
    """Published numbers of the index in the order in which _fill_of_rates and _of_index read them."""
    names = ["strategy_index.min", "strategy_index.max", "strategy_index.mean"]
    names += [f"strategy_index.cluster_{k}" for k in (1, 2, 3)]
    return np.array([value(name) for name in [*names, "strategy_index_x_publication_points_per_academic.r"]])


class Given(NamedTuple):
    """What the search does not change.

    Attributes:
        targets: correlations of tables 4.3 and 4.4, of the footnotes, their indicators and outcomes, and the tolerance.
        near: reports with each outcome and spreads of the first step, planned rates.
        cluster: 20.
        low, high: between which the text has an index.
        numbers, rate_numbers: published numbers in the orders of _numbers and of rates.printed.
        institution: 20, shares dominated by institutional motives.
        personal_share: of all reports, dominated by personal motives.
        reports: 20, share of all reports.
        other: exchange share and rate of the institution without a survey.
    """

    targets: tuple[Floats, Floats, Integers, Integers, float]
    near: tuple[Floats, Floats, Floats]
    cluster: Integers
    low: Floats
    high: Floats
    numbers: Floats
    rate_numbers: Floats
    institution: Floats
    personal_share: float
    reports: Floats
    other: Floats


def first_sector(moments: Moments, answers: Answers, rates: Floats) -> Sector:
    """Return what the first step has, with these answers and rates."""
    outcomes = moments.weights.copy(), np.ascontiguousarray(moments.means.T), moments.spread.copy()
    return Sector(
        answers, rates, outcomes, moments.indicators, np.ascontiguousarray(moments.motives[:, 0]), {}
    )


def search(
    moments: Moments,
    first: Sector,
    planned: Floats,
    start: Start,
    *,
    tries: int,
    seed: int,
    hot: float,
    cold: float,
    tolerance: float,
) -> Sector:
    """Return the answers, numbers of institutions and outcomes that `tries` changes come to from the first ones.

    Args:
        moments: result of the first step.
        first: where to start; not changed.
        planned: rates that the plan has: what is found stays near them.
        start: reports, cluster and first indicators by institution.
        tries: number of changes to try.
        seed: of the random numbers.
        hot: first temperature, in units of the misfit.
        cold: last temperature.
        tolerance: of a correlation.
    """
    low, high = (
        np.array([STATEMENTS["index_bounds"].get(key, (0.0, 1.0))[side] for key in INSTITUTIONS])
        for side in (0, 1)
    )
    target = published()
    weights, means, spread = first.outcomes
    rates = rate_bounds()
    state = (
        first.answers.copy(),
        np.clip(first.rates, *rates),
        (weights.copy(), means.copy(), spread.copy()),
        np.ascontiguousarray(first.indicators.round(INDICATOR_DECIMALS)),
        first.personal.copy(),
        np.zeros((6, len(INSTITUTIONS))),
        wanted(moments, start.cluster),
    )
    given = Given(
        targets=(
            strategy_targets(),
            target.footnotes,
            np.array([INDICATORS.index(x) for x, _ in FOOTNOTES]),
            np.array([GROUPS.index(y) for _, y in FOOTNOTES]),
            tolerance,
        ),
        near=(moments.weights.copy(), moments.spread.copy(), planned),
        cluster=start.cluster.astype(np.int64),
        low=low,
        high=high,
        numbers=_numbers(),
        rate_numbers=printed(),
        institution=np.ascontiguousarray(moments.motives[:, 1]),
        personal_share=float(moments.motives[:, 0] @ start.reports / start.reports.sum()),
        reports=start.reports / start.reports.sum(),
        other=start.other,
    )
    bounds = (
        np.array(rates),
        *weight_bounds(start.reports),
        np.ascontiguousarray(target.means.T),
        *indicator_bounds(start.indicators),
        np.array(personal_bounds(moments.motives)),
    )
    out = _anneal(state, bounds, given, tries, hot, cold, seed)
    by_part = [out[0:4].sum(), out[4:8].sum(), *out[8:]]
    return Sector(*state[:5], dict(zip(PARTS, np.round(by_part, 2).tolist(), strict=True)))
