"""Runs ``dbt build`` in a process of its own and says how it ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from staff_mobility.settings import EXTRACTS_ENV, PROJECT_ENV, WAREHOUSE_ENV, Settings

_SWITCH_LANDING_ENV = "STAFF_MOBILITY_LANDING"
# As a module, so that it is this interpreter's dbt whatever PATH says. Python remarks that dbt's package has
# imported that module before.
_DBT = (sys.executable, "-W", "ignore::RuntimeWarning:runpy", "-m", "dbt.cli.main")


@dataclass(frozen=True)
class BuildOutcome:
    """How a build ended.

    Attributes:
        exit_code: dbt's own: 0 done, 1 a node failed, 2 could not run.
        counts: Nodes by dbt's status (success, pass, fail, error, skipped, warn).
        log: dbt's log.
    """

    exit_code: int
    counts: Mapping[str, int]
    log: Path

    @property
    def is_refused_by_data(self) -> bool:
        """Whether tests failed and nothing else went wrong."""
        return self.exit_code == 1 and self.counts.get("fail", 0) > 0 and not self.counts.get("error", 0)

    def as_json(self) -> dict[str, Any]:
        """Return plain values for the machine-readable answer."""
        return {"dbt_exit_code": self.exit_code, "nodes": dict(self.counts), "log": str(self.log)}


def run_dbt_build(
    settings: Settings, arguments: Sequence[str], *, quiet: bool, stdout_is_taken: bool
) -> BuildOutcome:
    """Run ``dbt build`` with this interpreter's dbt.

    Args:
        settings: The project; dbt runs in its root.
        arguments: Passed on to dbt.
        quiet: Let dbt print errors only.
        stdout_is_taken: Send dbt's words to stderr.
    """
    started = time.time()
    command = [*_DBT, *(["--quiet"] if quiet else []), "build", *arguments]
    done = subprocess.run(  # noqa: S603 (no shell; the user's own arguments for dbt)
        command,
        cwd=settings.project,
        env=_environment(settings),
        stdout=sys.stderr if stdout_is_taken else None,
        check=False,
    )
    counts = _counts(settings.project / "target" / "run_results.json", started)
    return BuildOutcome(done.returncode, counts, settings.project / "logs" / "dbt.log")


def _environment(settings: Settings) -> dict[str, str]:
    # Landing has its own verb; here the build is of what has landed.
    return os.environ | {
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        _SWITCH_LANDING_ENV: "off",
        PROJECT_ENV: str(settings.project),
        WAREHOUSE_ENV: str(settings.warehouse),
        EXTRACTS_ENV: str(settings.extracts),
    }


def _counts(results: Path, started: float) -> Mapping[str, int]:
    """Count the nodes of a build by status; nothing if dbt ended before it wrote results."""
    if not results.is_file() or results.stat().st_mtime < started:
        return {}
    content = json.loads(results.read_text(encoding="utf-8"))
    return dict(sorted(Counter(result["status"] for result in content["results"]).items()))
