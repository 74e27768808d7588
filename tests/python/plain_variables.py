"""The variables of the analysis plan in plain pandas, row by row: shares no code with the statistics step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import yaml


def read_plan(path: Path) -> dict[str, Any]:
    """Return the analysis plan as it stands in the file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def institutions_of(warehouse: Path, plan: dict[str, Any]) -> pd.DataFrame:
    """One row per institution: sender, and all its variables under the plan's names and their own."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        long = con.sql("from marts.mart_statistics__institution_variable").df()
    wide = long.pivot(index="institution_key", columns="variable_key", values="variable_value")
    made = wide.copy()
    for name, entry in plan["variables"].items():
        keys = entry.get("institution_variable", [])
        keys = [keys] if isinstance(keys, str) else keys
        if keys:
            values = sum(wide[key] for key in keys)
            made[name] = _flag(values, entry)
    return made.rename_axis("sender").reset_index()


def reports_of(warehouse: Path, plan: dict[str, Any]) -> pd.DataFrame:
    """One row per report: sender, person, the plan's variables and its groups, and the variables of the sender."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        raw = con.sql("from marts.mart_outcomes__report").df()
    assert (raw["n_participants"].astype(float) == 1).all(), (
        "a report counts in part: rows are no observations"
    )
    made = pd.DataFrame({"sender": raw["institution_key"], "person": raw["person_key"]})
    for name, entry in plan["variables"].items():
        if "column" in entry:
            made[name] = _flag(raw[entry["column"]], entry)
    for entry in plan["groups"].values():
        made["group_" + entry["column"]] = raw[entry["column"]]
    senders = institutions_of(warehouse, plan)
    return made.merge(senders.drop(columns=set(made) & set(senders) - {"sender"}), on="sender", how="left")


def analyses_of(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """All correlations, group differences and regressions of the plan, one by one."""
    made = []
    for entry in plan["correlations"]:
        pairs = entry.get("pairs") or [(x, y) for x in entry["x"] for y in entry["y"]]
        made += [_one(plan, entry, "correlation", x=x, y=y) for x, y in pairs]
    for entry in plan["group_differences"]:
        column = "group_" + plan["groups"][entry["group"]]["column"]
        made += [_one(plan, entry, "difference", y=y) | {"group": column} for y in entry["y"]]
    for entry in plan["regressions"]:
        tested = entry.get("tested", entry["x"])
        made += [
            _one(plan, entry, "regression", y=y) | {"x": entry["x"], "tested": tested} for y in entry["y"]
        ]
    return made


def _one(plan: dict[str, Any], entry: dict[str, Any], kind: str, **names: str) -> dict[str, Any]:
    subset = plan["subsets"][entry["subset"]]["leave_out"] if "subset" in entry else []
    return {
        "id": entry["id"].format(x=names.get("x"), y=names["y"]),
        "kind": kind,
        "level": entry["level"],
        "family": entry["family"],
        "leave_out": subset,
        "tested": [""],
        **names,
    }


def _flag(values: pd.Series, entry: dict[str, Any]) -> pd.Series:
    if "equals" not in entry:
        return values.astype(float)
    return (values == entry["equals"]).astype(float).mask(values.isna())
