"""The public EU files as they are: headers by generation and year, stacked sheets, letters lost for good."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from landing_desk import PROJECT, Desk, workbook

# The header of the files 'eligible finalised started in ...', as published.
BY_YEAR = (
    "Project Reference;Academic Year;Mobility Start Month;Mobility End Month;Mobility Duration;"
    "Activity (mob);Field of Education;Participant Nationality;Education Level;Participant Gender;"
    "Participant Profile;Special Needs;Fewer Opportunities;GroupLeader;Participant Age;"
    "Sending Country Code;Sending City;"
    "Sending Organization;Sending Organisation Erasmus Code;Receiving Country Code;Receiving City;"
    "Receiving Organization;Receiving Organisation Erasmus Code;Participants"
)
BY_YEAR_ROW = (
    "2014-1-AT02-KA103-000001;2014-2015;2015-02;2015-06;107;Staff mobility for teaching between Programme"
    " Countries;Education;AT;???;Female;Staff;No;No;No;823;AT;INNSBRUCK;Hochschule Nirgends;A  INNSBRU99;FI;"
    "ABO;Nowhere Akademi;SF TURKU99;2"
)
RAW = (
    *("Academic Year", "Mobility Start Year/Month", "Mobility Duration - calendar days", "Activity (mob)"),
    *("Field", "Field of Education", "Participant Nationality", "Education Level", "Participant Gender"),
    *("Participant Profile", "Fewer Opportunities", "Participant Age", "Sending Country", "Sending City"),
    *(
        "Sending Organisation",
        "Receiving Country",
        "Receiving City",
        "Receiving Organization",
        "Participants",
    ),
)
RAW_ROW = (
    *("2021-22", "2021-10", 4, "HE-STA - Staff mobility for teaching", "Higher Education", "Law", "AT", "-"),
    *("Undefined", "STAFF", 0, -1, "AT - Austria", "WIEN", "-", "FI - Finland", "-", "Nowhere Akademi", 4.7),
)
LANDED = """
    select start_month, duration_days, sending_country, sending_name, age, participants, _row_number
    from raw.eu_open_data__mobility order by _row_number
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project with its real layouts of the open data beside those of the tests."""
    desk = Desk(tmp_path)
    for path in (PROJECT / "layouts").glob("eu_open_data_*.yml"):
        (desk.layouts / path.name).write_bytes(path.read_bytes())
    yield desk
    desk.con.close()


def csv(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def test_a_file_by_start_year_is_known_by_its_published_header(desk: Desk) -> None:
    landed = desk.land("started_in_2014_2021-05-11.csv", csv(BY_YEAR, BY_YEAR_ROW))
    assert (landed.status, landed.layout, landed.unknown_columns) == (
        "landed",
        "eu_open_data_mobility_2014_2019",
        (),
    )
    assert desk.rows(LANDED) == [("2015-02", "107", "AT", "Hochschule Nirgends", "823", "2", 2)]


def test_sheets_with_other_headers_are_stacked(desk: Desk, tmp_path: Path) -> None:
    newer = ("Mobility Start Month", "Mobility Duration in days", "Actual Participants (Contracted Projects)")
    renamed = dict(zip((RAW[1], RAW[2], RAW[-1]), newer, strict=True))
    sheets = {"2014-2020": [RAW, RAW_ROW], "2021-2027": [[renamed.get(name, name) for name in RAW], RAW_ROW]}
    landed = desk.land("raw_2021_2023-03-15.xlsx", workbook(tmp_path / "w.xlsx", sheets))
    assert (landed.status, landed.layout, landed.rows) == ("landed", "eu_open_data_mobility_raw", 2)
    same = ("2021-10", "4", "AT - Austria", "-", "-1", "4.7")
    assert desk.rows(LANDED) == [(*same, 10_000_002), (*same, 20_000_002)]


def test_the_same_columns_are_known_as_csv_and_others_are_named_and_left_out(desk: Desk) -> None:
    row = ";".join(str(cell) for cell in (*RAW_ROW, ""))
    landed = desk.land("raw_2022_2023-03-15.csv", csv(";".join((*RAW, "Unnamed: 19")), row))
    assert (landed.layout, landed.unknown_columns) == ("eu_open_data_mobility_raw", ("Unnamed: 19",))


@pytest.mark.parametrize("damaged", ["Universit\ufffdt Nirgends", "UniversitÃ¤t"])
def test_lost_letters_land_where_the_layout_allows_them(desk: Desk, damaged: str) -> None:
    row = BY_YEAR_ROW.replace("Hochschule Nirgends", damaged)
    assert desk.land("started_in_2014_2021-05-11.csv", csv(BY_YEAR, row)).status == "landed"
    assert [row[3] for row in desk.rows(LANDED)] == [damaged]


def test_lost_letters_are_refused_where_the_layout_says_nothing(desk: Desk) -> None:
    path = desk.layouts / "eu_open_data_mobility_2014_2019.yml"
    layout = yaml.safe_load(path.read_text(encoding="utf-8"))
    for column in layout["tables"][0]["columns"]:
        column.pop("damaged_letters", None)
    path.write_text(yaml.safe_dump(layout), encoding="utf-8")
    row = BY_YEAR_ROW.replace("Nirgends", "Nirg\ufffdnds")
    landed = desk.land("started_in_2014_2021-05-11.csv", csv(BY_YEAR, row))
    assert landed.status == "refused"
    assert "column 'Sending Organization': the text holds the replacement character" in landed.messages[0]


def test_an_activity_may_not_be_damaged(desk: Desk) -> None:
    row = BY_YEAR_ROW.replace("teaching", "teach\ufffdng")
    assert desk.land("started_in_2014_2021-05-11.csv", csv(BY_YEAR, row)).status == "refused"
