"""Second step: the coordinators' answers (whole numbers) and the numbers of institutions.

First by simulated annealing: a change exchanges the answers of two institutions to one question, so that the counts that the
study prints stay, or moves an answer inside its class, a rate, a number of reports, an indicator or a share of motives inside its
bounds, or a mean inside its rounding (changes.py). Compiled, because millions of changes are tried. Then by a walk on which the
numbers follow the answers (following.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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
from staff_mobility.synthetic.calibration.misses import (
    N_GROUPS,
    N_MISSED,
    PRECISION,
    Given,
    Numbers,
    by_part,
    fill_distance,
    fill_errors,
    fill_index,
    fill_motives,
    fill_of_rates,
    fill_tables,
    refresh_predictors,
)
from staff_mobility.synthetic.calibration.moments import (
    ROUNDING,
    SPREAD_BOUNDS,
    Moments,
    Start,
    indicator_bounds,
    personal_bounds,
    weight_bounds,
)
from staff_mobility.synthetic.calibration.published import INSTITUTIONS, Floats, published
from staff_mobility.synthetic.calibration.questions import Answers, fill_components
from staff_mobility.synthetic.calibration.rates import rate_bounds

OF_ANSWERS = 0.4  # share of tries that change answers, the others change numbers


@dataclass(frozen=True)
class Sector:
    """What the second step comes to.

    Attributes:
        answers: 20 x 15, in the order of QUESTIONS.
        numbers: of institutions.
        misfit: what is left, by part.
    """

    answers: Answers
    numbers: Numbers
    misfit: dict[str, float]


@compiled
def _fill(kind, group, state, given, missed):  # type: ignore[no-untyped-def]
    """Fill the places of `missed` that a change of this kind, to this outcome, concerns, but for precision; ALL is for all."""
    answers, rates, outcomes, indicators, personal, parts = state
    of_answers = kind <= STEP_IN_CLASS
    if of_answers:
        fill_components(answers, parts)
        fill_index(parts[0], given, missed)
    if of_answers or kind in (INDICATOR, MOTIVE):
        refresh_predictors(parts, indicators, personal, given.precision)
    if of_answers or kind == MOTIVE:
        fill_motives(parts[0], personal, given, missed)
    if of_answers or kind in (RATE, INDICATOR):
        fill_of_rates(answers, parts, rates, indicators, given, missed)
    if kind in (ALL, RATE, WEIGHT, SPREAD):
        fill_distance(outcomes, rates, given, missed)
    for g in range(N_GROUPS):
        if of_answers or kind == INDICATOR or (RATE < kind < INDICATOR and g == group):
            fill_tables(g, parts, indicators, outcomes, given, missed)


@compiled
def _fill_precision(kind, group, outcomes, given, missed):  # type: ignore[no-untyped-def]
    """The same for what takes long: standard errors, adjusted R2 and betas."""
    for g in range(N_GROUPS):
        if kind < RATE or kind >= INDICATOR or (kind > RATE and g == group):
            fill_errors(g, outcomes, given.precision, missed)


@compiled
def _accepted(state, change, given, limit, new):  # type: ignore[no-untyped-def]
    """Whether the misfit after a change is within the limit; fills `new` as far as needed to say so."""
    if not allowed(state[0], change):
        return False
    _fill(change[0], change[1], state, given, new)
    # What exceeds the limit without the part that takes long need not be looked at further.
    if (new[:PRECISION] ** 2).sum() > limit:
        return False
    _fill_precision(change[0], change[1], state[2], given, new)
    return (new**2).sum() <= limit


@compiled
def _taken_back(state, change, before, given):  # type: ignore[no-untyped-def]
    """Undo a change, and bring what follows from it up to date."""
    answers, rates, outcomes, indicators, personal, parts = state
    if change[0] <= STEP_IN_CLASS:
        undo_answer(answers, change)
        fill_components(answers, parts)
    else:
        undo_number(rates, outcomes, indicators, personal, change, before)
    refresh_predictors(parts, indicators, personal, given.precision)


@compiled
def _anneal(state, bounds, given, tries, hot, cold, seed):  # type: ignore[no-untyped-def]
    """Leave in the arrays what the search comes to; temperatures fall from hot to cold. Return what is missed."""
    np.random.seed(seed)
    answers, rates, outcomes, indicators, personal, _ = state
    missed, change = np.zeros(N_MISSED), np.zeros(5, np.int64)
    _fill(ALL, 0, state, given, missed)
    _fill_precision(ALL, 0, outcomes, given, missed)
    new, left = missed.copy(), (missed**2).sum()
    for done in range(tries):
        change[2], change[3] = np.random.randint(len(rates)), np.random.randint(len(rates))
        before = 0.0
        if np.random.random() < OF_ANSWERS:
            if not propose_answer(answers, change):
                continue
        else:
            before = propose_number(rates, outcomes, indicators, personal, bounds, change)
        limit = left - hot * (cold / hot) ** (done / tries) * np.log(1 - np.random.random())
        if _accepted(state, change, given, limit, new):
            missed[:] = new
            left = (missed**2).sum()
            continue
        new[:] = missed
        _taken_back(state, change, before, given)
    _fill(ALL, 0, state, given, missed)
    _fill_precision(ALL, 0, outcomes, given, missed)
    return missed


def first_sector(moments: Moments, answers: Answers, rates: Floats) -> Sector:
    """Return what the first step has, with these answers, and with these rates inside their bounds."""
    return Sector(
        answers,
        Numbers(
            weights=moments.weights.copy(),
            means=np.ascontiguousarray(moments.means.T),
            spread=moments.spread.copy(),
            indicators=np.ascontiguousarray(moments.indicators),
            personal=np.ascontiguousarray(moments.motives[:, 0]),
            rates=np.clip(rates, *rate_bounds()),
        ),
        {},
    )


def bounds(start: Start, motives: Floats) -> tuple[Numbers, Numbers]:
    """Return the least and the largest numbers.

    Args:
        start: reports and first indicators by institution.
        motives: 20 x 2, shares dominated by personal and by institutional motives, of the first step.
    """
    weights, indicators, personal, rates = (
        weight_bounds(start.reports),
        indicator_bounds(start.indicators),
        personal_bounds(motives),
        rate_bounds(),
    )
    means = published().means.T
    least, most = (
        Numbers(
            weights[side],
            means + sign * ROUNDING,
            np.full(N_GROUPS, SPREAD_BOUNDS[side]),
            indicators[side],
            personal[side],
            rates[side],
        )
        for side, sign in ((0, -1), (1, 1))
    )
    return least, most


def anneal(
    first: Sector,
    limits: tuple[Numbers, Numbers],
    given: Given,
    *,
    tries: int,
    seed: int,
    hot: float,
    cold: float,
) -> Sector:
    """Return the answers and numbers that `tries` changes come to from the first ones.

    Args:
        first: where to start; not changed.
        limits: least and largest numbers.
        given: what the search does not change.
        tries: number of changes to try.
        seed: of the random numbers.
        hot: first temperature, in units of the misfit.
        cold: last temperature.
    """
    least, most = limits
    numbers = Numbers(*(kind.copy() for kind in first.numbers))
    numbers = numbers._replace(indicators=numbers.indicators.round(INDICATOR_DECIMALS))
    answers = first.answers.copy()
    state = (
        answers,
        numbers.rates,
        numbers[:3],
        numbers.indicators,
        numbers.personal,
        np.zeros((6, len(INSTITUTIONS))),
    )
    ranges = (
        np.array([least.rates, most.rates]),
        least.weights,
        most.weights,
        np.ascontiguousarray(published().means.T),
        least.indicators,
        most.indicators,
        np.array([least.personal, most.personal]),
    )
    return Sector(answers, numbers, by_part(_anneal(state, ranges, given, tries, hot, cold, seed)))
