"""Hostile files, each made here in a few lines: a clear refusal, nothing landed, seconds and megabytes."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from landing_desk import ANNA, BO, STAYS_HEADER, STAYS_RULES, Desk, stays, workbook

from staff_mobility.landing.land import land_file
from staff_mobility.landing.limits import Limits

CSV = "stays_2020-07-01.csv"
XLSX = "module_2023-06-01.xlsx"
JSON = "staff_2020-07-01.json"
ZIP = "delivery_2020-07-01.zip"
BOMB = (
    "unpacks to far more than extracts do (more than 250 times its size, or more than 8,589,934,592 bytes)."
    " Check where it comes from, and do not open it."
)
BROKEN = "is broken: its end is missing or damaged. The file looks cut off: fetch it again."
ONE_LINE = (
    "the first line is longer than 1,048,576 bytes, so this is no table of rows. Export it again as CSV."
)
ENTITIES = (
    "the workbook's XML defines a document type or entities, which no spreadsheet program writes."
    " Check where it comes from, and do not open it."
)
PACK = "Pack the extracts alone into a new archive."
DAMAGED = "cannot be read: the workbook is damaged. The file looks cut off: fetch it again."
ODD_NAME = "holds a character that is not seen or that turns the order of reading"
ACTIVITIES = [["Activity ID", "Status", "E-mail", "Start", "Days"], ["A", "Draft", "", "2023-05-01", 5]]
REPORTS = [["Activity ID", "Score"], ["A", 4.5]]
SHEET = "xl/worksheets/sheet1.xml"

CHILD = """
import datetime as dt, json, resource, sys, time
from pathlib import Path
import duckdb, pyarrow, openpyxl.styles.numbers
from staff_mobility.landing.land import Landing, land_file
from staff_mobility.landing.layouts import load_layouts
from staff_mobility.landing.pseudonyms import KeyChain
con = duckdb.connect(sys.argv[2])
landing = Landing(load_layouts(Path(sys.argv[3])), lambda: KeyChain((bytes(range(32)),)), dt.date(2024, 1, 31))
before = resource.getrusage(resource.RUSAGE_SELF)
outcomes = land_file(con, Path(sys.argv[1]), landing)
after = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({
    "messages": [message for outcome in outcomes for message in outcome.messages],
    "megabytes": (after.ru_maxrss - before.ru_maxrss) / 1024,
    "seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
}))
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A warehouse in which one right file has landed before."""
    desk = Desk(tmp_path)
    assert desk.land("first_2020-06-30.csv", stays(BO)).status == "landed"
    yield desk
    desk.con.close()


def refused(desk: Desk, name: str, content: bytes, limits: Limits | None = None) -> list[str]:
    """Land a hostile file, see that nothing has changed, and return the messages."""
    before = desk.dump()
    path = desk.drop / name
    path.write_bytes(content)
    landing = replace(desk.landing(), limits=limits or Limits())
    outcomes = land_file(desk.con, path, landing)
    assert {outcome.status for outcome in outcomes} == {"refused"}
    assert desk.dump() == before
    messages = [message for outcome in outcomes for message in outcome.messages]
    assert not any("Anna" in message for message in messages)
    return messages


def refused_in_bounds(desk: Desk, path: Path, megabytes: int, seconds: int = 10) -> list[str]:
    """Land a file in a process of its own that may grow by so much and take so long."""
    before = desk.dump()
    desk.con.close()
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), str(desk.warehouse), str(desk.layouts)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    desk.con = duckdb.connect(str(desk.warehouse))
    assert desk.dump() == before
    answer = json.loads(done.stdout)
    assert answer["megabytes"] < megabytes
    assert answer["seconds"] < seconds
    return list(answer["messages"])


def edited(desk: Desk, part: str, old: str, new: str) -> bytes:
    """A right workbook in which a text of one part is replaced."""
    source = zipfile.ZipFile(
        io.BytesIO(workbook(desk.place / "x.xlsx", {"Activities": ACTIVITIES, "Reports": REPORTS}))
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in source.infolist():
            content = source.read(entry).decode()
            if entry.filename == part:
                assert old in content
                content = content.replace(old, new, 1)
            archive.writestr(entry.filename, content)
    return target.getvalue()


def archive(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)
    return target.getvalue()


def zeros(path: Path, name: str, megabytes: int) -> None:
    """An archive of zeros, which are packed a thousandfold."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made, made.open(name, "w") as member:
        for _ in range(megabytes):
            member.write(bytes(1 << 20))


# --- Sizes --------------------------------------------------------------------------------------------------


def test_a_file_above_the_size_limit_is_refused(desk: Desk) -> None:
    assert refused(desk, CSV, stays(), Limits(file_bytes=100)) == [
        f"{CSV}: the file is larger than 100 bytes. Export a shorter period, or raise the limit."
    ]


def test_a_zip_bomb_is_refused_while_it_is_unpacked(desk: Desk) -> None:
    zeros(desk.drop / ZIP, CSV, 2_000)
    assert refused_in_bounds(desk, desk.drop / ZIP, megabytes=30) == [f"{ZIP}, '{CSV}': the archive {BOMB}"]


def test_a_bomb_that_lies_about_its_size_is_refused_all_the_same(desk: Desk) -> None:
    zeros(desk.drop / ZIP, CSV, 100)
    content = bytearray((desk.drop / ZIP).read_bytes())
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<I", 10)
    # What is read beyond the declared size has a checksum that does not fit.
    assert refused(desk, ZIP, bytes(content)) == [f"{ZIP}, '{CSV}': the archive {BROKEN}"]


def test_a_workbook_that_is_a_bomb_is_refused(desk: Desk) -> None:
    source = zipfile.ZipFile(io.BytesIO(edited(desk, SHEET, "</sheetData>", "@</sheetData>")))
    with zipfile.ZipFile(desk.drop / XLSX, "w", zipfile.ZIP_DEFLATED) as made:
        for entry in source.infolist():
            before, _, after = source.read(entry).partition(b"@</sheetData>")
            with made.open(entry.filename, "w") as part:
                part.write(before)
                if entry.filename == SHEET:
                    for _ in range(400):
                        part.write(b" " * (1 << 20))
                    part.write(b"</sheetData>" + after)
    assert refused_in_bounds(desk, desk.drop / XLSX, megabytes=60) == [
        f"{XLSX}: the workbook's archive {BOMB}"
    ]


def test_all_that_an_archive_unpacks_to_has_a_limit(desk: Desk) -> None:
    content = archive((CSV, stays()), ("b_2020-07-01.csv", stays(ANNA)))
    message = refused(desk, ZIP, content, Limits(unpacked_bytes=500))[0]
    assert "more than 500 bytes" in message


def test_an_archive_with_too_many_entries_is_refused_before_its_list_is_read(desk: Desk) -> None:
    content = archive(*[(f"{number}.csv", b"") for number in range(40)])
    message = f"{ZIP}: the archive has more than 30 entries. Split it."
    assert refused(desk, ZIP, content, Limits(archive_entries=30)) == [message]
    end = content.rindex(b"PK\x05\x06")
    large = content[: end + 12] + struct.pack("<I", 0x7FFFFFFF) + content[end + 16 :]
    assert refused(desk, ZIP, large) == [f"{ZIP}: the archive has more than 1,000 entries. Split it."]


# --- Archives -----------------------------------------------------------------------------------------------


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


@pytest.mark.parametrize(
    ("name", "shown", "reason"),
    [
        ("../../x_2020-07-01.csv", None, "the path leads out of the archive"),
        ("a/../../x_2020-07-01.csv", None, "the path leads out of the archive"),
        ("/etc/x_2020-07-01.csv", None, "the path leads out of the archive"),
        ("C:/x_2020-07-01.csv", None, "the path leads out of the archive"),
        ("a\\x_2020-07-01.csv", None, "the path leads out of the archive"),
        ("x\x1b[2J_2020-07-01.csv", "x\\x1b[2J_2020-07-01.csv", f"the name {ODD_NAME}"),
        ("x\u202evsc_2020-07-01.csv", "x\\u202evsc_2020-07-01.csv", f"the name {ODD_NAME}"),
        (link("x_2020-07-01.csv"), "x_2020-07-01.csv", "this is a link, not a file"),
        ("inner_2020-07-01.zip", None, "this is an archive in an archive"),
    ],
)
def test_an_entry_that_is_not_what_it_seems_is_refused(
    desk: Desk, name: str | zipfile.ZipInfo, shown: str | None, reason: str
) -> None:
    around = sorted(desk.place.rglob("*")), sorted(Path("/tmp").glob("staff-mobility-*"))
    assert refused(desk, ZIP, archive((name, stays()), (CSV, stays(ANNA)))) == [
        f"{ZIP}, '{shown or name}': {reason}. {PACK}"
    ]
    assert sorted([*around[0], desk.drop / ZIP]) == sorted(desk.place.rglob("*"))
    assert around[1] == sorted(Path("/tmp").glob("staff-mobility-*"))


def test_names_that_stand_twice_are_refused_however_they_are_written(desk: Desk) -> None:
    assert refused(desk, ZIP, archive((CSV, stays()), (CSV.upper(), stays(ANNA)))) == [
        f"{ZIP}, '{CSV.upper()}': the name stands twice in the archive. {PACK}"
    ]


def test_an_archive_that_is_none_or_is_cut_is_refused(desk: Desk) -> None:
    content = archive((CSV, stays()))
    message = f"{ZIP}: the archive {BROKEN}"
    for broken in (b"no archive", content[: len(content) // 2], content[:-1]):
        assert refused(desk, ZIP, broken) == [message]
    damaged = content.replace(content[60:70], bytes(10), 1)
    assert refused(desk, ZIP, damaged)[0].startswith(f"{ZIP}, '{CSV}': the archive is broken")


def test_files_that_were_joined_are_refused(desk: Desk) -> None:
    # Readers of ZIP start at the end, and would pass over the first of two without a word.
    book = workbook(desk.place / "x.xlsx", {"Activities": ACTIVITIES, "Reports": REPORTS})
    said = "in the same file: files were joined. Deliver each file by itself."
    assert refused(desk, XLSX, book + book) == [
        f"{XLSX}: other bytes stand before the workbook's archive {said}"
    ]
    delivery = archive((CSV, stays()))
    assert refused(desk, ZIP, delivery + delivery) == [f"{ZIP}: other bytes stand before the archive {said}"]


def test_a_workbook_whose_list_of_parts_is_damaged_is_refused(desk: Desk) -> None:
    content = edited(desk, "[Content_Types].xml", "<Types", "<Typ<es")
    assert refused(desk, XLSX, content) == [f"{XLSX}: the part [Content_Types].xml {DAMAGED}"]


def test_an_archive_without_extracts_is_refused(desk: Desk) -> None:
    content = archive(("README.txt", b""), ("__MACOSX/._x.csv", b""), (".hidden.csv", b""), ("folder/", b""))
    assert refused(desk, ZIP, content) == [f"{ZIP}: there is no extract in the archive. {PACK}"]


def test_an_encrypted_archive_is_refused(desk: Desk) -> None:
    content = bytearray(archive((CSV, stays())))
    content[content.index(b"PK\x03\x04") + 6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    assert refused(desk, ZIP, bytes(content)) == [
        f"{ZIP}, '{CSV}': the archive is encrypted. Deliver it without a password."
    ]


# --- The drop folder ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\n2020-07-01.csv", "a\\n2020-07-01.csv"),
        ("a\x1b[31m_2020-07-01.csv", "a\\x1b[31m_2020-07-01.csv"),
        ("a_\u202evsc.10-70-0202.csv", "a_\\u202evsc.10-70-0202.csv"),
        (os.fsdecode(b"a\xff_2020-07-01.csv"), "a\\udcff_2020-07-01.csv"),
    ],
)
def test_a_file_name_with_controls_is_refused_and_printed_escaped(desk: Desk, name: str, shown: str) -> None:
    (desk.drop / name).write_bytes(stays(ANNA))
    before = desk.dump()
    outcome = desk.land_all()
    assert [file.messages for file in outcome.refused] == [
        [f"{shown}: the file's name {ODD_NAME}. Rename the file."]
    ]
    assert desk.dump() == before


def test_a_link_that_leads_out_of_the_drop_folder_is_refused(desk: Desk) -> None:
    outside = desk.place / "secret_2020-07-01.csv"
    outside.write_bytes(stays(ANNA))
    (desk.drop / CSV).symlink_to(outside)
    (desk.drop / "loop_2020-07-01.csv").symlink_to(desk.drop / "loop_2020-07-01.csv")
    (desk.drop / "again_2020-06-30.csv").symlink_to(desk.drop / "first_2020-06-30.csv")
    outcome = desk.land_all()
    assert {file.file: file.status for file in outcome.files} == {
        "again_2020-06-30.csv": "already landed",
        "first_2020-06-30.csv": "already landed",
        CSV: "refused",
    }
    assert outcome.refused[0].messages == [
        f"{CSV}: this is a link to a file outside the drop folder. Copy the file itself into the folder."
    ]


# --- CSV ----------------------------------------------------------------------------------------------------


def test_a_cell_of_ten_megabytes_is_refused(desk: Desk) -> None:
    path = desk.drop / CSV
    path.write_bytes(stays(ANNA.replace("Nord", "x" * 10_000_000)))
    assert refused_in_bounds(desk, path, megabytes=60) == [
        f"{CSV}: a line is longer than 5,000,000 bytes, so this is no table of rows. Export it again as CSV."
    ]
    path.write_bytes(stays(ANNA.replace("Høgskolen i Nord", '"' + "x\r\n" * 3_000_000 + '"')))
    message = refused_in_bounds(desk, path, megabytes=60)[0]
    assert "longer than 100,000 characters" in message


def test_a_record_of_many_long_cells_is_refused(desk: Desk) -> None:
    content = stays(";".join(f'"{"x" * 90_000}\n"' for _ in range(100)))
    assert "the record is longer than 5,000,000 characters" in refused(desk, CSV, content)[0]


def test_a_million_columns_are_refused(desk: Desk) -> None:
    path = desk.drop / CSV
    path.write_bytes(stays(header=";".join(f"c{number}" for number in range(1_000_000))))
    assert refused_in_bounds(desk, path, megabytes=80) == [f"{CSV}: {ONE_LINE}"]
    path.write_bytes(stays(header=";" * 1_000_000))
    assert refused_in_bounds(desk, path, megabytes=150) == [
        f"{CSV}, line 1: there are more than 2,000 columns. Check that it is the right export."
    ]


def test_a_csv_without_any_line_break_is_refused(desk: Desk) -> None:
    path = desk.drop / CSV
    with path.open("wb") as file:
        for _ in range(100):
            file.write(b"Project ID;Days;" * (1 << 16))
    assert refused_in_bounds(desk, path, megabytes=40) == [f"{CSV}: {ONE_LINE}"]
    assert refused(desk, CSV, stays().replace(b"\r\n", b"\r")) == [
        f"{CSV}: the lines end with CR alone, as on old Macintosh computers. Export it with LF or CRLF."
    ]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("gro\u202egsA", "the text holds a character that turns the order of reading (such as U+202E)"),
        ("\u2066x\u2069", "the text holds a character that turns the order of reading (such as U+202E)"),
        ("a\x1b[2Jb", "the text holds a control character, which is no letter"),
        ("a\x7fb", "the text holds a control character, which is no letter"),
        ("a\x81b", "the text holds a control character, which is no letter"),
    ],
)
def test_controls_in_a_cell_are_refused(desk: Desk, cell: str, reason: str) -> None:
    assert refused(desk, CSV, stays(ANNA.replace("Høgskolen i Nord", cell))) == [
        f"{CSV}, line 3, column 'Sending Organisation Name': {reason}."
        " Correct it in the source system and export again."
    ]


def test_a_byte_order_mark_in_a_cell_is_refused(desk: Desk) -> None:
    (message,) = refused(desk, CSV, stays(ANNA.replace("P1", "\ufeffP1")))
    assert message.startswith(
        f"{CSV}, line 3, column 'Project ID': the text holds a byte order mark (U+FEFF)"
    )


def test_a_huge_integer_is_refused(desk: Desk) -> None:
    message = refused(desk, CSV, stays(ANNA.replace(";5;", f";{'9' * 5_000};")))[0]
    assert re.search(r"line 3, column 'Days': '9+…' is not a whole number such as 12\.", message)


def test_sql_and_formulas_in_csv_are_text(desk: Desk) -> None:
    cells = ["=1+1", "+1", "-1", "@x", "x'); drop table raw.extract; --"]
    odd = ("x' drop table raw.tool__stay --", "[red]", "' or 1=1")
    rows = [ANNA.replace("Høgskolen i Nord", f'"{cell}"') + ";a;b;c" for cell in cells]
    landed = desk.land(CSV, stays(*rows, header=";".join((STAYS_HEADER, *odd)), rules=STAYS_RULES + ";;;"))
    assert (landed.status, landed.rows, landed.unknown_columns) == ("landed", 5, odd)
    query = "select sending_name from raw.tool__stay where project_code = 'P1' order by _row_number"
    assert desk.rows(query) == [(cell,) for cell in cells]
    assert desk.rows("select count(*) from raw.extract") == [(2,)]


# --- Workbooks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "where", "reason"),
    [
        (
            '<c r="A2" t="s"><v>5</v></c>',
            '<c r="A2"><f>HYPERLINK("http://x")</f><v>7</v></c>',
            "sheet 'Activities', row 2, column 'Activity ID'",
            "the cell holds a formula, not a value. Paste the values over the formulas, or export again.",
        ),
        (
            '<c r="A2" t="s"><v>5</v></c>',
            '<c r="A2" t="e"><v>#N/A</v></c>',
            "sheet 'Activities', row 2, column 'Activity ID'",
            "the cell shows an error of the spreadsheet. Correct it in the source and export again.",
        ),
        (
            '<c r="A2" t="s"><v>5</v></c>',
            '<c r="A2"><v>1e999</v></c>',
            "sheet 'Activities', row 2, column 'Activity ID'",
            "the cell's number is none. Correct it in the source and export again.",
        ),
        (
            '<c r="E2"><v>5</v></c>',
            '<c r="E2"><v>1e300</v></c>',
            "sheet 'Activities', row 2, column 'Days'",
            None,
        ),
        (
            '<c r="A1" t="s"><v>0</v></c>',
            '<c r="A1"><f>A2</f></c>',
            "sheet 'Activities', row 1",
            "the cell holds a formula, not a value. Paste the values over the formulas, or export again.",
        ),
        (
            '<c r="E2"><v>5</v></c>',
            f'<c r="E2" t="inlineStr"><is><t>{"x" * 200_000}</t></is></c>',
            "sheet 'Activities', row 2",
            "the text is longer than 100,000 characters. Shorten it in the source system and export again.",
        ),
    ],
)
def test_cells_that_hold_no_value_are_refused(
    desk: Desk, old: str, new: str, where: str, reason: str | None
) -> None:
    message = refused(desk, XLSX, edited(desk, SHEET, old, new))[0]
    assert message.startswith(f"{XLSX}, {where}: ")
    assert reason is None or message.endswith(f": {reason}")
    assert reason is not None or "is not a whole number such as 12" in message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<row r="2"', '<row r="2000000"'),
        ('<row r="2"', '<row r="1"'),
        ('<c r="B2"', '<c r="A2"'),
        ('<c r="B2"', '<c r="ZZZZZ2"'),
        ('<c r="B2"', '<c r="B7"'),
        ("<v>5</v>", "<v>999999</v>"),
        ("</sheetData>", ""),
    ],
)
def test_a_sheet_that_contradicts_itself_is_refused(desk: Desk, old: str, new: str) -> None:
    assert refused(desk, XLSX, edited(desk, SHEET, old, new)) == [f"{XLSX}: the sheet 'Activities' {DAMAGED}"]


def test_what_a_sheet_says_of_its_size_is_not_believed(desk: Desk) -> None:
    content = edited(desk, SHEET, '<dimension ref="A1:E2"/>', '<dimension ref="A1:XFD1048576"/>')
    assert desk.land(XLSX, content).rows == 2


def test_a_row_of_a_million_cells_is_refused(desk: Desk) -> None:
    cells = "<c><v>1</v></c>" * 1_000_000
    (desk.drop / XLSX).write_bytes(edited(desk, SHEET, "</row>", f"{cells}</row>"))
    assert refused_in_bounds(desk, desk.drop / XLSX, megabytes=60) == [
        f"{XLSX}, sheet 'Activities', row 1: there are more than 2,000 columns."
        " Check that it is the right export."
    ]


@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_an_entity_bomb_is_refused(desk: Desk, part: str) -> None:
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 12)
    )
    start = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    content = edited(desk, part, start, f"{start}<!DOCTYPE x [{entities}]>")
    (desk.drop / XLSX).write_bytes(content)
    assert refused_in_bounds(desk, desk.drop / XLSX, megabytes=40) == [f"{XLSX}: {ENTITIES}"]


# --- JSON ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[" * 1_000_000, ", record 1: lists or objects are nested too deeply."),
        ('[{"Year":' + "[" * 1_000_000, ", record 1: lists or objects are nested too deeply."),
        (
            '[{"Year":1,"Code":"' + "x" * 200_000 + '","FTE":1}]',
            ", record 1, column 'Code': the text is longer",
        ),
        ('[{"Year":1,"Code":"' + "x" * 10_000_000, ", record 1: the record is not closed within 5,000,000"),
        ("[{" + ",".join(f'"{n}":1' for n in range(100_000)) + "}]", ", record 1: there are more than 2,000"),
        ('[{"Year":' + "9" * 5_000 + ',"Code":"a","FTE":1}]', ", record 1, column 'Year': '999"),
        (
            '[{"Year":1,"Code":"a","FTE":1E999999999}]',
            ", record 1, column 'FTE': '1E999999999' is not a number",
        ),
        (
            '[{"Year":1,"Code":"a\\u0000","FTE":1}]',
            ", record 1, column 'Code': the text holds a control character",
        ),
        (
            '[{"Year":1,"Code":"a\\ud800","FTE":1}]',
            ", record 1, column 'Code': the text holds the replacement",
        ),
    ],
)
def test_hostile_json_is_refused(desk: Desk, content: str, message: str) -> None:
    path = desk.drop / JSON
    path.write_text(content)
    assert refused_in_bounds(desk, path, megabytes=80)[0].startswith(JSON + message)
