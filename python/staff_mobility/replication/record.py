"""What a run was made with: versions, hardware, measured time."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

# Named in the references and the requirements; every other package stands in the lock file.
MAIN_PACKAGES = (
    "dbt-core",
    "dbt-duckdb",
    "duckdb",
    "pandas",
    "scipy",
    "scikit-learn",
    "statsmodels",
    "altair",
)
_PINNED = re.compile(r"^([A-Za-z0-9_.\-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
_BUILD = """
    select started_at, epoch(finished_at - started_at)
    from quality.build_state
    where is_whole and outcome = 'done'
    order by started_at desc
    limit 1
"""


@dataclass(frozen=True)
class Record:
    """What differs between two runs that give the same outputs.

    Attributes:
        built_at: Start of the build, UTC.
        build_seconds: Length of the build.
        slowest: Models that took longest in dbt's last run, with seconds.
        machine: Processor and system.
        processors: Number of processors.
        memory_gb: Memory in GB.
        python: Version of Python.
    """

    built_at: str
    build_seconds: float | None
    slowest: Sequence[tuple[str, float]]
    machine: str
    processors: int
    memory_gb: float
    python: str


def read_record(con: duckdb.DuckDBPyConnection, run_results: Path) -> Record:
    """Return the record of the last whole build, on this machine.

    Args:
        con: The warehouse.
        run_results: What dbt wrote of its last run; it may be missing.
    """
    row = con.execute(_BUILD).fetchone()
    return Record(
        row[0].isoformat(timespec="seconds") if row else "",
        float(row[1]) if row and row[1] is not None else None,
        _slowest(run_results),
        f"{_processor()}, {platform.system()} {platform.machine()}",
        os.cpu_count() or 1,
        round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3, 1),
        platform.python_version(),
    )


def read_versions(lock: Path) -> Mapping[str, str]:
    """Return the pinned versions of a lock file by package."""
    return {name.lower(): version for name, version in _PINNED.findall(lock.read_text(encoding="utf-8"))}


def _slowest(run_results: Path, count: int = 5) -> list[tuple[str, float]]:
    if not run_results.is_file():
        return []
    results = json.loads(run_results.read_text(encoding="utf-8"))["results"]
    models = [
        (str(result["unique_id"]).rsplit(".", 1)[-1], float(result["execution_time"]))
        for result in results
        if str(result["unique_id"]).startswith("model.")
    ]
    return sorted(models, key=lambda model: (-model[1], model[0]))[:count]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    named = re.search(r"model name\s*:\s*(.+)", info.read_text()) if info.is_file() else None
    return named[1].strip() if named else platform.processor() or "unknown processor"
