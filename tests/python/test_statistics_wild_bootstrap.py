"""The wild cluster bootstrap from sums per institution is the one that libraries and loops do on single reports."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numba
import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from institution_rows import Reports, invented
from numpy.typing import NDArray
from wildboottest.wildboottest import WildboottestCL

from staff_mobility.statistics.cells import standardised
from staff_mobility.statistics.clustered import moments_of
from staff_mobility.statistics.status import NoResultError, Status
from staff_mobility.statistics.wild_bootstrap import Bootstrap, wild_cluster_bootstrap

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

ALL_SIGNS = 2**12
Array = NDArray[np.float64]


@pytest.fixture
def interpreted() -> Iterator[None]:
    """Let wildboottest run as plain Python: it would compile anew for each test."""
    before, numba.config.DISABLE_JIT = numba.config.DISABLE_JIT, True
    yield
    numba.config.DISABLE_JIT = before


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("term", ["strategy", "in_cluster", "teaching", "days"])
@pytest.mark.parametrize(("seed", "institutions"), [(1, 6), (2, 7), (3, 8)])
def test_with_all_signs_p_is_that_of_wildboottest(term: str, seed: int, institutions: int) -> None:
    reports = invented(seed, institutions)
    found = bootstrap(reports, term)
    library = of_wildboottest(reports, term, draws=ALL_SIGNS)
    assert found.draws == library.t_boot.size == 2**institutions
    # The library counts draws beyond the sample's t; those that give the sample itself tie but for rounding.
    ties = np.isclose(np.abs(library.t_boot), abs(library.t_stat), rtol=1e-9, atol=0)
    assert ties.sum() >= 2
    beyond = (np.abs(library.t_boot) > abs(library.t_stat)) & ~ties
    assert found.p_value == pytest.approx(np.mean(beyond | ties), abs=1e-12)
    assert library.pvalue <= found.p_value <= library.pvalue + ties.mean() + 1e-12
    # Its t has the small-sample factor, which no p depends on.
    assert found.statistic == pytest.approx(library.t_stat * np.sqrt(library.ssc), rel=1e-8)


@pytest.mark.parametrize("term", ["strategy", "days"])
def test_with_drawn_signs_p_is_that_of_wildboottest_but_for_chance(term: str) -> None:
    reports = invented(21, institutions=14)
    found = bootstrap(reports, term, draws=9999)
    library = of_wildboottest(reports, term, draws=9999)
    assert found.draws == 9999
    # Two samples of 9,999 draws: five standard errors.
    spread = np.sqrt(2 * library.pvalue * (1 - library.pvalue) / 9999)
    assert abs(found.p_value - library.pvalue) < 5 * spread
    assert 0.02 < library.pvalue < 0.98


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([("strategy", "days"), ("in_cluster", "teaching")]))
def test_a_joint_test_is_that_of_a_loop_over_reports(seed: int, tested: tuple[str, str]) -> None:
    reports = invented(seed, institutions=6, largest=25)
    found = bootstrap(reports, *tested)
    observed, drawn = looped(reports, tested)
    assert found.draws == len(drawn) == 64
    assert found.statistic == pytest.approx(observed / 2, rel=1e-7)
    # The sample itself and its mirror image tie with it, whatever the rounding; hardly any other draw is so near.
    assert np.mean(drawn > observed * (1 + 1e-7)) < found.p_value <= np.mean(drawn >= observed * (1 - 1e-7))


def test_a_joint_test_has_the_loops_p_to_the_last_draw() -> None:
    for seed in range(4):
        reports = invented(seed, institutions=7)
        observed, drawn = looped(reports, ("strategy", "days"))
        assert bootstrap(reports, "strategy", "days").p_value == np.mean(drawn >= observed * (1 - 1e-9))


def test_of_one_coefficient_the_loop_gives_the_square() -> None:
    reports = invented(5, institutions=7)
    found = bootstrap(reports, "strategy")
    observed, drawn = looped(reports, ("strategy",))
    assert found.statistic**2 == pytest.approx(observed, rel=1e-8)
    assert found.p_value == np.mean(drawn >= observed * (1 - 1e-9))


def test_statistic_has_the_sign_of_the_coefficient() -> None:
    reports = invented(6)
    turned = replace(reports, y=6 - reports.y)
    found, opposite = bootstrap(reports, "strategy"), bootstrap(turned, "strategy")
    assert found.statistic == pytest.approx(-opposite.statistic, rel=1e-9)
    assert found.p_value == opposite.p_value
    estimate = sm.OLS(reports.y, reports.columns).fit().params[1]
    assert np.sign(found.statistic) == np.sign(estimate)


@pytest.mark.parametrize("factor", [1e-7, 1e7])
@pytest.mark.parametrize("tested", [("strategy",), ("strategy", "days")])
def test_the_unit_of_a_column_does_not_matter(factor: float, tested: tuple[str, ...]) -> None:
    reports = invented(7, institutions=9)
    found = bootstrap(reports, *tested)
    for scaled in (
        replace(reports, x=reports.x * np.array([factor, 1, 1 / factor, 1])),
        replace(reports, y=reports.y * factor),
        reports.scored(),
    ):
        moved = bootstrap(scaled, *tested)
        assert moved.p_value == found.p_value
        assert moved.statistic == pytest.approx(found.statistic, rel=1e-8)


@pytest.mark.parametrize("tested", [("strategy",), ("strategy", "days")])
def test_order_of_rows_does_not_matter_and_names_change_only_the_draws(tested: tuple[str, ...]) -> None:
    reports = invented(20, institutions=13)
    found = bootstrap(reports, *tested, draws=2000)
    order = np.random.default_rng(8).permutation(len(reports.y))
    assert same(bootstrap(reports.reordered(order), *tested, draws=2000), found)
    renamed = replace(
        reports, institution=np.array([f"z{155 - ord(key[-1])}" for key in reports.institution])
    )
    moved = bootstrap(renamed, *tested, draws=2000)
    assert moved.statistic == pytest.approx(found.statistic, rel=1e-9)
    assert moved.p_value != found.p_value
    assert abs(moved.p_value - found.p_value) < 5 * np.sqrt(2 * found.p_value * (1 - found.p_value) / 2000)
    # With all signs there is nothing that a name could change.
    few = invented(8, institutions=8)
    others = replace(few, institution=np.array([f"z{155 - ord(key[-1])}" for key in few.institution]))
    assert same(bootstrap(few, *tested), bootstrap(others, *tested))


def test_the_seed_decides_the_draws() -> None:
    reports = invented(9, institutions=13)
    assert same(bootstrap(reports, "days", draws=999, seed=1), bootstrap(reports, "days", draws=999, seed=1))
    assert (
        bootstrap(reports, "days", draws=999, seed=1).p_value
        != bootstrap(reports, "days", draws=999, seed=2).p_value
    )


def test_rows_and_cells_give_the_same() -> None:
    reports = invented(10, institutions=9)
    by_row = wild_cluster_bootstrap(moments_of(standardised(reports.rows)[0]), ("days",), ALL_SIGNS, 1)
    by_cell = wild_cluster_bootstrap(moments_of(standardised(reports.cells)[0]), ("days",), ALL_SIGNS, 1)
    assert same(by_row, by_cell)


def test_p_is_never_nought() -> None:
    # An effect so strong that of 99 draws none reaches it: (0 + 1) / (99 + 1), and 2 / 2^G with all signs.
    reports = invented(11, institutions=14)
    strong = replace(reports, y=reports.y + 100 * reports.x[:, 3])
    assert bootstrap(strong, "days", draws=99).p_value == 0.01
    few = invented(11, institutions=7)
    strong = replace(few, y=few.y + 100 * few.x[:, 3])
    assert bootstrap(strong, "days").p_value == 2 / 2**7


def test_all_signs_are_taken_where_they_are_no_more_than_asked_for() -> None:
    reports = invented(12, institutions=8)
    assert bootstrap(reports, "days", draws=256).draws == 256
    assert bootstrap(reports, "days", draws=256, seed=1) == bootstrap(reports, "days", draws=256, seed=2)
    assert bootstrap(reports, "days", draws=255).draws == 255


def test_a_draw_without_residuals_is_as_far_as_can_be() -> None:
    # Eight institutions on lines of slope 1, one of them turned: by hand. A draw turns lines; the t of m lines upwards
    # grows with |m - 4|, has no residuals and no bound at 8 and 0, and is the sample's at 7 and 1: 2 + 2 * 8 of 256.
    x = np.tile([-1.0, 1.0], 8)
    slopes = np.repeat([1.0, 1, 1, 1, -1, 1, 1, 1], 2)
    lines = Reports(("x",), x[:, None], slopes * x, np.repeat(list("abcdefgh"), 2))
    # A mean slope of 6/8 and the root of seven squares of 1/4 and one of 7/4, divided by eight.
    assert bootstrap(lines, "x") == Bootstrap(pytest.approx(6 / np.sqrt(3.5)), 18 / 256, 256)


def test_too_few_institutions_for_a_joint_test_are_refused() -> None:
    reports = invented(13, institutions=8)
    three = reports.reordered(np.flatnonzero(reports.codes < 3))
    pair = replace(
        three, names=("teaching", "days", "square"), x=np.column_stack([three.x[:, 2:], three.x[:, 3] ** 2])
    )
    with pytest.raises(NoResultError) as caught:
        bootstrap(pair, "teaching", "days", "square")
    assert caught.value.verdict.status is Status.TOO_FEW_OBSERVATIONS
    assert caught.value.verdict.reason == (
        "3 institutions cannot test 3 coefficients at once: teaching, days, square."
    )
    assert 0 < bootstrap(pair, "teaching", "days").p_value <= 1


def test_a_coefficient_that_single_institutions_decide_is_refused() -> None:
    reports = invented(14, institutions=8)
    few = reports.reordered(np.flatnonzero(reports.codes < 3))
    level = replace(few, x=np.column_stack([few.codes == 1, few.codes == 2, few.x[:, 2:]]).astype(float))
    with pytest.raises(NoResultError, match="single ones decide strategy, and leave no residual") as caught:
        bootstrap(level, "strategy")
    assert caught.value.verdict.status is Status.TOO_FEW_OBSERVATIONS
    assert 0 < bootstrap(level, "days").p_value <= 1


def bootstrap(reports: Reports, *tested: str, draws: int = ALL_SIGNS, seed: int = 20231201) -> Bootstrap:
    return wild_cluster_bootstrap(moments_of(reports.cells), tested, draws, seed)


def same(found: Bootstrap, expected: Bootstrap) -> bool:
    return (
        found.p_value == expected.p_value
        and found.draws == expected.draws
        and found.statistic == pytest.approx(expected.statistic, rel=1e-9)
    )


def of_wildboottest(reports: Reports, term: str, draws: int) -> WildboottestCL:
    """Run the library on single reports, with the null imposed."""
    tested = np.array([name == term for name in ("constant", *reports.names)], dtype=float)
    library = WildboottestCL(
        X=reports.columns, Y=reports.y, cluster=reports.codes, R=tested, B=draws, seed=7, parallel=False
    )
    library.get_scores(bootstrap_type="11", impose_null=True)
    library.get_weights(weights_type="rademacher")
    library.get_numer()
    library.get_denom()
    library.get_tboot()
    library.get_vcov()
    library.get_tstat()
    library.get_pvalue()
    return library


def looped(reports: Reports, tested: tuple[str, ...]) -> tuple[float, Array]:
    """Return the Wald statistic of the sample and of every pattern of signs, each from a fit of all reports."""
    positions = [1 + reports.names.index(name) for name in tested]
    others = np.delete(reports.columns, positions, axis=1)
    fitted = others @ np.linalg.lstsq(others, reports.y)[0]
    residuals = reports.y - fitted
    patterns = itertools.product((-1.0, 1.0), repeat=len(np.unique(reports.codes)))
    drawn = [
        wald(reports.columns, fitted + residuals * np.array(signs)[reports.codes], reports.codes, positions)
        for signs in patterns
    ]
    return wald(reports.columns, reports.y, reports.codes, positions), np.array(drawn)


def wald(x: Array, y: Array, codes: NDArray[np.int64], positions: list[int]) -> float:
    estimates = np.linalg.lstsq(x, y)[0]
    residuals = y - x @ estimates
    bread = np.linalg.pinv(x.T @ x)
    scores = [x[codes == code].T @ residuals[codes == code] for code in np.unique(codes)]
    covariance = bread @ sum(np.outer(score, score) for score in scores) @ bread
    of_tested = estimates[positions]
    return float(of_tested @ np.linalg.inv(covariance[np.ix_(positions, positions)]) @ of_tested)
