"""Rows of stat_variable: what the variables of the plan are called in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from staff_mobility.statistics.frames import Frames
from staff_mobility.statistics.plan import Plan


def variable_rows(plan: Plan, frames: Frames) -> list[dict[str, Any]]:
    """Return one row per variable, group, item and subset that results name; without a label its name does.

    ``variable_key`` says which variable of institutions stands behind a name, if it is one alone.
    """
    labels: dict[str, Mapping[str, str]] = {**frames.labels, **frames.item_labels}
    keys: dict[str, str | None] = {name: name for name in frames.labels}
    for name, variable in plan.variables.items():
        labels[name] = variable.label or labels.get("".join(variable.keys), {})
        keys[name] = variable.keys[0] if len(variable.keys) == 1 and variable.equals is None else None
    named = {**plan.group_labels, **plan.subset_labels}
    labels |= {name: label for name, label in named.items() if name not in plan.variables}
    return [
        {"variable": name, "variable_key": keys.get(name), **_texts(name, label)}
        for name, label in labels.items()
    ]


def _texts(name: str, label: Mapping[str, str]) -> dict[str, str]:
    return {f"label_{language}": label.get(language, name) for language in ("nb", "en")}
