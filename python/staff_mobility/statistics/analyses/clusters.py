"""Rows of stat_cluster and stat_cluster_motive: reports grouped by the motives that they tick."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from staff_mobility.statistics.clustering import cluster_patterns
from staff_mobility.statistics.frames import Frames
from staff_mobility.statistics.plan import Clustering, Plan
from staff_mobility.statistics.record import record_of
from staff_mobility.statistics.status import NoResultError


def cluster_rows(plan: Plan, frames: Frames) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the clusters and the share of each motive in them."""
    clusters: list[dict[str, Any]] = []
    motives: list[dict[str, Any]] = []
    for analysis in plan.clusterings:
        found, shares = _of_clustering(plan, frames, analysis)
        clusters += found
        motives += shares
    return clusters, motives


def _of_clustering(
    plan: Plan, frames: Frames, analysis: Clustering
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    names = {"linkage": analysis.linkage, "distance": analysis.distance}
    record = record_of(analysis, "ticks of all motives", "", f"{analysis.orders} orders of the patterns")
    try:
        patterns = frames.tick_patterns(analysis.subset)
        found = cluster_patterns(
            patterns,
            clusters=analysis.clusters,
            limit=plan.clustering_patterns,
            orders=analysis.orders,
            seed=plan.random_seed,
        )
    except NoResultError as error:
        return [record.row(error.verdict, cluster_number=1, **names)], []
    if found.correction:
        record = replace(record, correction=f"{record.correction}; {found.correction}")
    rows = [
        record.row(
            **names,
            cluster_number=cluster.number,
            n_observations=cluster.n_reports,
            n_patterns=cluster.n_patterns,
            mean_motives_ticked=cluster.mean_ticks,
            min_motives_ticked=cluster.min_ticks,
            max_motives_ticked=cluster.max_ticks,
            merge_height=cluster.merge_height,
            adjusted_rand_mean=found.adjusted_rand_mean,
            adjusted_rand_min=found.adjusted_rand_min,
        )
        for cluster in found.clusters
    ]
    shares = [
        {
            "analysis_id": analysis.analysis_id,
            "cluster_number": cluster.number,
            "motive_key": motive,
            "ticked_share": share,
        }
        for cluster in found.clusters
        for motive, share in zip(patterns.motives, cluster.ticked_shares, strict=True)
    ]
    return rows, shares
