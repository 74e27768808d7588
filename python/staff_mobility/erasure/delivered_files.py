"""The files in the drop folder that hold a person: an erasure cannot reach them, so it names them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from staff_mobility.erasure.person import Person
from staff_mobility.landing.deliveries import Delivery, deliveries_in, unpacked_deliveries
from staff_mobility.landing.limits import DEFAULT_LIMITS
from staff_mobility.landing.problems import RefusalError


@dataclass(frozen=True)
class DeliveredFile:
    """A file as it was delivered.

    Attributes:
        name: Path in the drop folder, or the name that the register has if it is not there any more.
        n_rows: How many rows of the person it holds.
        is_there: Whether it lies in the drop folder.
    """

    name: str
    n_rows: int
    is_there: bool


def delivered_files(folder: Path, person: Person) -> tuple[DeliveredFile, ...]:
    """Return the files of the person's extracts, known by their content; copies of one file are all named."""
    counts: Counter[str] = Counter()
    for row in person.rows:
        counts[row.extract_id] += row.n_rows
    there = [
        (name, extract_id)
        for delivery in (deliveries_in(folder) if folder.is_dir() else ())
        for name, extract_id in _contents(delivery)
        if extract_id in counts
    ]
    found = {extract_id for _, extract_id in there}
    gone = {row.extract_id: row.file_name for row in person.rows if row.extract_id not in found}
    return (
        *(DeliveredFile(name, counts[extract_id], True) for name, extract_id in there),
        *(DeliveredFile(name, counts[extract_id], False) for extract_id, name in gone.items()),
    )


def _contents(delivery: Delivery) -> Iterator[tuple[str, str]]:
    # A file that cannot be read has not landed either, so no row of it is known.
    with suppress(RefusalError, OSError):
        if delivery.is_archive:
            with unpacked_deliveries(delivery, DEFAULT_LIMITS) as members:
                yield from [(member.name, member.content(DEFAULT_LIMITS).extract_id) for member in members]
        else:
            yield delivery.name, delivery.content(DEFAULT_LIMITS).extract_id
