"""Inference for few institutions from sums per institution is what libraries and textbooks give on single reports."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyfixest
import pytest
import statsmodels.api as sm
import yaml
from hypothesis import given, settings
from institution_rows import Reports, invented, samples
from numpy.typing import NDArray
from warehouse_build import PROJECT

from staff_mobility.statistics.cells import standardised
from staff_mobility.statistics.clustered import (
    Moments,
    cr1_normal,
    cr2_satterthwaite,
    cr3_jackknife,
    left_out,
    moments_of,
    require_residuals_between,
)
from staff_mobility.statistics.inference import Inference
from staff_mobility.statistics.least_squares import fit_least_squares
from staff_mobility.statistics.status import NoResultError, Status

pytestmark = [
    pytest.mark.filterwarnings("error::RuntimeWarning"),
    # pyfixest's way of asking pandas, not ours.
    pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning"),
]

REFERENCE = PROJECT / "tests" / "reference"
STUDY = ("strategy", "in_cluster", "teaching", "days")
METHODS = (cr1_normal, cr2_satterthwaite, cr3_jackknife)
Array = NDArray[np.float64]


def agree(found: object, expected: object, rel: float = 1e-8) -> None:
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=rel, atol=1e-11)


@settings(max_examples=20, deadline=None)
@given(samples())
def test_cr1_is_that_of_statsmodels(reports: Reports) -> None:
    for made, rows in both_scales(reports):
        fit = sm.OLS(rows.y, rows.columns).fit(
            cov_type="cluster", cov_kwds={"groups": rows.codes, "use_correction": True}, use_t=False
        )
        found = cr1_normal(made)
        agree(found.estimates, fit.params)
        agree(found.std_errors, fit.bse)
        agree(found.p_values, fit.pvalues, 1e-6)
        agree(found.intervals(0.9), fit.conf_int(0.1))


@settings(max_examples=20, deadline=None)
@given(samples())
def test_cr2_is_that_of_the_textbook(reports: Reports) -> None:
    for made, rows in both_scales(reports):
        found = cr2_satterthwaite(made)
        std_errors, degrees = textbook_cr2(rows)
        agree(found.std_errors, std_errors)
        agree(found.degrees_of_freedom, degrees)


@settings(max_examples=20, deadline=None)
@given(samples())
def test_cr3_is_the_jackknife_of_fits_without_each_institution(reports: Reports) -> None:
    for made, rows in both_scales(reports):
        without = [
            np.linalg.lstsq(rows.columns[rows.codes != code], rows.y[rows.codes != code])[0]
            for code in np.unique(rows.codes)
        ]
        agree(left_out(made), without)
        groups = len(without)
        squares = np.sum((np.array(without) - np.linalg.lstsq(rows.columns, rows.y)[0]) ** 2, axis=0)
        found = cr3_jackknife(made)
        agree(found.std_errors, np.sqrt(squares * (groups - 1) / groups))
        assert found.degrees_of_freedom.tolist() == [groups - 1.0] * made.xy.shape[1]


@pytest.mark.parametrize("seed", range(4))
def test_cr1_and_cr3_are_those_of_pyfixest(seed: int) -> None:
    reports = invented(seed, institutions=7 + seed)
    groups = 7 + seed
    made = moments_of(reports.cells)
    agree(cr1_normal(made).std_errors, of_pyfixest(reports, "CRV1", pyfixest.ssc()))
    # pyfixest leaves the jackknife's factor (G - 1) / G to its options, which can only multiply.
    plain = of_pyfixest(reports, "CRV3", pyfixest.ssc(k_adj=False, G_adj=False))
    agree(cr3_jackknife(made).std_errors, plain * np.sqrt((groups - 1) / groups))


@pytest.mark.parametrize("model", ["plain", "rare_in_one", "whole_of_one"])
def test_all_are_those_of_clubsandwich(model: str) -> None:
    # The last two have a dummy that is 1 in one institution only, in some of its reports and in all.
    expected = yaml.safe_load((REFERENCE / "clubsandwich.yml").read_text(encoding="utf-8"))[model]
    reports = referred(*STUDY, *(() if model == "plain" else (model,)))
    made = moments_of(reports.cells)
    fit = fit_least_squares(reports.cells)
    agree(fit.estimates, expected["estimates"])
    agree(fit.std_errors, expected["ols"])
    agree(fit.adjusted_r_squared, expected["adj"])
    agree(cr1_normal(made).estimates, expected["estimates"])
    agree(cr1_normal(made).std_errors, expected["CR1S"])
    cr2 = cr2_satterthwaite(made)
    agree(cr2.std_errors, expected["CR2"])
    agree(cr2.degrees_of_freedom, expected["df"])
    agree(cr2.p_values, expected["p"])
    if model == "plain":
        # clubSandwich leaves out the jackknife's factor.
        agree(cr3_jackknife(made).std_errors, np.array(expected["CR3"]) * np.sqrt(6 / 7))


def without(moments: Moments, position: int) -> Moments:
    """The sums of the other institutions."""
    kept = np.arange(len(moments.institutions)) != position
    institutions = tuple(np.asarray(moments.institutions)[kept])
    return Moments(
        moments.names, institutions, moments.n[kept], moments.xx[kept], moments.xy[kept], moments.yy[kept]
    )


@pytest.mark.parametrize(("model", "institution"), [("rare_in_one", "delph"), ("whole_of_one", "goole")])
def test_no_jackknife_where_one_institution_alone_decides(model: str, institution: str) -> None:
    made = moments_of(referred(*STUDY, model).cells)
    refused(
        Status.PERFECT_COLLINEARITY,
        f"Without {institution} the predictors cannot be told apart.",
        cr3_jackknife,
        made,
    )
    lost = np.isnan(left_out(made))
    assert [made.institutions[row] for row in np.flatnonzero(lost.all(axis=1))] == [institution]
    assert lost.sum() == len(made.names)
    refused(
        Status.PERFECT_COLLINEARITY,
        f"{model} follows so nearly from the columns before that it cannot be told from them.",
        lambda: without(made, made.institutions.index(institution)).estimates,
    )


def test_one_report_elsewhere_is_enough_for_the_jackknife() -> None:
    # A dummy that is 1 in 500 reports of one institution, and in one of another: nearly decided by one alone.
    reports = invented(19)
    many = np.concatenate([np.arange(len(reports.y)), np.repeat(np.flatnonzero(reports.codes == 0)[:4], 130)])
    rare = reports.reordered(many)
    is_rare = (rare.codes == 0) & (np.arange(len(many)) >= 20)
    is_rare[np.flatnonzero(rare.codes == 1)[0]] = True
    spread = rare.y + np.random.default_rng(19).normal(0, 1, len(many))
    rows = Reports((*rare.names, "rare"), np.column_stack([rare.x, is_rare]), spread, rare.institution)
    made = moments_of(rows.cells)
    std_errors, degrees = textbook_cr2(rows)
    agree(cr2_satterthwaite(made).std_errors, std_errors)
    agree(cr2_satterthwaite(made).degrees_of_freedom, degrees)
    without = [
        np.linalg.lstsq(rows.columns[rows.codes != code], rows.y[rows.codes != code])[0] for code in range(8)
    ]
    agree(left_out(made), without)


def test_without_leaves_out_one_institution() -> None:
    reports = invented(11)
    kept = reports.institution != "institution_c"
    rest = moments_of(reports.reordered(np.flatnonzero(kept)).cells)
    found = without(moments_of(reports.cells), 2)
    assert found.institutions == rest.institutions
    for method in METHODS:
        agree(method(found).std_errors, method(rest).std_errors)


@pytest.mark.parametrize("method", METHODS)
def test_a_weight_counts_an_observation_so_many_times(method: Callable[[Moments], Inference]) -> None:
    reports = invented(12)
    times = 1 + np.arange(len(reports.y)) % 3
    repeated = reports.reordered(np.repeat(np.arange(len(reports.y)), times))
    weighted, expected = (
        method(moments_of(reports.rows.weighted(times * 1.0))),
        method(moments_of(repeated.rows)),
    )
    require_same(weighted, expected, 1e-10)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("factor", [1e-8, 1e8])
def test_the_unit_of_a_column_does_not_matter(method: Callable[[Moments], Inference], factor: float) -> None:
    reports = invented(13)
    units = np.array([1.0, factor, 1.0, factor])
    scaled = method(moments_of(replace(reports, x=reports.x * units).cells))
    found = method(moments_of(reports.cells))
    agree(scaled.t_values, found.t_values, 1e-10)
    agree(scaled.degrees_of_freedom, found.degrees_of_freedom, 1e-10)
    agree(scaled.std_errors[1:] * units, found.std_errors[1:], 1e-10)
    outcome = method(moments_of(replace(reports, y=reports.y * factor).cells))
    agree(outcome.std_errors / factor, found.std_errors, 1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_order_of_rows_and_names_of_institutions_do_not_matter(
    method: Callable[[Moments], Inference],
) -> None:
    reports = invented(14)
    other = reports.reordered(np.random.default_rng(14).permutation(len(reports.y)))
    other = replace(other, institution=np.array([f"z{31 * ord(key[-1]) % 37}" for key in other.institution]))
    assert len(set(other.institution)) == len(set(reports.institution))
    require_same(method(moments_of(other.cells)), method(moments_of(reports.cells)), 1e-11)


@pytest.mark.parametrize("method", METHODS)
def test_a_high_level_costs_z_scored_columns_no_digits(method: Callable[[Moments], Inference]) -> None:
    reports = invented(15)
    spread = np.round((reports.y - reports.y.mean()) * 1024) / 2**20
    near = replace(reports, y=spread)
    far = replace(reports, x=reports.x + np.array([0, 0, 2.0**26, 2014.0]), y=1e8 + spread)
    expected, found = (method(moments_of(standardised(each.rows)[0])) for each in (near, far))
    agree(found.estimates[1:], expected.estimates[1:], 1e-7)
    agree(found.std_errors[1:], expected.std_errors[1:], 1e-7)
    agree(found.degrees_of_freedom[1:], expected.degrees_of_freedom[1:], 1e-7)


def test_columns_that_products_cannot_tell_apart_are_refused() -> None:
    # Rows can: a year and a second that are a million times as large as what varies.
    reports = invented(16)
    far = replace(reports, x=reports.x + np.array([0, 0, 0, 1e7]))
    agree(fit_least_squares(far.cells).t_values[1:], fit_least_squares(reports.cells).t_values[1:])
    refused(
        Status.PERFECT_COLLINEARITY, "days follows so nearly from the columns before", moments_of, far.cells
    )
    require_same(
        cr2_satterthwaite(moments_of(standardised(far.cells)[0])),
        cr2_satterthwaite(moments_of(standardised(reports.cells)[0])),
        1e-8,
        first=1,
    )


def test_one_institution_is_too_few() -> None:
    reports = invented(17)
    keys, sizes = np.unique(reports.institution, return_counts=True)
    largest = keys[sizes.argmax()]
    alone = reports.reordered(np.flatnonzero(reports.institution == largest))
    only = replace(alone, names=("teaching", "days"), x=alone.x[:, 2:])
    refused(Status.ONE_INSTITUTION, f"All observations come from {largest};", moments_of, only.cells)


@pytest.mark.parametrize("method", [cr1_normal, cr2_satterthwaite])
def test_as_many_predictors_as_institutions_leave_nothing_to_judge_by(
    method: Callable[[Moments], Inference],
) -> None:
    # Three institutions, a constant and two predictors that they have one value of: all three are fitted exactly.
    reports = invented(18, institutions=8)
    kept = np.flatnonzero(np.isin(reports.institution, ["institution_a", "institution_b", "institution_c"]))
    few = reports.reordered(kept)
    level = replace(few, x=np.column_stack([few.codes == 1, few.codes == 2, few.x[:, 2:]]).astype(float))
    made = moments_of(level.cells)
    reason = "3 institutions are too few: single ones decide constant, strategy, in_cluster, and leave no residual to judge by."
    refused(Status.TOO_FEW_OBSERVATIONS, reason, method, made)
    # What varies within institutions can still be judged.
    require_residuals_between(made, ("teaching", "days"))
    refused(
        Status.TOO_FEW_OBSERVATIONS,
        "decide in_cluster, and",
        require_residuals_between,
        made,
        ("in_cluster",),
    )
    refused(Status.PERFECT_COLLINEARITY, "Without institution_a, institution_b", cr3_jackknife, made)


def test_an_outcome_without_residuals_has_infinite_tests() -> None:
    found = Inference(np.array([2.0, -2.0]), np.zeros(2), np.full(2, 5.0))
    assert found.t_values.tolist() == [np.inf, -np.inf]
    assert found.p_values.tolist() == [0.0, 0.0]


def both_scales(reports: Reports) -> list[tuple[Moments, Reports]]:
    """Return sums of cells with the reports that they must agree with: as they are, and z-scored."""
    return [
        (moments_of(reports.cells), reports),
        (moments_of(standardised(reports.cells)[0]), reports.scored()),
    ]


def textbook_cr2(rows: Reports) -> tuple[Array, Array]:
    """Bell and McCaffrey's standard errors and degrees of freedom with matrices as large as the reports are many."""
    x, n = rows.columns, len(rows.y)
    bread = np.linalg.pinv(x.T @ x)
    hat = x @ bread @ x.T
    residuals = rows.y - hat @ rows.y
    members = [rows.codes == code for code in np.unique(rows.codes)]
    meat = np.zeros_like(bread)
    # One column per institution and coefficient: what the coefficient's error takes from the reports' errors.
    through = np.zeros((len(members), x.shape[1], n))
    for group, member in enumerate(members):
        values, vectors = np.linalg.eigh(np.eye(member.sum()) - hat[np.ix_(member, member)])
        powers = np.array([value**-0.5 if value > 1e-10 else 0.0 for value in values])
        adjustment = vectors @ np.diag(powers) @ vectors.T
        score = x[member].T @ adjustment @ residuals[member]
        meat += np.outer(score, score)
        through[group] = bread @ x[member].T @ adjustment @ (np.eye(n) - hat)[member]
    degrees = []
    for column in range(x.shape[1]):
        products = through[:, column] @ through[:, column].T
        degrees.append(np.trace(products) ** 2 / np.sum(products**2))
    return np.sqrt(np.diag(bread @ meat @ bread)), np.array(degrees)


def of_pyfixest(reports: Reports, kind: str, ssc: dict[str, str | bool]) -> Array:
    frame = pd.DataFrame(reports.x, columns=list(reports.names))
    frame = frame.assign(outcome=reports.y, institution=reports.institution)
    formula = f"outcome ~ {' + '.join(reports.names)}"
    return pyfixest.feols(formula, data=frame, vcov={kind: "institution"}, ssc=ssc).se().to_numpy()


def referred(*names: str) -> Reports:
    """Return the invented reports that R was given."""
    with (REFERENCE / "institution_reports.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    x = np.array([[float(row[name]) for name in names] for row in rows])
    y = np.array([float(row["outcome"]) for row in rows])
    return Reports(names, x, y, np.array([row["institution"] for row in rows]))


def require_same(found: Inference, expected: Inference, rel: float, first: int = 0) -> None:
    for part in ("estimates", "std_errors", "degrees_of_freedom", "p_values"):
        agree(getattr(found, part)[first:], getattr(expected, part)[first:], rel)


def refused(status: Status, reason: str, what: Callable[..., Any], *given: object) -> None:
    with pytest.raises(NoResultError) as caught:
        what(*given)
    assert caught.value.verdict.status is status
    assert reason in caught.value.verdict.reason
