"""Clears away what a killed run could not clear away itself."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

# No step works on one of its files for so long; what is younger may be another run's work.
_UNTOUCHED_SECONDS = 3600


def sweep_leftovers(folder: Path, pattern: str) -> None:
    """Remove files and folders whose name matches a pattern and that nobody has touched for an hour.

    Args:
        folder: Where they lie; it may be missing.
        pattern: Of their names, as in `Path.glob`.
    """
    oldest = time.time() - _UNTOUCHED_SECONDS
    for path in folder.glob(pattern):
        try:
            if path.lstat().st_mtime >= oldest:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        except OSError:
            # Somebody else's, or gone meanwhile: the work at hand does not depend on it.
            continue
