"""Landing: what stands in the raw schema afterwards."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from landing_desk import ANNA, BO, PROJECT, STAYS, STAYS_HEADER, STAYS_RULES, Desk, stays, workbook

from staff_mobility.landing.land import land_file
from staff_mobility.landing.layouts import load_layouts
from staff_mobility.landing.pseudonyms import pseudonymise
from staff_mobility.landing.results import LandedFile
from staff_mobility.settings import WrongUseError

TODAY = dt.date(2024, 1, 31)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.con.close()


def test_raw_tables_exist_before_anything_has_landed(desk: Desk) -> None:
    assert desk.land_all().files == ()
    assert desk.dump() == {
        "_key": [],
        "_rewrite": [],
        "_tombstone": [],
        "erased_rows": [],
        "extract": [],
        "module__activity": [],
        "module__report": [],
        "rejected_row": [],
        "statistics__staff": [],
        "survey__answer": [],
        "tool__stay": [],
    }


def test_csv_lands_as_delivered_with_its_lines_and_without_persons(desk: Desk) -> None:
    broken_over_lines = ANNA.replace("Høgskolen i Nord", '"Høgskolen; i\r\n""Nord"""')
    content = stays(broken_over_lines, "", BO)
    landed = desk.land("stays_2020-07-01.csv", content)
    assert (landed.status, landed.layout, landed.rows) == ("landed", "stays_csv", 2)
    columns = (
        "project_code, gender, sending_name, days, support, agreed, submitted_date, _row_number, _extract_id"
    )
    sha = hashlib.sha256(content).hexdigest()
    assert desk.rows(f"select {columns} from raw.tool__stay order by _row_number") == [
        ("P1", "F", 'Høgskolen; i\r\n"Nord"', "5", "1200,50", "YES", "03/04/2020", 3, sha[:16]),
        ("P2", None, "Høgskolen i Sør", "2", None, "NO", "30/06/2020", 6, sha[:16]),
    ]
    assert [name for (name,) in desk.rows("select column_name from (describe raw.tool__stay)")] == [
        "project_code",
        "gender",
        "sending_name",
        "days",
        "support",
        "agreed",
        "submitted_date",
        "participant_id_pseudonym",
        "name_birth_date_pseudonym",
        "email_pseudonym",
        "_extract_id",
        "_row_number",
    ]
    register = "select * exclude (landed_at, acceptance_reason) from raw.extract"
    assert desk.rows(register) == [
        (sha[:16], "stays_2020-07-01.csv", sha, len(content), "tool", "stays_csv", 1, dt.date(2020, 7, 1), 2)
        + (13, "nobody", "none", "gate")
    ]


def test_pseudonyms_are_those_of_the_identifiers(desk: Desk) -> None:
    no_birth_date = BO.replace("11/12/1981", " ")
    desk.land("stays_2020-07-01.csv", stays(ANNA, no_birth_date))
    pseudonyms = desk.rows(
        "select participant_id_pseudonym, name_birth_date_pseudonym, email_pseudonym from raw.tool__stay"
        " order by _row_number"
    )
    assert pseudonyms == [
        (
            pseudonymise(desk.key, "participant_id", "tool", ["77"]),
            pseudonymise(desk.key, "name_birth_date", "tool", ["anna", "åsen", "1970-02-01"]),
            pseudonymise(desk.key, "email", "tool", ["anna.asen@uni.example"]),
        ),
        (
            pseudonymise(desk.key, "participant_id", "tool", ["78"]),
            None,
            pseudonymise(desk.key, "email", "tool", ["bo@uni.example"]),
        ),
    ]


def test_no_identifier_or_free_text_is_anywhere_in_the_database(desk: Desk) -> None:
    desk.land("stays_2020-07-01.csv", stays())
    desk.con.execute("force checkpoint")
    everything = repr(desk.dump())
    stored = b"".join(path.read_bytes() for path in desk.place.glob("w.duckdb*"))
    for plain in ("Anna", "Åsen", "01/02/1970", "1970-02-01", "uni.example", "Veldig bra", "Berg"):
        assert plain not in everything
        assert plain.encode() not in stored
        assert plain.casefold().encode() not in stored
    assert b"Nord" in stored, "the search must be able to find what has landed"


def test_workbook_lands_sheet_by_sheet_with_the_spreadsheets_rows(desk: Desk) -> None:
    content = workbook(
        desk.place / "x.xlsx",
        {
            "Activities": [
                ["Activity ID", "Status", "E-mail", "Start", "Days"],
                [217, "Complete", "anna@uni.example", dt.date(2023, 5, 1), 5],
                [],
                ["A-2", "Draft", "", "2023-05-02", "3"],
            ],
            "Reports": [["Activity ID", "Score", "Green"], ["A-2", 4.25, "x"], ["A-3", 0.1 + 0.2, ""]],
        },
    )
    landed = desk.land("module_2023-06-01.xlsx", content)
    assert (landed.status, landed.rows, unknown_columns(landed)) == (
        "landed",
        4,
        "1 of 7: the column 'Green' is not known and has not been landed",
    )
    assert desk.rows("select * exclude (_extract_id) from raw.module__activity order by _row_number") == [
        (
            "217",
            "Complete",
            "2023-05-01",
            "5",
            pseudonymise(desk.key, "email", "module", ["anna@uni.example"]),
            2,
        ),
        ("A-2", "Draft", "2023-05-02", "3", None, 4),
    ]
    assert desk.rows("select * exclude (_extract_id) from raw.module__report order by _row_number") == [
        ("A-2", "4.25", 2),
        ("A-3", "0.3", 3),
    ]


def test_json_lands_numbers_as_they_stand(desk: Desk) -> None:
    records = '[{"Year": 2020, "Code": "0217", "FTE": 12.50},\n{"FTE": 1E1, "Code": null, "Year": "2021"}]'
    content = records.encode("utf-8-sig")
    assert desk.land("staff_2022-01-01.json", content).status == "landed"
    assert desk.rows("select * exclude (_extract_id) from raw.statistics__staff order by _row_number") == [
        ("2020", "0217", "12.50", 1),
        ("2021", None, "10", 2),
    ]


def test_the_same_content_lands_once(desk: Desk) -> None:
    first = desk.land("stays_2020-07-01.csv", stays())
    before = desk.dump()
    again = desk.land("stays_2020-07-01.csv", stays())
    assert (first.status, again.status) == ("landed", "already landed")
    assert (again.rows, again.extract_id) == (2, first.extract_id)
    assert desk.dump() == before


def unknown_columns(file: LandedFile) -> str:
    assert file.result is not None
    checks = {check.check: check for check in file.result.checks}
    return checks["columns_are_known"].message["en"]


def test_a_higher_layout_version_replaces_the_files_own_rows(desk: Desk) -> None:
    header = STAYS_HEADER + ";Green travel"
    content = stays(ANNA + ";train", BO + ";", header=header, rules=STAYS_RULES + ";")
    other = stays(BO)
    first = desk.land("stays_2020-07-01.csv", content)
    desk.land("stays_2020-06-30.csv", other)
    assert unknown_columns(first) == "1 of 13: the column 'Green travel' is not known and has not been landed"
    column = "      - {header: Green travel, name: green_travel, class: attribute, required: false}\n"
    layout = STAYS.replace("version: 1", "version: 2") + column
    (desk.layouts / "stays.yml").write_text(layout, encoding="utf-8")
    second = desk.land("stays_2020-07-01.csv", content)
    assert (second.status, unknown_columns(second)) == ("replaced", "14 checked, none wrong")
    query = "select extract_date, layout_version, project_code, green_travel from raw.tool__stay"
    assert desk.rows(f"{query} join raw.extract on extract_id = _extract_id order by all") == [
        (dt.date(2020, 6, 30), 1, "P2", None),
        (dt.date(2020, 7, 1), 2, "P1", "train"),
        (dt.date(2020, 7, 1), 2, "P2", None),
    ]


def test_a_refused_version_leaves_the_rows_of_the_former_one(desk: Desk) -> None:
    desk.land("stays_2020-07-01.csv", stays())
    before = desk.dump()
    layout = STAYS.replace("version: 1", "version: 2").replace("['YES', 'NO']", "['YES']")
    (desk.layouts / "stays.yml").write_text(layout, encoding="utf-8")
    assert desk.land("stays_2020-07-01.csv", stays()).status == "refused"
    assert desk.dump() == before


def test_a_corrected_date_in_the_name_replaces_and_two_dates_at_once_are_refused(desk: Desk) -> None:
    desk.land("stays_2020-07-01.csv", stays())
    (desk.drop / "stays_2020-07-01.csv").rename(desk.drop / "stays_2020-07-02.csv")
    assert [file.status for file in desk.land_all().files] == ["replaced"]
    assert desk.rows("select extract_date, file_name, row_count from raw.extract") == [
        (dt.date(2020, 7, 2), "stays_2020-07-02.csv", 2)
    ]
    (desk.drop / "stays_2020-07-03.csv").write_bytes(stays())
    outcome = desk.land_all()
    assert [file.status for file in outcome.files] == ["already landed", "refused"]
    assert outcome.refused[0].messages == [
        "stays_2020-07-03.csv: the same content is in the folder as stays_2020-07-02.csv, with the"
        " date 2020-07-02."
        " Keep the one with the right date."
    ]


def test_a_refused_file_does_not_keep_the_others_out(desk: Desk) -> None:
    (desk.drop / "sub").mkdir()
    (desk.drop / "sub" / "a_2020-07-01.csv").write_bytes(stays(ANNA))
    (desk.drop / "b_2020-07-01.csv").write_bytes(stays(ANNA.replace(";5;", ";five;")))
    (desk.drop / "c_2020-07-02.csv").write_bytes(stays(BO))
    outcome = desk.land_all()
    assert [(file.file, file.status) for file in outcome.files] == [
        ("b_2020-07-01.csv", "refused"),
        ("c_2020-07-02.csv", "landed"),
        ("sub/a_2020-07-01.csv", "landed"),
    ]
    assert desk.rows("select project_code from raw.tool__stay order by 1") == [("P1",), ("P2",)]


def test_notes_and_hidden_files_are_no_extracts(desk: Desk) -> None:
    (desk.drop / ".cache").mkdir()
    for name in ("README", "README.txt", "notes.md", "x.yml", ".hidden.csv", "~$open.xlsx", ".cache/x.csv"):
        (desk.drop / name).write_text("nothing")
    assert desk.land_all().files == ()


def test_headers_are_found_in_any_order_and_with_other_blanks(desk: Desk) -> None:
    content = "Svar;Navn; Sp\u00f8rsm\u00e5l ;Institusjon\r\nJa;Kari;Bra?;Nord\r\n".encode("cp1252")
    assert desk.land("survey_2023-01-01.csv", content).status == "landed"
    assert desk.rows("select institution, question, answer from raw.survey__answer") == [
        ("Nord", "Bra?", "Ja")
    ]


def test_another_key_is_refused_before_anything_lands(desk: Desk) -> None:
    desk.land("stays_2020-07-01.csv", stays(ANNA))
    before = desk.dump()
    desk.key = b"x" * 32
    with pytest.raises(WrongUseError, match="the same person would get two pseudonyms"):
        desk.land("stays_2020-07-02.csv", stays(BO))
    assert desk.dump() == before


def test_files_without_persons_need_no_key(desk: Desk) -> None:
    desk.key = b""
    assert desk.land("staff_2022-01-01.json", b'[{"Year":1,"Code":"a","FTE":2}]').status == "landed"
    assert desk.rows("select * from raw._key") == []


def test_a_file_that_grows_while_it_is_read_is_refused(desk: Desk) -> None:
    path = desk.drop / "stays_2020-07-01.csv"
    path.write_bytes(stays())

    def write_on(file: str, rows: int) -> None:
        if rows:
            os.utime(path, ns=(1, 1))

    (landed,) = land_file(desk.con, path, replace(desk.landing(), on_progress=write_on))
    assert landed.messages == [
        "stays_2020-07-01.csv: the file changed while it was read. Wait until its copy is complete"
        " and land again."
    ]


def test_a_long_file_lands_in_batches(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("staff_mobility.landing.load.BATCH_ROWS", 7)
    desk.land("stays_2020-07-01.csv", stays(*[BO.replace("P2", f"P{n}") for n in range(50)]))
    assert desk.rows("select count(*), min(_row_number), max(_row_number) from raw.tool__stay") == [
        (50, 3, 52)
    ]


def test_the_answer_as_json_has_plain_values(desk: Desk) -> None:
    landed = desk.land("stays_2020-07-01.csv", stays())
    answer = json.loads(json.dumps(landed.as_json()))
    assert answer.pop("gate")["verdict"] == "accepted"
    assert answer == {
        "file": "stays_2020-07-01.csv",
        "status": "landed",
        "source": "tool",
        "layout": "stays_csv",
        "extract_id": landed.extract_id,
        "extract_date": "2020-07-01",
        "rows": 2,
        "unknown_columns": [],
        "remarks": [],
        "problems": [],
    }


def test_the_projects_own_layouts_are_valid() -> None:
    assert {layout.source for layout in load_layouts(PROJECT / "layouts")} >= {
        "mobility_tool",
        "beneficiary_module",
    }


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        (
            "class: attribute}",
            "class: atribute}",
            "layouts/stays.yml, at tables/0/columns/0/class: 'atribute' is not one of",
        ),
        (
            "format: csv",
            "format: csv, colour: red",
            "layouts/stays.yml, at file: Additional properties are not allowed",
        ),
        ("allowed: yes_no", "allowed: noyes", "column 'agreed': there is no answer list 'noyes'"),
        ("header: Gender", "header: Days", "layouts/stays.yml, tool__stay: the header 'Days' stands twice"),
        ("name: gender", "name: days", "layouts/stays.yml, tool__stay: the name 'days' stands twice"),
        ("layout: stays_csv", "layout: survey_csv", "two files call their layout 'survey_csv'"),
        ("raw_table: tool__stay", "raw_table: survey__answer", "a raw table has one source"),
        ("first_data_row: 3", "first_data_row: 2\n    sheet: X", "layouts/stays.yml, at tables/0"),
        (", pseudonym: email", "", "'pseudonym' is a required property"),
        ("version: 1", "version: [", "layouts/stays.yml is not YAML"),
    ],
)
def test_a_wrong_layout_is_told_with_its_place(desk: Desk, wrong: str, right: str, message: str) -> None:
    (desk.layouts / "stays.yml").write_text(STAYS.replace(wrong, right, 1), encoding="utf-8")
    with pytest.raises(WrongUseError) as told:
        load_layouts(desk.layouts)
    assert message in str(told.value)
