"""Rows of stat_specification_curve: one coefficient under all combinations of defensible choices.

The alternatives to the project's own rules are computed here from the marts' ingredients (shares of ticked motives,
means of answered items, versions of the index), because a warehouse is built under one set of rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from staff_mobility.statistics.cells import Cells
from staff_mobility.statistics.frames import Frames
from staff_mobility.statistics.plan import Plan, SpecificationCurve
from staff_mobility.statistics.record import Record
from staff_mobility.statistics.specification_curve import curve

_CATEGORIES = ("personal", "quality", "institution")
# For each rule the order in which tied categories win; the last one leaves ties out.
_TIE_ORDERS: Mapping[str, tuple[str, ...]] = {
    "quality_first": ("quality", "personal", "institution"),
    "institution_first": ("institution", "quality", "personal"),
    "personal_first": ("personal", "quality", "institution"),
    "ties_left_out": (),
}
_INDEX_VERSIONS = {
    "mean_of_components": "strategy_index",
    "without_anchoring": "strategy_index_without_anchoring",
    "mean_of_questions": "strategy_questions_mean",
}


def curve_rows(plan: Plan, frames: Frames) -> list[dict[str, Any]]:
    """Return one row per combination of the choices of each curve, and outcome."""
    return [row for entry in plan.specification_curves for row in _of_curve(plan, frames, entry)]


def _of_curve(plan: Plan, frames: Frames, entry: SpecificationCurve) -> list[dict[str, Any]]:
    prepared = _Prepared(plan, frames, entry)
    made = curve(entry.choices, entry.y, prepared.cells, entry.x, plan.confidence)
    rows = []
    for row in made:
        subset = str(row["institutions"])
        record = Record(
            analysis_id=entry.analysis_id,
            place="Specification curve",
            family=entry.analysis_id,
            level="report",
            subset=None if subset == "all" else subset,
            formula=f"{row['outcome_variable']} ~ {' + '.join(prepared.predictors(row))}",
            covariance="independent observations, and CR2 by institution",
            correction="all columns z-scored after listwise deletion",
        )
        rows.append(record.row() | row)
    return rows


class _Prepared:
    """The reports of each outcome, read once, and the cells of a combination made of them."""

    def __init__(self, plan: Plan, frames: Frames, entry: SpecificationCurve) -> None:
        self._plan = plan
        self._frames = frames
        self._entry = entry
        self._rows = cache(self._read)
        self._dominating = cache(self._decide)

    def predictors(self, combination: Mapping[str, Any]) -> list[str]:
        with_controls = combination["controls"] == "study"
        return [self._entry.x, *(self._entry.study_controls if with_controls else ())]

    def cells(self, outcome: str, combination: Mapping[str, Any]) -> Cells:
        subset = combination["institutions"]
        table = self._frames.left_out(self._rows(outcome), None if subset == "all" else subset)
        enough = table["n_answered"] >= combination["minimum_answered_share"] * table["n_asked"]
        table = table[enough & table["y_mean"].notna()]
        columns = {
            name: self._values(table, outcome, name, combination) for name in self.predictors(combination)
        }
        x = np.column_stack([values.to_numpy(dtype=float) for values in columns.values()])
        kept = ~np.isnan(x).any(axis=1)
        n, y = table["n"].to_numpy(dtype=float)[kept], table["y_mean"].to_numpy(dtype=float)[kept]
        sender = table["sender"].to_numpy(dtype=str)[kept]
        return Cells(tuple(columns), x[kept], n, n * y, n * y**2, sender)

    def _values(
        self, table: pd.DataFrame, outcome: str, name: str, combination: Mapping[str, Any]
    ) -> pd.Series:
        if name == self._entry.x:
            return table[_INDEX_VERSIONS[combination["index_version"]]]
        if name == "duration" and combination["duration_form"] == "log":
            return np.log(table[name].where(table[name] > 0))
        variable = self._plan.variable(name)
        if variable.column == "dominating_motive":
            dominating = self._dominating(outcome, combination["tie_rule"]).loc[table.index]
            return (dominating == variable.equals).astype(float).where(dominating.notna())
        return table[name]

    def _read(self, outcome: str) -> pd.DataFrame:
        by_rule = [
            name
            for name in self._entry.study_controls
            if self._plan.variable(name).column != "dominating_motive"
        ]
        return self._frames.curve_rows(outcome, [*_INDEX_VERSIONS.values(), *by_rule])

    def _decide(self, outcome: str, rule: str) -> pd.Series:
        """Return the dominating motive of each row under a tie rule; none where it decides nothing."""
        table = self._rows(outcome)
        shares = table[[f"{category}_motive_share" for category in _CATEGORIES]].set_axis(_CATEGORIES, axis=1)
        largest = shares.max(axis=1)
        is_largest = shares.eq(largest, axis=0) & (largest.to_numpy()[:, None] > 0)
        decided = pd.Series(np.nan, index=table.index, dtype=object)
        alone = is_largest.sum(axis=1) == 1
        for category in reversed(_TIE_ORDERS[rule]):
            decided = decided.mask(is_largest[category], category)
        for category in _CATEGORIES:
            decided = decided.mask(alone & is_largest[category], category)
        return decided
