"""The files of a drop folder and their content as it was when it was hashed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from staff_mobility.landing.encodings import TextFacts, TextScan
from staff_mobility.landing.limits import Limits
from staff_mobility.landing.problems import RefusalError, printable, whole_file

_CHUNK = 1 << 20
_IGNORED_ENDINGS = (".md", ".yml")


@dataclass(frozen=True)
class Content:
    """A file's content as it was when it was hashed.

    Attributes:
        path: Where it lies; a private copy for a file that came in an archive.
        name: The name under which it was delivered, such as ``delivery.zip/stays.csv``.
        text: What the bytes say about a text's encoding and lines.
    """

    path: Path
    name: str
    sha256: str
    bytes: int
    modified_ns: int
    text: TextFacts

    @property
    def extract_id(self) -> str:
        """The first 16 digits of the hash."""
        return self.sha256[:16]


def drop_files(folder: Path) -> Iterator[Path]:
    """Yield the files of a drop folder in the order of their paths, without notes and hidden files."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not is_note(path.relative_to(folder).parts):
            yield path


def is_note(parts: Sequence[str]) -> bool:
    """Whether a path, in its parts, is a hidden file or a note and no extract."""
    hidden = any(part.startswith(".") for part in parts)
    # Excel keeps a file of the second name beside a workbook that is open.
    return hidden or parts[-1].startswith(("README", "~$")) or parts[-1].lower().endswith(_IGNORED_ENDINGS)


def refuse_name(name: str) -> None:
    """Refuse a name that is not what it seems.

    Raises:
        RefusalError: There is a control character in it, or one that turns the order of reading.
    """
    if printable(name) != name:
        raise whole_file(
            "the file's name holds a character that is not seen or that turns the order of reading",
            "Rename the file.",
        )


def refuse_link(folder: Path, path: Path) -> None:
    """Refuse a file that a link fetches from outside the drop folder.

    Raises:
        RefusalError: The file lies elsewhere.
    """
    if not path.resolve().is_relative_to(folder.resolve()):
        raise whole_file(
            "this is a link to a file outside the drop folder", "Copy the file itself into the folder."
        )


def content_of(path: Path, name: str, limits: Limits) -> Content:
    """Hash a file, and judge its text in the same pass.

    Raises:
        RefusalError: The file is larger than the limit.
    """
    sha = hashlib.sha256()
    scan = TextScan()
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > limits.file_bytes:
                raise too_large(limits)
            sha.update(chunk)
            scan.update(chunk)
        status = os.fstat(file.fileno())
    return Content(path, name, sha.hexdigest(), status.st_size, status.st_mtime_ns, scan.facts(path))


def too_large(limits: Limits) -> RefusalError:
    """Return the refusal of a file above the size limit."""
    return whole_file(
        f"the file is larger than {limits.file_bytes:,} bytes", "Export a shorter period, or raise the limit."
    )


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
