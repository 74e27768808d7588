"""The folder of publications: what is in it, how one becomes current, who may write there.

    published/
      marts.duckdb -> current/marts.duckdb      what BI tools open
      current      -> publications/<id>         the one name that a publication changes
      publications/<id>/                        whole and read-only: marts.duckdb, parquet/, docs/, manifest.json
      log.jsonl                                 a line per change of `current`
      withdrawn.json                            ids of publications that must not come back

One rename changes `current`, and with it all names below: two names could not change together. A rename over a
link is atomic on Linux and macOS. Links rather than hard links, because DuckDB resolves a path when it opens it:
a tool that still has the former file open gets the new one with its next connection, while under a hard link's
unchanged name it would be handed the open one (tried with DuckDB 1.5). Links are relative, so that the folder can
be moved or mounted elsewhere.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from staff_mobility.checksums import sha256
from staff_mobility.leftovers import workplace
from staff_mobility.lock_holder import LockHolder
from staff_mobility.settings import StepError, WrongUseError
from staff_mobility.warehouse_file import Patience

MARTS, PARQUET, DOCS, MANIFEST = "marts.duckdb", "parquet", "docs", "manifest.json"
# What the log calls a step back.
ROLLBACK = "rollback"
_CURRENT, _PUBLICATIONS, _LOG, _LOCK = "current", "publications", "log.jsonl", ".publisher.lock"
_WITHDRAWN = "withdrawn.json"
# Part of the names of unfinished publications.
_WORK = "publication"
_PAUSE_SECONDS = 0.1
_READ_ONLY = 0o444


class PublisherBusyError(StepError):
    """Another publisher is at work in the folder."""


@dataclass(frozen=True)
class Publication:
    """One complete publication.

    Attributes:
        folder: Where it is.
        manifest: What it says of itself.
    """

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its id, which is the folder's name."""
        return self.folder.name

    @property
    def rows(self) -> dict[str, int]:
        """Number of rows by mart."""
        return {mart["name"]: mart["rows"] for mart in self.manifest["marts"]}

    @property
    def extract_ids(self) -> frozenset[str]:
        """The extracts that it was made from."""
        return frozenset(extract["extract_id"] for extract in self.manifest["extracts"])

    @property
    def published_at(self) -> dt.datetime:
        """When it was made, UTC."""
        return dt.datetime.fromisoformat(self.manifest["published_at"])

    @property
    def column_names(self) -> frozenset[str]:
        """The columns of all its marts."""
        return frozenset(column for mart in self.manifest["marts"] for column in mart["columns"])

    @property
    def marts(self) -> Path:
        """The DuckDB file."""
        return self.folder / MARTS

    def damage(self) -> list[str]:
        """Return what is not as the manifest says, file by file."""
        found = []
        for name, file in self.manifest["files"].items():
            path = self.folder / name
            if not path.is_file():
                found.append(f"{path} is missing")
            elif sha256(path) != file["sha256"]:
                found.append(f"{path} is not as it was written")
        return found


class Published:
    """The folder of publications."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._publications = folder / _PUBLICATIONS

    @property
    def entry(self) -> Path:
        """The file that BI tools open."""
        return self.folder / MARTS

    def current(self) -> Publication | None:
        """Return the publication that readers see.

        Raises:
            StepError: It is damaged.
        """
        link = self.folder / _CURRENT
        if not link.is_symlink():
            return None
        found = _read(self._publications / link.readlink().name)
        if found is None:
            raise StepError(
                f"{link} leads to no whole publication. Choose another one with: staff-mobility rollback --to ID"
            )
        return found

    def all(self) -> list[Publication]:
        """Return the complete publications that are kept, oldest first."""
        folders = sorted(self._publications.iterdir()) if self._publications.is_dir() else []
        return [found for folder in folders if (found := _read(folder))]

    def find(self, name: str) -> Publication:
        """Return a kept publication by its id or the beginning of it.

        Raises:
            WrongUseError: There is none, or more than one, or it was withdrawn.
        """
        withdrawn = self.withdrawn()
        found = [each for each in self.all() if each.id.startswith(name)]
        if len(found) == 1 and found[0].id in withdrawn:
            raise WrongUseError(f"Publication {found[0].id} was withdrawn and does not come back.")
        if len(found) == 1:
            return found[0]
        kept = ", ".join(each.id for each in self.all() if each.id not in withdrawn) or "none"
        raise WrongUseError(f"{'No' if not found else 'More than one'} publication {name}. Kept are: {kept}.")

    @contextmanager
    def alone(self, patience: Patience) -> Iterator[Path]:
        """Keep other publishers away; yield a folder to work in, cleared of what killed ones left.

        The lock is the operating system's, so it ends with the process, however that ends.

        Raises:
            PublisherBusyError: Another publisher is still at work when the patience has run out.
        """
        self._publications.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            self._wait(handle, patience)
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode(), 0)
            self._link_entry()
            with workplace(self.folder, _WORK, is_alone=True) as folder:
                yield folder
        finally:
            os.close(handle)

    @contextmanager
    def alone_if_there(self, patience: Patience) -> Iterator[Path | None]:
        """Keep other publishers away, see `alone`; yield None and make nothing where nothing was ever published."""
        if not self.folder.is_dir():
            yield None
            return
        with self.alone(patience) as work:
            yield work

    def add(self, made: Path) -> Publication:
        """Move a complete folder among the publications; it is not current yet."""
        for path in made.rglob("*"):
            if path.is_file():
                path.chmod(_READ_ONLY)
        _flush_all(made)
        place = self._publications / _id_of(made)
        made.rename(place)
        flush(self._publications)
        found = _read(place)
        if found is None:
            raise StepError(f"{place} lacks its {MANIFEST}, though it was just written.")
        return found

    def make_current(self, publication: Publication, work: Path, told: Mapping[str, Any]) -> None:
        """Let readers see a publication from now on.

        Args:
            publication: One of the kept.
            work: Folder to work in.
            told: What the log says beside the ids.
        """
        former = self.current_id()
        link = work / _CURRENT
        link.symlink_to(Path(_PUBLICATIONS) / publication.id)
        link.replace(self.folder / _CURRENT)
        flush(self.folder)
        line = json.dumps({**told, "publication": publication.id, "former": former}, ensure_ascii=False)
        with (self.folder / _LOG).open("a", encoding="utf-8") as log:
            log.write(line + "\n")

    def current_id(self) -> str | None:
        """Return the id that `current` names, whole or not."""
        link = self.folder / _CURRENT
        return link.readlink().name if link.is_symlink() else None

    def taken_back(self) -> str | None:
        """Return the publication that the last change of `current` took away, if that was a rollback."""
        log = self.folder / _LOG
        lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
        last = json.loads(lines[-1]) if lines else {}
        return str(last["former"]) if last.get("verb") == ROLLBACK else None

    def prune(self, keep: int, work: Path) -> list[str]:
        """Remove all but the newest publications; the current one and the one before it stay.

        A reader that has a file of a removed one open reads on.
        """
        kept = self.all()
        current = next((each for each in kept if each.id == self.current_id()), None)
        needed = {current.id, current.manifest["previous"]} if current else set()
        gone = [each for each in kept[: -max(keep, 1)] if each.id not in needed]
        for publication in gone:
            # Renamed first: a half removed folder must not stand among the publications.
            publication.folder.rename(work / publication.id)
        return [each.id for each in gone]

    def withdrawn(self) -> frozenset[str]:
        """Return the ids of publications that must not be shown again."""
        file = self.folder / _WITHDRAWN
        return frozenset(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else frozenset()

    def withdraw(self, ids: Iterable[str], work: Path) -> None:
        """Let no rollback show these publications again; the current one is shown until another takes its place."""
        unnamed = work / _WITHDRAWN
        unnamed.write_text(json.dumps(sorted(self.withdrawn() | set(ids))) + "\n", encoding="utf-8")
        flush(unnamed)
        unnamed.replace(self.folder / _WITHDRAWN)
        flush(self.folder)

    def remove(self, ids: Iterable[str], work: Path) -> list[str]:
        """Remove publications with their files; the current one stays."""
        meant = set(ids) - {self.current_id()}
        gone = [each for each in self.all() if each.id in meant]
        for publication in gone:
            publication.folder.rename(work / publication.id)
        return [each.id for each in gone]

    def _wait(self, handle: int, patience: Patience) -> None:
        deadline, is_told = time.monotonic() + patience.seconds, False
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            said = os.pread(handle, 20, 0).decode(errors="replace").strip()
            holder = LockHolder(int(said) if said.isdigit() else None)
            if time.monotonic() >= deadline:
                raise PublisherBusyError(
                    f"{self.folder} is being published to by {holder}. Give it time with --wait SECONDS, and run"
                    " this again."
                )
            if not is_told:
                patience.say(
                    f"{self.folder} is being published to by {holder}. Waiting up to {patience.seconds:.0f} seconds."
                )
                is_told = True
            time.sleep(_PAUSE_SECONDS)

    def _link_entry(self) -> None:
        """Make the name that BI tools open; before the first publication it leads nowhere."""
        if self.entry.is_symlink():
            return
        if self.entry.exists():
            raise WrongUseError(
                f"{self.entry} is a file of its own, no link. Move it away, then publish again."
            )
        self.entry.symlink_to(Path(_CURRENT) / MARTS)


def _id_of(made: Path) -> str:
    return str(json.loads((made / MANIFEST).read_text(encoding="utf-8"))["publication_id"])


def _read(folder: Path) -> Publication | None:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Publication(folder, manifest) if manifest.get("publication_id") == folder.name else None


def _flush_all(folder: Path) -> None:
    for path in folder.rglob("*"):
        flush(path)
    flush(folder)


def flush(path: Path) -> None:
    """Have a file or a folder's entries written to the disk before anything refers to them."""
    handle = os.open(path, os.O_RDONLY)
    try:
        # On macOS fsync leaves data in the disk's own cache.
        if (whole := getattr(fcntl, "F_FULLFSYNC", None)) is not None:
            fcntl.fcntl(handle, whole)
        else:
            os.fsync(handle)
    finally:
        os.close(handle)
