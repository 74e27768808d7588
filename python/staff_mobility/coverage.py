"""How much of the dbt project keeps the project's own promises, in percent.

Six promises: every model and seed is described; every column that really stands in the warehouse is
described, those of the raw tables in the sources; every model and seed has a uniqueness test on its grain;
every mart and report model has an enforced contract; every column of a mart or report model has a label in
both languages. Rules on lineage, names and places stand in dbt-bouncer.yml. Run it after a build:

    python -m staff_mobility.coverage target/manifest.json warehouse/staff_mobility.duckdb
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GRAIN_TESTS = {"unique", "unique_combination"}
CONTRACTED_SCHEMAS = {"marts", "report", "replication", "semantic"}
LABELS = Path("seeds/labels/column_label.csv")

Columns = Mapping[tuple[str, str], Sequence[str]]
"""Columns by (schema, table), as the warehouse has them."""


@dataclass(frozen=True)
class Promise:
    """One promise: how many things should keep it, and the names of those that do not."""

    name: str
    total: int
    broken: tuple[str, ...]

    @property
    def percent(self) -> float:
        """Share that keeps the promise, 0 to 100; a promise about nothing is not kept."""
        return 100 * (self.total - len(self.broken)) / self.total if self.total else 0.0


def measure(manifest: Mapping[str, Any], columns: Columns, labels: frozenset[str]) -> list[Promise]:
    """Measure all promises.

    Args:
        manifest: dbt's manifest.json.
        columns: columns that really stand in the warehouse.
        labels: column names that have a label in both languages.
    """
    nodes = {
        key: node for key, node in manifest["nodes"].items() if node["resource_type"] in ("model", "seed")
    }
    shown = {key: node for key, node in nodes.items() if node["schema"] in CONTRACTED_SCHEMAS}
    return [
        _promise("models and seeds described", {n["name"]: _described(n) for n in nodes.values()}),
        _promise("columns described", _described_columns(nodes.values(), columns)),
        _promise("columns of sources described", _described_columns(manifest["sources"].values(), columns)),
        _promise("grain tests", _grain_tested(nodes, manifest)),
        _promise("contracts on marts and report models", {n["name"]: _contracted(n) for n in shown.values()}),
        _promise("column labels in nb and en", _labelled_columns(shown.values(), columns, labels)),
    ]


def _promise(name: str, kept: Mapping[str, bool]) -> Promise:
    return Promise(name, len(kept), tuple(sorted(thing for thing, is_kept in kept.items() if not is_kept)))


def _described(thing: Mapping[str, Any]) -> bool:
    return bool(thing["description"].strip())


def _described_columns(nodes: Any, columns: Columns) -> dict[str, bool]:
    kept = {}
    for node in nodes:
        described = {name for name, column in node["columns"].items() if _described(column)}
        for column in columns.get((node["schema"], node["name"]), ["(not in the warehouse)"]):
            kept[f"{node['name']}.{column}"] = column in described
    return kept


def _grain_tested(nodes: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, bool]:
    tested = {
        node["attached_node"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") in GRAIN_TESTS
    }
    return {node["name"]: key in tested for key, node in nodes.items()}


def _contracted(node: Mapping[str, Any]) -> bool:
    return bool(node["config"].get("contract", {}).get("enforced"))


def _labelled_columns(nodes: Any, columns: Columns, labels: frozenset[str]) -> dict[str, bool]:
    return {
        f"{node['name']}.{column}": column in labels
        for node in nodes
        for column in columns.get((node["schema"], node["name"]), [])
    }


def read_columns(warehouse: Path) -> dict[tuple[str, str], list[str]]:
    """Read the columns of every table and view of a DuckDB warehouse."""
    import duckdb

    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            """
            select table_schema, table_name, column_name
            from information_schema.columns
            order by ordinal_position
            """
        ).fetchall()
    columns: dict[tuple[str, str], list[str]] = {}
    for schema, table, column in rows:
        columns.setdefault((schema, table), []).append(column)
    return columns


def read_labels(path: Path) -> frozenset[str]:
    """Read the names of columns whose labels are filled in both languages."""
    with path.open(encoding="utf-8", newline="") as file:
        return frozenset(
            row["column_name"]
            for row in csv.DictReader(file)
            if row["label_nb"].strip() and row["label_en"].strip()
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the percentages; 1 when one of them is below 100."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("manifest", type=Path)
    parser.add_argument("warehouse", type=Path)
    parser.add_argument("--labels", type=Path, default=LABELS)
    options = parser.parse_args(arguments)
    manifest = json.loads(options.manifest.read_text(encoding="utf-8"))
    promises = measure(manifest, read_columns(options.warehouse), read_labels(options.labels))
    for promise in promises:
        n_kept = promise.total - len(promise.broken)
        print(f"{promise.percent:6.2f} %  {promise.name} ({n_kept} of {promise.total})")
        for thing in promise.broken:
            print(f"          missing: {thing}")
    return 0 if all(promise.percent == 100 for promise in promises) else 1


if __name__ == "__main__":
    sys.exit(main())
