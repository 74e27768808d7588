"""Agglomerative clustering of the motives that reports tick: complete linkage, as the study's footnote 21 names it.

Complete linkage looks at the largest distance only, so reports with the same ticks are one point: the result is that
of the single reports, for any number of them. Two patterns lie as far apart as the square root of the number of
motives in which they differ (Euclid on 0 and 1). Few different distances mean many ties, and where two merges tie the
order of the points decides: the points are put in one order, and the result says how much other orders change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import linkage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from staff_mobility.statistics.cells import Floats
from staff_mobility.statistics.status import NoResultError, Status

Labels = NDArray[np.intp]

# Patterns that are compared with all others at a time, so that their distances fit in memory.
_BLOCK = 2000


@dataclass(frozen=True)
class Patterns:
    """Reports, grouped by what they tick.

    Attributes:
        ticks: 0 or 1 for each motive, (p, m).
        n: Reports with that pattern, or sums of their weights, (p,).
        motives: The m motives.
    """

    ticks: NDArray[np.int8]
    n: Floats
    motives: tuple[str, ...]


@dataclass(frozen=True)
class Cluster:
    """One cluster of reports.

    Attributes:
        number: From 1, the cluster with the fewest ticks per report, upwards.
        n_reports: Reports, or the sum of their weights.
        n_patterns: Different patterns among them.
        mean_ticks: Motives ticked per report.
        min_ticks: Fewest.
        max_ticks: Most.
        ticked_shares: Share of the reports that tick each motive, in the order given, 0..1.
        merge_height: Largest distance between two of its reports.
    """

    number: int
    n_reports: float
    n_patterns: int
    mean_ticks: float
    min_ticks: int
    max_ticks: int
    ticked_shares: tuple[float, ...]
    merge_height: float


@dataclass(frozen=True)
class Clustering:
    """A partition of all reports.

    Attributes:
        clusters: In order of their numbers.
        n_reports: Reports, or the sum of their weights.
        adjusted_rand_mean: Agreement with the partitions that other orders of the points give: 1 is the same.
        adjusted_rand_min: The least of them.
        correction: What was done differently because there were too many patterns; empty if nothing.
    """

    clusters: tuple[Cluster, ...]
    n_reports: float
    adjusted_rand_mean: float
    adjusted_rand_min: float
    correction: str


def cluster_patterns(patterns: Patterns, clusters: int, orders: int, seed: int, limit: int) -> Clustering:
    """Cut the tree of complete linkage where it has so many clusters.

    Above the limit the most frequent patterns are clustered; each other one joins the cluster whose farthest member is
    nearest, which is the rule of complete linkage.

    Args:
        patterns: In any order; the same pattern may come several times.
        clusters: How many, 1 or more.
        orders: Random orders of the points against which the partition is held, 1 or more.
        seed: Of the orders.
        limit: Patterns that are clustered; time and memory grow with its square.

    Raises:
        NoResultError: No reports, all with the same pattern, or fewer patterns than clusters.
        ValueError: A tick is neither 0 nor 1.
    """
    points = _in_order(patterns)
    _require_points(points, clusters)
    # The most frequent, of equally frequent ones the earlier, in the order of the points.
    clustered = np.sort(np.argsort(-points.n, kind="stable")[:limit])
    part = Patterns(points.ticks[clustered], points.n[clustered], points.motives)
    labels = _cut(part.ticks, clusters)
    agreements = _agreements(part, labels, clusters, orders, seed)
    whole = _with_the_rest(points.ticks, clustered, labels, clusters)
    return Clustering(
        clusters=_described(points, whole, clusters, patterns.motives),
        n_reports=float(points.n.sum()),
        adjusted_rand_mean=float(np.mean(agreements)),
        adjusted_rand_min=float(np.min(agreements)),
        correction=_correction(points, part),
    )


def adjusted_rand(first: Labels, second: Labels, n: Floats) -> float:
    """Return the adjusted Rand index of two partitions of points that stand for n reports each.

    Own code because scikit-learn's takes single reports; pairs are counted in the table of both partitions
    (Hubert and Arabie 1985).

    Args:
        first: Cluster of each point, from 0, (p,).
        second: The same in the other partition, (p,).
        n: Reports of each point, (p,).
    """
    table = np.zeros((first.max() + 1, second.max() + 1))
    np.add.at(table, (first, second), n)
    together = _pairs(table)
    in_first, in_second = _pairs(table.sum(axis=1)), _pairs(table.sum(axis=0))
    # All terms times the number of pairs, which is 0 for one report.
    whole = _pairs(np.array([table.sum()]))
    expected = in_first * in_second
    most = (in_first + in_second) / 2 * whole
    # Both put everything together, or everything apart.
    return 1.0 if most == expected else (together * whole - expected) / (most - expected)


def _pairs(counts: Floats) -> float:
    return float(np.sum(counts * (counts - 1)) / 2)


def _in_order(patterns: Patterns) -> Patterns:
    """Return each pattern once, motives and patterns in one order, without those of no report."""
    ticks = np.asarray(patterns.ticks)
    if not np.isin(ticks, (0, 1)).all():
        raise ValueError("A tick is 0 or 1.")
    if not (np.isfinite(patterns.n) & (patterns.n >= 0)).all():
        raise NoResultError(Status.INFINITE_VALUE, "Not a positive, finite number: a weight.")
    motives = np.argsort(np.array(patterns.motives))
    held = patterns.n != 0
    points, position = np.unique(ticks[held][:, motives].astype(np.int8), axis=0, return_inverse=True)
    n = np.bincount(position.ravel(), patterns.n[held], minlength=len(points)).astype(float)
    return Patterns(points, n, tuple(patterns.motives[motive] for motive in motives))


def _require_points(points: Patterns, clusters: int) -> None:
    if not len(points.n):
        raise NoResultError(Status.EMPTY_SUBSET, "No report answers the question of motives.")
    if len(points.n) == 1 < clusters:
        raise NoResultError(
            Status.CONSTANT_COLUMN, "All reports tick the same motives, so that nothing tells them apart."
        )
    if len(points.n) < clusters:
        raise NoResultError(
            Status.TOO_FEW_OBSERVATIONS,
            f"{len(points.n)} different patterns of motives for {clusters} clusters.",
        )


def _cut(ticks: NDArray[np.int8], clusters: int) -> Labels:
    """Return the cluster of each pattern, from 0: the tree without its last merges.

    scipy's fcluster cuts at a height, and gives fewer clusters where the last merges tie.
    """
    points = len(ticks)
    if points == 1:
        return np.zeros(1, dtype=np.intp)
    merges = linkage(ticks, method="complete")[: points - clusters, :2].astype(np.intp)
    made = points + np.repeat(np.arange(len(merges)), 2)
    size = points + len(merges)
    tree = coo_array((np.ones(len(made)), (made, merges.ravel())), shape=(size, size))
    return np.asarray(connected_components(tree, directed=False)[1][:points], dtype=np.intp)


def _agreements(part: Patterns, labels: Labels, clusters: int, orders: int, seed: int) -> list[float]:
    """Return the agreement of a partition with those of the same points in random orders, (orders,)."""
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(orders):
        order = generator.permutation(len(labels))
        found.append(adjusted_rand(labels[order], _cut(part.ticks[order], clusters), part.n[order]))
    return found


def _with_the_rest(ticks: NDArray[np.int8], clustered: Labels, labels: Labels, clusters: int) -> Labels:
    """Return the cluster of every pattern; those not clustered join the one whose farthest member is nearest."""
    is_rest = np.ones(len(ticks), dtype=bool)
    is_rest[clustered] = False
    members = [ticks[clustered[labels == cluster]] for cluster in range(clusters)]
    whole = np.empty(len(ticks), dtype=np.intp)
    whole[clustered] = labels
    whole[is_rest] = np.argmin([_farthest(ticks[is_rest], member) for member in members], axis=0)
    return whole


def _farthest(points: NDArray[np.int8], members: NDArray[np.int8]) -> Floats:
    """Return the largest number of motives in which a member differs from each point, (points,)."""
    found = np.zeros(len(points))
    # Ticks of the one, and of the other, less those of both; exact in single precision.
    turned = members.T.astype(np.float32)
    ticked = turned.sum(axis=0)
    for start in range(0, len(points), _BLOCK):
        block = points[start : start + _BLOCK].astype(np.float32)
        apart = block.sum(axis=1)[:, None] + ticked - 2 * (block @ turned)
        found[start : start + _BLOCK] = apart.max(axis=1)
    return found


def _described(
    points: Patterns, labels: Labels, clusters: int, motives: tuple[str, ...]
) -> tuple[Cluster, ...]:
    ticked = points.ticks.sum(axis=1)
    means = [
        np.average(ticked[labels == label], weights=points.n[labels == label]) for label in range(clusters)
    ]
    as_given = [points.motives.index(motive) for motive in motives]
    members = [labels == label for label in np.argsort(means, kind="stable")]
    return tuple(
        _described_one(number, points.ticks[member][:, as_given], points.n[member])
        for number, member in enumerate(members, start=1)
    )


def _described_one(number: int, ticks: NDArray[np.int8], n: Floats) -> Cluster:
    ticked = ticks.sum(axis=1)
    return Cluster(
        number=number,
        n_reports=float(n.sum()),
        n_patterns=len(n),
        mean_ticks=float(n @ ticked / n.sum()),
        min_ticks=int(ticked.min()),
        max_ticks=int(ticked.max()),
        ticked_shares=tuple((n @ ticks / n.sum()).tolist()),
        merge_height=float(np.sqrt(_farthest(ticks, ticks).max())),
    )


def _correction(points: Patterns, part: Patterns) -> str:
    if len(part.n) == len(points.n):
        return ""
    share = part.n.sum() / points.n.sum()
    return (
        f"The {len(part.n)} most frequent of {len(points.n)} patterns ({share:.1%} of the reports) are clustered and"
        " held against other orders; each other pattern joins the cluster whose farthest member is nearest."
    )
