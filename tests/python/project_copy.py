"""A copy of the project that a test may change."""

from __future__ import annotations

import shutil
from pathlib import Path

from warehouse_build import PROJECT

COPIED = (
    "dbt_project.yml",
    "profiles.yml",
    "models",
    "macros",
    "seeds",
    "tests/dbt",
    "analyses",
    "layouts",
    "analysis_plan.yml",
)


def copy_project(folder: Path) -> Path:
    """Copy what dbt and landing read."""
    project = folder / "project"
    for name in COPIED:
        source, target = PROJECT / name, project / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    return project
