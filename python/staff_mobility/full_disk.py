"""Says in plain words that a disk is full, whoever met it first: DuckDB, dbt or Python."""

from __future__ import annotations

import os
import re
import shutil
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path

# As the operating system words them; DuckDB passes the words on.
_NUMBERS = (ENOSPC, EDQUOT, EFBIG)
_REASONS = tuple(os.strerror(number) for number in _NUMBERS)
# Too little for the logs and lists that every build writes.
_NEARLY_NOTHING = 1 << 20


def is_full_disk(error: OSError) -> bool:
    """Whether the operating system says that there is no space for what is written."""
    return error.errno in _NUMBERS


def full_disk_explained(text: str, *folders: Path) -> str | None:
    """Return a message for the user if an error's text tells of a full disk, a quota or a limit of file size.

    Args:
        text: The error as text, which names the file in most cases.
        folders: Where else the file may be; the one whose disk has least space left is taken for it.
    """
    reason = next((reason for reason in _REASONS if reason in text), None)
    if reason is None:
        return None
    # DuckDB quotes the file with " before the reason, Python with ' after it, both in the same line.
    line = next(line for line in text.splitlines() if reason in line)
    if named := re.search(r"""["'](/[^"']+)["']""", line):
        return _message(named.group(1), Path(named.group(1)).parent, reason)
    folder = min(folders, key=_free_bytes)
    return _message(f"a file, probably in {folder},", folder, reason)


def full_folder_explained(folder: Path) -> str | None:
    """Return the same message if a folder's disk has no space left for the files of a build."""
    if _free_bytes(folder) >= _NEARLY_NOTHING:
        return None
    return _message(f"a file in {folder}", folder, _REASONS[0])


def _message(file: str, folder: Path, reason: str) -> str:
    free = f"{_free_bytes(folder) >> 20} MB are free there"
    return (
        f"The disk is full: {file} could not be written ({reason}; {free})."
        f" Make room on the disk of {folder} and run the same command again. The warehouse holds what was"
        " complete before."
    )


def _free_bytes(folder: Path) -> int:
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    return shutil.disk_usage(there).free
