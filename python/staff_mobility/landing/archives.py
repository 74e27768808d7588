"""ZIP archives, unpacked with a count of what really comes out of them.

What an archive says of itself is never trusted: sizes are counted while unpacking, and names only decide how
a member is called in messages, never where it is written.
"""

from __future__ import annotations

import re
import stat
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from staff_mobility.landing.drop_folder import is_note, too_large
from staff_mobility.landing.limits import Limits
from staff_mobility.landing.problems import Problem, RefusalError, printable, whole_file
from staff_mobility.leftovers import workplace

_CHUNK = 1 << 16
_END_RECORD = struct.Struct("<4s4H2LH")
_LONGEST_COMMENT = 1 << 16
_DIRECTORY_BYTES_PER_ENTRY = 1_000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1
_ARCHIVES = (".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar", ".zst")
_DRIVE = re.compile(r"[A-Za-z]:")
_DELIVER_APART = "Deliver each file by itself."
_FETCH_AGAIN = "The file looks cut off: fetch it again."
_PACK_AGAIN = "Pack the extracts alone into a new archive."


@dataclass(frozen=True)
class Member:
    """A file of an archive, unpacked under a name of our own.

    Attributes:
        path: The private copy; its ending is that of the member's name.
        name: The member's path in the archive.
    """

    path: Path
    name: str


class Archive:
    """An open ZIP archive that gives its entries chunk by chunk, within the limits."""

    def __init__(self, file: BinaryIO, limits: Limits, kind: str) -> None:
        """Open an archive.

        Args:
            file: The archive.
            limits: What may come out of it.
            kind: What a message calls it.

        Raises:
            RefusalError: It is no archive, is damaged or has too many entries.
        """
        self._limits = limits
        self._kind = kind
        self._unpacked = 0
        self._packed = _CountedFile(file)
        _refuse_large_directory(file, limits, kind)
        try:
            self._zip = zipfile.ZipFile(self._packed)
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise self._damaged() from error
        first = min((entry.header_offset for entry in self.entries), default=0)
        if first < 0:
            raise self._damaged()
        # Readers of ZIP look for the end and would pass over whole files that stand before.
        if first > 0:
            raise whole_file(
                f"other bytes stand before the {kind} in the same file: files were joined", _DELIVER_APART
            )
        if len(self.entries) > limits.archive_entries:
            raise _too_many_entries(limits, kind)

    @property
    def entries(self) -> list[zipfile.ZipInfo]:
        """The entries, as the archive lists them."""
        return self._zip.infolist()

    def chunks(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        """Unpack an entry.

        Raises:
            RefusalError: It is damaged or encrypted, or more comes out of it than the limits allow.
        """
        if entry.flag_bits & _ENCRYPTED:
            raise whole_file(f"the {self._kind} is encrypted", "Deliver it without a password.")
        if entry.compress_type not in _METHODS:
            raise whole_file(f"the {self._kind} is packed by an unusual method", "Pack it as a plain ZIP.")
        unpacked = 0
        packed_before = self._packed.bytes_read
        try:
            with self._zip.open(entry) as source:
                while chunk := source.read(_CHUNK):
                    unpacked += len(chunk)
                    self._unpacked += len(chunk)
                    self._refuse_bomb(unpacked, self._packed.bytes_read - packed_before)
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise self._damaged() from error

    def _refuse_bomb(self, unpacked: int, packed: int) -> None:
        limits = self._limits
        if unpacked > limits.file_bytes:
            raise too_large(limits)
        is_bomb = unpacked > limits.unpacking_ratio_from and unpacked > limits.unpacking_ratio * packed
        if is_bomb or self._unpacked > limits.unpacked_bytes:
            raise whole_file(
                f"the {self._kind} unpacks to far more than extracts do (more than {limits.unpacking_ratio}"
                f" times its size, or more than {limits.unpacked_bytes:,} bytes)",
                "Check where it comes from, and do not open it.",
            )

    def _damaged(self) -> RefusalError:
        return whole_file(f"the {self._kind} is broken: its end is missing or damaged", _FETCH_AGAIN)


class _CountedFile:
    """A file that counts the bytes that are read from it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.bytes_read = 0

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size)
        self.bytes_read += len(content)
        return content

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _refuse_large_directory(file: BinaryIO, limits: Limits, kind: str) -> None:
    """Refuse an archive whose list of entries alone would fill the memory, before the list is read."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _LONGEST_COMMENT - _END_RECORD.size))
    end = file.read()
    file.seek(0)
    at = end.rfind(b"PK\x05\x06")
    if end[-_END_RECORD.size :].startswith(b"PK\x05\x06"):
        at = len(end) - _END_RECORD.size
    if at >= 0 and len(end) - at >= _END_RECORD.size:
        directory_bytes = _END_RECORD.unpack_from(end, at)[5]
        # The largest number stands for one that does not fit.
        if directory_bytes > limits.archive_entries * _DIRECTORY_BYTES_PER_ENTRY:
            raise _too_many_entries(limits, kind)


def _too_many_entries(limits: Limits, kind: str) -> RefusalError:
    return whole_file(f"the {kind} has more than {limits.archive_entries:,} entries", "Split it.")


@contextmanager
def unpacked(path: Path, limits: Limits) -> Iterator[list[Member]]:
    """Unpack the extracts of a delivery into a private folder that is gone afterwards.

    Raises:
        RefusalError: The archive is damaged, or is not what an archive of extracts looks like.
    """
    with workplace(Path(tempfile.gettempdir()), "unpacked") as folder, path.open("rb") as file:
        archive = Archive(file, limits, "archive")
        members: list[Member] = []
        for entry in _extract_entries(archive.entries):
            copy = folder / f"{len(members)}{_ending(entry.orig_filename)}"
            with copy.open("wb") as target:
                try:
                    for chunk in archive.chunks(entry):
                        target.write(chunk)
                except RefusalError as refusal:
                    raise _within(entry.orig_filename, refusal) from None
            members.append(Member(copy, entry.orig_filename))
        if not members:
            raise whole_file("there is no extract in the archive", _PACK_AGAIN)
        yield members


def _within(name: str, refusal: RefusalError) -> RefusalError:
    return RefusalError(
        *(Problem(f"'{name}'", problem.column, problem.reason, problem.to_do) for problem in refusal.problems)
    )


def _ending(name: str) -> str:
    known = re.search(r"\.[A-Za-z0-9]{1,8}$", name)
    return known.group().lower() if known else ""


def _extract_entries(entries: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """Return the entries that are extracts, in the order of their names.

    Raises:
        RefusalError: A name leads out of the archive, stands twice or is not what it seems, or an entry is a
            link or an archive.
    """
    seen: set[str] = set()
    extracts = []
    for entry in entries:
        name = entry.orig_filename
        if reason := _fault_of_name(entry, seen):
            raise RefusalError(Problem(f"'{name}'", None, reason, _PACK_AGAIN))
        seen.add(_comparable(name))
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if parts and not name.endswith("/") and not is_note(parts):
            extracts.append(entry)
    return sorted(extracts, key=lambda entry: entry.orig_filename)


def _comparable(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _fault_of_name(entry: zipfile.ZipInfo, seen: set[str]) -> str | None:
    name = entry.orig_filename
    if printable(name) != name:
        return "the name holds a character that is not seen or that turns the order of reading"
    if name.startswith("/") or _DRIVE.match(name) or "\\" in name or ".." in name.split("/"):
        return "the path leads out of the archive"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "this is a link, not a file"
    if _comparable(name) in seen:
        return "the name stands twice in the archive"
    if name.lower().endswith(_ARCHIVES):
        return "this is an archive in an archive"
    return None
