"""Archives, and files in an unusual form: what lands of them."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from landing_desk import ANNA, BO, Desk, stays, workbook

from staff_mobility.landing.land import land_file, land_folder

STAYS = "select project_code, sending_name, days, support from raw.tool__stay order by 1"
AS_DELIVERED = [("P1", "Høgskolen i Nord", "5", "1200,50"), ("P2", "Høgskolen i Sør", "2", None)]
TEXT = stays().decode("utf-8-sig")
RECORDS = b'[{"Year": 2020, "Code": "a", "FTE": 1.50}]'


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.con.close()


def packed(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def test_files_of_an_archive_are_extracts_of_their_own(desk: Desk) -> None:
    book = workbook(
        desk.place / "x.xlsx",
        {
            "Activities": [["Activity ID", "Status", "E-mail", "Start", "Days"], ["A", "Draft", "", "", 5]],
            "Reports": [["Activity ID", "Score"]],
        },
    )
    members = {
        "a/stays_2020-06-30.csv": stays(ANNA),
        "module.xlsx": book,
        "staff.json": RECORDS,
        "README.md": b"a note",
        "__MACOSX/a/._stays_2020-06-30.csv": b"rubbish",
    }
    path = desk.drop / "all_2020-07-01.zip"
    path.write_bytes(packed(**members))
    outcomes = land_file(desk.con, path, desk.landing())
    assert [(outcome.file, outcome.status, outcome.extract_date) for outcome in outcomes] == [
        ("all_2020-07-01.zip/a/stays_2020-06-30.csv", "landed", dt.date(2020, 6, 30)),
        ("all_2020-07-01.zip/module.xlsx", "landed", dt.date(2020, 7, 1)),
        ("all_2020-07-01.zip/staff.json", "landed", dt.date(2020, 7, 1)),
    ]
    assert desk.rows("select year, fte from raw.statistics__staff") == [("2020", "1.50")]


def test_a_file_is_the_same_extract_in_and_out_of_an_archive(desk: Desk) -> None:
    first = desk.land("stays_2020-07-01.csv", stays())
    path = desk.drop / "all.zip"
    path.write_bytes(packed(**{"stays_2020-07-01.csv": stays()}))
    (again,) = land_file(desk.con, path, desk.landing())
    assert (again.status, again.extract_id) == ("already landed", first.extract_id)
    assert len(desk.land_all().refused) == 0


def test_one_wrong_file_keeps_its_whole_archive_out(desk: Desk) -> None:
    desk.land("first_2020-06-30.csv", stays(BO))
    before = desk.dump()
    path = desk.drop / "all_2020-07-01.zip"
    wrong = stays(ANNA.replace(";5;", ";five;"))
    path.write_bytes(packed(**{"a.csv": stays(ANNA), "b.csv": wrong, "c.json": RECORDS}))
    outcomes = land_file(desk.con, path, desk.landing())
    in_order = (
        "the file is in order and has not landed, because another file of its archive is refused."
        " Mend that one and land the archive again."
    )
    assert [outcome.messages[0] for outcome in outcomes] == [
        f"all_2020-07-01.zip/a.csv: {in_order}",
        "all_2020-07-01.zip/b.csv, line 3, column 'Days': 'five' is not a whole number such as 12."
        " Correct it in the source system and export again.",
        f"all_2020-07-01.zip/c.json: {in_order}",
    ]
    assert {outcome.status for outcome in outcomes} == {"refused"}
    assert desk.dump() == before


@pytest.mark.parametrize(
    ("content", "remarks"),
    [
        (TEXT.encode(), ()),
        (TEXT.encode("utf-8-sig"), ()),
        (TEXT.encode("cp1252"), ("read as cp1252; files of the layout stays_csv usually are UTF-8",)),
        (TEXT.encode("utf-16"), ("read as UTF-16; files of the layout stays_csv usually are UTF-8",)),
        (
            b"\xfe\xff" + TEXT.encode("utf-16-be"),
            ("read as UTF-16; files of the layout stays_csv usually are UTF-8",),
        ),
        (
            TEXT.replace(";", "\t").encode(),
            ("read with tabs between the columns; the layout stays_csv usually has ';'",),
        ),
        (
            TEXT.replace("1200,50", '"1200,50"').replace(";", ",").encode("cp1252"),
            (
                "read as cp1252; files of the layout stays_csv usually are UTF-8",
                "read with ',' between the columns; the layout stays_csv usually has ';'",
            ),
        ),
        (
            TEXT.replace(";", "|").encode(),
            ("read with '|' between the columns; the layout stays_csv usually has ';'",),
        ),
    ],
)
def test_a_consistent_file_lands_whatever_its_encoding_and_delimiter(
    desk: Desk, content: bytes, remarks: tuple[str, ...]
) -> None:
    landed = desk.land("stays_2020-07-01.csv", content)
    assert (landed.status, landed.remarks) == ("landed", remarks)
    assert desk.rows(STAYS) == AS_DELIVERED


def test_utf_8_is_read_where_cp1252_is_usual(desk: Desk) -> None:
    answers = "Institusjon;Navn;Spørsmål;Svar\r\nNord;Kari Å;Bra?;Ja – på det\r\n"
    for number, encoding in enumerate(("utf-8", "utf-8-sig", "cp1252", "utf-16"), start=1):
        assert desk.land(f"survey_2023-01-0{number}.csv", answers.encode(encoding)).status == "landed"
    assert desk.rows("select distinct question, answer from raw.survey__answer") == [("Bra?", "Ja – på det")]


def test_records_as_the_interface_gives_them(desk: Desk) -> None:
    # All values are texts, whole numbers too; a code keeps its leading zero.
    content = '[{"Year":"2020","Code":"0212","FTE":"12.5"},{"Year":"2020","Code":"0217","FTE":"-0"}]'
    assert desk.land("staff_2022-01-01.json", content.encode()).status == "landed"
    query = "select year, code, fte from raw.statistics__staff order by code"
    assert desk.rows(query) == [("2020", "0212", "12.5"), ("2020", "0217", "-0")]


def test_records_longer_than_the_window_are_read_whole(desk: Desk) -> None:
    records = [f'{{"Year":{2000 + n % 20},"Code":"{"å" * 90_000}{n}","FTE":{n}.10}}' for n in range(30)]
    assert desk.land("staff_2022-01-01.json", f"[{', '.join(records)}]".encode()).rows == 30
    query = "select count(distinct code), min(length(code)), count(*) filter (fte like '%.10')"
    assert desk.rows(f"{query} from raw.statistics__staff") == [(30, 90_001, 30)]


@pytest.mark.parametrize(("limit", "while_landing"), [("3GiB", "512.0 MiB"), ("300MiB", "300.0 MiB")])
def test_a_landing_needs_little_memory_and_gives_the_rest_back(
    desk: Desk, limit: str, while_landing: str
) -> None:
    desk.con.execute(f"set memory_limit = '{limit}'")
    (before,) = desk.rows("select current_setting('memory_limit')")
    seen: list[str] = []
    (desk.drop / "stays_2020-07-01.csv").write_bytes(stays())

    def look(file: str, rows: int) -> None:
        seen.extend(desk.rows("select current_setting('memory_limit')")[0])

    land_folder(desk.con, desk.drop, replace(desk.landing(), on_progress=look))
    assert set(seen) == {while_landing}
    assert desk.rows("select current_setting('memory_limit')") == [before]
