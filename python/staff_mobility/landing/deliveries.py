"""What lies in a drop folder: files, and archives of files, each under the name that messages call it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from staff_mobility.landing.archives import unpacked
from staff_mobility.landing.drop_folder import (
    Content,
    content_of,
    drop_files,
    refuse_link,
    refuse_name,
    too_large,
)
from staff_mobility.landing.limits import Limits
from staff_mobility.landing.problems import Problem, printable
from staff_mobility.landing.results import LandedFile

Dates = dict[str, tuple[str, dt.date]]
"""Name and day of each extract of a folder, by its id."""


@dataclass(frozen=True)
class Delivery:
    """A file of the drop folder, or of an archive in it.

    Attributes:
        path: Where it can be read.
        name: What messages call it, such as ``2023/delivery.zip/stays.csv``.
        folder: The folder that it must lie in.
        dated: Names that can hold its date; the first one that does decides.
    """

    path: Path
    name: str
    folder: Path
    dated: tuple[str, ...]

    @property
    def is_archive(self) -> bool:
        """Whether files of their own are in it."""
        return self.path.suffix.lower() == ".zip"

    def refuse_odd_name(self) -> None:
        """Refuse a name that is not what it seems, and a link that leads elsewhere.

        Raises:
            RefusalError: It is one of the two.
        """
        refuse_name(self.path.name)
        refuse_link(self.folder, self.path)

    def content(self, limits: Limits) -> Content:
        """Hash the file.

        Raises:
            RefusalError: The file is too large.
        """
        return content_of(self.path, self.name, limits)


def delivery_of(path: Path, folder: Path) -> Delivery:
    """Return a file of a drop folder as a delivery."""
    return Delivery(path, printable(path.relative_to(folder).as_posix()), folder, (path.name,))


def deliveries_in(folder: Path) -> Iterator[Delivery]:
    """Yield the deliveries of a drop folder in the order of their paths."""
    for path in drop_files(folder):
        yield delivery_of(path, folder)


@contextmanager
def unpacked_deliveries(archive: Delivery, limits: Limits) -> Iterator[list[Delivery]]:
    """Unpack an archive for the time of the block; its files have its date if they have none of their own.

    Raises:
        RefusalError: The archive cannot be unpacked, or not safely.
    """
    archive.refuse_odd_name()
    if archive.path.stat().st_size > limits.file_bytes:
        raise too_large(limits)
    with unpacked(archive.path, limits) as members:
        yield [
            Delivery(
                member.path,
                f"{archive.name}/{member.name}",
                member.path.parent,
                (member.name.rpartition("/")[2], *archive.dated),
            )
            for member in members
        ]


def dates_of(outcomes: Sequence[LandedFile]) -> Dates:
    """Return the names and days of what is in the warehouse now; of equal contents, the first."""
    dates: Dates = {}
    for outcome in outcomes:
        if outcome.extract_id is not None and outcome.extract_date is not None:
            dates.setdefault(outcome.extract_id, (outcome.file, outcome.extract_date))
    return dates


def not_landed(outcomes: Sequence[LandedFile]) -> list[LandedFile]:
    """Return the outcomes of an archive's files when one of them is refused, so that no other lands."""
    problem = Problem(
        "",
        None,
        "the file is in order and has not landed, because another file of its archive is refused",
        "Mend that one and land the archive again.",
    )
    return [
        outcome
        if outcome.status in ("refused", "already landed")
        else LandedFile(outcome.file, "refused", problems=(problem,))
        for outcome in outcomes
    ]
