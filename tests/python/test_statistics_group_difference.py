"""The analysis of variance on cells is that of the rows: NIST's certified values, R and scipy are the references."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from staff_mobility.statistics.cells import standardised
from staff_mobility.statistics.clustered import moments_of
from staff_mobility.statistics.group_difference import GroupCells, as_cells, compare
from staff_mobility.statistics.least_squares import fit_least_squares
from staff_mobility.statistics.status import NoResultError, Status
from staff_mobility.statistics.wild_bootstrap import wild_cluster_bootstrap

Row = tuple[str, float, str]

# NIST StRD, analysis of variance, SiRstv: five instruments, five resistances each.
INSTRUMENTS = {
    "1": (196.3052, 196.1240, 196.1890, 196.2569, 196.3403),
    "2": (196.3042, 196.3825, 196.1669, 196.3257, 196.0422),
    "3": (196.1303, 196.2005, 196.2889, 196.0343, 196.1811),
    "4": (196.2795, 196.1748, 196.1494, 196.1485, 195.9885),
    "5": (196.2119, 196.1051, 196.1850, 196.0052, 196.2090),
}
# R 4.2.2: PlantGrowth
PLANTS = {
    "ctrl": (4.17, 5.58, 5.18, 6.11, 4.50, 4.61, 5.17, 4.53, 5.33, 5.14),
    "trt1": (4.81, 4.17, 4.41, 3.59, 5.87, 3.83, 6.03, 4.89, 4.32, 4.69),
    "trt2": (6.31, 5.12, 5.54, 5.50, 5.37, 5.29, 4.92, 6.15, 5.80, 5.26),
}


def groups_of(rows: list[Row]) -> GroupCells:
    """Sum rows by group and institution."""
    keys = sorted({(group, institution) for group, _, institution in rows})
    values = [[y for group, y, institution in rows if (group, institution) == key] for key in keys]
    return GroupCells(
        group=np.array([group for group, _ in keys]),
        n=np.array([float(len(cell)) for cell in values]),
        y_sum=np.array([sum(cell) for cell in values]),
        y_square_sum=np.array([sum(y**2 for y in cell) for cell in values]),
        institution=np.array([institution for _, institution in keys]),
    )


def rows_in(groups: dict[str, tuple[float, ...]], institutions: int) -> list[Row]:
    return [
        (group, y, f"i{position % institutions}")
        for group, values in groups.items()
        for position, y in enumerate(values)
    ]


def verdict_of(groups: GroupCells) -> tuple[Status, str]:
    with pytest.raises(NoResultError) as raised:
        compare(groups)
    return raised.value.verdict.status, raised.value.verdict.reason


def test_certified_values() -> None:
    """NIST's F, residual standard deviation and R squared; sums of squares keep eleven digits of a level of 196."""
    found = compare(groups_of(rows_in(INSTRUMENTS, 5)))
    assert found.f_value == pytest.approx(1.18046237440255, rel=1e-11)
    assert found.eta_squared == pytest.approx(0.190999039051129, rel=1e-11)
    assert (found.df_between, found.df_within) == (4, 20)
    assert (found.n_groups, found.n_observations) == (5, 25)


@pytest.mark.parametrize("institutions", [1, 3])
def test_values_of_r(institutions: int) -> None:
    """R 4.2.2: anova(lm(weight ~ group, PlantGrowth)); sums of squares 3.76634 between, 10.49209 within."""
    found = compare(groups_of(rows_in(PLANTS, institutions)))
    assert found.f_value == pytest.approx(4.84608786238014, rel=1e-12)
    assert found.p_value == pytest.approx(0.0159099583256229, rel=1e-11)
    assert found.eta_squared == pytest.approx(3.76634 / (3.76634 + 10.49209), rel=1e-12)
    assert found.group_means == pytest.approx({"ctrl": 5.032, "trt1": 4.661, "trt2": 5.526}, rel=1e-14)
    assert list(found.group_means) == ["ctrl", "trt1", "trt2"]


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.integers(-8, 20).map(lambda y: y / 4), st.sampled_from("uvw")),
        min_size=3,
        max_size=40,
    ),
    st.randoms(use_true_random=False),
)
@settings(deadline=None, max_examples=150)
def test_cells_are_rows(rows: list[Row], random: object) -> None:
    by_group = [[y for group, y, _ in rows if group == key] for key in sorted({row[0] for row in rows})]
    assume(len(by_group) > 1 and any(len(set(values)) > 1 for values in by_group))
    expected = stats.f_oneway(*by_group)
    found = compare(groups_of(rows))
    assert found.f_value == pytest.approx(expected.statistic, rel=1e-9, abs=1e-12)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-8)
    random.shuffle(rows)  # type: ignore[attr-defined]
    shuffled = groups_of([(group, y, institution) for group, y, institution in rows])
    order = np.argsort([hash(key) for key in shuffled.institution])
    assert compare(shuffled.only(order)) == found


def test_weights_count_as_observations() -> None:
    """Each row once, or twice as half: the same test."""
    once = groups_of(rows_in(PLANTS, 3))
    halves = [np.tile(part / 2, 2) for part in (once.n, once.y_sum, once.y_square_sum)]
    twice = GroupCells(np.tile(once.group, 2), *halves, np.tile(once.institution, 2))
    assert compare(twice).f_value == pytest.approx(compare(once).f_value, rel=1e-12)
    assert compare(twice).n_observations == 30


def test_dummies_test_the_same() -> None:
    """The F test of a regression on the dummies is that of the analysis of variance."""
    groups = groups_of(rows_in(PLANTS, 5))
    cells = as_cells(groups)
    assert cells.names == ("trt1", "trt2")
    assert set(map(tuple, cells.x[cells.institution == "i0"])) == {(0, 0), (1, 0), (0, 1)}
    fit = fit_least_squares(cells)
    assert fit.estimates == pytest.approx([5.032, 4.661 - 5.032, 5.526 - 5.032], rel=1e-12)
    assert fit.f_value == pytest.approx(4.84608786238014, rel=1e-12)


def test_joint_bootstrap_of_the_dummies() -> None:
    """Groups that differ by far more than institutions do are told apart; what goes with institutions is not."""
    generator = np.random.default_rng(4)
    rows = [("abc"[i % 3], float(i % 3) + generator.normal(0, 0.1), f"i{i % 13:02}") for i in range(400)]
    moments = moments_of(standardised(as_cells(groups_of(rows)))[0])
    # All 2^13 sign patterns: the sample's own and its mirror image are the only ones as far out.
    found = wild_cluster_bootstrap(moments, ("b", "c"), draws=9999, seed=1)
    assert found.p_value == pytest.approx(2 / 2**13)

    # Institutions of one group each, with levels of their own: rows look different, institutions don't.
    levels = np.linspace(-1.5, 1.5, 13) + np.arange(13) % 2 / 2
    nested = [
        ("ab"[k % 2], levels[k] + generator.normal(0, 0.1), f"i{k:02}") for k in range(13) for _ in range(30)
    ]
    assert compare(groups_of(nested)).p_value < 0.01
    moments = moments_of(standardised(as_cells(groups_of(nested)))[0])
    assert wild_cluster_bootstrap(moments, ("b",), draws=9999, seed=1).p_value > 0.1


def test_a_group_of_one_observation_and_cells_of_none() -> None:
    """Groups (1, 2, 3) and (6): means 2 and 6, between 3 * 1 + 1 * 9 = 12, within 2, so F = 12 / (2 / 2)."""
    groups = groups_of([("a", 1, "i"), ("a", 2, "i"), ("a", 3, "j"), ("b", 6, "j")])
    found = compare(groups)
    assert found.f_value == pytest.approx(12, rel=1e-13)
    assert found.eta_squared == pytest.approx(12 / 14, rel=1e-13)
    with_empty = GroupCells(
        np.append(groups.group, "c"),
        np.append(groups.n, 0.0),
        np.append(groups.y_sum, 0.0),
        np.append(groups.y_square_sum, 0.0),
        np.append(groups.institution, "j"),
    )
    assert compare(with_empty) == found
    assert as_cells(with_empty).names == ("b",)


def test_what_cannot_be_compared_says_why() -> None:
    one_group = groups_of([("nordic", 1, "i"), ("nordic", 2, "j")])
    status, reason = verdict_of(one_group)
    assert status is Status.CONSTANT_COLUMN
    assert "nordic" in reason
    with pytest.raises(NoResultError, match="nordic"):
        as_cells(one_group)

    same = groups_of([("a", 0.1, "i"), ("a", 0.1, "i"), ("a", 0.1, "i"), ("b", 0.1, "j"), ("b", 0.1, "k")])
    assert verdict_of(same) == (
        Status.CONSTANT_COLUMN,
        "The same in all observations, so nothing can go with it: the outcome.",
    )
    status, reason = verdict_of(groups_of([("a", 0.1, "i")] * 3 + [("b", 0.7, "j")] * 3))
    assert status is Status.CONSTANT_COLUMN
    assert "within each group" in reason

    status, reason = verdict_of(groups_of([("a", 1, "i"), ("b", 2, "j")]))
    assert status is Status.TOO_FEW_OBSERVATIONS
    assert reason.startswith("2 observations in 2 groups")

    assert verdict_of(one_group.only(np.array([], dtype=int)))[0] is Status.EMPTY_SUBSET
    with np.errstate(invalid="ignore"):
        infinite = groups_of([("a", 1, "i"), ("a", 3, "j"), ("b", np.inf, "j")])
    assert verdict_of(infinite)[0] is Status.INFINITE_VALUE
    negative = groups_of([("a", 1, "i"), ("b", 2, "j"), ("b", 4, "i")])
    negative.n[0] = -1
    assert verdict_of(negative)[0] is Status.INFINITE_VALUE
