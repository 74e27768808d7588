"""The extract files of the two EU systems."""

from pathlib import Path

from numpy.random import Generator

from staff_mobility.synthetic.files import write_csv, write_workbook
from staff_mobility.synthetic.persons import Person
from staff_mobility.synthetic.reports import (
    Row,
    beneficiary_rows,
    changed_version,
    draft,
    itinerary,
    mobility_tool_row,
)
from staff_mobility.synthetic.stays import EARLY_EXTRACT, Stay
from staff_mobility.synthetic.tables import Column, columns, sheet
from staff_mobility.synthetic.versions import moved_rows, with_other_activity, with_withdrawn

OLD_LAYOUT = "mobility_tool_participant_report_2014"
NEW_LAYOUT = "mobility_tool_participant_report_2017"
GREEN_TRAVEL = Column("Green travel", "green_travel", "text", "", "", False)


def _with_duplicates(rng: Generator, rows: list[Row], count: int) -> list[Row]:
    """`rows` with `count` of them a second time, each somewhere after its first place."""
    found = list(rows)
    for _ in range(count):
        place = int(rng.random() * (len(found) - 1))
        found.insert(place + 1 + int(rng.random() * (len(found) - place)), dict(found[place]))
    return found


def write_mobility_tool(
    rng: Generator,
    rng_versions: Generator,
    folder: Path,
    stays: dict[str, list[Stay]],
    persons: list[Person],
) -> None:
    """Write the three Mobility Tool files: calls 2014-2016, and calls 2017-2020 as of two days.

    `stays` are those of both systems, by system: a few of the Beneficiary Module had stood here before.
    """
    old: list[Row] = []
    late: list[Row] = []
    early: list[Row] = []
    for stay in stays["mt"]:
        row = mobility_tool_row(rng, stay, persons[stay.person])
        if stay.old_form:
            old.append(row)
            continue
        late.append(row)
        if stay.submitted <= EARLY_EXTRACT:
            early.append(changed_version(rng, row) if rng.random() < 0.08 else row)
    old, early, late = (
        _with_duplicates(rng, rows, count) for rows, count in ((old, 7), (early, 3), (late, 5))
    )
    early = with_withdrawn(rng_versions, with_other_activity(rng_versions, early))
    late += moved_rows(rng_versions, stays["bm"], persons)
    for name, layout, rows in (
        ("calls_2014-2016_2018-06-30", OLD_LAYOUT, old),
        ("calls_2017-2020_2021-03-31", NEW_LAYOUT, early),
        ("calls_2017-2020_2023-05-31", NEW_LAYOUT, late),
    ):
        is_old = layout == OLD_LAYOUT
        write_csv(
            folder / f"synthetic_mobility_tool_{name}.csv",
            columns(layout),
            rows,
            delimiter=";",
            encoding="cp1252" if is_old else "utf-8-sig",
            with_rules=True,
            line_end="\r\n" if is_old else "\n",
        )


def _mobility_sheet(rng: Generator, complete: list[Row]) -> list[Row]:
    """Complete mobilities with itineraries under 40 of them, 60 drafts between, and two rows twice."""
    with_itinerary = set(rng.permutation(len(complete))[:40].tolist())
    found: list[Row] = []
    for place, row in enumerate(complete):
        found.append(row)
        if place in with_itinerary:
            found.append(itinerary(row))
    for number in range(60):
        source = complete[int(rng.random() * len(complete))]
        found.insert(int(rng.random() * len(found)), draft(rng, source, 90000 + number))
    for place in (100, 300):
        repeated = next(row for row in found[place:] if row["status"] == "Complete" and "email" in row)
        found.append(dict(repeated))
    return found


def write_beneficiary_module(rng: Generator, folder: Path, stays: list[Stay], persons: list[Person]) -> None:
    """Write the Beneficiary Module workbook: mobility activities and participant reports."""
    pairs = [beneficiary_rows(rng, stay, persons[stay.person]) for stay in stays]
    layout = "beneficiary_module_2021"
    mobilities = _mobility_sheet(rng, [mobility for mobility, _ in pairs])
    first = [*columns(layout, 0), GREEN_TRAVEL]
    write_workbook(
        folder / "synthetic_beneficiary_module_2023-05-31.xlsx",
        {
            sheet(layout, 0): (first, mobilities),
            sheet(layout, 1): (columns(layout, 1), [report for _, report in pairs]),
        },
    )
