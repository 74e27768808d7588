"""Numbers that follow the answers: after each change of answers, least squares finds the numbers of institutions again.

Answers are whole numbers, all else is not: reports with each outcome, means inside their rounding, spreads, indicators, shares of
motives, rates. A change of one answer moves a correlation by ten of its last digits, so a search that changes one thing at a time
takes it only while it is too hot for anything to hold. Here it is judged by what is missed when all numbers have moved with it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from staff_mobility.synthetic.calibration.changes import (
    INDICATOR_DECIMALS,
    allowed,
    make_answer,
    propose_answer,
    undo_answer,
)
from staff_mobility.synthetic.calibration.machine_code import compiled
from staff_mobility.synthetic.calibration.misses import (
    INDEX,
    MOTIVES,
    N_GROUPS,
    N_INSTITUTIONS,
    N_MISSED,
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
from staff_mobility.synthetic.calibration.moments import ROUNDING
from staff_mobility.synthetic.calibration.published import Floats, published
from staff_mobility.synthetic.calibration.questions import Answers, fill_components

_CELLS = N_GROUPS * N_INSTITUTIONS
# Where the numbers of a kind begin in the vector that least squares changes.
_MEANS = _CELLS
_SPREADS = _MEANS + _CELLS
_INDICATORS = _SPREADS + N_GROUPS
_PERSONAL = _INDICATORS + _CELLS
_RATES = _PERSONAL + N_INSTITUTIONS
_N_NUMBERS = _RATES + N_INSTITUTIONS
# Steps of the vector: relative ones, but for shares, and for means, which cross their rounding between -1 and 1.
_OF_WEIGHT, _OF_SPREAD, _OF_INDICATOR, _OF_PERSONAL, _OF_RATE = 0.3, 0.05, 0.2, 0.05, 0.3
_NUDGE = 1e-5  # for slopes
_FIRST_DAMPING, _LEAST_DAMPING, _DAMPINGS = (
    1.0,
    1e-4,
    5,
)  # Levenberg and Marquardt's lambda; how many are tried
_OF_FORECAST = 0.3  # damping of the forecast of what a change of answers comes to
_FEW, _MANY = 6, 60  # steps of least squares after a change, and at the beginning
_ENOUGH = 0.002  # relative gain of a step below which the next one is not worth its time
_HOPELESS = 5  # temperatures by which the answers' own misses may exceed all present ones


@compiled
def _numbers(vector, base):  # type: ignore[no-untyped-def]
    """Numbers for a vector."""
    shape = (N_GROUPS, N_INSTITUTIONS)
    return (
        base.weights * np.exp(_OF_WEIGHT * vector[:_MEANS].reshape(shape)),
        base.means + ROUNDING * vector[_MEANS:_SPREADS].reshape(shape),
        base.spread * np.exp(_OF_SPREAD * vector[_SPREADS:_INDICATORS]),
        base.indicators * np.exp(_OF_INDICATOR * vector[_INDICATORS:_PERSONAL].reshape(shape)),
        base.personal + _OF_PERSONAL * vector[_PERSONAL:_RATES],
        base.rates * np.exp(_OF_RATE * vector[_RATES:]),
    )


def _vector(numbers: Numbers, base: Numbers) -> Floats:
    """Vector for numbers."""
    return np.concatenate(
        [
            (np.log(numbers.weights / base.weights) / _OF_WEIGHT).ravel(),
            ((numbers.means - base.means) / ROUNDING).ravel(),
            np.log(numbers.spread / base.spread) / _OF_SPREAD,
            (np.log(numbers.indicators / base.indicators) / _OF_INDICATOR).ravel(),
            (numbers.personal - base.personal) / _OF_PERSONAL,
            np.log(numbers.rates / base.rates) / _OF_RATE,
        ]
    )


@compiled
def _fill_of_reports(answers, parts, numbers, given, missed):  # type: ignore[no-untyped-def]
    """All but what answers alone, or numbers alone, miss."""
    weights, means, spread, indicators, personal, rates = numbers
    refresh_predictors(parts, indicators, personal, given.precision)
    for g in range(N_GROUPS):
        fill_tables(g, parts, indicators, (weights, means, spread), given, missed)
        fill_errors(g, (weights, means, spread), given.precision, missed)
    fill_motives(parts[0], personal, given, missed)
    fill_of_rates(answers, parts, rates, indicators, given, missed)


@compiled
def fill_all(answers, parts, numbers, given, missed):  # type: ignore[no-untyped-def]
    """Fill `missed` whole, and `parts` with what the answers come to."""
    fill_components(answers, parts)
    fill_index(parts[0], given, missed)
    _fill_of_reports(answers, parts, numbers, given, missed)
    fill_distance(numbers[:3], numbers[5], given, missed)


@compiled
def _fill_after_nudge(place, answers, parts, numbers, given, missed):  # type: ignore[no-untyped-def]
    """What the number at `place` concerns."""
    weights, means, spread, indicators, personal, rates = numbers
    outcomes = weights, means, spread
    if place < _INDICATORS:
        g = (place % _CELLS) // N_INSTITUTIONS if place < _SPREADS else place - _SPREADS
        fill_tables(g, parts, indicators, outcomes, given, missed)
        fill_errors(g, outcomes, given.precision, missed)
        fill_distance(outcomes, rates, given, missed)
    elif place < _PERSONAL:
        _fill_of_reports(answers, parts, numbers, given, missed)
    elif place < _RATES:
        refresh_predictors(parts, indicators, personal, given.precision)
        for g in range(N_GROUPS):
            fill_errors(g, outcomes, given.precision, missed)
        fill_motives(parts[0], personal, given, missed)
    else:
        fill_of_rates(answers, parts, rates, indicators, given, missed)
        fill_distance(outcomes, rates, given, missed)


@compiled
def fill_slopes(vector, base, answers, parts, given, missed, slopes):  # type: ignore[no-untyped-def]
    """Fill `slopes` (misses x numbers), given what is missed at the vector."""
    nudged = missed.copy()
    for place in range(_N_NUMBERS):
        before = vector[place]
        vector[place] = before + _NUDGE
        _fill_after_nudge(place, answers, parts, _numbers(vector, base), given, nudged)
        slopes[:, place] = (nudged - missed) / _NUDGE
        nudged[:] = missed
        vector[place] = before
    _, _, _, indicators, personal, _ = _numbers(vector, base)
    refresh_predictors(parts, indicators, personal, given.precision)


@compiled
def _normal_equations(slopes, vector, bounds, missed, damping):  # type: ignore[no-untyped-def]
    """Matrix and gradient of a step; numbers at a bound that would leave it stay."""
    gradient = slopes.T @ missed
    free = np.ones(len(vector))
    for place in range(len(vector)):
        at_low, at_high = vector[place] <= bounds[0][place] + 1e-9, vector[place] >= bounds[1][place] - 1e-9
        if (at_low and gradient[place] > 0) or (at_high and gradient[place] < 0):
            free[place] = 0.0
    of_free = slopes * free
    matrix = of_free.T @ of_free
    for place in range(len(vector)):
        matrix[place, place] += damping if free[place] > 0 else 1.0
    return matrix, gradient * free, free


@compiled
def follow(vector, base, bounds, answers, parts, given, missed, slopes, steps):  # type: ignore[no-untyped-def]
    """Move the numbers to where the fewest squares are missed (Levenberg and Marquardt); return the sum of squares."""
    fill_all(answers, parts, _numbers(vector, base), given, missed)
    left, tried, damping = (missed**2).sum(), missed.copy(), _FIRST_DAMPING
    done, gained = 0, np.inf
    while done < steps and gained > _ENOUGH * left:
        fill_slopes(vector, base, answers, parts, given, missed, slopes)
        gained = 0.0
        for _ in range(_DAMPINGS):
            done += 1
            matrix, gradient, _ = _normal_equations(slopes, vector, bounds, missed, damping)
            moved = vector - np.linalg.solve(matrix, gradient)
            moved = np.minimum(np.maximum(moved, bounds[0]), bounds[1])
            fill_all(answers, parts, _numbers(moved, base), given, tried)
            new = (tried**2).sum()
            if new < left:
                gained, left = left - new, new
                vector[:], missed[:] = moved, tried
                damping = max(damping / 4, _LEAST_DAMPING)
                break
            damping *= 5
    fill_all(answers, parts, _numbers(vector, base), given, missed)
    return left


@compiled
def _forecast(slopes_t, inverse, free, missed):  # type: ignore[no-untyped-def]
    """What would be left of `missed` if the numbers moved along their slopes."""
    gradient = (slopes_t @ missed) * free
    return (missed**2).sum() - gradient @ (inverse @ gradient)


@compiled
def _best_change(vector, base, bounds, answers, parts, given, missed, slopes, tries, temperature, best):  # type: ignore[no-untyped-def]
    """Fill `best` with the change of answers of which the least is forecast, of some drawn ones; whether there is one."""
    fill_slopes(vector, base, answers, parts, given, missed, slopes)
    matrix, _, free = _normal_equations(slopes, vector, bounds, missed, _OF_FORECAST)
    inverse, slopes_t, numbers = np.linalg.inv(matrix), slopes.T.copy(), _numbers(vector, base)
    least, left = np.inf, (missed**2).sum()
    changed, change = missed.copy(), np.zeros(5, np.int64)
    for _ in range(tries):
        change[2], change[3] = np.random.randint(N_INSTITUTIONS), np.random.randint(N_INSTITUTIONS)
        if not propose_answer(answers, change):
            continue
        fill_components(answers, parts)
        fill_index(parts[0], given, changed)
        if allowed(answers, change) and (changed[INDEX:MOTIVES] ** 2).sum() < left + _HOPELESS * temperature:
            _fill_of_reports(answers, parts, numbers, given, changed)
            if np.abs(changed - missed).max() > 1e-9:
                expected = _forecast(slopes_t, inverse, free, changed)
                # As much chance as in half the acceptance that follows, so that not always the same one is tried.
                expected -= 0.5 * temperature * np.log(1 - np.random.random())
                if expected < least:
                    least = expected
                    best[:] = change
        undo_answer(answers, change)
    return least < np.inf


@compiled
def _walk(vector, base, bounds, answers, given, rounds, tries, hot, cold, seed):  # type: ignore[no-untyped-def]
    """Leave in `vector` and `answers` the best of a walk from change to change."""
    np.random.seed(seed)
    parts, missed, slopes = (
        np.zeros((6, N_INSTITUTIONS)),
        np.zeros(N_MISSED),
        np.zeros((N_MISSED, _N_NUMBERS)),
    )
    left = follow(vector, base, bounds, answers, parts, given, missed, slopes, _MANY)
    best, best_vector, best_answers = left, vector.copy(), answers.copy()
    change = np.zeros(5, np.int64)
    for done in range(rounds):
        temperature = hot * (cold / hot) ** (done / rounds)
        former, former_vector = answers.copy(), vector.copy()
        if not _best_change(
            vector, base, bounds, answers, parts, given, missed, slopes, tries, temperature, change
        ):
            continue
        make_answer(answers, change)
        new = follow(vector, base, bounds, answers, parts, given, missed, slopes, _FEW)
        if new < left - temperature * np.log(1 - np.random.random()):
            left = new
            if left < best:
                best = left
                best_vector[:], best_answers[:] = vector, answers
        else:
            answers[:], vector[:] = former, former_vector
            fill_all(answers, parts, _numbers(vector, base), given, missed)
    vector[:], answers[:] = best_vector, best_answers


def walk(
    answers: Answers,
    numbers: Numbers,
    bounds: tuple[Numbers, Numbers],
    given: Given,
    *,
    rounds: int,
    tries: int,
    seed: int,
    hot: float,
    cold: float,
) -> tuple[Answers, Numbers, dict[str, float]]:
    """Return the answers and numbers that a walk comes to, and what is left by part.

    Args:
        answers: 20 x 15; not changed.
        numbers: where to start; not changed.
        bounds: least and largest numbers.
        given: what the search does not change.
        rounds: changes of answers that are made, with least squares after each.
        tries: changes of which the most promising is made.
        seed: of the random numbers.
        hot: first temperature, in units of the misfit.
        cold: last temperature.
    """
    base = numbers._replace(means=np.ascontiguousarray(published().means.T))
    low, high = (_vector(bound, base) for bound in bounds)
    found, vector = answers.copy(), np.clip(_vector(numbers, base), low, high)
    _walk(vector, base, (low, high), found, given, rounds, tries, hot, cold, seed)
    vector, missed = _rounded(vector, base, (low, high), found, given)
    return found, Numbers(*_numbers(vector, base)), by_part(missed)


def _rounded(
    vector: Floats, base: Numbers, bounds: tuple[Floats, Floats], answers: Answers, given: Given
) -> tuple[Floats, npt.NDArray[np.float64]]:
    """Round the indicators as their file does and let the other numbers follow."""
    numbers = Numbers(*_numbers(vector, base))
    vector = _vector(numbers._replace(indicators=numbers.indicators.round(INDICATOR_DECIMALS)), base)
    low, high = (bound.copy() for bound in bounds)
    low[_INDICATORS:_PERSONAL] = high[_INDICATORS:_PERSONAL] = vector[_INDICATORS:_PERSONAL]
    parts, missed, slopes = (
        np.zeros((6, N_INSTITUTIONS)),
        np.zeros(N_MISSED),
        np.zeros((N_MISSED, _N_NUMBERS)),
    )
    follow(vector, base, (low, high), answers, parts, given, missed, slopes, _MANY)
    return vector, missed
