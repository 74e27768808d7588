"""Rows of stat_missing: what listwise deletion leaves out, and which variable is why."""

from __future__ import annotations

from typing import Any

from staff_mobility.statistics.frames import Frames
from staff_mobility.statistics.missing import missing_of
from staff_mobility.statistics.plan import Plan
from staff_mobility.statistics.status import NoResultError, Status


def missing_rows(plan: Plan, frames: Frames) -> list[dict[str, Any]]:
    """Return one row per regression and variable."""
    rows: list[dict[str, Any]] = []
    for analysis in plan.regressions:
        names = {
            "analysis_id": analysis.analysis_id,
            "place": analysis.place,
            "level": analysis.level,
            "subset": analysis.subset or "all",
        }
        variables = [analysis.y, *analysis.x]
        try:
            table = frames.pattern_of_gaps(variables, analysis.subset)
            found = missing_of(table, variables, table["n"].to_numpy(dtype=float))
        except NoResultError as error:
            failed = {"status": error.verdict.status.value, "reason": error.verdict.reason}
            rows += [{**names, "variable": variable, **failed} for variable in variables]
            continue
        rows += [{**names, **row, "status": Status.OK.value} for row in found]
    return rows
