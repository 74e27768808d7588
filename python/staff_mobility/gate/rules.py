"""The rules of a source: what its extracts are checked for beside what the layouts say, as data in ``layouts/rules``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from staff_mobility.gate.results import Area, Severity
from staff_mobility.settings import WrongUseError


@dataclass(frozen=True)
class Limit:
    """A limit of the comparison with the previous extract, and what going beyond it means."""

    limit: float
    severity: Severity


@dataclass(frozen=True)
class TableRules:
    """The rules of one raw table.

    Attributes:
        endangers: Mart areas that a failure endangers, unless the check says otherwise.
        key: Columns that together name a row.
        year: Column with the date or year by which rows are counted.
        coverage: Column whose first four characters are a year: an extract covers the years from its first
            to its last.
        items: Beginnings of the names of question columns.
        checks: Hand-written checks as they stand in the file.
        history: Limits by name.
        rejected_share: Largest share of rows that can be set aside.
        drift_minimum_answers: Items with fewer answers are not compared.
    """

    endangers: tuple[Area, ...]
    key: tuple[str, ...] = ()
    year: str | None = None
    coverage: str | None = None
    items: tuple[str, ...] = ()
    checks: tuple[Mapping[str, Any], ...] = ()
    history: Mapping[str, Limit] | None = None
    rejected_share: Limit | None = None
    drift_minimum_answers: int = 0


Rules = Mapping[str, TableRules]
"""Rules by raw table."""


def load_rules(folder: Path) -> Rules:
    """Load the rules of all sources.

    Raises:
        WrongUseError: A file is not valid, with the file, the place in it and the reason.
    """
    import yaml
    from jsonschema import Draft202012Validator

    rules: dict[str, TableRules] = {}
    paths = sorted(path for path in folder.glob("*.yml") if not path.name.startswith("_"))
    if not paths:
        return rules
    validator = Draft202012Validator(json.loads((folder / "rules.schema.json").read_text(encoding="utf-8")))
    for path in paths:
        content = yaml.safe_load(path.read_bytes())
        for fault in validator.iter_errors(content):
            place = "/".join(str(part) for part in fault.absolute_path) or "the top"
            raise WrongUseError(f"layouts/rules/{path.name}, at {place}: {fault.message}")
        for table, entry in content["tables"].items():
            if table in rules:
                raise WrongUseError(f"layouts/rules/{path.name}: the table {table} has rules in another file")
            rules[table] = _parse_table(entry)
    return rules


def _parse_table(entry: Mapping[str, Any]) -> TableRules:
    history = dict(entry.get("history", {}))
    minimum = history.pop("drift_minimum_answers", 0)
    return TableRules(
        endangers=tuple(entry["endangers"]),
        key=tuple(entry.get("key", ())),
        year=entry.get("year"),
        coverage=entry.get("coverage"),
        items=tuple(entry.get("items", ())),
        checks=tuple(entry.get("checks", ())),
        history={name: Limit(**limit) for name, limit in history.items()},
        rejected_share=Limit(**entry["rejected_share"]) if "rejected_share" in entry else None,
        drift_minimum_answers=minimum,
    )
