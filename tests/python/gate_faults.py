"""Extracts with one deliberate fault each, named after it; ``python tests/python/gate_faults.py`` writes them anew.

They are committed under ``tests/gate_faults/`` so that anybody can drop one and see what the gate says. All start from the first
reports of the demonstration, which is synthetic.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import xlsxwriter

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "tests" / "gate_faults"
REPORTS = PROJECT / "extracts/demo/mobility_tool/synthetic_mobility_tool_calls_2017-2020_2023-05-31.csv"
MODULE = PROJECT / "extracts/demo/beneficiary_module/synthetic_beneficiary_module_2023-05-31.xlsx"
PREVIOUS, DAY = "2023-04-30", "2023-05-31"
# MANY: some leave an item empty, and fewer than a hundred answers are not compared.
FEW, ONE_CALL, MANY = 12, 110, 150
FIRST_CALL = "2017"

Rows = list[list[str]]
Fault = Callable[[Rows], Rows]


def base(n_reports: int) -> Rows:
    """Header, row of rules and so many reports, no report twice; from `ONE_CALL` on they are of the next grant call."""
    with REPORTS.open(encoding="utf-8-sig", newline="") as file:
        delivered = list(csv.reader(file, delimiter=";"))
    at = delivered[0].index("Mobility ID")
    reports = {row[at]: row for row in delivered[2:] if row[delivered[0].index("Sending Country")] == "NO"}
    first, second = (
        [row for row in reports.values() if row[0].startswith(call)] for call in (FIRST_CALL, "2018")
    )
    return [*delivered[:2], *[*first[:ONE_CALL], *second][:n_reports]]


def cell(header: str, value: str, *, row: int = 2) -> Fault:
    """A fault in one cell of the first report (or another row)."""

    def change(rows: Rows) -> Rows:
        rows[row][rows[0].index(header)] = value
        return rows

    return change


def column(header: str, values: Callable[[int, str], str]) -> Fault:
    """A fault in all cells of a column, by the number of the report and its value."""

    def change(rows: Rows) -> Rows:
        at = rows[0].index(header)
        for number, row in enumerate(rows[2:]):
            row[at] = values(number, row[at])
        return rows

    return change


def without(header: str) -> Fault:
    """A column is gone."""

    def change(rows: Rows) -> Rows:
        at = rows[0].index(header)
        return [[value for position, value in enumerate(row) if position != at] for row in rows]

    return change


def renumbered(rows: Rows, mark: str) -> Rows:
    """The same reports with other ids."""
    at = rows[0].index("Mobility ID")
    return [[*row[:at], f"{mark}{row[at]}", *row[at + 1 :]] for row in rows[2:]]


def year_later(rows: Rows) -> Rows:
    """The stays of the first year are said to be of the next."""
    start, end = rows[0].index("Start Date"), rows[0].index("End Date")
    for row in rows[2:]:
        if row[start].endswith("2017") and row[end].endswith("2017"):
            row[start], row[end] = f"{row[start][:6]}2018", f"{row[end][:6]}2018"
    return rows


def exchanged(one: str, other: str) -> Fault:
    """The cells of two columns stand in each other's place."""

    def change(rows: Rows) -> Rows:
        first, second = rows[0].index(one), rows[0].index(other)
        for row in rows[2:]:
            row[first], row[second] = row[second], row[first]
        return rows

    return change


ITEM = "5.3.14 I have learned from good practices abroad"
REVERSED = {
    "Strongly agree": "Strongly disagree",
    "Rather agree": "Rather disagree",
    "Rather disagree": "Rather agree",
    "Strongly disagree": "Strongly agree",
}

# Name of the fault -> (check that must fail, whether the file is refused, reports, what is wrong).
REPORT_FAULTS: dict[str, tuple[str, bool, int, Fault]] = {
    "answer_that_is_not_allowed": ("answers_are_allowed", True, FEW, cell(ITEM, "Very strongly agree")),
    "number_with_letters": ("numbers_have_their_form", True, FEW, cell("Duration (days)", "five")),
    "date_in_another_form": ("dates_have_their_form", True, FEW, cell("Start Date", "2018/03/01")),
    "date_that_does_not_exist": ("dates_exist", True, FEW, cell("Report submission date", "30-02-2019")),
    "date_after_the_extract": (
        "dates_lie_before_the_extract",
        True,
        FEW,
        cell("Report submission date", "01-06-2023"),
    ),
    "report_without_an_id": ("is_filled", False, MANY, cell("Mobility ID", "")),
    "report_that_stands_twice": ("is_unique", False, FEW, lambda rows: [*rows, rows[2]]),
    "project_code_of_another_form": ("has_form", False, MANY, cell("Project ID", "2017-NO-KA103-1")),
    "start_before_the_programme": ("in_period", False, FEW, cell("Start Date", "01-02-2013")),
    "end_before_the_start": ("in_order", False, MANY, cell("End Date", "01-01-2016")),
    "more_days_than_the_dates_allow": ("days_fit_dates", False, FEW, cell("Duration (days)", "59")),
    "stay_of_three_months": ("in_range", False, FEW, cell("Duration (days)", "90")),
    "unknown_receiving_country": ("is_known", False, FEW, cell("Receiving Country", "Atlantis")),
    "unknown_sending_institution": (
        "is_known",
        False,
        FEW,
        cell("Sending Organisation Erasmus Code", "N  NOWHERE01"),
    ),
    "many_rows_set_aside": ("few_rows_are_set_aside", True, FEW, cell("End Date", "01-01-2016")),
    "column_that_nobody_knows": (
        "columns_are_known",
        False,
        FEW,
        lambda rows: [
            [*row, text] for row, text in zip(rows, ["Green travel", "*", *["YES"] * len(rows)], strict=False)
        ],
    ),
    "optional_column_gone": ("columns_are_complete", False, FEW, without("Travel days")),
    "needed_column_gone": ("columns_are_there", True, FEW, without("Start Date")),
    "record_that_is_cut": ("rows_can_be_read", True, FEW, lambda rows: [*rows[:-1], rows[-1][:20]]),
    "file_of_another_kind": ("file_can_be_read", True, FEW, lambda rows: [["Name", "Text"], ["a", "b"]]),
    "rows_lost": ("rows_are_kept", True, MANY, lambda rows: rows[: -MANY // 10]),
    "rows_multiplied": (
        "rows_do_not_multiply",
        False,
        MANY,
        lambda rows: rows + [row for mark in "ABC" for row in renumbered(rows, mark)],
    ),
    "reports_exchanged": (
        "reports_are_kept",
        True,
        MANY,
        lambda rows: [*rows[:-5], *renumbered([*rows[:2], *rows[-5:]], "Z")],
    ),
    "year_lost": ("years_are_kept", False, MANY, year_later),
    "first_call_gone": (
        "years_are_covered",
        False,
        MANY,
        lambda rows: [*rows[:2], *[row for row in rows[2:] if not row[0].startswith(FIRST_CALL)]],
    ),
    "columns_exchanged": (
        "cells_are_kept",
        False,
        MANY,
        exchanged("Receiving City", "Receiving Organisation Name"),
    ),
    "item_no_longer_answered": (
        "items_are_answered",
        False,
        MANY,
        column(ITEM, lambda number, value: "" if number % 3 else value),
    ),
    "answers_reversed": (
        "answers_are_alike",
        False,
        MANY,
        column(ITEM, lambda number, value: REVERSED.get(value, value)),
    ),
}
MODULE_FAULTS = {"report_without_its_mobility": ("names_a_row_of", True)}


def fault_name(name: str) -> str:
    """Name of the file of a fault."""
    return f"{name}_{DAY}.{'xlsx' if name in MODULE_FAULTS else 'csv'}"


def as_csv(rows: Rows) -> bytes:
    """The rows as Mobility Tool+ writes them."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def module_without_a_mobility(path: Path) -> None:
    """A workbook whose last report has no row among the mobilities."""
    sheets = openpyxl.load_workbook(MODULE, read_only=True, data_only=True)
    grids = {
        name: [list(row) for row in sheets[name].iter_rows(values_only=True)] for name in sheets.sheetnames
    }
    activities, reports = grids["Mobility activities"], grids["Participant reports"]
    kept = {row[1] for row in reports[1 : FEW + 1]}
    grids["Mobility activities"] = [activities[0], *[row for row in activities[1:] if row[1] in kept]]
    grids["Participant reports"] = reports[: FEW + 2]
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, grid in grids.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(grid):
                sheet.write_row(number, 0, row)


def write_all(folder: Path) -> Iterator[Path]:
    """Write all extracts into a folder."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "previous").mkdir(parents=True)
    previous = folder / "previous" / f"without_fault_{PREVIOUS}.csv"
    previous.write_bytes(as_csv(base(MANY)))
    yield previous
    for name, (_, _, n_reports, fault) in REPORT_FAULTS.items():
        path = folder / fault_name(name)
        path.write_bytes(as_csv(fault(base(n_reports))))
        yield path
    for name in MODULE_FAULTS:
        path = folder / fault_name(name)
        module_without_a_mobility(path)
        yield path


if __name__ == "__main__":
    for written in write_all(FOLDER):
        print(written.relative_to(PROJECT))
