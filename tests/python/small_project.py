"""A small project that is landed, built by dbt and published in seconds: real layouts and rules, five models, few persons.

Its extracts are three of the demonstration's, cut down to some persons: two cumulative ones of a system and the workbook of
the system after it, whose second sheet and whose legs of journeys bear no identifier.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml
from extract_editing import Table, change
from pytest import MonkeyPatch
from typer.testing import CliRunner
from warehouse_build import DEMO, PROJECT

from staff_mobility import cli
from staff_mobility.dbt_run import BuildOutcome, run_dbt_build
from staff_mobility.publish.suppression.settings import FILE
from staff_mobility.settings import Settings

FORMER = "mobility_tool/synthetic_mobility_tool_calls_2017-2020_2021-03-31.csv"
NEWER = "mobility_tool/synthetic_mobility_tool_calls_2017-2020_2023-05-31.csv"
MODULE = "beneficiary_module/synthetic_beneficiary_module_2023-05-31.xlsx"
# Of each system; the first has reports in all three extracts, a leg of a journey, and a row that the gate sets aside.
PERSON = "SYNTHETIC-P00117"
N_OTHERS = 30  # so many that some of them have a stay in the workbook, too
SPOILT = "sending_country"
LAYOUTS = (
    "layouts/layout.schema.json",
    "layouts/mobility_tool_participant_report_2017.yml",
    "layouts/beneficiary_module_2021.yml",
    "layouts/rules/rules.schema.json",
    "layouts/rules/_reference_lists.yml",
)
# Mobility Tool+ and Beneficiary Module, each under its own column of the key.
REPORT = "source_system || '/' || project_code || '/' || mobility_id"

MODELS = {
    "intermediate/int_reports_versioned": f"""
        select *, {REPORT} as report_key from (
            select 'mobility_tool' as source_system, _extract_id as extract_id, _row_number as row_number, project_code,
                mobility_id, sending_name, participant_id_pseudonym, email_pseudonym, name_birth_date_pseudonym
            from raw.mobility_tool__participant_report
            union all by name
            select 'beneficiary_module' as source_system, _extract_id as extract_id, _row_number as row_number, project_code,
                mobility_id, sending_name, participant_id_pseudonym, email_pseudonym, name_birth_date_pseudonym
            from raw.beneficiary_module__mobility where data_type = 'Mobility'
        )""",
    "intermediate/int_persons_linked": """
        select distinct report_key, min(report_key) over (partition by name_birth_date_pseudonym) as person_key
        from {{ ref('int_reports_versioned') }}""",
    "marts/mart_small__report": """
        select persons.person_key, persons.report_key,
            any_value(reports.email_pseudonym order by reports.extract_id) as email_pseudonym
        from {{ ref('int_persons_linked') }} as persons
        inner join {{ ref('int_reports_versioned') }} as reports using (report_key) group by all""",
    "marts/mart_small__system": """
        select source_system, count(distinct report_key) as n_reports from {{ ref('int_reports_versioned') }} group by all""",
    "marts/mart_small__history": """
        {{ config(materialized='incremental') }}
        select '{{ invocation_id }}' as build_id, sum(n_reports)::bigint as n_reports from {{ ref('mart_small__system') }}""",
    "quality/mart_quality__ledger_total": """
        select 'all' as ledger_scope, files.n_rows as n_file_rows, landed.n_rows + erased.n_rows as n_accounted_rows,
            erased.n_rows as n_erased_rows, files.n_rows = landed.n_rows + erased.n_rows as is_balanced
        from (select sum(row_count)::bigint as n_rows from raw.extract) as files
        cross join (select count(*) as n_rows from (select _extract_id from raw.mobility_tool__participant_report
            union all select _extract_id from raw.beneficiary_module__mobility
            union all select _extract_id from raw.beneficiary_module__participant_report)) as landed
        cross join (select coalesce(sum(row_count), 0)::bigint as n_rows from raw.erased_rows) as erased
        cross join (select count(*) from {{ ref('mart_small__report') }}) as built""",
}
AUDIENCES = {"mart_small__report": "analyst", "mart_small__system": "public"}
KEYS = {"mart_small__report": "report_key", "mart_small__system": "source_system"}
COLUMNS = {
    "mart_small__report": ("person_key", "report_key", "email_pseudonym"),
    "mart_small__system": ("source_system", "n_reports"),
}


@dataclass(frozen=True)
class SmallProject:
    """Its folder, with the warehouse and all that the verbs write."""

    folder: Path

    @property
    def settings(self) -> Settings:
        """Of this project."""
        return Settings(self.folder, self.folder / "w.duckdb", self.extracts, self.folder / "plan.yml")

    @property
    def extracts(self) -> Path:
        """The drop folder."""
        return self.folder / "drop"

    @property
    def key_file(self) -> Path:
        """The pseudonym key."""
        return self.folder / "w.key"

    def environment(self) -> dict[str, str]:
        """What names the project to the command line."""
        return {
            "STAFF_MOBILITY_PROJECT": str(self.folder),
            "STAFF_MOBILITY_WAREHOUSE": str(self.settings.warehouse),
            "STAFF_MOBILITY_EXTRACTS": str(self.extracts),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DBT_PROFILES_DIR": str(self.folder),
        }

    def copy(self, folder: Path) -> SmallProject:
        """Return a copy that a test may change."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return SmallProject(folder)

    def call(self, *arguments: str, given: str | None = None, **environment: str) -> dict[str, Any]:
        """Run a verb in this process; return its JSON answer with all that was said and the exit code."""
        with MonkeyPatch.context() as patch:
            # The runner's stderr is no file that dbt could write to.
            patch.setattr("staff_mobility.dbt_run.run_dbt_build", _build_quietly)
            # They take longer than a landing of so few rows, and nothing here looks at them.
            patch.setattr("staff_mobility.gate.gate.Gate.write_data_docs", lambda _: None)
            for name in ("STAFF_MOBILITY_KEY", "STAFF_MOBILITY_KEY_FILE", "STAFF_MOBILITY_PUBLISHED"):
                patch.delenv(name, raising=False)
            for name, value in {**self.environment(), **environment}.items():
                patch.setenv(name, value)
            result = CliRunner().invoke(cli.app, [*arguments, "--json"], input=given)
        told = json.loads(result.stdout[result.stdout.index("{\n") :])
        return {**told, "code": result.exit_code, "said": result.output}

    def kill_in(self, function: tuple[str, str], *arguments: str, given: str = "") -> None:
        """Run a verb in a process of its own that kills itself where it would call a function, named by module and name."""
        module, name = function
        own = {key: text for key, text in os.environ.items() if not key.startswith("STAFF_MOBILITY_")}
        killed = subprocess.run(  # noqa: S603
            [
                sys.executable,
                "-c",
                f"import importlib, os, signal, sys; module = importlib.import_module('{module}')\n"
                f"module.{name} = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)\n"
                f"from staff_mobility.cli import main; sys.argv[1:] = {arguments!r}; main()",
            ],
            env={**own, **self.environment()},
            input=given,
            text=True,
            capture_output=True,
            check=False,
        )
        assert killed.returncode == -signal.SIGKILL, killed.stderr

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return rows of the warehouse."""
        with duckdb.connect(str(self.settings.warehouse), read_only=True) as con:
            return con.execute(sql).fetchall()


def _build_quietly(settings: Settings, arguments: Sequence[str], **how: Any) -> BuildOutcome:
    return run_dbt_build(settings, arguments, quiet=True, stdout_is_taken=False, wait=how["wait"])


def make_small_project(folder: Path) -> SmallProject:
    """Write the project with its extracts; nothing has landed yet."""
    project = SmallProject(folder)
    for name in (
        "layouts",
        "macros/build_state.sql",
        "macros/generate_schema_name.sql",
        "profiles.yml",
        FILE,
    ):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (PROJECT / name).is_dir() else shutil.copy)(PROJECT / name, target)
    # The gate reads them; dbt does not.
    shutil.copytree(PROJECT / "seeds", folder / "seeds")
    for name in ("mobility_tool", "beneficiary_module"):
        _write_few_rules(folder, f"layouts/rules/{name}.yml")
    (folder / "dbt_project.yml").write_text(_PROJECT)
    for name, sql in MODELS.items():
        target = folder / "models" / f"{name}.sql"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(sql)
    (folder / "models" / "models.yml").write_text(
        yaml.safe_dump({"models": [_described(name) for name in AUDIENCES]})
    )
    write_extracts(project)
    return project


def _write_few_rules(folder: Path, name: str) -> None:
    """Write the rules with one check alone, and a limit for rows that are set aside which one row of so few does not reach."""
    content = yaml.safe_load((PROJECT / name).read_text(encoding="utf-8"))
    for table in content["tables"].values():
        table.pop("history", None)
        table["checks"] = [check for check in table.get("checks", []) if check.get("column") == SPOILT]
        if "rejected_share" in table:
            table["rejected_share"]["limit"] = 0.5
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")


def write_extracts(project: SmallProject) -> None:
    """Write the extracts of few persons."""
    chosen = _persons()
    for name in (FORMER, NEWER, MODULE):
        target = project.extracts / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(DEMO / name, target)
        change(target, _cut(chosen, set()))
    change(project.extracts / NEWER, _spoil)


def _cut(chosen: set[str], reports: set[str]) -> Callable[[Table], None]:
    """Return what leaves the rows of some persons, known by their addresses, and the rows that go with them."""

    def cut(table: Table) -> None:
        if "email" in table.columns:
            reports.update(
                table.get(row, "mobility_id")
                for row in table.rows
                if table.get(row, "email").lower() in chosen
            )
        table.rows = [row for row in table.rows if table.get(row, "mobility_id") in reports]

    return cut


def rows_of_person(project: SmallProject, name: str) -> list[dict[str, str]]:
    """Return the person's rows of an extract, all tables, each with its columns by name."""
    found: list[dict[str, str]] = []
    own: set[str] = set()
    (address,) = {email for email in _persons() if email not in _persons(False)}

    def look(table: Table) -> None:
        rows = [{column: table.get(row, column) for column in table.columns} for row in table.rows]
        own.update(row["mobility_id"] for row in rows if row.get("email", "").lower() == address)
        found.extend(row for row in rows if row["mobility_id"] in own)

    copy = project.folder / "look" / Path(name).name
    copy.parent.mkdir(exist_ok=True)
    shutil.copy(project.extracts / name, copy)
    change(copy, look)
    shutil.rmtree(copy.parent)
    return found


def _persons(is_with_person: bool = True) -> set[str]:
    """Return the addresses of the person and of those who come first in the newer extract."""
    with (DEMO / NEWER).open(encoding="utf-8-sig", newline="") as file:
        header, _, *rows = csv.reader(file, delimiter=";")
    person, email = header.index("Participant ID"), header.index("Participant Email")
    own = {row[email].lower() for row in rows if row[person] == PERSON}
    if len(own) != 1:
        raise LookupError(
            f"{PERSON} has {len(own)} addresses in {NEWER}: name another person of the demonstration"
        )
    others = dict.fromkeys(row[email].lower() for row in rows if row[person] != PERSON and row[email])
    return (own if is_with_person else set()) | set(list(others)[:N_OTHERS])


def _spoil(table: Table) -> None:
    """Give one row of the person a sender's country that does not exist: the gate sets it aside and keeps its key."""
    row = next(row for row in table.rows if table.get(row, "participant_id") == PERSON)
    table.put(row, SPOILT, "Atlantis")


def _described(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "description": f"Rows of {name}.",
        "config": {"meta": {"audience": AUDIENCES[name], "disclosure": {"none": "for a test"}}},
        "columns": [
            {
                "name": column,
                "description": column,
                **({"data_tests": ["unique"]} if column == KEYS[name] else {}),
            }
            for column in COLUMNS[name]
        ],
    }


_PROJECT = """
name: small
version: "0.1.0"
config-version: 2
profile: staff_mobility
model-paths: [models]
seed-paths: [no_seeds]
macro-paths: [macros]
vars: {agency_country: "NO", email_max_persons: 2}
on-run-start: ["{{ record_build_start() }}"]
on-run-end: ["{{ record_build_end(results) }}"]
models:
  small:
    +materialized: table
    intermediate: {+schema: intermediate}
    marts: {+schema: marts}
    quality: {+schema: quality}
"""
