"""An attacker tries to compute what the disclosure control hides, on random small sets of marts and on the demonstration.

Each random set (institutions of one to three entities, few years, many stays by the same persons) is published by the
project's own rules, and once more without complementary suppression. The attacker of tests/python/disclosure_attacker.py
gets the published files and the country's totals, nothing else, and solves for every hidden count. Then an extract
comes with further stays in the last year; it is published after the first, with heed of what the first shows and without,
and the attacker gets both publications.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

import duckdb  # noqa: E402
import pandas as pd  # noqa: E402
from disclosure_attacker import Published, Unknown, attack, hidden_counts  # noqa: E402
from disclosure_example import Example, Publisher, grown, random_example  # noqa: E402
from made_part import put_made_part  # noqa: E402
from warehouse_build import PROJECT  # noqa: E402

from staff_mobility.publish.marts import quoted, read_marts  # noqa: E402
from staff_mobility.publish.suppression.control import Suppression  # noqa: E402
from staff_mobility.publish.suppression.settings import Rules, read_rules  # noqa: E402

PAGE = PROJECT / "docs" / "disclosure_control.md"
SAFE, PRIMARY = "as published", "without complementary suppression"
TWO, CARELESS = "two publications", "two publications, the former not heeded"
TRIALS = (SAFE, PRIMARY, TWO, CARELESS)
_COLUMNS = {
    "mart_usage__institution_year": {
        **{"n_stays": "stays", "n_teaching_stays": "teaching", "n_training_stays": "training"},
        **{"n_combined_stays": "combined", "n_reuse_stays": "reuse"},
    },
    "mart_usage__institution": {"n_stays": "all", "n_reuse_stays": "all_reuse"},
    "mart_structure__entity_year": {"n_stays": "entity"},
}


class Counts:
    """Hidden, recovered and narrowly bounded counts by trial, and the sets in which any was recovered."""

    def __init__(self) -> None:
        self.sets: Counter[str] = Counter()
        self.hidden: Counter[str] = Counter()
        self.recovered: Counter[str] = Counter()
        self.broken_sets: Counter[str] = Counter()
        self.sensitive: Counter[str] = Counter()
        self.narrow: Counter[str] = Counter()
        self.refused = 0

    def add(self, trial: str, published: list[Published], final_years: set[int]) -> None:
        """Attack and count."""
        hidden = [unknown for n, each in enumerate(published) for unknown in hidden_counts(n, each)]
        found = attack(published, final_years).recovered(hidden)
        self.sets[trial] += 1
        self.hidden[trial] += len(hidden)
        self.recovered[trial] += len(found)
        self.broken_sets[trial] += bool(found)

    def measure(self, trial: str, published: Published, sensitive: list[Unknown], interval: int) -> None:
        """Count the sensitive cells that are open by less than the interval."""
        ranges = attack([published]).ranges(sensitive, wide=interval)
        self.sensitive[trial] += len(sensitive)
        self.narrow[trial] += sum(high - low < interval - 1e-6 for low, high in ranges.values())


def sensitive_counts(record: Path) -> list[Unknown]:
    """Return the hidden counts that are hidden for their own sake, from the agency's own list."""
    found: list[Unknown] = []
    with record.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            kind = _COLUMNS.get(row["mart"], {}).get(row["column"])
            if kind and row["rule"] in ("threshold", "dominance"):
                key = json.loads(row["key"])
                parts = [int(value) if name == "year" else value for name, value in key.items()]
                found.append((0, kind, *parts))
    return found


def try_set(seed: int, rules: Rules, counts: Counts) -> None:
    """Publish one random set in all ways and attack it."""
    before = random_example(seed)
    after = grown(before, seed)
    years = set(before.stays["year"]) - {before.stays["year"].max()}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        publisher = Publisher(folder, rules)
        first, answer = publisher.publish(before, "first")
        if answer.problems:
            counts.refused += 1
            return
        shown = _read(first, before)
        counts.add(SAFE, [shown], set())
        counts.measure(
            SAFE, shown, sensitive_counts(folder / "first_hidden.csv"), rules.protection_interval or 0
        )
        primary, _ = Publisher(folder, replace(rules, protection_interval=None)).publish(before, "primary")
        counts.add(PRIMARY, [_read(primary, before)], set())
        second, answer = publisher.publish(after, "second", former="first")
        if answer.problems:
            counts.refused += 1
        else:
            counts.add(TWO, [shown, _read(second, after)], years)
        careless, _ = Publisher(folder, replace(rules, heeds_former=False)).publish(
            after, "careless", former="first"
        )
        counts.add(CARELESS, [shown, _read(careless, after)], years)


def _read(file: Path, example: Example) -> Published:
    return Published.read(file, example.national)


def try_demonstration(warehouse: Path, manifest: Path, rules: Rules) -> list[tuple[str, int, int]]:
    """Publish the demonstration and attack it; return trial, hidden and recovered counts."""
    found = []
    for trial, used in ((SAFE, rules), (PRIMARY, replace(rules, protection_interval=None))):
        with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as con:
            file = Path(scratch) / "marts.duckdb"
            con.execute(f"attach '{warehouse}' as working (read_only)")
            con.execute("use working")
            answer = Suppression(used, Path(scratch)).control(con, read_marts(manifest, {}))
            con.execute(f"attach '{file}' as made")
            for release in answer.releases:
                if release.mart.name in _COLUMNS:
                    con.execute(f"create table made.main.{quoted(release.mart.name)} as {release.sql}")
            national: pd.DataFrame = con.execute(
                "select year, purpose_key, cast(sum(n_participants) as double) as n_stays from marts.fct_mobility group by all"
            ).df()
            con.execute("detach made")
            published = Published.read(file, national)
        hidden = list(hidden_counts(0, published))
        found.append((trial, len(hidden), len(attack([published]).recovered(hidden))))
    return found


def tables(counts: Counts, demonstration: list[tuple[str, int, int]]) -> str:
    """Return the counts as Markdown."""
    lines = [
        "| Random sets | Sets | Hidden counts | Recovered | Sets with a recovered count |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {trial} | {counts.sets[trial]} | {counts.hidden[trial]} | {counts.recovered[trial]} | {counts.broken_sets[trial]} |"
        for trial in TRIALS
    ]
    if demonstration:
        lines += ["", "| Demonstration | Hidden counts | Recovered |", "|---|---|---|"]
        lines += [f"| {trial} | {hidden} | {recovered} |" for trial, hidden, recovered in demonstration]
    return "\n".join(lines)


def main() -> int:
    """Print the counts; 1 if a hidden count was recovered from what the project's rules publish."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=100, help="random sets that are published and attacked")
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--warehouse", type=Path, default=PROJECT / "warehouse" / "staff_mobility.duckdb")
    parser.add_argument("--manifest", type=Path, default=PROJECT / "target" / "manifest.json")
    parser.add_argument("--write", action="store_true", help="store the counts in docs/disclosure_control.md")
    options = parser.parse_args()
    began, rules, counts, seed = time.monotonic(), read_rules(PROJECT), Counts(), options.first_seed
    while counts.sets[SAFE] < options.sets:
        try_set(seed, rules, counts)
        seed += 1
        print(f"{seed} {dict(counts.recovered)} of {dict(counts.hidden)}", file=sys.stderr, flush=True)
    demonstration = []
    if options.warehouse.is_file() and options.manifest.is_file():
        demonstration = try_demonstration(options.warehouse, options.manifest, rules)
    made = tables(counts, demonstration)
    said = (
        f"Of {counts.sensitive[SAFE]} counts that are hidden for their own sake, {counts.narrow[SAFE]} are open by less than"
        f" {rules.protection_interval}, because public totals of few stays do not allow more. {counts.refused} publications were"
        f" refused, because totals alone give a count away. {(time.monotonic() - began) / 60:.0f} minutes."
    )
    print(f"{made}\n\n{said}")
    if options.write:
        put_made_part(PAGE, "disclosure-attack", f"{made}\n\n{said}")
    broken = counts.recovered[SAFE] + counts.recovered[TWO]
    broken += sum(recovered for trial, _, recovered in demonstration if trial == SAFE)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
