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
    """The reports of each outcome as plain arrays, made once for thousands of combinations."""

    def __init__(self, plan: Plan, frames: Frames, entry: SpecificationCurve) -> None:
        self._plan = plan
        self._frames = frames
        self._entry = entry
        self._table = cache(self._read)
        self._sender = cache(lambda outcome: self._table(outcome)["sender"].to_numpy(dtype=str))
        self._numbers = cache(lambda outcome, name: self._table(outcome)[name].to_numpy(dtype=float))
        self._dominating = cache(self._decide)
        self._is_in = cache(self._belongs)
        self._column = cache(self._values)

    def predictors(self, combination: Mapping[str, Any]) -> list[str]:
        with_controls = combination["controls"] == "study"
        return [self._entry.x, *(self._entry.study_controls if with_controls else ())]

    def cells(self, outcome: str, combination: Mapping[str, Any]) -> Cells:
        names = self.predictors(combination)
        choices = tuple(combination[name] for name in ("index_version", "duration_form", "tie_rule"))
        x = np.column_stack([self._column(outcome, name, *choices) for name in names])
        y, n = self._numbers(outcome, "y_mean"), self._numbers(outcome, "n")
        asked = combination["minimum_answered_share"] * self._numbers(outcome, "n_asked")
        is_answered = (self._numbers(outcome, "n_answered") >= asked) & ~np.isnan(y)
        is_in = self._is_in(outcome, combination["institutions"])
        kept = is_in & is_answered & ~np.isnan(x).any(axis=1)
        y, n = y[kept], n[kept]
        return Cells(tuple(names), x[kept], n, n * y, n * y**2, self._sender(outcome)[kept])

    def _values(
        self, outcome: str, name: str, index_version: str, duration_form: str, tie_rule: str
    ) -> Floats:
        """Return a predictor of all reports under the choices that concern it."""
        if name == self._entry.x:
            return self._numbers(outcome, _INDEX_VERSIONS[index_version])
        if name == "duration" and duration_form == "log":
            days = self._numbers(outcome, name)
            return np.log(np.where(days > 0, days, np.nan))
        variable = self._plan.variable(name)
        if variable.column == "dominating_motive":
            dominating = self._dominating(outcome, tie_rule)
            return np.where(dominating == "", np.nan, (dominating == variable.equals).astype(float))
        return self._numbers(outcome, name)

    def _belongs(self, outcome: str, subset: str) -> NDArray[np.bool_]:
        table = self._table(outcome)
        if subset == "all":
            return np.ones(len(table), dtype=bool)
        return np.asarray(table.index.isin(self._frames.left_out(table, subset).index))

    def _read(self, outcome: str) -> pd.DataFrame:
        by_rule = [
            name
            for name in self._entry.study_controls
            if self._plan.variable(name).column != "dominating_motive"
        ]
        table = self._frames.curve_rows(outcome, [*_INDEX_VERSIONS.values(), *by_rule])
        return table.reset_index(drop=True)

    def _decide(self, outcome: str, rule: str) -> NDArray[np.str_]:
        """Return the dominating motive of each row under a tie rule; empty where it decides nothing."""
        shares = np.column_stack([self._numbers(outcome, f"{name}_motive_share") for name in _CATEGORIES])
        largest = np.max(shares, axis=1, keepdims=True)
        is_largest = (shares == largest) & (largest > 0)
        alone = is_largest.sum(axis=1) == 1
        decided = np.full(len(shares), "", dtype="U16")
        for category in reversed(_TIE_ORDERS[rule]):
            decided[is_largest[:, _CATEGORIES.index(category)]] = category
        for at, category in enumerate(_CATEGORIES):
            decided[alone & is_largest[:, at]] = category
        return decided
