"""Least squares on cells is least squares on reports, and what allows no fit is refused with a reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from institution_rows import Reports, compressed, invented, samples

from staff_mobility.statistics.cells import Cells, require_fit, rows_as_cells, standardised
from staff_mobility.statistics.clustered import moments_of
from staff_mobility.statistics.least_squares import LeastSquares, fit_least_squares
from staff_mobility.statistics.status import NoResultError, Status

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")
INSTITUTIONS = np.array(["a", "a", "a", "b", "b", "b"])


def agree(found: object, expected: object, rel: float = 1e-8) -> None:
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=rel, atol=1e-11)


def require_equal(fit: LeastSquares, rows: object, rel: float = 1e-8) -> None:
    """Compare with a fit of statsmodels."""
    agree(fit.estimates, rows.params, rel)
    agree(fit.std_errors, rows.bse, rel)
    agree(fit.t_values, rows.tvalues, rel)
    # A p of 1e-30 magnifies the last digits of its t.
    agree(fit.p_values, rows.pvalues, rel * 100)
    agree(fit.intervals(0.95), rows.conf_int(0.05), rel)
    agree(fit.r_squared, rows.rsquared, rel)
    agree(fit.adjusted_r_squared, rows.rsquared_adj, rel)
    agree(fit.f_value, rows.fvalue, rel)
    agree(fit.f_p_value, rows.f_pvalue, rel * 100)
    agree(fit.residual_ss, rows.ssr, rel)
    agree([fit.n_observations, fit.df_residual, fit.df_model], [rows.nobs, rows.df_resid, rows.df_model])


@settings(max_examples=60, deadline=None)
@given(samples())
def test_cells_give_what_statsmodels_gives_on_rows(reports: Reports) -> None:
    assert len(reports.cells.n) < len(reports.y)
    require_equal(fit_least_squares(reports.cells), sm.OLS(reports.y, reports.columns).fit())
    scored, scale = standardised(reports.cells)
    by_row = reports.scored()
    require_equal(fit_least_squares(scored), sm.OLS(by_row.y, by_row.columns).fit())
    agree(scale.x_sd, reports.x.std(axis=0), 1e-12)
    agree(scale.y_sd, reports.y.std(), 1e-12)


@settings(max_examples=60, deadline=None)
@given(samples())
def test_rows_give_what_statsmodels_gives_to_ten_digits(reports: Reports) -> None:
    require_equal(fit_least_squares(reports.rows), sm.OLS(reports.y, reports.columns).fit(), 1e-10)


@settings(max_examples=30, deadline=None)
@given(samples())
def test_without_a_constant_too(reports: Reports) -> None:
    rows = sm.OLS(reports.y, reports.x).fit()
    require_equal(fit_least_squares(reports.cells, has_constant=False), rows)


@settings(max_examples=30, deadline=None)
@given(samples())
def test_a_weight_counts_an_observation_so_many_times(reports: Reports) -> None:
    times = 1 + np.arange(len(reports.y)) % 3
    repeated = np.repeat(np.arange(len(reports.y)), times)
    weighted = rows_as_cells(reports.names, reports.x, reports.y, reports.institution, times.astype(float))
    expected = sm.OLS(reports.y[repeated], reports.columns[repeated]).fit()
    require_equal(fit_least_squares(weighted), expected)
    require_equal(fit_least_squares(compressed(weighted)), expected)


def test_parts_of_observations_count_as_parts() -> None:
    reports = invented(3)
    weights = np.random.default_rng(3).random(len(reports.y)) + 0.1
    cells = rows_as_cells(reports.names, reports.x, reports.y, reports.institution, weights)
    rows = sm.WLS(reports.y, reports.columns, weights=weights).fit()
    fit = fit_least_squares(cells)
    agree(fit.estimates, rows.params)
    # statsmodels counts rows, the cells sum weights.
    agree(fit.df_residual, weights.sum() - 5)
    agree(fit.std_errors, rows.bse * np.sqrt(rows.df_resid / fit.df_residual))
    agree(fit.r_squared, rows.rsquared)


def test_an_observation_of_weight_nought_is_none() -> None:
    reports = invented(4)
    weights = np.arange(len(reports.y)) % 2 * 1.0
    kept = weights > 0
    found = rows_as_cells(reports.names, reports.x, reports.y, reports.institution, weights)
    require_equal(fit_least_squares(found), sm.OLS(reports.y[kept], reports.columns[kept]).fit(), 1e-10)
    require_equal(
        fit_least_squares(reports.rows.weighted(weights)),
        sm.OLS(reports.y[kept], reports.columns[kept]).fit(),
        1e-10,
    )


def test_order_of_rows_and_names_of_institutions_do_not_matter() -> None:
    reports = invented(5)
    fit = fit_least_squares(reports.cells)
    other = reports.reordered(np.random.default_rng(5).permutation(len(reports.y)))
    other = replace(other, institution=np.array([f"z{31 * ord(key[-1]) % 37}" for key in other.institution]))
    moved = fit_least_squares(other.cells)
    agree(moved.estimates, fit.estimates, 1e-12)
    agree(moved.std_errors, fit.std_errors, 1e-12)


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_the_unit_of_a_predictor_does_not_matter(factor: float) -> None:
    reports = invented(6)
    fit = fit_least_squares(reports.cells)
    units = np.array([1.0, 1.0, factor, factor])
    scaled = fit_least_squares(replace(reports, x=reports.x * units).cells)
    agree(scaled.estimates[1:] * units, fit.estimates[1:], 1e-11)
    agree(scaled.t_values, fit.t_values, 1e-11)
    agree(scaled.condition_number, fit.condition_number, 1e-11)


def test_betas_are_those_of_numpy_on_z_scores() -> None:
    # Three lines: y = 2 x exactly in the mean, by hand. z(x) of 0, 0, 1, 1: -1, -1, 1, 1; y: 0, 2, 2, 4, sd sqrt(2).
    cells = rows_as_cells(
        ("x",), np.array([[0.0], [0], [1], [1]]), np.array([0.0, 2, 2, 4]), INSTITUTIONS[:4]
    )
    scored, scale = standardised(cells)
    agree(scored.x[:, 0], [-1, -1, 1, 1])
    agree([scale.x_sd[0], scale.y_sd], [0.5, 2**0.5])
    fit = fit_least_squares(scored)
    agree(fit.estimates, [0, 1 / 2**0.5])
    agree(fit.r_squared, 0.5)
    # One predictor: F = t^2 = r^2 (n - 2) / (1 - r^2) = 2.
    agree([fit.f_value, fit.t_values[1] ** 2], [2, 2])


@pytest.mark.parametrize("of_outcome", [1.0, 1e4, 1e8])
def test_a_high_level_of_the_outcome_costs_rows_no_digits(of_outcome: float) -> None:
    reports = invented(7)
    # Thousandths that doubles hold exactly at the level.
    spread = np.round((reports.y - reports.y.mean()) * 1024) / 2**20
    near, far = replace(reports, y=spread), replace(reports, y=of_outcome + spread)
    expected, found = fit_least_squares(near.rows), fit_least_squares(far.rows)
    agree(found.estimates[1:], expected.estimates[1:], 1e-10)
    agree(found.std_errors, expected.std_errors, 1e-10)
    agree(found.r_squared, expected.r_squared, 1e-10)
    (scored, scale), (expected_scored, expected_scale) = standardised(far.rows), standardised(near.rows)
    agree(scale.y_sd, expected_scale.y_sd, 1e-10)
    agree(fit_least_squares(scored).std_errors, fit_least_squares(expected_scored).std_errors, 1e-10)


def test_a_high_level_of_a_predictor_costs_no_digits() -> None:
    reports = invented(8)
    far = replace(reports, x=reports.x + np.array([0, 0, 2.0**27, 2.0**20]))
    agree(fit_least_squares(far.cells).estimates[1:], fit_least_squares(reports.cells).estimates[1:])
    agree(fit_least_squares(far.cells).std_errors[1:], fit_least_squares(reports.cells).std_errors[1:])


def test_sums_of_squares_that_rounding_fills_are_refused() -> None:
    reports = invented(7)
    far = replace(reports, y=1e8 + np.round((reports.y - reports.y.mean()) * 1024) / 2**20)
    for what in (standardised, fit_least_squares, moments_of):
        refused(
            Status.CONSTANT_COLUMN,
            "varies so little around its mean of 1e+08 that sums of its squares",
            what,
            far.cells,
        )
    refused(Status.CONSTANT_COLUMN, "that products lose it; z-score it first", moments_of, far.rows)
    # A mean 4,000 times the standard deviation leaves eight digits.
    level = replace(reports, y=reports.y + 4096 * reports.y.std())
    agree(fit_least_squares(level.cells).std_errors, fit_least_squares(reports.cells).std_errors, 1e-7)


def test_observations_that_are_equal_leave_no_squares_within_cells() -> None:
    # 0.1 three times: the squares' rounding is not variation.
    rows = rows_as_cells(("x",), np.repeat([[0.0], [1.0]], 3, axis=0), np.full(6, 0.1), INSTITUTIONS)
    assert compressed(rows).within == 0.0


def test_a_fit_without_residuals_has_infinite_tests_and_no_warnings() -> None:
    x = np.array([[0.0], [0], [1], [1]])
    fit = fit_least_squares(rows_as_cells(("x",), x, np.array([2.0, 2, 4, 4]), INSTITUTIONS[:4]))
    agree(fit.estimates, [2, 2])
    agree(fit.r_squared, 1)
    assert fit.f_value > 1e20
    assert fit.f_p_value < 1e-20
    exact = replace(fit, residual_ss=0.0, std_errors=np.zeros(2))
    assert (exact.f_value, exact.f_p_value) == (np.inf, 0.0)
    assert exact.t_values.tolist() == [np.inf, np.inf]
    assert exact.p_values.tolist() == [0.0, 0.0]


def made(**columns: list[float]) -> Cells:
    """Return six rows of the columns; the outcome is ``y``."""
    y = np.array(columns.pop("y", [1, 3, 2, 5, 4, 4]), dtype=float)
    x = np.column_stack([np.array(values, dtype=float) for values in columns.values()])
    return rows_as_cells(tuple(columns), x, y, INSTITUTIONS[: len(y)])


ONE, OTHER = [1, 2, 3, 4, 5, 7], [2, 1, 0, 2, 1, 1]
NO_FIT = {
    "nothing": (
        made(x=ONE).only(np.zeros(6, dtype=bool)),
        Status.EMPTY_SUBSET,
        "No observation has a value of every variable.",
    ),
    "a predictor that is the same": (made(x=ONE, same=[0.1] * 6), Status.CONSTANT_COLUMN, "with it: same."),
    "a predictor of noughts": (made(x=ONE, none=[0] * 6), Status.CONSTANT_COLUMN, "with it: none."),
    "a predictor of a high level": (made(same=[2e9] * 6, x=ONE), Status.CONSTANT_COLUMN, "with it: same."),
    "an outcome that is the same": (
        made(x=ONE, y=[0.3] * 6),
        Status.CONSTANT_COLUMN,
        "with it: the outcome.",
    ),
    "both the same": (
        made(same=[5] * 6, x=ONE, y=[0] * 6),
        Status.CONSTANT_COLUMN,
        "with it: same, the outcome.",
    ),
    "a predictor twice": (made(x=ONE, again=ONE), Status.PERFECT_COLLINEARITY, "again can be computed"),
    "a predictor in another unit": (
        made(celsius=ONE, other=OTHER, fahrenheit=[32 + 1.8 * value for value in ONE]),
        Status.PERFECT_COLLINEARITY,
        "fahrenheit can be computed",
    ),
    "a small difference of large columns": (
        made(
            gained=[value * 1e6 + 0.1 for value in ONE],
            lost=[value * 1e6 + 0.1 * other for value, other in zip(ONE, OTHER, strict=True)],
            difference=[0.1 - 0.1 * other for other in OTHER],
        ),
        Status.PERFECT_COLLINEARITY,
        "difference can be computed",
    ),
    "all dummies of a kind": (
        made(first=[1, 1, 0, 0, 0, 0], second=[0, 0, 1, 1, 0, 0], third=[0, 0, 0, 0, 1, 1]),
        Status.PERFECT_COLLINEARITY,
        "third can be computed",
    ),
    "two that follow": (
        made(x=ONE, double=[2 * value for value in ONE], other=OTHER, less=[-v for v in OTHER]),
        Status.PERFECT_COLLINEARITY,
        "double, less can be computed",
    ),
    "as many observations as coefficients": (
        made(a=[1, 2, 4], b=[1, 0, 1], y=[1, 3, 2]),
        Status.TOO_FEW_OBSERVATIONS,
        "3 observations for 2 predictors and a constant; at least 4 are needed.",
    ),
    "a predictor without value": (
        made(x=ONE, gap=[1, 2, np.nan, 4, 5, 6], hole=[np.inf, 1, 2, 3, 4, 6]),
        Status.INFINITE_VALUE,
        "Not a finite number: a value of gap, hole.",
    ),
    "an outcome without value": (
        made(x=ONE, y=[1, 2, np.nan, 4, 5, 6]),
        Status.INFINITE_VALUE,
        "a value of the outcome.",
    ),
    "an infinite outcome": (
        made(x=ONE, y=[1, 2, -np.inf, 4, 5, 6]),
        Status.INFINITE_VALUE,
        "a value of the outcome.",
    ),
    "an outcome whose square is infinite": (
        made(x=ONE, y=[1, 2, 1e200, 4, 5, 6]),
        Status.INFINITE_VALUE,
        "a value of the outcome.",
    ),
    "a weight without value": (
        made(x=ONE).weighted(np.array([1, 1, np.nan, 1, 1, 1])),
        Status.INFINITE_VALUE,
        "Not a positive, finite number: a weight.",
    ),
    "a negative weight": (
        made(x=ONE).weighted(np.array([1, 1, -1.0, 1, 1, 1])),
        Status.INFINITE_VALUE,
        "Not a positive, finite number: a weight.",
    ),
    "no weight at all": (
        made(x=ONE).weighted(np.zeros(6)),
        Status.EMPTY_SUBSET,
        "No observation has a value of every variable.",
    ),
}


def refused(status: Status, reason: str, what: object, *given: object, **settings: object) -> None:
    with pytest.raises(NoResultError) as caught:
        what(*given, **settings)
    assert caught.value.verdict.status is status
    assert caught.value.verdict.status is not Status.OK
    assert reason in caught.value.verdict.reason


@pytest.mark.parametrize("case", NO_FIT)
@pytest.mark.parametrize("what", [fit_least_squares, standardised, moments_of, require_fit])
def test_what_allows_no_fit_is_refused_with_the_reason(case: str, what: object) -> None:
    cells, status, reason = NO_FIT[case]
    refused(status, reason, what, cells)


def test_without_a_constant_a_level_column_is_a_predictor() -> None:
    # The mean of the outcome, by hand: 19 / 6.
    fit = fit_least_squares(made(level=[1] * 6), has_constant=False)
    agree(fit.estimates, [19 / 6])


@pytest.mark.parametrize(
    ("cells", "status", "reason"),
    [
        (
            made(a=[1, 2], b=[1, 0], y=[1, 3]),
            Status.TOO_FEW_OBSERVATIONS,
            "2 observations for 2 predictors; at least 3 are needed.",
        ),
        (made(x=ONE, half=[v / 2 for v in ONE]), Status.PERFECT_COLLINEARITY, "half can be computed"),
        (made(none=[0] * 6, x=ONE), Status.PERFECT_COLLINEARITY, "none can be computed"),
        (made(x=[1, 2, np.nan, 4, 5, 7]), Status.INFINITE_VALUE, "a value of x."),
    ],
)
def test_without_a_constant_it_is_refused_too(cells: Cells, status: Status, reason: str) -> None:
    refused(status, reason, fit_least_squares, cells, has_constant=False)


@settings(max_examples=30, deadline=None)
@given(samples())
def test_a_follower_is_found_among_z_scores(reports: Reports) -> None:
    # Z-scoring rounds columns of a high level: what follows in the columns must be found before.
    sum_of_two = reports.x[:, 2] * 3 + reports.x[:, 3] + 2014
    x = np.column_stack([reports.x[:, :3], reports.x[:, 3] + 2014, sum_of_two])
    names = (*reports.names, "sum_of_two")
    refused(
        Status.PERFECT_COLLINEARITY,
        "sum_of_two can be computed",
        standardised,
        replace(reports, names=names, x=x).cells,
    )
