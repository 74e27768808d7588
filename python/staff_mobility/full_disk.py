"""Says in plain words that a disk is full, whoever met it first: DuckDB, dbt or Python."""

from __future__ import annotations

import os
import re
import shutil
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path

# As the operating system words them; DuckDB passes the words on.
_REASONS = tuple(os.strerror(number) for number in (ENOSPC, EDQUOT, EFBIG))
# Too little for the logs and lists that every build writes.
_NEARLY_NOTHING = 1 << 20


def full_disk_explained(text: str, warehouse: Path) -> str | None:
    """Return a message for the user if an error's text tells of a full disk, a quota or a limit of file size.

    Args:
        text: The error as text; the file in quotes in it is named, the warehouse if there is none.
        warehouse: The warehouse's file.
    """
    reason = next((reason for reason in _REASONS if reason in text), None)
    if reason is None:
        return None
    # DuckDB quotes the file with " before the reason, Python with ' after it, both in the same line.
    line = next(line for line in text.splitlines() if reason in line)
    named = re.search(r"""["'](/[^"']+)["']""", line)
    return _message(Path(named.group(1)) if named else warehouse, reason)


def full_folder_explained(folder: Path) -> str | None:
    """Return the same message if a folder's disk has no space left for the files of a build."""
    if _free_bytes(folder) >= _NEARLY_NOTHING:
        return None
    return _message(folder, _REASONS[0])


def _message(path: Path, reason: str) -> str:
    folder = path if path.is_dir() else path.parent
    free = f"{_free_bytes(folder) >> 20} MB are free there"
    return (
        f"The disk is full: {path} could not be written ({reason}; {free})."
        f" Make room on the disk of {folder} and run the same command again. The warehouse holds what was"
        " complete before."
    )


def _free_bytes(folder: Path) -> int:
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    return shutil.disk_usage(there).free
