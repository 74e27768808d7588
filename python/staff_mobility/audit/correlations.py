"""Findings 4 and 17: whether the printed correlations and coefficients can come from one set of reports.

A set of correlations is possible when its matrix is positive definite. Table 4.5 does not print the correlations among its
predictors, so one matrix is searched for that gives all that is printed (`correlation_search.py`, by hand); what was found
stands in correlation_witness.csv and is verified here from the beginning: a witness needs no trust in the search.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from staff_mobility.audit.inputs import COMPONENTS, OUTCOMES, PREDICTORS, Study
from staff_mobility.audit.result import Outcome, Verdict
from staff_mobility.audit.systems import LinearSystem

WITNESS = "correlation_witness.csv"
# What rounding to three decimals hides, and a little for the arithmetic.
HALF_UNIT = 0.0005 + 1e-9
# Where p values of the common matrix may be: models rest on different reports, so theirs differ somewhat.
P_TOLERANCE = 0.003

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Witness:
    """Correlations that were found.

    Attributes:
        predictors: Correlations among the predictors (12 x 12).
        coefficients: Standardised coefficients with more decimals than print has (12 x 4).
        reports: Number of reports of each model (4).
    """

    predictors: Matrix
    coefficients: Matrix
    reports: Matrix


@dataclass(frozen=True)
class Implied:
    """What a witness gives: all that table 4.5, table 4.3 and footnotes 26 to 28 print."""

    correlations: Matrix
    adjusted_r2: Matrix
    inflation: Matrix
    p_values: Matrix
    least_eigenvalue: float


def outcome_matrix(study: Study) -> Matrix:
    """Return table 4.1 as a matrix (4 x 4)."""
    matrix = np.eye(len(OUTCOMES))
    for row, one in enumerate(OUTCOMES):
        for column, other in enumerate(OUTCOMES[:row]):
            r = study.published[f"table_4_1.{other}_x_{one}.r"].value
            matrix[row, column] = matrix[column, row] = r
    return matrix


def implied(witness: Witness, outcomes: Matrix) -> Implied:
    """Return what a witness gives.

    With standardised variables the correlations of predictors with outcomes are `R b`, R squared is `b' R b`, and the
    standard error of a coefficient is sqrt((1 - adjusted R squared) inflation / (N - 1)).
    """
    r, b, n = witness.predictors, witness.coefficients, witness.reports
    k = len(r)
    with_outcomes = r @ b
    r2 = np.einsum("ij,ij->j", b, with_outcomes)
    adjusted = 1 - (1 - r2) * (n - 1) / (n - k - 1)
    inflation = np.diag(np.linalg.inv(r))
    z = np.abs(b) * np.sqrt((n - 1) / (1 - adjusted))[None, :] / np.sqrt(inflation)[:, None]
    whole = np.block([[r, with_outcomes], [with_outcomes.T, outcomes]])
    return Implied(with_outcomes, adjusted, inflation, 2 * norm.sf(z), float(np.linalg.eigvalsh(whole)[0]))


def read_witness() -> Witness:
    """Return the witness of correlation_witness.csv."""
    lines = files(__package__).joinpath(WITNESS).read_text(encoding="utf-8").splitlines()
    rows = {(row["row"], row["column"]): float(row["value"]) for row in csv.DictReader(lines)}
    return Witness(
        np.array([[_entry(rows, one, other) for other in PREDICTORS] for one in PREDICTORS]),
        np.array([[rows[one, outcome] for outcome in OUTCOMES] for one in PREDICTORS]),
        np.array([rows["reports", outcome] for outcome in OUTCOMES]),
    )


def check_regressions(study: Study) -> Outcome:
    """Judge tables 4.1, 4.3 and 4.5 with footnotes 26 to 28 together, by the witness."""
    witness, outcomes = read_witness(), outcome_matrix(study)
    found = implied(witness, outcomes)
    betas = _printed(study, "beta")
    p_values = _printed(study, "p")
    targets = [
        ("strategy_index", outcome, study.published[f"table_4_3.{outcome}.r"].value) for outcome in OUTCOMES
    ] + [
        (predictor, outcome, study.published[value_id].value)
        for predictor, outcome, value_id in study.parts["predictor_correlations"]
    ]
    off_correlation = max(
        abs(found.correlations[PREDICTORS.index(predictor), OUTCOMES.index(outcome)] - r)
        for predictor, outcome, r in targets
    )
    off_p = np.abs(found.p_values - p_values)
    adjusted = np.array([study.adjusted_r2(outcome).value for outcome in OUTCOMES])
    reports = study.value("all_reports").value * study.value("sector_share").rounded.high / 100
    exclusive = max(
        witness.predictors[PREDICTORS.index(one), PREDICTORS.index(other)]
        for one, other in study.statements["exclusive"]
    )
    of_outcomes = np.linalg.eigvalsh(outcomes)
    holds = (
        float(np.abs(witness.coefficients - betas).max()) <= HALF_UNIT
        and off_correlation <= HALF_UNIT
        and float(np.abs(found.adjusted_r2 - adjusted).max()) <= HALF_UNIT
        and float(off_p.max()) <= P_TOLERANCE
        and found.least_eigenvalue > 0
        and exclusive < 0
        and float(witness.reports.max()) <= reports
    )
    evidence: dict[str, float | int | str] = {
        "outcome_eigenvalue": float(of_outcomes[0]),
        "least_eigenvalue": found.least_eigenvalue,
        "betas_exact": int((np.abs(witness.coefficients - betas) <= HALF_UNIT).sum()),
        "p_exact": int((off_p <= HALF_UNIT).sum()),
        "p_printed": int(off_p.size),
        "p_largest_difference": float(off_p.max()),
        "correlations_met": len(targets),
        "correlation_largest_difference": float(off_correlation),
        "largest_inflation": float(found.inflation.max()),
    }
    # Without a witness nothing is shown: then only the raw data can tell, unless table 4.1 alone is impossible.
    if of_outcomes[0] <= 0:
        verdict = Verdict.IMPOSSIBLE
    else:
        verdict = Verdict.POSSIBLE if holds else Verdict.NEEDS_RAW_DATA
    return Outcome(verdict, evidence)


def component_system(study: Study, *, with_slack: bool = False) -> LinearSystem:
    """Return what tables 4.3 and 4.4 demand of the components' spread if both rest on the same reports.

    The index is the mean of its components, so its covariance with an outcome is the mean of theirs. With `a` = spread of
    the component / (number of components x spread of the index), `r_index = sum(a r_component)` for every outcome, with
    the same `a`. Such spreads exist only if `sum(a) >= 1` and none exceeds 1 + the sum of the others: five vectors of
    these lengths must be able to add up to one of length 1. `a r_component` is a variable of its own, so that a
    correlation that is left out may be any from -1 to 1.

    Args:
        study: The printed values.
        with_slack: Let the index be off by the variable `slack` beyond rounding.
    """
    system = LinearSystem(bounds=dict.fromkeys((*COMPONENTS, "slack"), (0.0, None)))
    system.add(dict.fromkeys(COMPONENTS, 1.0), low=1.0)
    for component in COMPONENTS:
        system.add(dict.fromkeys(COMPONENTS, -1.0) | {component: 1.0}, high=1.0)
    loose = {"slack": 1.0} if with_slack else {}
    for outcome in OUTCOMES:
        products = {f"{component} {outcome}": 1.0 for component in COMPONENTS}
        index = study.published[f"table_4_3.{outcome}.r"]
        system.add(
            products | {name: -factor for name, factor in loose.items()},
            high=index.high,
            value_id=index.value_id,
        )
        system.add(products | loose, low=index.low, value_id=index.value_id)
        for component in COMPONENTS:
            part = study.published[f"table_4_4.{component}.{outcome}.r"]
            product = {f"{component} {outcome}": 1.0}
            system.add(product | {component: -1.0}, high=0.0)
            system.add(product | {component: 1.0}, low=0.0)
            system.add(product | {component: -part.high}, high=0.0, value_id=part.value_id)
            system.add(product | {component: -part.low}, low=0.0, value_id=part.value_id)
    return system


def check_components(study: Study) -> Outcome:
    """Judge tables 4.3 and 4.4 together."""
    system = component_system(study)
    conflict = system.smallest_conflict()
    slack = component_system(study, with_slack=True).limits({"slack": 1.0})
    each = sum(
        component_system(study).is_possible(
            [study.published[f"table_4_3.{other}.r"].value_id for other in OUTCOMES if other != outcome]
        )
        for outcome in OUTCOMES
    )
    evidence: dict[str, float | int | str] = {
        "outcomes": len(OUTCOMES),
        "possible_alone": each,
        "conflicting": len(conflict),
        "needed_slack": 0.0 if slack is None else slack.low,
    }
    # Each outcome is answered by other reports, so spreads may differ between the columns a little.
    verdict = Verdict.STRAINED if conflict else Verdict.POSSIBLE
    if each < len(OUTCOMES):
        verdict = Verdict.IMPOSSIBLE
    return Outcome(verdict, evidence, {"index_and_components": conflict} if conflict else {})


def _printed(study: Study, statistic: str) -> Matrix:
    return np.array(
        [[study.regression(one, outcome, statistic).value for outcome in OUTCOMES] for one in PREDICTORS]
    )


def _entry(rows: Mapping[tuple[str, str], float], one: str, other: str) -> float:
    if one == other:
        return 1.0
    return rows[(one, other) if PREDICTORS.index(one) > PREDICTORS.index(other) else (other, one)]
