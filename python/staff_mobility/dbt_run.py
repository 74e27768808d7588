"""Runs ``dbt build`` in a process of its own and says how it ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from staff_mobility.full_disk import full_disk_explained, full_folder_explained
from staff_mobility.settings import EXTRACTS_ENV, PLAN_ENV, PROJECT_ENV, WAREHOUSE_ENV, Settings
from staff_mobility.warehouse_file import WAIT_ENV

_SWITCH_LANDING_ENV = "STAFF_MOBILITY_LANDING"
# As a module, so that it is this interpreter's dbt whatever PATH says. Python remarks that dbt's package has
# imported that module before.
_DBT = (sys.executable, "-W", "ignore::RuntimeWarning:runpy", "-m", "dbt.cli.main")


# How long an interrupted dbt may take to end by itself, and again after it was told to.
_GRACE_SECONDS = 2


@dataclass(frozen=True)
class BuildOutcome:
    """How a build ended.

    Attributes:
        exit_code: dbt's own: 0 done, 1 a node failed, 2 could not run.
        counts: Nodes by dbt's status (success, pass, fail, error, skipped, warn).
        log: dbt's log.
        full_disk: What to do about a full disk, if that is why it failed.
    """

    exit_code: int
    counts: Mapping[str, int]
    log: Path
    full_disk: str | None = None

    @property
    def is_refused_by_data(self) -> bool:
        """Whether tests failed and nothing else went wrong."""
        return self.exit_code == 1 and self.counts.get("fail", 0) > 0 and not self.counts.get("error", 0)

    def as_json(self) -> dict[str, Any]:
        """Return plain values for the machine-readable answer."""
        return {"dbt_exit_code": self.exit_code, "nodes": dict(self.counts), "log": str(self.log)}


def run_dbt_build(
    settings: Settings, arguments: Sequence[str], *, quiet: bool, stdout_is_taken: bool, wait: float
) -> BuildOutcome:
    """Run ``dbt build`` with this interpreter's dbt.

    Args:
        settings: The project; dbt runs in its root.
        arguments: Passed on to dbt.
        quiet: Let dbt print errors only.
        stdout_is_taken: Send dbt's words to stderr.
        wait: Seconds that dbt waits for another process that has the warehouse open.
    """
    started = _file_time()
    log = settings.project / os.environ.get("DBT_LOG_PATH", "logs") / "dbt.log"
    logged_before = log.stat().st_size if log.is_file() else 0
    command = [*_DBT, *(["--quiet"] if quiet else []), "build", *arguments]
    child = subprocess.Popen(  # noqa: S603 (no shell; the user's own arguments for dbt)
        command,
        cwd=settings.project,
        env=_environment(settings) | {WAIT_ENV: f"{wait:g}"},
        stdout=sys.stderr if stdout_is_taken else None,
    )
    try:
        exit_code = child.wait()
    except BaseException:
        _end(child)
        raise
    results = settings.target / "run_results.json"
    full_disk = _full_disk(settings, log, logged_before, results.parent) if exit_code else None
    return BuildOutcome(exit_code, _counts(results, started), log, full_disk)


def _file_time() -> float:
    """Return the present as files get it: their clock ticks every few milliseconds, so it is behind that of `time`."""
    with tempfile.TemporaryFile() as file:
        return os.fstat(file.fileno()).st_mtime


def _end(child: subprocess.Popen[bytes]) -> None:
    """End an interrupted dbt: a Ctrl-C in the terminal has reached it too, a signal to us alone has not."""
    try:
        with suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE_SECONDS)
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                child.wait(_GRACE_SECONDS)
    finally:
        child.kill()
        child.wait()


def _full_disk(settings: Settings, log: Path, logged_before: int, target: Path) -> str | None:
    """Return what to do if dbt logged that a disk is full, or could not even log it."""
    folders = (settings.warehouse.parent, target, log.parent)
    told = full_disk_explained(_logged_since(log, logged_before), *folders)
    return told or next((full for folder in folders if (full := full_folder_explained(folder))), None)


def _logged_since(log: Path, before: int) -> str:
    """Return what was added to a log, which starts anew when it has grown large."""
    if not log.is_file():
        return ""
    with log.open("rb") as file:
        file.seek(before if log.stat().st_size >= before else 0)
        return file.read().decode(errors="replace")


def _environment(settings: Settings) -> dict[str, str]:
    # Landing has its own verb; here the build is of what has landed.
    return os.environ | {
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        _SWITCH_LANDING_ENV: "off",
        PROJECT_ENV: str(settings.project),
        WAREHOUSE_ENV: str(settings.warehouse),
        EXTRACTS_ENV: str(settings.extracts),
        PLAN_ENV: str(settings.analysis_plan),
    }


def _counts(results: Path, started: float) -> Mapping[str, int]:
    """Count the nodes of a build by status; nothing if dbt ended before it wrote all results."""
    if not results.is_file() or results.stat().st_mtime < started:
        return {}
    try:
        content = json.loads(results.read_text(encoding="utf-8"))
    except json.JSONDecodeError:
        return {}
    return dict(sorted(Counter(result["status"] for result in content["results"]).items()))
