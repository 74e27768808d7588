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
from numpy.typing import NDArray

from staff_mobility.statistics.cells import Cells, Floats
from staff_mobility.statistics.frames import Frames
from staff_mobility.statistics.plan import Plan, SpecificationCurve
from staff_mobility.statistics.record import Record
from staff_mobility.statistics.specification_curve import curve

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

_Rules = tuple[str, str, float]


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
    """The cells of each outcome under each rule, made once for the combinations that share them."""

    def __init__(self, plan: Plan, frames: Frames, entry: SpecificationCurve) -> None:
        self._plan = plan
        self._frames = frames
        self._entry = entry
        self._table = cache(self._read)
        self._sender = cache(lambda *rules: self._table(*rules)["sender"].to_numpy(dtype=str))
        self._is_in = cache(self._belongs)
        self._column = cache(self._values)

    def predictors(self, combination: Mapping[str, Any]) -> list[str]:
        with_controls = combination["controls"] == "study"
        return [self._entry.x, *(self._entry.study_controls if with_controls else ())]

    def cells(self, outcome: str, combination: Mapping[str, Any]) -> Cells:
        names = self.predictors(combination)
        rules = (outcome, combination["tie_rule"], combination["minimum_answered_share"])
        choices = (combination["index_version"], combination["duration_form"])
        x = np.column_stack([self._column(rules, name, *choices) for name in names])
        kept = self._is_in(rules, combination["institutions"]) & ~np.isnan(x).any(axis=1)
        n, y_sum, y_square_sum = (
            self._column(rules, name, *choices)[kept] for name in ("n", "y_sum", "y_square_sum")
        )
        return Cells(tuple(names), x[kept], n, y_sum, y_square_sum, self._sender(*rules)[kept])

    def _values(self, rules: _Rules, name: str, index_version: str, duration_form: str) -> Floats:
        """Return a column under the choices that concern it, (cells,)."""
        table = self._table(*rules)
        variable = self._plan.variable(name)
        if variable.column == "dominating_motive":
            dominating = table["dominating_motive"]
            return np.asarray((dominating == variable.equals).astype(float).where(dominating.notna()))
        if name == self._entry.x:
            name = _INDEX_VERSIONS[index_version]
        values = table[name].to_numpy(dtype=float)
        if name == "duration" and duration_form == "log":
            return np.log(np.where(values > 0, values, np.nan))
        return values

    def _belongs(self, rules: _Rules, subset: str) -> NDArray[np.bool_]:
        table = self._table(*rules)
        kept = table if subset == "all" else self._frames.left_out(table, subset)
        return np.asarray(table.index.isin(kept.index))

    def _read(self, outcome: str, tie_rule: str, minimum_answered_share: float) -> pd.DataFrame:
        others = [
            name
            for name in self._entry.study_controls
            if self._plan.variable(name).column != "dominating_motive"
        ]
        variables = [*_INDEX_VERSIONS.values(), *others]
        return self._frames.curve_cells(outcome, variables, _TIE_ORDERS[tie_rule], minimum_answered_share)
