"""Headers under several names, tables over several sheets, layouts for several formats."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from landing_desk import PROJECT, Desk, workbook

from staff_mobility.landing.layouts import load_layouts
from staff_mobility.settings import WrongUseError

STACKED = """
layout: open_data
version: 1
source: open_data
description: One table over all sheets, or in one CSV file.
certainty: invented for the tests
publisher: nobody
licence: none
file: {formats: [csv, xlsx], delimiter: ;, encoding: utf-8, extract_date: file_name}
tables:
  - raw_table: open_data__flow
    sheets: all
    header_row: 1
    first_data_row: 2
    columns:
      - {header: Year, name: year, class: attribute}
      - header: Duration
        aliases: [Duration in days, Varighet]
        name: duration
        type: integer
        class: attribute
      - {header: Start, name: start_date, type: date, format: YYYY-MM-DD, class: attribute, required: false}
      - {header: Participants, name: participants, class: attribute}
"""
NAME = "flows_2023-06-01.xlsx"
FLOWS = "select year, duration, participants, _row_number from raw.open_data__flow order by _row_number"
HEADER = ["Year", "Duration", "Participants"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    (desk.layouts / "open_data.yml").write_text(STACKED, encoding="utf-8")
    yield desk
    desk.con.close()


def csv(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


@pytest.mark.parametrize("header", ["Duration", "Duration in days", " Varighet "])
def test_a_column_is_found_under_each_of_its_headers(desk: Desk, header: str) -> None:
    landed = desk.land("flows_2023-06-01.csv", csv(f"Year;{header};Participants", "2020;5;3"))
    assert (landed.status, landed.unknown_columns) == ("landed", ())
    assert desk.rows(FLOWS) == [("2020", "5", "3", 2)]


def test_two_headers_of_one_column_in_one_file_are_refused(desk: Desk) -> None:
    landed = desk.land(
        "flows_2023-06-01.csv", csv("Year;Varighet;Duration in days;Participants", "2020;5;5;3")
    )
    assert landed.messages == [
        "flows_2023-06-01.csv, line 1, column 'Duration in days': the header stands twice, first as"
        " 'Varighet'. Remove or rename one of the columns."
    ]


def test_a_missing_column_is_told_with_the_header_that_is_nearest_to_any_of_its_names(desk: Desk) -> None:
    landed = desk.land("flows_2023-06-01.csv", csv("Year;Varigheten;Participants;Start", "2020;5;3;"))
    assert landed.messages == [
        "flows_2023-06-01.csv, line 1, column 'Duration': the column is missing; did you mean the file's"
        " 'Varigheten'? Rename it in the file, or in the layout if exports have it so from now on."
    ]


def test_a_layout_with_a_header_of_two_columns_is_told(desk: Desk) -> None:
    twice = STACKED.replace("[Duration in days, Varighet]", "[Year]")
    (desk.layouts / "open_data.yml").write_text(twice, encoding="utf-8")
    with pytest.raises(WrongUseError, match="open_data__flow: the header 'Year' stands twice"):
        load_layouts(desk.layouts)


def test_all_sheets_of_a_workbook_are_stacked(desk: Desk) -> None:
    content = workbook(
        desk.place / "x.xlsx",
        {
            "Programme 1": [HEADER, ["2020", 5, 3], [], ["2020", 6, 4]],
            "Nothing": [],
            "Programme 2": [
                ["Unnamed: 0", "Participants", "Varighet", "Year", "Start"],
                ["x", 7, 2, "2021", dt.date(2021, 5, 1)],
            ],
        },
    )
    landed = desk.land(NAME, content)
    assert (landed.status, landed.rows, landed.unknown_columns) == ("landed", 3, ("Unnamed: 0",))
    # The sheet's number times ten million, plus the row: both can be read from it.
    assert desk.rows(FLOWS) == [
        ("2020", "5", "3", 10_000_002),
        ("2020", "6", "4", 10_000_004),
        ("2021", "2", "7", 30_000_002),
    ]
    assert desk.rows("select column_count, row_count from raw.extract") == [(5, 3)]


def test_problems_in_stacked_sheets_name_sheet_and_row(desk: Desk) -> None:
    content = workbook(
        desk.place / "x.xlsx",
        {
            "Programme 1": [HEADER, ["2020", "five", 3]],
            "Programme 2": [HEADER, [], ["2021", "six", 3], ["2021", 6, 3, "beside"]],
        },
    )
    assert [message.split(": ")[0] for message in desk.land(NAME, content).messages] == [
        f"{NAME}, sheet 'Programme 2', row 4",
        f"{NAME}, sheet 'Programme 1', row 2, column 'Duration'",
        f"{NAME}, sheet 'Programme 2', row 3, column 'Duration'",
    ]


def test_a_sheet_that_lacks_a_column_is_refused_with_its_name(desk: Desk) -> None:
    content = workbook(
        desk.place / "x.xlsx",
        {"Programme 1": [HEADER, ["2020", 5, 3]], "Programme 2": [HEADER[:2], ["2021", 5]]},
    )
    assert desk.land(NAME, content).messages == [
        f"{NAME}, sheet 'Programme 2', row 1, column 'Participants': the column is missing."
        " Export again with this column."
    ]


def test_a_sheet_with_cells_and_no_header_is_refused(desk: Desk) -> None:
    content = workbook(
        desk.place / "x.xlsx", {"Programme 1": [HEADER, ["2020", 5, 3]], "Notes": [["read me"]]}
    )
    assert desk.land(NAME, content).messages == [
        f"{NAME}, sheet 'Notes', row 1: the sheet holds cells and none of the headers, and all sheets of this"
        " workbook are stacked. Remove the sheet, or give it its header row."
    ]


def test_a_layout_of_two_formats_takes_both(desk: Desk) -> None:
    lines = csv("Year;Duration;Participants", "2020;5;3")
    assert desk.land("flows_2023-06-01.csv", lines).layout == "open_data"
    content = workbook(desk.place / "x.xlsx", {"Sheet1": [HEADER, ["2020", 5, 3]]})
    assert desk.land(NAME, content).layout == "open_data"
    assert desk.rows(FLOWS) == [("2020", "5", "3", 2), ("2020", "5", "3", 10_000_002)]


def test_core_columns_of_the_projects_own_layouts_have_headers_in_two_languages() -> None:
    layouts = {layout.name: layout for layout in load_layouts(PROJECT / "layouts")}
    for name, header, column in (
        ("mobility_tool_participant_report_2014", "Mobilitets-ID", "mobility_id"),
        ("mobility_tool_participant_report_2017", "Mobilitets-ID", "mobility_id"),
        ("beneficiary_module_2021", "Aktivitetstype", "activity_type"),
        ("dbh_staff_fte_csv", "Institution code", "institution_code"),
        ("dbh_staff_fte_json", "Institution code", "institution_code"),
    ):
        assert layouts[name].tables[0].column_by_key[header].name == column
        assert "aliases) are assumed" in (PROJECT / "layouts" / f"{name}.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("formats: [csv, xlsx]", "formats: [csv]"),
        ("formats: [csv, xlsx]", "format: csv, formats: [csv, xlsx]"),
        ("formats: [csv, xlsx]", "formats: [csv, json]"),
        ("sheets: all", "sheets: some"),
        ("sheets: all", "sheets: all\n    sheet: One"),
        ("    sheets: all\n", ""),
        ("delimiter: ;, ", ""),
        ("aliases: [Duration in days, Varighet]", "aliases: []"),
    ],
)
def test_formats_and_sheets_that_do_not_fit_are_told(desk: Desk, wrong: str, right: str) -> None:
    assert wrong in STACKED
    (desk.layouts / "open_data.yml").write_text(STACKED.replace(wrong, right, 1), encoding="utf-8")
    with pytest.raises(WrongUseError, match="open_data.yml, at "):
        load_layouts(desk.layouts)
