"""Rows of stat_correlation: Pearson's r as published, rank correlations beside it."""

from __future__ import annotations

from typing import Any

from staff_mobility.statistics.correlation import PairCounts, correlate
from staff_mobility.statistics.families import adjust_families
from staff_mobility.statistics.frames import Frames
from staff_mobility.statistics.plan import Correlation, Plan
from staff_mobility.statistics.record import OLS_COVARIANCE, attempted, record_of


def correlation_rows(plan: Plan, frames: Frames) -> list[dict[str, Any]]:
    """Return one row per correlation of the plan."""
    return adjust_families([_row(plan, frames, analysis) for analysis in plan.correlations])


def pairs_of(frames: Frames, analysis: Correlation) -> PairCounts:
    """Return the two variables of a correlation.

    Raises:
        NoResultError: A name of the plan is unknown to the marts.
    """
    read = frames.institution_pairs if analysis.level == "institution" else frames.pairs
    return read(analysis.x, analysis.y, analysis.subset)


def _row(plan: Plan, frames: Frames, analysis: Correlation) -> dict[str, Any]:
    names = {
        "x_variable": analysis.x,
        "y_variable": analysis.y,
        "published_value_id": analysis.published,
    }
    record = record_of(analysis, f"{analysis.y} ~ {analysis.x}", OLS_COVARIANCE)

    def compute() -> dict[str, Any]:
        found = correlate(pairs_of(frames, analysis), plan.confidence, (analysis.x, analysis.y))
        return {
            "n_observations": found.n_observations,
            "n_clusters": found.n_clusters,
            "pearson_r": found.pearson_r,
            "p_value": found.p_value,
            "ci_low": found.ci_low,
            "ci_high": found.ci_high,
            "spearman_rho": found.spearman_rho,
            "spearman_p_value": found.spearman_p_value,
            "kendall_tau": found.kendall_tau,
            "kendall_p_value": found.kendall_p_value,
        }

    return attempted(record, names, compute)
