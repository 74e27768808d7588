"""A changed copy of the extracts, landed and built, beside the oracle that reads the same copy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from extract_copies import mutated_copy
from oracle.compare import differences, read_rows
from oracle.tables import FIGURES, FIGURES_OF_CHAPTERS_3_AND_4, MARTS, MARTS_OF_CHAPTERS_3_AND_4
from oracle.world import read_world
from warehouse_build import WITHOUT_TESTS, Workplace


@dataclass(frozen=True)
class Compared:
    """What came of one copy.

    Attributes:
        said: What was changed.
        differences: Table -> the cells that differ; empty where all are equal.
    """

    number: int
    said: list[str]
    differences: dict[str, list[str]]

    @property
    def unequal(self) -> dict[str, list[str]]:
        """The tables that differ."""
        return {table: found for table, found in self.differences.items() if found}


def run_copy(folder: Path, project: Path, number: int) -> Compared:
    """Write copy `number`, land and build it, and compare what chapters 3 and 4 stand on."""
    place = Workplace(folder, folder / "extracts", project)
    said = mutated_copy(place.extracts, number)
    landed = place.staff_mobility("land", "--quiet")
    if landed.returncode:
        raise RuntimeError(f"copy {number} does not land:\n{landed.stdout}{landed.stderr}")
    tables = (*MARTS_OF_CHAPTERS_3_AND_4, *FIGURES_OF_CHAPTERS_3_AND_4)
    built = place.dbt("--quiet", "build", "--select", *(f"+{table}" for table in tables), *WITHOUT_TESTS)
    if built.returncode:
        raise RuntimeError(f"copy {number} cannot be built:\n{built.stdout}")
    world = read_world(extracts=place.extracts)
    found = {}
    for table in MARTS_OF_CHAPTERS_3_AND_4:
        query, measure, keys = MARTS[table]
        found[table] = differences(measure(world), read_rows(place.warehouse, query), keys)
    for table in FIGURES_OF_CHAPTERS_3_AND_4:
        measure, keys = FIGURES[table]
        rows = read_rows(place.warehouse, f"from report.{table}")
        found[table] = differences(measure(world), rows, keys)
    return Compared(number, said, found)
