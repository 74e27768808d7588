"""Findings 12, 13, 15 and 20: what the printed tests can carry: clusters, number of tests, one point, few institutions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm
from scipy.stats import t as student

from staff_mobility.audit.inputs import OUTCOMES, PREDICTORS, Study
from staff_mobility.audit.published import Limits
from staff_mobility.audit.result import Outcome, Verdict
from staff_mobility.audit.sample_sizes import known


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values corrected for their number (Holm 1979), in the order given."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    corrected, so_far = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        so_far = max(so_far, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = so_far
    return corrected


def fisher_interval(r: float, n: float, level: float) -> Limits:
    """Return the confidence interval of a correlation of `n` pairs by Fisher's transformation."""
    half = float(norm.isf(level / 2)) / math.sqrt(n - 3)
    return Limits(math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half))


def correlation_p(r: float, n: float) -> float:
    """Return the p value of a correlation of `n` pairs by the Student distribution."""
    return float(2 * student.sf(abs(r) * math.sqrt((n - 2) / (1 - r * r)), n - 2))


def joined(r: float, n: int, x: float, y: float) -> float:
    """Return the correlation of `n` points of correlation `r` with one point more.

    Args:
        r: Correlation of the points.
        n: Their number.
        x: Distance of the new point from their mean, in their standard deviations (divisor n).
        y: The same for the other variable.
    """
    weight = n / (n + 1)
    return (n * r + weight * x * y) / math.sqrt((n + weight * x * x) * (n + weight * y * y))


def least_point(r_without: float, r_with: float, n: int) -> tuple[float, float]:
    """Return the nearest point to the mean (x, y as in `joined`) that turns one correlation into the other.

    Distance is counted in standard deviations. By symmetry the nearest lies on a diagonal `y = -x` or `y = x`.
    """
    sign = -1.0 if r_with < r_without else 1.0

    def off(x: float) -> float:
        return joined(r_without, n, x, sign * x) - r_with

    x = float(brentq(off, 0.0, 1e4))
    return x, sign * x


def leverage(x: float, n: int) -> float:
    """Return the leverage of a point at the distance `x` that joins `n` points: 1 would be a line of its own."""
    weight = n / (n + 1)
    return 1 / (n + 1) + (weight * x) ** 2 / (n + weight * x * x)


def check_independence(study: Study) -> Outcome:
    """Tell how often a star of an institution attribute means nothing, at a share between institutions that print implies.

    An attribute of institutions explains no more than what lies between them: the share of the variation between
    institutions is at least r squared, less what chance gives with so many groups and reports.
    """
    r = study.value("strongest_institution_r")
    n = 1 + max(limits.low for limits in known(study, "institution").values())
    groups = study.value("answered").value
    by_chance = (groups - 1) / (n - 1)
    between = max(0.0, (r.value**2 - by_chance) / (1 - by_chance))
    simulated = sorted({share for design, _, share, _ in study.rejections if design == "table_4_5"})
    share = max(value for value in simulated if value <= between)

    def rejected(method: str) -> float:
        return study.rejections["table_4_5", "strategy_index", share, method]

    evidence: dict[str, float | int | str] = {
        "institutions": groups,
        "r": r.value,
        "between_share": between,
        "simulated_share": share,
        "naive_rejections": rejected("least_squares"),
        "cluster_rejections": rejected("cluster_cr2"),
        "bootstrap_rejections": rejected("wild_bootstrap"),
        "level": study.level,
    }
    return Outcome(
        Verdict.FOLLOWS if rejected("least_squares") > 2 * study.level else Verdict.POSSIBLE, evidence
    )


def check_number_of_tests(study: Study) -> Outcome:
    """Count the printed tests, and correct the p values of table 4.5 for their number after Holm."""
    correlations = study.published.chosen(lambda name: name.endswith(".r"))
    p_values = [study.regression(one, outcome, "p") for one in PREDICTORS for outcome in OUTCOMES]
    n = len(correlations) + len(p_values)
    stars = sum(p.value < study.level for p in p_values)
    surely = sum(p < study.level for p in holm([p.high for p in p_values]))
    perhaps = sum(p < study.level for p in holm([max(p.low, 0.0) for p in p_values]))
    evidence: dict[str, float | int | str] = {
        "tests": n,
        "correlations": len(correlations),
        "coefficients": len(p_values),
        "expected_by_chance": study.level * n,
        "expected_in_table": study.level * len(p_values),
        "stars": stars,
        "stars_after_holm": surely,
        "stars_after_holm_at_most": perhaps,
    }
    return Outcome(Verdict.FOLLOWS if surely < stars else Verdict.POSSIBLE, evidence)


def check_one_point(study: Study) -> Outcome:
    """Tell how far out one institution must lie for footnote 15, and what its correlations can carry."""
    n = int(study.value("answered").value)
    evidence: dict[str, float | int | str] = {"institutions": n}
    apart = False
    for name, without, with_it in zip(
        ("facilitation", "signals"), study.values("without_one"), study.values("with_one"), strict=True
    ):
        x, _ = least_point(without.value, with_it.value, n - 1)
        all_of_them = fisher_interval(with_it.value, n, study.level)
        others = fisher_interval(without.value, n - 1, study.level)
        evidence |= {
            f"distance_{name}": x,
            f"leverage_{name}": leverage(x, n - 1),
            f"without_low_{name}": others.low,
            f"without_high_{name}": others.high,
            f"with_low_{name}": all_of_them.low,
            f"with_high_{name}": all_of_them.high,
            f"p_without_{name}": correlation_p(without.value, n - 1),
        }
        apart = apart or not others.meets(all_of_them) or correlation_p(without.value, n - 1) < study.level
    rs = [value.value for value in study.published.table(study.parts["objectives_prefix"])]
    p_values = [correlation_p(r, n) for r in rs]
    evidence |= {
        "objectives": len(rs),
        "objectives_significant": sum(p < study.level for p in p_values),
        "objectives_after_holm": sum(p < study.level for p in holm(p_values)),
    }
    return Outcome(Verdict.POSSIBLE if apart else Verdict.FOLLOWS, evidence)


def check_few_institutions(study: Study) -> Outcome:
    """Test correlations over institutions that the text takes for a tendency without printing a p value."""
    n = study.value("answered").value
    said = study.values("said_clear")
    p_values = {value.value_id: correlation_p(value.value, n) for value in said}
    weak = [value for value in said if p_values[value.value_id] >= study.level]
    needed = math.tanh(math.atanh(0.0) + float(norm.isf(study.level / 2)) / math.sqrt(n - 3))
    clear = said[0]
    evidence: dict[str, float | int | str] = {
        "institutions": n,
        "said": len(said),
        "not_significant": len(weak),
        "r_needed": needed,
        "clear_r": clear.value,
        "clear_p": p_values[clear.value_id],
        "least_p": float(np.min(list(p_values.values()))),
    }
    return Outcome(Verdict.TEXT_DIFFERS if weak else Verdict.POSSIBLE, evidence)
