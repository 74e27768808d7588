"""Gives every definition of broken_definitions.yml another form and shows which published values the score then loses.

The demonstration extracts land and are built once; each definition is broken in a copy of the project and built on a copy
of that warehouse. A broken definition that loses no value is one that the study's numbers do not tell apart from ours.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

from made_part import put_made_part  # noqa: E402
from oracle.compare import read_rows  # noqa: E402
from project_copy import copy_project  # noqa: E402
from warehouse_build import PROJECT, WHOLE_PLAN, Workplace  # noqa: E402

DEFINITIONS = Path(__file__).with_suffix(".yml")
PAGE = PROJECT / "docs" / "replication.md"
BUILD = ("build", "--quiet", "--select", "+mart_replication__score", "--exclude-resource-type", "test")
WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
# The score reads none of these, and they take the time.
LEFT_OUT = ("ordered_models", "clusterings", "specification_curves")
READING = "as_corrected"
INSIDE = "within_precision"

Verdicts = Mapping[str, tuple[str, str]]
"""value_id -> place in the study, verdict."""


@dataclass(frozen=True)
class Loss:
    """What a broken definition did: values per place that left the printed precision, and how many came into it."""

    title: str
    lost: Mapping[str, int]
    n_won: int
    error: str = ""

    @property
    def row(self) -> str:
        """The row of the page's table."""
        if self.error:
            return f"| {self.title} | does not build | | {self.error} |"
        places = ", ".join(f"{place}: {n}" for place, n in self.lost.items())
        return f"| {self.title} | {sum(self.lost.values())} | {self.n_won} | {places or '–'} |"


def verdicts(warehouse: Path) -> dict[str, tuple[str, str]]:
    """Read the verdict of every published value; duckdb.Error where the replication has not been built."""
    query = (
        "select value_id, report_place, replication_verdict from replication.mart_replication__value"
        f" where reading = '{READING}' order by value_sort_order"
    )
    return {
        row["value_id"]: (row["report_place"], row["replication_verdict"])
        for row in read_rows(warehouse, query)
    }


def loss(title: str, before: Verdicts, after: Verdicts) -> Loss:
    """Compare the verdicts of two builds; places keep the order of the study."""
    was = {value_id for value_id, (_, verdict) in before.items() if verdict == INSIDE}
    now = {value_id for value_id, (_, verdict) in after.items() if verdict == INSIDE}
    return Loss(
        title, Counter(before[value_id][0] for value_id in before if value_id in was - now), len(now - was)
    )


def table(losses: Sequence[Loss], n_inside: int) -> str:
    """The page's table."""
    head = f"Of the values {n_inside} are within the printed precision when nothing is broken."
    lines = ["| Definition that is broken | Lost | Won | Lost by place |", "|---|---:|---:|---|"]
    return "\n".join([head, "", *lines, *(found.row for found in losses)])


def short_plan(folder: Path) -> Path:
    """Write the project's plan without what the score does not read."""
    plan = yaml.safe_load(WHOLE_PLAN.read_text(encoding="utf-8"))
    kept: dict[str, Any] = {key: value for key, value in plan.items() if key not in LEFT_OUT}
    kept["bootstrap_draws"] = 99
    kept["regressions"] = [
        {key: value for key, value in regression.items() if key != "imputation"}
        for regression in kept["regressions"]
    ]
    path = folder / "plan.yml"
    path.write_text(yaml.safe_dump(kept, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def edit(project: Path, edits: Sequence[Mapping[str, str]]) -> None:
    """Apply edits to a copy of the project; SystemExit where a text is not there any more."""
    for change in edits:
        path = project / change["file"]
        text = path.read_text(encoding="utf-8")
        if change["from"] not in text:
            raise SystemExit(f"{change['file']}: the text to edit is not there any more: {change['from']}")
        path.write_text(text.replace(change["from"], change["to"]), encoding="utf-8")


def trial(definition: Mapping[str, Any], base: Workplace, folder: Path, before: Verdicts) -> Loss:
    """Build the project with one definition broken on a copy of the base warehouse."""
    folder.mkdir()
    project = copy_project(folder)
    edit(project, definition["edits"])
    place = Workplace(folder, project=project, plan=base.plan)
    base.copy_warehouse(folder)
    built = place.dbt(*BUILD, *WITHOUT_UNIT_TESTS)
    if built.returncode != 0:
        return Loss(
            definition["title"], {}, 0, built.stdout.strip().splitlines()[-1][:160] if built.stdout else ""
        )
    found = loss(definition["title"], before, verdicts(place.warehouse))
    place.warehouse.unlink()
    return found


def main() -> int:
    """Print the table; exit code 1 when a definition does not build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="only definitions whose name holds this text")
    parser.add_argument("--jobs", type=int, default=1, help="builds side by side")
    parser.add_argument("--write", action="store_true", help="put the table into docs/replication.md")
    options = parser.parse_args()
    listed = yaml.safe_load(DEFINITIONS.read_text(encoding="utf-8"))
    definitions = [definition for definition in listed if options.only in definition["name"]]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        base = Workplace(folder, plan=short_plan(folder))
        built = base.dbt(*BUILD, *WITHOUT_UNIT_TESTS)
        if built.returncode != 0:
            print(built.stdout + built.stderr)
            return 1
        before = verdicts(base.warehouse)
        with ThreadPoolExecutor(options.jobs) as pool:
            found = list(pool.map(lambda one: trial(one, base, folder / one["name"], before), definitions))
    made = table(found, sum(verdict == INSIDE for _, verdict in before.values()))
    print(made)
    if options.write:
        put_made_part(PAGE, "broken-definitions", made)
    return 1 if any(one.error for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())
