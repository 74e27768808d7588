"""Rows of stat_variable: what the variables of the plan are called in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from staff_mobility.statistics.frames import Frames
from staff_mobility.statistics.plan import Plan


def variable_rows(plan: Plan, frames: Frames) -> list[dict[str, Any]]:
    """Return one row per variable, group and item that results name; without a label its name does."""
    labels = dict(frames.labels) | dict(frames.item_labels)
    for name, variable in plan.variables.items():
        labels[name] = variable.label or labels.get("".join(variable.keys), {})
    labels |= {name: label for name, label in plan.group_labels.items() if name not in plan.variables}
    return [{"variable": name, **_texts(name, label)} for name, label in labels.items()]


def _texts(name: str, label: Mapping[str, str]) -> dict[str, str]:
    return {f"label_{language}": label.get(language, name) for language in ("nb", "en")}
