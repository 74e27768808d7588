"""Runs the project as a user does, in processes of their own, into a warehouse of the test's choice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from parsed_project import hand_on

PROJECT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
DEMO = PROJECT / "extracts" / "demo"
WHOLE_PLAN = PROJECT / "analysis_plan.yml"
# Most builds are not about statistics: every kind of analysis once, few draws.
SHORT_PLAN = PROJECT / "tests" / "reference" / "short_plan.yml"
WITHOUT_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
# Leaves out the statistics but for correlations: what is made of those alone are tables that the oracle computes too.
ONLY_CORRELATIONS = (
    "--exclude",
    "stat_cluster+",
    "stat_cluster_motive+",
    "stat_group_difference+",
    "stat_missing+",
    "stat_regression_model+",
    "stat_regression_term+",
    "stat_robustness+",
    "stat_specification_curve+",
)


@dataclass(frozen=True)
class Workplace:
    """A warehouse file with the folders that a run writes to, and the project that it runs.

    Attributes:
        is_recorded: Whether dbt, where a test runs it, writes its manifest and every statement into its log: a tenth of a build,
            for nothing where nobody reads them.
    """

    folder: Path
    extracts: Path = DEMO
    project: Path = PROJECT
    plan: Path = SHORT_PLAN
    is_recorded: bool = False

    @property
    def warehouse(self) -> Path:
        """The DuckDB file."""
        return self.folder / "warehouse.duckdb"

    @property
    def manifest(self) -> Path:
        """What dbt knows of the project after a run."""
        return self.folder / "target" / "manifest.json"

    def copy_warehouse(self, folder: Path) -> None:
        """Copy the warehouse file and its pseudonym key; the gate's results stay behind."""
        for ending in (".duckdb", ".key"):
            shutil.copy(self.warehouse.with_suffix(ending), folder)

    def environment(self) -> dict[str, str]:
        """The environment of a run; nothing of the caller's own warehouse leaks in."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("STAFF_MOBILITY_")}
        return {
            **kept,
            "STAFF_MOBILITY_PROJECT": str(self.project),
            "STAFF_MOBILITY_WAREHOUSE": str(self.warehouse),
            "STAFF_MOBILITY_EXTRACTS": str(self.extracts),
            "STAFF_MOBILITY_PLAN": str(self.plan),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "COLUMNS": "200",
        }

    def dbt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run dbt in the project, on the parse of the test run."""
        hand_on(self)
        recording = {} if self.is_recorded else {"DBT_WRITE_JSON": "false", "DBT_LOG_LEVEL_FILE": "info"}
        return self._run(recording, str(BIN / "dbt"), *arguments)

    def staff_mobility(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the project's own command."""
        return self._run({}, str(BIN / "staff-mobility"), *arguments)

    def _run(self, settings: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
        environment = self.environment() | settings
        return subprocess.run(  # noqa: S603
            command, cwd=self.project, env=environment, capture_output=True, text=True, check=False
        )
