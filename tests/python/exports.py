"""Exports of all marts and report models in a fixed order, and their hashes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from pathlib import Path

import duckdb

EXPORTED_SCHEMAS = ("marts", "report", "replication", "audit", "statistics")
# The schema of the quality models also holds the rows of failed tests.
QUALITY_MODELS = "^(mart_)?quality_"
# What tells of former builds: two warehouses of the same extracts differ in it when one was built before all had come.
OF_FORMER_BUILDS = frozenset(
    {
        "marts.mart_statistics__estimate_history",
        "marts.mart_statistics__estimate_difference",
        "report.tab_t_12_estimate_difference",
    }
)

# What the analysis plan decides: builds with different plans are compared without it.
_OF_THE_PLAN = re.compile(
    r"^(statistics\.|replication\.|marts\.mart_statistics__|report\.tab_(4_05|r_|t_0[6-9]|t_1))"
)


def without_plan(tables: Mapping[str, str]) -> dict[str, str]:
    """Return the hashes of the tables that are the same under every analysis plan."""
    return {name: sha256 for name, sha256 in tables.items() if not _OF_THE_PLAN.match(name)}


def export_tables(warehouse: Path, folder: Path, leave_out: Collection[str] = ()) -> dict[str, str]:
    """Write every table of the exported schemas but those left out as Parquet, rows in the order of all columns.

    Returns the SHA-256 of each file by table name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        # One thread writes one row group order; the rows themselves are already sorted.
        connection.execute("set threads = 1")
        tables = connection.execute(
            f"select table_schema, table_name from information_schema.tables "
            f"where table_schema in {EXPORTED_SCHEMAS} "
            f"or (table_schema = 'quality' and regexp_matches(table_name, '{QUALITY_MODELS}')) order by all"
        ).fetchall()
        for schema, table in tables:
            if f"{schema}.{table}" in leave_out:
                continue
            target = folder / f"{schema}.{table}.parquet"
            connection.execute(
                f"copy (select * from {schema}.{table} order by all) to '{target}' (format parquet)"
            )
    return {file.stem: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}
