"""Corrections that a data steward has stated for rows of a person: they tell what stood in those rows."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from staff_mobility.erasure.person import Person
from staff_mobility.gate.result_files import write_atomically

SEED = Path("seeds/corrections/source_correction.csv")


def corrections_of(project: Path, person: Person) -> int:
    """Return how many corrections are of the person's rows."""
    return sum(_is_of(row, person) for row in _rows(project)[1])


def forget(project: Path, person: Person) -> None:
    """Take the corrections of the person's rows out of the seed; without their rows they would stop the build."""
    header, rows = _rows(project)
    kept = [row for row in rows if not _is_of(row, person)]
    if len(kept) == len(rows):
        return
    out = io.StringIO()
    writer = csv.DictWriter(out, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(kept)
    write_atomically(project / SEED, out.getvalue())


def _rows(project: Path) -> tuple[list[str], list[dict[str, str]]]:
    file = project / SEED
    if not file.is_file():
        return [], []
    with file.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        return list(reader.fieldnames or ()), list(reader)


def _is_of(row: dict[str, str], person: Person) -> bool:
    return row["row_key"] in person.row_names.get(row["source_table"], ())
