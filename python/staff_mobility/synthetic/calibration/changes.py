"""The changes of the second step: kinds, how one is drawn, which are allowed, and how one is taken back.

A change is five whole numbers: kind, question (or outcome, or indicator), two institutions, and the step of an answer.
"""

from __future__ import annotations

import numpy as np

from staff_mobility.synthetic.calibration.machine_code import compiled
from staff_mobility.synthetic.calibration.moments import ROUNDING, SPREAD_BOUNDS
from staff_mobility.synthetic.calibration.published import STATEMENTS, place_of
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
)

_EXTREME_RATE = place_of(STATEMENTS["extreme_rate"])
_VERY_CENTRAL = tuple(place_of(key) for key in STATEMENTS["very_central"])
# Questions whose answers two institutions may exchange, and those of which one may go up or down.
_EXCHANGED = np.array(
    [MAIN, PRIORITY, PLACE, RESEARCH, FACILITATION, SIGNALS, *range(FIRST_OBJECTIVE, len(QUESTIONS))]
)
_STEPPED = np.array([PRIORITY, FACILITATION, SIGNALS, RESEARCH])
# Kinds: all of answers, then one of numbers each.
ALL, EXCHANGE, STEP, STEP_IN_CLASS, RATE, WEIGHT, MEAN, SPREAD, INDICATOR, MOTIVE = range(-1, 9)
INDICATOR_DECIMALS = 2  # of the file of profiles


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
def propose_answer(answers, change):  # type: ignore[no-untyped-def]
    """Change answers and say whether any was changed."""
    draw, a, b = np.random.random(), change[2], change[3]
    if draw < 0.74:
        change[0], change[1] = EXCHANGE, _EXCHANGED[np.random.randint(len(_EXCHANGED))]
        if a == b or (change[1] == PLACE and (a in _VERY_CENTRAL or b in _VERY_CENTRAL)):
            return False
        _exchange(answers, change[1], a, b)
    elif draw < 0.92:
        change[0], change[1] = STEP, _STEPPED[np.random.randint(len(_STEPPED))]
        change[4] = 1 if np.random.random() < 0.5 else -1
        if not 1 <= answers[a, change[1]] + change[4] <= 5:
            return False
        answers[a, change[1]] += change[4]
    else:
        # Up in one place and down in another, so that the numbers of answers that figure 3.7 counts (1 to 2, 4 to 5) stay.
        change[0], change[1] = STEP_IN_CLASS, FIRST_OBJECTIVE + np.random.randint(5)
        x, y = answers[a, change[1]], answers[b, change[1]]
        if a == b or not ((x == 1 and y == 2) or (x == 2 and y == 3) or (x == 4 and y == 5)):
            return False
        answers[a, change[1]] += 1
        answers[b, change[1]] -= 1
    return True


@compiled
def _moved(number, low, high):  # type: ignore[no-untyped-def]
    width = 0.1 if np.random.random() < 0.5 else 0.01
    return min(max(number * np.exp(width * np.random.standard_normal()), low), high)


@compiled
def propose_number(rates, outcomes, indicators, personal, bounds, change):  # type: ignore[no-untyped-def]
    """Change a rate, a number of reports, a mean inside its rounding, a spread or an indicator; return the former number."""
    weights, means, spread = outcomes
    draw, a, g = np.random.random(), change[2], np.random.randint(len(spread))
    change[1] = g
    if draw < 0.25:
        change[0] = RATE
        before = rates[a]
        rates[a] = _moved(before, bounds[0][0, a], bounds[0][1, a])
    elif draw < 0.5:
        change[0] = WEIGHT
        before = weights[g, a]
        weights[g, a] = _moved(before, bounds[1][g, a], bounds[2][g, a])
    elif draw < 0.7:
        change[0] = MEAN
        before = means[g, a]
        means[g, a] = bounds[3][g, a] + ROUNDING * (2 * np.random.random() - 1)
    elif draw < 0.72:
        change[0] = SPREAD
        before = spread[g]
        spread[g] = min(
            max(before * np.exp(0.01 * np.random.standard_normal()), SPREAD_BOUNDS[0]), SPREAD_BOUNDS[1]
        )
    elif draw < 0.8:
        change[0] = MOTIVE
        before = personal[a]
        personal[a] = _moved(before, bounds[6][0, a], bounds[6][1, a])
    else:
        change[0] = INDICATOR
        before = indicators[g, a]
        # g counts the four indicators here.
        indicators[g, a] = np.round(_moved(before, bounds[4][g, a], bounds[5][g, a]), INDICATOR_DECIMALS)
    return before


@compiled
def make_answer(answers, change):  # type: ignore[no-untyped-def]
    """Make a change of answers that was proposed before."""
    kind, question, a, b, step = change
    if kind == EXCHANGE:
        _exchange(answers, question, a, b)
    elif kind == STEP:
        answers[a, question] += step
    else:
        answers[a, question] += 1
        answers[b, question] -= 1


@compiled
def undo_answer(answers, change):  # type: ignore[no-untyped-def]
    """Take a change of answers back."""
    kind, question, a, b, step = change
    if kind == EXCHANGE:
        _exchange(answers, question, a, b)
    elif kind == STEP:
        answers[a, question] -= step
    else:
        answers[a, question] -= 1
        answers[b, question] += 1


@compiled
def undo_number(rates, outcomes, indicators, personal, change, before):  # type: ignore[no-untyped-def]
    """Give a number its former value."""
    kind, place, a = change[:3]
    if kind == RATE:
        rates[a] = before
    elif kind == WEIGHT:
        outcomes[0][place, a] = before
    elif kind == MEAN:
        outcomes[1][place, a] = before
    elif kind == SPREAD:
        outcomes[2][place] = before
    elif kind == MOTIVE:
        personal[a] = before
    else:
        indicators[place, a] = before


@compiled
def allowed(answers, change):  # type: ignore[no-untyped-def]
    """Whether what the study says in words still holds after a change."""
    if change[0] == STEP and not _step_allowed(answers, change[1]):
        return False
    return answers[_EXTREME_RATE, FACILITATION] <= 3 and answers[_EXTREME_RATE, SIGNALS] <= 2
