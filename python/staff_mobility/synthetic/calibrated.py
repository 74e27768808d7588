"""What the search has found (folder `calibrated/`): numbers of institutions, and where each stay goes, why and what it says."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "calibrated"
INSTITUTIONS_FILE, STAYS_FILE = FOLDER / "institutions.csv", FOLDER / "stays.csv"


@dataclass(frozen=True)
class Reply:
    """What one report says.

    Attributes:
        motives: ticks in the order of answers.yml, empty when the section was skipped.
        items: answers 1..5 in the order of answers.yml, 0 where there is none.
    """

    motives: tuple[bool, ...]
    items: tuple[int, ...]


@dataclass(frozen=True)
class StoredStay:
    """One row of stays.csv, in the order of the plan's slots."""

    country_code: str
    purpose: str
    days: int
    reply: Reply


@cache
def institutions() -> dict[str, dict[str, str]]:
    """Rows of institutions.csv by institution: rate, reused stays, indicators that the search changed, survey answers."""
    with INSTITUTIONS_FILE.open(encoding="utf-8", newline="") as stream:
        return {row.pop("institution_key"): row for row in csv.DictReader(stream)}


@cache
def stored_stays() -> tuple[StoredStay, ...]:
    """Rows of stays.csv."""
    with STAYS_FILE.open(encoding="utf-8", newline="") as stream:
        return tuple(
            StoredStay(
                row["country_code"],
                row["purpose"],
                int(row["days"]),
                Reply(tuple(mark == "1" for mark in row["motives"]), tuple(map(int, row["items"]))),
            )
            for row in csv.DictReader(stream)
        )
