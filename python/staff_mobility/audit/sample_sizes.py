"""Findings 10 and 11: what a coefficient and its p value say of the number of reports and of collinearity.

For standardised variables `standard error squared = (1 - adjusted R squared) * inflation / (N - 1)`, and a p value gives the
ratio of a coefficient to its error. So `N - 1 = (z / beta) squared * (1 - adjusted R squared) * inflation`, known within what
rounding of coefficient and p hides. Inflation is at least 1, so each term gives a least number of reports; and ratios of
two terms in one model are ratios of their inflation.
"""

from __future__ import annotations

import math
from statistics import median

from scipy.stats import norm

from staff_mobility.audit.inputs import OUTCOMES, PREDICTORS, Study
from staff_mobility.audit.published import Limits, Value
from staff_mobility.audit.result import Outcome, Verdict


def reports_by_inflation(beta: Value, p: Value, adjusted_r2: Value) -> Limits | None:
    """Return limits of (N - 1) / inflation, None where rounding hides all: a coefficient of 0 or a p value of 0 or 1."""
    size = abs(beta.value)
    if size <= beta.half_unit or p.low <= 0 or p.high >= 1:
        return None
    z_low, z_high = float(norm.isf(p.high / 2)), float(norm.isf(p.low / 2))
    return Limits(
        (z_low / (size + beta.half_unit)) ** 2 * (1 - adjusted_r2.high),
        (z_high / (size - beta.half_unit)) ** 2 * (1 - adjusted_r2.low),
    )


def least_reports_of_correlation(r: Value, level: float) -> float:
    """Return how many reports a correlation needs at least to be significant, by the Student distribution in the limit."""
    size = abs(r.value) + r.half_unit
    z = float(norm.isf(level / 2))
    return 2 + z**2 * (1 - size**2) / size**2


def known(study: Study, outcome: str) -> dict[str, Limits]:
    """Return the limits of (N - 1) / inflation by predictor, where there are any."""
    found = {
        predictor: reports_by_inflation(
            study.regression(predictor, outcome, "beta"),
            study.regression(predictor, outcome, "p"),
            study.adjusted_r2(outcome),
        )
        for predictor in PREDICTORS
    }
    return {predictor: limits for predictor, limits in found.items() if limits is not None}


def check_reports(study: Study) -> Outcome:
    """Tell how many reports the four models rest on at least, and by how much they differ."""
    available = study.value("all_reports").value * study.value("sector_share").rounded.high / 100
    evidence: dict[str, float | int | str] = {"available": available}
    limits = {outcome: known(study, outcome) for outcome in OUTCOMES}
    for outcome in OUTCOMES:
        evidence[f"least_{outcome}"] = 1 + max(found.low for found in limits[outcome].values())
    least = min(OUTCOMES, key=lambda outcome: evidence[f"least_{outcome}"])
    most = max(OUTCOMES, key=lambda outcome: evidence[f"least_{outcome}"])
    ratio = _usual_ratio(limits[most], limits[least])
    evidence |= {
        "most_outcome": f"outcome:{most}",
        "least_outcome": f"outcome:{least}",
        "ratio": ratio,
        "fewer_share": 1 - 1 / ratio,
        "star_needs": math.ceil(least_reports_of_correlation(study.value("weakest_star"), study.level)),
        "star_r": study.value("weakest_star").value,
    }
    enough = all(float(evidence[f"least_{outcome}"]) <= available for outcome in OUTCOMES)
    return Outcome(Verdict.FOLLOWS if enough else Verdict.IMPOSSIBLE, evidence)


def check_collinearity(study: Study) -> Outcome:
    """Tell how much more the errors of some predictors are inflated than that of the strategy index."""
    limits = known(study, "staff")
    base = limits["strategy_index"]
    available = study.value("all_reports").value * study.value("sector_share").rounded.high / 100
    evidence: dict[str, float | int | str] = {}
    strongest = 1.0
    for predictor in ("publication_points_per_academic", "cluster_1", "sector_share_students"):
        ratio = Limits(base.low / limits[predictor].high, base.high / limits[predictor].low)
        evidence[f"ratio_{predictor}"] = _middle(base) / _middle(limits[predictor])
        evidence[f"ratio_low_{predictor}"] = ratio.low
        # The inflation of every other predictor is at least 1, and nobody has more reports than there are.
        least = max(other.low for other in limits.values())
        evidence[f"inflation_low_{predictor}"] = max(1.0, least / limits[predictor].high)
        evidence[f"inflation_high_{predictor}"] = available / limits[predictor].low
        strongest = max(strongest, float(evidence[f"inflation_low_{predictor}"]))
    evidence["shared_variance"] = 1 - 1 / strongest
    return Outcome(Verdict.FOLLOWS if strongest > 5 else Verdict.POSSIBLE, evidence)


def _usual_ratio(one: dict[str, Limits], other: dict[str, Limits]) -> float:
    """Return the ratio of two numbers of reports by the median predictor: inflation is about the same in both models."""
    return median(
        _middle(one[predictor]) / _middle(other[predictor]) for predictor in one if predictor in other
    )


def _middle(limits: Limits) -> float:
    return math.sqrt(limits.low * limits.high)
