"""Rows of stat_group_difference: one-way analysis of variance as published."""

from __future__ import annotations

from typing import Any

from staff_mobility.statistics.families import adjust_families
from staff_mobility.statistics.frames import Frames
from staff_mobility.statistics.group_difference import compare
from staff_mobility.statistics.plan import GroupDifference, Plan
from staff_mobility.statistics.record import OLS_COVARIANCE, attempted, record_of


def group_difference_rows(plan: Plan, frames: Frames) -> list[dict[str, Any]]:
    """Return one row per group difference of the plan."""
    return adjust_families([_row(frames, analysis) for analysis in plan.group_differences])


def _row(frames: Frames, analysis: GroupDifference) -> dict[str, Any]:
    names = {
        "group_variable": analysis.group,
        "outcome_variable": analysis.y,
        "published_value_id": analysis.published,
    }
    record = record_of(analysis, f"{analysis.y} ~ C({analysis.column})", OLS_COVARIANCE)

    def compute() -> dict[str, Any]:
        groups = frames.groups(analysis.column, analysis.y, analysis.subset)
        found = compare(groups)
        return {
            "n_observations": found.n_observations,
            "n_clusters": len(set(groups.institution)),
            "n_groups": found.n_groups,
            "f_value": found.f_value,
            "df_between": found.df_between,
            "df_within": found.df_within,
            "p_value": found.p_value,
            "eta_squared": found.eta_squared,
        }

    return attempted(record, names, compute)
