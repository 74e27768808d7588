"""The files of a drop folder and their content as it was when it was hashed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from staff_mobility.landing.problems import whole_file

_CHUNK = 1 << 20
_IGNORED_ENDINGS = (".md", ".yml")


@dataclass(frozen=True)
class Content:
    """A file's content as it was when it was hashed."""

    path: Path
    sha256: str
    bytes: int
    modified_ns: int

    @property
    def extract_id(self) -> str:
        """The first 16 digits of the hash."""
        return self.sha256[:16]


def drop_files(folder: Path) -> Iterator[Path]:
    """Yield the files of a drop folder in the order of their paths, without notes and hidden files."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") for part in parts)
        # Excel keeps a file of this name beside a workbook that is open.
        note = path.name.startswith(("README", "~$")) or path.suffix.lower() in _IGNORED_ENDINGS
        if path.is_file() and not hidden and not note:
            yield path


def content_of(path: Path) -> Content:
    """Hash a file."""
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            sha.update(chunk)
        status = os.fstat(file.fileno())
    return Content(path, sha.hexdigest(), status.st_size, status.st_mtime_ns)


def refuse_if_changed(content: Content) -> None:
    """Refuse a file that was written to after it was hashed.

    Raises:
        RefusalError: Its size or time has changed.
    """
    status = content.path.stat()
    if (status.st_size, status.st_mtime_ns) != (content.bytes, content.modified_ns):
        raise whole_file(
            "the file changed while it was read", "Wait until its copy is complete and land again."
        )
