"""A small working warehouse with what a publisher reads: four marts of one number each, a build, a ledger, a manifest.

Every row of every mart bears the warehouse's generation, so that a reader of the published marts sees at once when it
has read rows of two of them.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from pytest import MonkeyPatch
from warehouse_build import PROJECT

from staff_mobility.publish.suppression.settings import FILE
from staff_mobility.settings import Settings

PUBLIC_MARTS = ("mart_small__first", "mart_small__second", "mart_small__third")
ANALYST_MART = "mart_small__report"
NO_CELLS = {"none": "invented rows"}
BUILD = "00000000-0000-0000-0000-{:012d}"


@dataclass(frozen=True)
class SmallPlace:
    """A project folder with nothing but what the publisher reads."""

    folder: Path

    @property
    def settings(self) -> Settings:
        """Of this project."""
        return Settings(
            self.folder, self.folder / "w.duckdb", self.folder / "extracts", self.folder / "analysis_plan.yml"
        )

    @property
    def manifest(self) -> Path:
        """dbt's manifest, wherever the caller's own environment has it."""
        return self.folder / "target" / "manifest.json"

    def environment(self) -> dict[str, str]:
        """What names the project to the command line."""
        return {
            "STAFF_MOBILITY_PROJECT": str(self.folder),
            "STAFF_MOBILITY_WAREHOUSE": str(self.settings.warehouse),
            "DBT_TARGET_PATH": str(self.folder / "target"),
        }

    def set_environment(self, monkeypatch: MonkeyPatch) -> None:
        """Name the project, and no folder of publications but its own, to what runs in this process."""
        for name, value in self.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("STAFF_MOBILITY_PUBLISHED", raising=False)


def make_place(folder: Path, generation: int = 1, rows: int = 100) -> SmallPlace:
    """Make the project folder and its warehouse of a generation."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dbt_project.yml").write_text("name: x\n")
    shutil.copy(PROJECT / FILE, folder / FILE)
    (folder / "target").mkdir(exist_ok=True)
    place = SmallPlace(folder)
    write_manifest(place)
    write_warehouse(place, generation, rows)
    return place


def write_warehouse(place: SmallPlace, generation: int, rows: int = 100) -> None:
    """Write the working warehouse anew, as a whole build that ended well."""
    file = place.settings.warehouse
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as con:
        con.execute(
            "create schema raw; create schema quality; create schema marts; create schema reference;"
            "create table raw.extract (extract_id varchar, source varchar, extract_date date, row_count bigint,"
            " file_sha256 varchar, landed_at timestamp);"
            f"insert into raw.extract values ('e{generation}', 'tool', '2023-05-31', {rows}, 'aa', '2023-06-01');"
            "create table quality.build_state as select"
            f" '{BUILD.format(generation)}' as invocation_id, true as is_whole, '{{}}' as settings,"
            " (select string_agg(extract_id || ' ' || landed_at, ', ') from raw.extract) as extracts,"
            " timestamp '2023-06-01 10:00:00' as started_at, timestamp '2023-06-01 10:05:00' as finished_at,"
            " 'done' as outcome;"
            "create table quality.mart_quality__ledger_total as select 'all' as ledger_scope,"
            f" {rows} as n_file_rows, {rows} as n_accounted_rows, true as is_balanced;"
            "create table reference.column_label as select 'amount' as column_name, 'Beløp' as label_nb,"
            " 'Amount' as label_en"
        )
        for number, mart in enumerate((*PUBLIC_MARTS, ANALYST_MART), start=1):
            con.execute(
                f"create table marts.{mart} as select 'k' || n as row_name, {generation} as generation,"
                f" n * {number} + 0.5::double as amount, n::hugeint as big from range({rows + number}) as r(n)"
            )


def write_manifest(place: SmallPlace, **audiences: str | None) -> None:
    """Write dbt's manifest; `audiences` gives single marts another one."""
    marks = {**dict.fromkeys(PUBLIC_MARTS, "public"), ANALYST_MART: "analyst", **audiences}
    nodes: dict[str, Any] = {}
    for mart, audience in marks.items():
        nodes[f"model.x.{mart}"] = {
            "resource_type": "model",
            "name": mart,
            "schema": "marts",
            "alias": mart,
            "description": f"Rows of {mart}; it's small.",
            "config": {"meta": {"audience": audience, "disclosure": NO_CELLS} if audience else {}},
            "columns": {
                name: {"name": name, "description": f"Its {name}."}
                for name in ("row_name", "generation", "amount", "big")
            },
        }
        nodes[f"test.x.unique_{mart}"] = {
            "resource_type": "test",
            "attached_node": f"model.x.{mart}",
            "test_metadata": {"name": "unique", "kwargs": {"column_name": "row_name"}},
        }
    place.manifest.write_text(json.dumps({"nodes": nodes}), encoding="utf-8")
