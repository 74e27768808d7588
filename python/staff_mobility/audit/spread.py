"""Findings 8 and 19: what the means of institutions say of a mean over reports and of a correlation with an attribute.

An attribute of institutions is the same for all reports of one, so its correlation with an outcome is at most the spread of
the institutions' means by the spread of the outcome. The volumes are unknown; the greatest spread over all volumes that print
allows is the least, over a centre, of the greatest mean square distance from it, and that is a linear programme per centre.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import mean, pstdev

from scipy.optimize import minimize_scalar

from staff_mobility.audit.headers import best_order, column_system, volumes
from staff_mobility.audit.inputs import Study
from staff_mobility.audit.published import Limits, Value
from staff_mobility.audit.result import Outcome, Verdict


def heading_of(study: Study, outcome: str) -> str:
    """Return the printed heading of the column that holds an outcome in the order that fits the means."""
    return next(heading for heading, holds in best_order(study).items() if holds == outcome)


def limits_of_mean(study: Study, column: Mapping[str, Value]) -> Limits:
    """Return the least and greatest mean over the reports of the institutions, for any volumes that print allows."""
    own = _of_the_institutions(study, column)
    low = _ratio(own, {key: value.low for key, value in column.items()}, lowest=True)
    return Limits(low, _ratio(own, {key: value.high for key, value in column.items()}, lowest=False))


def greatest_spread(study: Study, column: Mapping[str, Value]) -> float:
    """Return the greatest standard deviation between institutions, for any volumes that print allows."""
    own = _of_the_institutions(study, column)
    numbers = {key: value.value for key, value in column.items()}

    def worst(centre: float) -> float:
        return _ratio(own, {key: (number - centre) ** 2 for key, number in numbers.items()}, lowest=False)

    found = minimize_scalar(
        worst,
        bounds=(min(numbers.values()), max(numbers.values())),
        method="bounded",
        options={"xatol": 1e-4},
    )
    return math.sqrt(float(found.fun))


def check_institution_mean(study: Study) -> Outcome:
    """Judge the mean of the institution outcome beside the column that holds it."""
    heading = heading_of(study, "institution")
    column, total = study.column(heading), study.outcome_mean("institution")
    limits = limits_of_mean(study, column)
    possible = column_system(study, column, total).is_possible()
    inside = limits.meets(total.rounded)
    return Outcome(
        Verdict.POSSIBLE if inside else Verdict.STRAINED if possible else Verdict.IMPOSSIBLE,
        {
            "heading": f"outcome:{heading}",
            "institutions": len(column),
            "printed_mean": total.value,
            "unweighted_mean": mean(value.value for value in column.values()),
            "least_mean": limits.low,
            "greatest_mean": limits.high,
        },
    )


def check_between(study: Study) -> Outcome:
    """Tell what the strongest correlation with an attribute demands of the spread of the outcome over reports."""
    column = study.column(heading_of(study, "institution"))
    r = study.value("strongest_institution_r")
    greatest = greatest_spread(study, column)
    equal = pstdev(value.value for value in column.values())
    # On a scale from 1 to 5 nothing spreads more than this.
    possible = greatest > 0
    return Outcome(
        Verdict.FOLLOWS if possible else Verdict.IMPOSSIBLE,
        {
            "r": r.value,
            "equal_spread": equal,
            "greatest_spread": greatest,
            "outcome_spread_at_most": greatest / abs(r.value),
            "outcome_spread_equal": equal / abs(r.value),
        },
    )


def _of_the_institutions(study: Study, column: Mapping[str, Value]) -> Mapping[str, tuple[float, float]]:
    """Return nothing but the order of volumes: shares among the institutions of the table."""
    system = volumes(study, column)
    return {
        key: (limits.low, limits.high)
        for key in column
        if (limits := system.limits({f"w {key}": 1.0})) is not None
    }


def _ratio(shares: Mapping[str, tuple[float, float]], values: Mapping[str, float], *, lowest: bool) -> float:
    """Return the least or greatest weighted mean when each weight is within limits and any sum is allowed.

    Weights at one end of the order are great and at the other small; the turn is tried at every place.
    """
    order = sorted(values, key=lambda key: values[key], reverse=not lowest)
    means = []
    for turn in range(1, len(order) + 1):
        weights = {key: shares[key][1 if place < turn else 0] for place, key in enumerate(order)}
        if (total := sum(weights.values())) > 0:
            means.append(sum(weights[key] * values[key] for key in order) / total)
    return min(means) if lowest else max(means)
