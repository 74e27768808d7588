"""Clusters of patterns are complete linkage's clusters of reports: hand values, scipy and scikit-learn are the references."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from staff_mobility.statistics import clustering
from staff_mobility.statistics.clustering import (
    Cluster,
    Clustering,
    Patterns,
    adjusted_rand,
    cluster_patterns,
)
from staff_mobility.statistics.status import NoResultError, Status


def patterns_of(listed: dict[str, float]) -> Patterns:
    """Return patterns from text such as ``0110`` and how many reports have each."""
    ticks = np.array([[int(tick) for tick in pattern] for pattern in listed], dtype=np.int8)
    return Patterns(
        ticks, np.array(list(listed.values()), float), tuple(f"m{i:02}" for i in range(ticks.shape[1]))
    )


def found_in(patterns: Patterns, clusters: int, **settings: int) -> Clustering:
    return cluster_patterns(patterns, clusters, **{"orders": 5, "seed": 1, "limit": 1000} | settings)


def random_patterns(seed: int, reports: int, motives: int) -> Patterns:
    """Reports that tick all motives with a chance of their own, as tickers of few and of many do."""
    generator = np.random.default_rng(seed)
    ticks = generator.random((reports, motives)) < generator.random((reports, 1))
    points, n = np.unique(ticks.astype(np.int8), axis=0, return_counts=True)
    return Patterns(points, n.astype(float), tuple(f"m{i:02}" for i in range(motives)))


def profile_of(ticks: np.ndarray) -> tuple[float, ...]:
    """What tells one cluster of rows from another: its size, its fewest and most ticks, the share of each motive."""
    ticked = ticks.sum(axis=1)
    return (len(ticks), ticked.min(), ticked.max(), *ticks.mean(axis=0).round(12))


def profile_in(cluster: Cluster) -> tuple[float, ...]:
    return (
        cluster.n_reports,
        cluster.min_ticks,
        cluster.max_ticks,
        *np.round(cluster.ticked_shares, 12),
    )


def test_by_hand() -> None:
    """Who ticks nothing or one, who ticks the first three, who ticks nearly all; reports are counted, not patterns."""
    found = found_in(
        patterns_of({"1111110": 2, "0000000": 6, "0000001": 2, "1110000": 5, "1111111": 1, "1100000": 5}), 3
    )
    few, some, many = found.clusters
    assert [part.number for part in found.clusters] == [1, 2, 3]
    assert (few.n_reports, few.n_patterns, few.min_ticks, few.max_ticks) == (8, 2, 0, 1)
    assert few.mean_ticks == pytest.approx(2 / 8, rel=1e-15)
    assert few.ticked_shares == pytest.approx((0, 0, 0, 0, 0, 0, 0.25))
    assert some.n_reports == 10
    assert some.ticked_shares == pytest.approx((1, 1, 0.5, 0, 0, 0, 0))
    assert many.mean_ticks == pytest.approx(19 / 3, rel=1e-15)
    assert [part.merge_height for part in found.clusters] == [1, 1, 1]
    assert (found.n_reports, found.correction) == (21, "")
    # No two merges compete here, so no order of the points changes anything.
    assert found.adjusted_rand_mean == found.adjusted_rand_min == 1


def test_distances_without_ties_give_what_single_reports_give() -> None:
    """The first 0, 1, 4, 9, 15, 22, 32 or 34 of 34 motives: all 28 distances differ, so that nothing is open."""
    marks = (0, 1, 4, 9, 15, 22, 32, 34)
    patterns = patterns_of({"1" * mark + "0" * (34 - mark): i + 1 for i, mark in enumerate(marks)})
    rows = np.repeat(patterns.ticks, patterns.n.astype(int), axis=0)
    for clusters in range(1, 9):
        labels = fcluster(linkage(rows, "complete"), clusters, "maxclust")
        expected = sorted(profile_of(rows[labels == label]) for label in np.unique(labels))
        assert len(expected) == clusters
        found = found_in(patterns, clusters)
        assert sorted(map(profile_in, found.clusters)) == expected
        assert found.adjusted_rand_min == 1


@pytest.mark.parametrize("clusters", [2, 3, 5])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ties_are_broken_as_scikit_learn_breaks_them(clusters: int, seed: int) -> None:
    """The same partition of the patterns in their order; heights tie, so that a cut at a height would give fewer."""
    patterns = random_patterns(seed, 120, 8)
    labels = AgglomerativeClustering(n_clusters=clusters, linkage="complete").fit_predict(patterns.ticks)
    parts = [(patterns.ticks[labels == label], patterns.n[labels == label]) for label in range(clusters)]
    parts.sort(key=lambda part: np.average(part[0].sum(axis=1), weights=part[1]))
    found = found_in(patterns, clusters)
    for cluster, (members, n) in zip(found.clusters, parts, strict=True):
        rows = np.repeat(members, n.astype(int), axis=0)
        apart = (members[:, None] != members[None]).sum(axis=2)
        assert profile_in(cluster) == profile_of(rows)
        assert cluster.mean_ticks == pytest.approx(rows.sum(axis=1).mean(), rel=1e-14)
        assert cluster.n_patterns == len(members)
        assert cluster.merge_height == pytest.approx(np.sqrt(apart.max()), rel=1e-15)


def test_a_square_falls_apart_either_way() -> None:
    """Of 00, 01, 10, 11 the sides tie: the other split has no pair in common, and an adjusted Rand index of -1/2."""
    found = found_in(patterns_of({"00": 1, "01": 1, "10": 1, "11": 1}), 2, orders=40)
    assert found.adjusted_rand_min == pytest.approx(-0.5, rel=1e-15)
    # A mean of ones and -1/2s.
    assert -0.5 < found.adjusted_rand_mean < 1
    swapped = (1 - found.adjusted_rand_mean) / 1.5 * 40
    assert swapped == pytest.approx(round(swapped), abs=1e-9)


def test_agreement_counts_reports() -> None:
    """The same square, with 7, 1, 2 and 3 reports: scikit-learn's index of the two splits of the thirteen."""
    n = [7, 1, 2, 3]
    expected = adjusted_rand_score(np.repeat([0, 0, 1, 1], n), np.repeat([0, 1, 0, 1], n))
    found = found_in(patterns_of(dict(zip(("00", "01", "10", "11"), n, strict=True))), 2, orders=40)
    assert found.adjusted_rand_min == pytest.approx(expected, rel=1e-13)
    swapped = (1 - found.adjusted_rand_mean) / (1 - expected) * 40
    assert 0 < round(swapped) < 40
    assert swapped == pytest.approx(round(swapped), abs=1e-9)


def test_patterns_beyond_one_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Comparing seven patterns at a time finds what comparing all at once finds."""
    patterns = random_patterns(2, 200, 8)
    for limit in (1000, 60):
        monkeypatch.setattr(clustering, "_BLOCK", 1000)
        whole = found_in(patterns, 3, limit=limit)
        monkeypatch.setattr(clustering, "_BLOCK", 7)
        assert found_in(patterns, 3, limit=limit) == whole


def test_the_seed_and_nothing_else_draws_the_orders() -> None:
    patterns = random_patterns(1, 120, 8)
    found = found_in(patterns, 3, seed=7)
    assert found == found_in(patterns, 3, seed=7)
    other = found_in(patterns, 3, seed=8)
    assert other.adjusted_rand_mean != found.adjusted_rand_mean
    assert other.clusters == found.clusters


@given(st.integers(0, 50), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=25)
def test_order_of_rows_and_motives_does_not_matter(seed: int, random: object) -> None:
    patterns = random_patterns(seed, 60, 6)
    found = found_in(patterns, 3)
    rows, columns = np.arange(len(patterns.n)), np.arange(6)
    random.shuffle(rows)  # type: ignore[attr-defined]
    random.shuffle(columns)  # type: ignore[attr-defined]
    # Each pattern in two halves, and one of no report.
    ticks = np.vstack([patterns.ticks[rows], patterns.ticks[rows], np.ones((1, 6), np.int8)])[:, columns]
    n = np.concatenate([patterns.n[rows] / 2, patterns.n[rows] / 2, [0.0]])
    again = found_in(Patterns(ticks, n, tuple(patterns.motives[column] for column in columns)), 3)
    assert again.adjusted_rand_mean == found.adjusted_rand_mean
    for one, other in zip(again.clusters, found.clusters, strict=True):
        assert one.ticked_shares == pytest.approx(np.array(other.ticked_shares)[columns], rel=1e-14)
        assert replace(one, ticked_shares=()) == replace(other, ticked_shares=())


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(1, 5)), min_size=1, max_size=12))
@settings(deadline=None)
def test_adjusted_rand_of_counts_is_that_of_rows(points: list[tuple[int, int, int]]) -> None:
    first, second, n = (np.array(column) for column in zip(*points, strict=True))
    expected = adjusted_rand_score(np.repeat(first, n), np.repeat(second, n))
    assert adjusted_rand(first, second, n.astype(float)) == pytest.approx(expected, abs=1e-12)


def test_above_the_limit_the_rest_joins_the_nearest_farthest_member() -> None:
    """Clusters of the frequent: 000000 with 000111 (its farthest 3 away), and 111100.

    The rare 110000 is 2 from 000000 and 2 from 111100. Its farthest member is 111100 in the one, and 000111 (5 away)
    in the other: it joins the one, though single linkage would leave that open.
    """
    patterns = patterns_of({"110000": 1, "000000": 10, "000111": 9, "111110": 8, "111100": 8})
    found = found_in(patterns, 2, limit=4)
    low, high = found.clusters
    assert (low.n_reports, high.n_reports) == (19, 17)
    assert high.min_ticks == 2
    # 110000 and 111110 differ in three motives: members that joined later count.
    assert (low.merge_height, high.merge_height) == pytest.approx((np.sqrt(3), np.sqrt(3)))
    assert found.n_reports == 36
    assert found.correction.startswith(
        "The 4 most frequent of 5 patterns (97.2% of the reports) are clustered"
    )


def test_at_the_limit_all_are_clustered() -> None:
    patterns = random_patterns(3, 60, 6)
    at_limit = found_in(patterns, 3, limit=len(patterns.n))
    assert at_limit == found_in(patterns, 3)
    assert at_limit.correction == ""
    assert found_in(patterns, 3, limit=len(patterns.n) - 1).correction != ""


def test_equally_frequent_patterns_are_taken_in_their_order() -> None:
    """Three of four are clustered: 11 is the last in order, and joins whom it is nearest to."""
    found = found_in(patterns_of({"1110": 1, "0001": 1, "0000": 1, "1000": 1}), 3, limit=3)
    assert [part.n_patterns for part in found.clusters] == [1, 1, 2]
    assert found.clusters[2].max_ticks == 3


def test_as_many_clusters_as_patterns_and_one_cluster() -> None:
    patterns = patterns_of({"00": 2, "01": 3, "11": 1})
    each = found_in(patterns, 3)
    assert [part.n_reports for part in each.clusters] == [2, 3, 1]
    assert [part.merge_height for part in each.clusters] == [0, 0, 0]
    assert each.adjusted_rand_min == 1
    whole = found_in(patterns, 1)
    assert whole.clusters[0].merge_height == pytest.approx(np.sqrt(2))
    assert whole.adjusted_rand_mean == 1
    assert found_in(patterns_of({"01": 3}), 1).clusters[0].n_reports == 3


def test_what_cannot_be_clustered_says_why() -> None:
    cases = [
        (patterns_of({"01": 0, "11": 0}), Status.EMPTY_SUBSET, "No report"),
        (patterns_of({"01": 5, "11": 0}), Status.CONSTANT_COLUMN, "same motives"),
        (
            patterns_of({"01": 5, "11": 1}),
            Status.TOO_FEW_OBSERVATIONS,
            "2 different patterns of motives for 3",
        ),
        (patterns_of({"01": 5, "11": float("nan")}), Status.INFINITE_VALUE, "weight"),
        (patterns_of({"01": 5, "11": -1}), Status.INFINITE_VALUE, "weight"),
    ]
    for patterns, status, said in cases:
        with pytest.raises(NoResultError) as raised:
            found_in(patterns, 3)
        assert raised.value.verdict.status is status
        assert said in raised.value.verdict.reason
    with pytest.raises(ValueError, match="0 or 1"):
        found_in(Patterns(np.array([[0, 2], [1, 1]]), np.ones(2), ("a", "b")), 2)
