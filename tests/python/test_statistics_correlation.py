"""Correlations from counts are those of the rows that the counts stand for: scipy, R and hand values are the references."""

from __future__ import annotations

from dataclasses import astuple
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from staff_mobility.statistics.cells import standardised
from staff_mobility.statistics.clustered import cr2_satterthwaite, moments_of
from staff_mobility.statistics.correlation import (
    PairCounts,
    as_cells,
    correlate,
    institution_means,
    leave_one_out,
)
from staff_mobility.statistics.least_squares import fit_least_squares
from staff_mobility.statistics.status import NoResultError, Status

Table = list[tuple[float, float, float, str]]

# R 4.2.2: table(mtcars$cyl, mtcars$gear)
CYLINDERS_BY_GEARS: Table = [
    (4, 3, 1, "a"),
    (4, 4, 8, "b"),
    (4, 5, 2, "a"),
    (6, 3, 2, "c"),
    (6, 4, 4, "b"),
    (6, 5, 1, "c"),
    (8, 3, 12, "a"),
    (8, 5, 2, "c"),
]


def pairs_of(table: Table) -> PairCounts:
    x, y, n, institution = zip(*table, strict=True)
    return PairCounts(np.array(x, float), np.array(y, float), np.array(n, float), np.array(institution))


def rows_of(pairs: PairCounts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    times = pairs.n.astype(int)
    return np.repeat(pairs.x, times), np.repeat(pairs.y, times), np.repeat(pairs.institution, times)


def verdict_of(pairs: PairCounts, **names: tuple[str, str]) -> tuple[Status, str]:
    with pytest.raises(NoResultError) as raised:
        correlate(pairs, 0.95, **names)
    return raised.value.verdict.status, raised.value.verdict.reason


tables = st.lists(
    st.tuples(
        st.sampled_from([-2.5, 0.0, 0.1, 1.0, 3.0, 40.0]),
        st.sampled_from([0.2, 1.0, 1.5, 2.0, 7.0]),
        st.integers(1, 5).map(float),
        st.sampled_from(["a", "b", "c", "d"]),
    ),
    min_size=2,
    max_size=25,
)


def varied(table: Table) -> PairCounts:
    pairs = pairs_of(table)
    assume(len(set(pairs.x)) > 1 and len(set(pairs.y)) > 1 and pairs.n_observations >= 4)
    return pairs


def test_values_of_r() -> None:
    """R 4.2.2: cor.test(mtcars$cyl, mtcars$gear, method = m, exact = FALSE), and with conf.level = 0.9."""
    found = correlate(pairs_of(CYLINDERS_BY_GEARS), 0.95)
    assert found.n_observations == 32
    assert found.n_clusters == 3
    assert found.pearson_r == pytest.approx(-0.492686599389471, rel=1e-13)
    assert found.p_value == pytest.approx(0.00417329744994735, rel=1e-12)
    assert (found.ci_low, found.ci_high) == pytest.approx((-0.718025971911854, -0.173861483934021), rel=1e-12)
    assert found.spearman_rho == pytest.approx(-0.564310474701716, rel=1e-13)
    assert found.spearman_p_value == pytest.approx(0.000767820883571155, rel=1e-12)
    assert found.kendall_tau == pytest.approx(-0.512543485970562, rel=1e-13)
    assert found.kendall_p_value == pytest.approx(0.00160432894623576, rel=1e-12)
    narrower = correlate(pairs_of(CYLINDERS_BY_GEARS), 0.9)
    assert (narrower.ci_low, narrower.ci_high) == pytest.approx(
        (-0.688471255256826, -0.229972376627398), rel=1e-12
    )


def test_by_hand() -> None:
    """x 1 2 3 4 and y 1 3 2 4: the means are 2.5, five of six pairs agree, and so 4/6; r and rho are 4/5."""
    found = correlate(pairs_of([(1, 1, 1, "a"), (2, 3, 1, "a"), (3, 2, 1, "b"), (4, 4, 1, "b")]), 0.95)
    assert found.pearson_r == pytest.approx(0.8, rel=1e-14)
    assert found.spearman_rho == pytest.approx(0.8, rel=1e-14)
    assert found.kendall_tau == pytest.approx(4 / 6, rel=1e-14)
    # t = 0.8 sqrt(2) / 0.6; with two degrees of freedom the two-sided p is 1 - t / sqrt(2 + t^2).
    assert found.p_value == pytest.approx(0.2, rel=1e-12)


@given(tables)
@settings(deadline=None, max_examples=150)
def test_counts_are_rows(table: Table) -> None:
    pairs = varied(table)
    x, y, institution = rows_of(pairs)
    found = correlate(pairs, 0.95)
    pearson, spearman = stats.pearsonr(x, y), stats.spearmanr(x, y)
    kendall = stats.kendalltau(x, y, method="asymptotic")
    interval = pearson.confidence_interval(0.95)
    assert found.n_observations == len(x)
    assert found.n_clusters == len(set(institution))
    assert found.pearson_r == pytest.approx(pearson.statistic, abs=1e-12)
    assert found.spearman_rho == pytest.approx(spearman.statistic, abs=1e-12)
    assert found.kendall_tau == pytest.approx(kendall.statistic, abs=1e-12)
    assert found.kendall_p_value == pytest.approx(kendall.pvalue, rel=1e-9, abs=1e-15)
    # Where r is one but for rounding, the rest under the root is rounding, in scipy and here.
    if abs(pearson.statistic) < 1 - 1e-9:
        assert found.p_value == pytest.approx(pearson.pvalue, rel=1e-6, abs=1e-15)
        assert (found.ci_low, found.ci_high) == pytest.approx((interval.low, interval.high), abs=1e-9)
    if abs(spearman.statistic) < 1 - 1e-9:
        assert found.spearman_p_value == pytest.approx(spearman.pvalue, rel=1e-6, abs=1e-15)


@given(tables, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_order_and_splitting_of_cells_do_not_matter(table: Table, random: object) -> None:
    whole = correlate(varied(table), 0.95)
    shuffled = list(table)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert correlate(pairs_of(shuffled), 0.95) == whole
    # Each observation counted half, twice: binary fractions, so that nothing is rounded.
    halves = pairs_of([(x, y, n / 2, key) for x, y, n, key in shuffled * 2])
    assert astuple(correlate(halves, 0.95)) == pytest.approx(astuple(whole), rel=1e-9, abs=1e-12)


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 6), st.sampled_from([0.25, 0.5, 1.0, 2.5])), min_size=4
    )
)
@settings(deadline=None, max_examples=100)
def test_fractional_weights_by_definition(triples: list[tuple[int, int, float]]) -> None:
    """Pearson by numpy's weighted covariance; tau-b by its definition, pair by pair, in fractions."""
    pairs = varied([(x, y, n, "a") for x, y, n in triples])
    found = correlate(pairs, 0.95)
    covariance = np.cov(pairs.x, pairs.y, aweights=pairs.n)
    assert found.pearson_r == pytest.approx(
        covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]), abs=1e-12
    )
    surplus = x_differs = y_differs = Fraction(0)
    for (x1, y1, n1), (x2, y2, n2) in combinations(triples, 2):
        weight = Fraction(n1) * Fraction(n2)
        surplus += weight * int(np.sign((x1 - x2) * (y1 - y2)))
        x_differs += weight * (x1 != x2)
        y_differs += weight * (y1 != y2)
    assert found.kendall_tau == pytest.approx(float(surplus) / float(x_differs * y_differs) ** 0.5, abs=1e-13)


def test_millions_of_reports_lose_no_digits() -> None:
    """A table counted a million times has the same coefficients."""
    once, often = (
        correlate(pairs_of([(x, y, n * times, key) for x, y, n, key in CYLINDERS_BY_GEARS]), 0.95)
        for times in (1, 1_000_000)
    )
    for name in ("pearson_r", "spearman_rho", "kendall_tau"):
        assert getattr(often, name) == pytest.approx(getattr(once, name), rel=1e-14)
    assert often.p_value == often.kendall_p_value == 0


def test_level_and_size_of_values_do_not_matter() -> None:
    plain = correlate(pairs_of(CYLINDERS_BY_GEARS), 0.95)
    moved = [(x * 1e-170, y + 1e9, n, key) for x, y, n, key in CYLINDERS_BY_GEARS]
    assert astuple(correlate(pairs_of(moved), 0.95)) == pytest.approx(astuple(plain), rel=1e-12)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_perfect_line(sign: int) -> None:
    found = correlate(pairs_of([(x, sign * 0.1 * x, 1, "a") for x in (0.1, 0.2, 0.3, 0.7, 1.1)]), 0.95)
    assert found.pearson_r == pytest.approx(sign, rel=1e-15)
    assert found.p_value == pytest.approx(0, abs=1e-20)
    assert (found.ci_low, found.ci_high) == pytest.approx((sign, sign), rel=1e-6)
    assert found.spearman_rho == found.kendall_tau == sign


@pytest.mark.parametrize("sign", [1, -1])
def test_nothing_but_a_line_has_no_chance(sign: int) -> None:
    """With y = x, or -x, r is exactly one: t is infinite, and the interval has no width."""
    found = correlate(pairs_of([(x, sign * x, 1, "a") for x in (1, 2, 3, 7)]), 0.95)
    assert (found.pearson_r, found.p_value, found.ci_low, found.ci_high) == (sign, 0, sign, sign)
    assert (found.spearman_rho, found.spearman_p_value) == (sign, 0)


def test_institution_means_and_their_correlation() -> None:
    """Institution a: x (4 + 8 + 6 x 2) / 4 = 6, y (1 + 3 + 2 x 2) / 4 = 2; b: x 1, y 5."""
    pairs = pairs_of([(6, 2, 2, "a"), (4, 1, 1, "a"), (1, 5, 3, "b"), (8, 3, 1, "a"), (9, 9, 0, "c")])
    means = institution_means(pairs)
    assert means.institution.tolist() == ["a", "b"]
    assert means.x.tolist() == [6, 1]
    assert means.y.tolist() == [2, 5]
    assert means.n.tolist() == [1, 1]


def test_cells_carry_r_and_clustered_errors() -> None:
    """The z-scored slope is r; CR2 of rows and of counts is the same."""
    pairs = pairs_of(CYLINDERS_BY_GEARS)
    scaled, _ = standardised(as_cells(pairs, ("cylinders", "gears")))
    assert scaled.names == ("cylinders",)
    assert fit_least_squares(scaled).estimates[1] == pytest.approx(-0.492686599389471, rel=1e-12)
    x, y, institution = rows_of(pairs)
    by_row, _ = standardised(as_cells(PairCounts(x, y, np.ones(32), institution), ("cylinders", "gears")))
    once, often = (cr2_satterthwaite(moments_of(cells)) for cells in (scaled, by_row))
    assert once.std_errors == pytest.approx(often.std_errors, rel=1e-10)
    assert once.degrees_of_freedom == pytest.approx(often.degrees_of_freedom, rel=1e-10)


@given(tables)
@settings(deadline=None, max_examples=60)
def test_leaving_one_institution_out(table: Table) -> None:
    pairs = pairs_of(table)
    x, y, institution = rows_of(pairs)
    assume(len(set(institution)) > 1)
    found = leave_one_out(pairs)
    assert found["institution"].tolist() == sorted(set(institution))
    for key, r in found:
        rest = institution != key
        if len(set(x[rest])) > 1 and len(set(y[rest])) > 1:
            assert r == pytest.approx(stats.pearsonr(x[rest], y[rest]).statistic, abs=1e-12)
        else:
            assert np.isnan(r)


def test_what_cannot_be_correlated_says_why() -> None:
    names = ("index", "rate")
    three = pairs_of([(1, 2, 1, "a"), (2, 1, 1, "b"), (3, 5, 1, "c")])
    status, reason = verdict_of(three, names=names)
    assert status is Status.TOO_FEW_OBSERVATIONS
    assert reason.startswith("3 observations of index and rate")

    flat = pairs_of([(0.1 + 0.2, 1, 3, "a"), (0.3, 2, 3, "b")])
    assert verdict_of(flat, names=names) == (
        Status.CONSTANT_COLUMN,
        "The same in all observations, so nothing can go with it: index.",
    )
    assert verdict_of(PairCounts(flat.y, flat.x, flat.n, flat.institution), names=names)[1].endswith(
        ": rate."
    )

    for wrong in (np.inf, np.nan):
        infinite = pairs_of([(1, 1, 3, "a"), (2, wrong, 3, "b")])
        assert verdict_of(infinite, names=names) == (
            Status.INFINITE_VALUE,
            "Not a finite number: a value of rate.",
        )
        assert verdict_of(pairs_of([(1, 1, wrong, "a"), (2, 3, 5, "b")]))[0] is Status.INFINITE_VALUE
    assert verdict_of(pairs_of([(1, 1, -1, "a"), (2, 3, 9, "b")]))[0] is Status.INFINITE_VALUE

    status, reason = verdict_of(pairs_of([(1, 2, 0, "a"), (2, 1, 0, "b")]), names=names)
    assert status is Status.EMPTY_SUBSET
    assert "index and rate" in reason

    with pytest.raises(NoResultError) as raised:
        leave_one_out(pairs_of([(1, 2, 3, "nmh"), (2, 1, 3, "nmh")]))
    assert raised.value.verdict.status is Status.ONE_INSTITUTION
    assert "nmh" in raised.value.verdict.reason
