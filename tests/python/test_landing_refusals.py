"""Break one thing in a right file: the exact words of the refusal, and a warehouse as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from landing_desk import ANNA, BO, STAYS_HEADER, STAYS_RULES, Desk, stays, workbook

from staff_mobility.landing.land import land_folder

AT_SOURCE = "Correct it in the source system and export again."
CUT = "The file looks cut off: fetch it again."
QUOTE = 'Export again with quoted texts, in which a quotation mark is doubled ("").'
UNQUOTED = "A separator or a line break stands unquoted in a text: export again with quoted texts."
ONE = "Export the whole file in one encoding, best in UTF-8."
MOJIBAKE = (
    "the text shows UTF-8 letters read as another encoding (such as 'Ã©' for 'é')."
    " Export again in the encoding of the layout; do not open and save the file in between."
)
LOST = (
    "the text holds the replacement character U+FFFD: letters were lost before this file was written."
    " Export again from the source system with the right encoding."
)
CHECK = "Check that it is the right export with its header row, or describe it in a new layout in layouts/."

TEXT = stays().decode("utf-8-sig")
ANSWERS = "Institusjon;Navn;Spørsmål;Svar\r\nNord;Kari Å;Bra?;Ja på det\r\n"
RECORD = '{"Year": 2020, "Code": "a", "FTE": 1}'


def one_change(old: str, new: str) -> bytes:
    assert ANNA.count(old) == 1
    return stays(ANNA.replace(old, new), BO)


STAYS_CASES = {
    "wrong column name": (
        stays(header=STAYS_HEADER.replace("Organisation", "Organization")),
        "line 1, column 'Sending Organisation Name': the column is missing; did you mean the file's"
        " 'Sending Organization Name'? Rename it in the file, or in the layout if exports have it so"
        " from now on.",
    ),
    "no such column": (
        stays(header=STAYS_HEADER.replace("Days", "Xyz")),
        "line 1, column 'Days': the column is missing. Export again with this column.",
    ),
    "a header twice": (
        stays(header=STAYS_HEADER.replace("Gender", "Days")),
        "line 1, column 'Days': the header stands twice. Remove or rename one of the columns.",
    ),
    "one byte of cp1252 in UTF-8 with a byte order mark": (
        one_change("Nord", "N~rd").replace(b"~", b"\xf8"),
        f"line 3, column 'Sending Organisation Name': byte 0xF8 is not UTF-8, and most of the file is. {ONE}",
    ),
    "one byte of cp1252 in UTF-8 without a byte order mark": (
        one_change("Nord", "N~rd").removeprefix(b"\xef\xbb\xbf").replace(b"~", b"\xf8"),
        f"line 3, column 'Sending Organisation Name': byte 0xF8 is not UTF-8, and most of the file is. {ONE}",
    ),
    "one byte of cp1252 on the second line of a record": (
        stays(ANNA.replace("Høgskolen i Nord", '"Høg\r\nN~rd"'), BO).replace(b"~", b"\xf8"),
        f"line 4, column 'Sending Organisation Name': byte 0xF8 is not UTF-8, and most of the file is. {ONE}",
    ),
    "a NUL in UTF-8": (
        one_change("Nord", "N\x00rd"),
        f"line 3, column 'Project ID': byte 0x00 is not UTF-8, and most of the file is. {ONE}",
    ),
    "UTF-16 without a byte order mark": (
        TEXT.encode("utf-16-le"),
        f"no layout fits; no column belongs to any of stays_csv, survey_csv. {CHECK}",
    ),
    "a NUL in UTF-16": (
        TEXT.replace("Nord", "N\x00rd").encode("utf-16"),
        f"line 3, column 'Project ID': the character U+0000 is no text, and most of the file is. {ONE}",
    ),
    "half a letter in UTF-16": (
        b"\xff\xfe"
        + TEXT.encode("utf-16-le").replace("Nord".encode("utf-16-le"), b"N\x00\x00\xd8r\x00d\x00"),
        "line 3, column 'Sending Organisation Name': a letter is half, so this is not UTF-16, and most of the"
        f" file is. {ONE}",
    ),
    "UTF-16 cut inside a letter": (
        TEXT.encode("utf-16")[: TEXT.rindex("ø") * 2 + 3],
        f"line 4, column 'Sending Organisation Name': the file ends inside a letter. {CUT}",
    ),
    "a lost letter": (one_change("Høg", "H\ufffdg"), f"line 3, column 'Sending Organisation Name': {LOST}"),
    "a lost letter in a name": (one_change("Åsen", "\ufffdsen"), f"line 3, column 'Last Name': {LOST}"),
    "encoded twice": (one_change("Høg", "HÃ¸g"), f"line 3, column 'Sending Organisation Name': {MOJIBAKE}"),
    "cut inside a record": (
        stays()[: stays().index(b"bo@uni")],
        f"line 4, column 'Participant Email': the last record ends here, after 6 of 13 fields. {CUT}",
    ),
    "cut inside a quoted text": (
        stays(ANNA, BO.replace("Høgskolen i Sør", '"Høgskolen i Sør')),
        f"line 4, column 'Sending Organisation Name': a quotation mark is opened and never closed. {CUT}",
    ),
    "cut inside a letter": (
        stays()[: stays().rindex("ø".encode()) + 1],
        f"line 4, column 'Sending Organisation Name': the file ends inside a letter. {CUT}",
    ),
    "cut inside the header": (stays()[:80], f"the file ends in its first line. {CUT}"),
    "a quotation mark inside a text": (
        one_change("Høgskolen i Nord", '"Høgskolen" i Nord'),
        f"line 3: the record is not valid CSV (';' expected after '\"'). {QUOTE}",
    ),
    "a short record": (
        stays("P1;78", BO),
        f"line 3: the record has 2 fields and the header has 13. {UNQUOTED}",
    ),
    "a long record": (
        one_change("Veldig bra", "Veldig; bra"),
        f"line 3: the record has 14 fields and the header has 13. {UNQUOTED}",
    ),
    "out-of-range answer": (
        one_change("YES", "Yes"),
        "line 3, column 'Agreed': 'Yes' is not among the allowed answers 'YES', 'NO'; did you mean 'YES'?"
        " Correct the cell, or add the answer to the layout's list if the questionnaire has it now.",
    ),
    "an address where an answer belongs": (
        one_change("YES", "anna@uni.example"),
        "line 3, column 'Agreed': a value that looks like an e-mail address (not shown) is not among"
        " the allowed"
        " answers 'YES', 'NO'. Correct the cell, or add the answer to the layout's list if the"
        " questionnaire has"
        " it now.",
    ),
    "future date": (
        one_change("03/04/2020", "03/04/2021"),
        "line 3, column 'Submitted': '03/04/2021' lies after the day of the extract, 2020-07-01."
        " Correct the date"
        " in the source system, or the date in the file's name if that is wrong.",
    ),
    "bad integer": (
        one_change(";5;", ";5,0;"),
        f"line 3, column 'Days': '5,0' is not a whole number such as 12. {AT_SOURCE}",
    ),
    "bad decimal": (
        one_change("1200,50", "1200.50"),
        f"line 3, column 'Support': '1200.50' is not a number with a decimal comma such as 12,5. {AT_SOURCE}",
    ),
    "bad date": (
        one_change("03/04/2020", "31/02/2020"),
        f"line 3, column 'Submitted': '31/02/2020' is not a date of the form DD/MM/YYYY. {AT_SOURCE}",
    ),
    "bad date of birth": (
        one_change("01/02/1970", "1970-02-01"),
        f"line 3, column 'Date of birth': the value (not shown) is not a date of the form DD/MM/YYYY."
        f" {AT_SOURCE}",
    ),
    "another separator": (
        stays().replace(b";", b","),
        # Read with ',', under which the decimal comma of the third line splits a cell.
        f"line 3: the record has 14 fields and the header has 13. {UNQUOTED}",
    ),
    "no row of rules": (
        stays(BO, rules=ANNA),
        "line 2: this looks like data, but the layout has its first data row in row 3."
        " Export again with the rows between header and data, which the layout skips.",
    ),
    "no header": (
        f"{ANNA}\r\n{BO}\r\n".encode(),
        f"no layout fits; no column belongs to any of stays_csv, survey_csv. {CHECK}",
    ),
    "half a header": (
        stays("P;5;YES;;", header="Project ID;Days;Agreed;xyz;Comments", rules=""),
        "no layout fits; the closest is stays_csv, and the file has 4 of its 13 columns. Missing:"
        " 'Participant ID',"
        f" 'First Name', 'Last Name', 'Date of birth', 'Participant Email' and 4 more. {CHECK}",
    ),
    "no data": (
        f"{STAYS_HEADER}\r\n{STAYS_RULES}\r\n".encode(),
        "there is no data row below the header; an empty extract would withdraw all earlier rows."
        " Export again and check the export's filter.",
    ),
    "nothing": (b"", "the file is empty (0 bytes). Fetch it again."),
    "a web page": (b"<html>\n", "this is a web page, not data. Fetch it again; the session may have ended."),
    "a workbook": (
        b"PK\x03\x04\n",
        "this is a workbook or an archive, not CSV. Rename it to .xlsx or export it as CSV.",
    ),
}
SURVEY_CASES = {
    "UTF-8 in one line of cp1252": (
        ANSWERS.encode("cp1252")
        .replace("Kari Å".encode("cp1252"), "Kari Å".encode())
        .replace(b"p\xe5 det", b"det"),
        "line 2, column 'Navn': bytes 0xC3 0x85 are one letter in UTF-8 and two in cp1252, and most of the"
        " file is. Export the whole file in one encoding, best in cp1252.",
    ),
    "a dash of UTF-8 in one line of cp1252": (
        (ANSWERS + "Sør;;Å?;ø\r\n").encode("cp1252") + "Nord;;Bra?;Ja – det\r\n".encode(),
        "line 4, column 'Svar': bytes 0xE2 0x80 0x93 are one letter in UTF-8 and three in cp1252, and most of"
        " the file is. Export the whole file in one encoding, best in cp1252.",
    ),
    "UTF-8 in one cell": (
        ANSWERS.encode("cp1252").replace("på".encode("cp1252"), "på".encode()),
        f"line 2, column 'Svar': {MOJIBAKE}",
    ),
    **{
        f"byte {byte:02X} that cp1252 does not have": (
            ANSWERS.encode("cp1252").replace(b"Nord", b"Nor" + bytes([byte])),
            f"line 2, column 'Institusjon': byte 0x{byte:02X} is not cp1252, and most of the file is."
            " Export the whole file in one encoding, best in cp1252.",
        )
        for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
    },
}
JSON_CASES = {
    "cut between records": (
        f"[{RECORD},\n{RECORD}".encode(),
        f"line 2, character 38: the JSON ends early. {CUT}",
    ),
    "cut inside a word": (
        f'[{RECORD},\n{{"Year": nu'.encode(),
        f"line 2, character 12: the JSON ends early. {CUT}",
    ),
    "cut inside a text": (f'[{RECORD},\n{{"Ye'.encode(), f"line 2, character 5: the JSON ends early. {CUT}"),
    "not JSON": (
        f"[{RECORD},,{RECORD}]".encode(),
        "line 1, character 40: this is not valid JSON. Fetch it again from the interface.",
    ),
    "not a list": (
        RECORD.encode(),
        "the file is not a list of records ([{…}, {…}]). Fetch it again from the interface.",
    ),
    "cp1252": (
        f"[{RECORD},\n{RECORD}]".replace("a", "å").encode("cp1252"),
        "line 1: byte 0xE5 is not UTF-8; JSON is UTF-8, the file looks like cp1252. Export it again"
        " as UTF-8.",
    ),
    "a record without a name": (
        f'[{RECORD},{{"Year": 2020, "FTE": 1}}]'.encode(),
        "record 2, column 'Code': the record lacks this name. Fetch it again from the interface.",
    ),
    "a list in a record": (
        f"[{RECORD.replace('2020', '[1]')}]".encode(),
        "record 1, column 'Year': the value is a list or an object, not plain. Fetch it again from"
        " the interface.",
    ),
    "a name twice": (
        f"[{RECORD.replace('FTE', 'Code')}]".encode(),
        "record 1: the record has the name 'Code' twice. Fetch it again from the interface.",
    ),
    "bad decimal": (
        f"[{RECORD.replace('1}', 'NaN}')}]".encode(),
        f"record 1, column 'FTE': 'NaN' is not a number with a decimal point such as 12.5. {AT_SOURCE}",
    ),
}
CASES = [
    pytest.param(name, content, message, id=f"{name.split('_')[0]}: {label}")
    for name, cases in (
        ("stays_2020-07-01.csv", STAYS_CASES),
        ("survey_2020-07-01.csv", SURVEY_CASES),
        ("staff_2020-07-01.json", JSON_CASES),
    )
    for label, (content, message) in cases.items()
]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A warehouse in which one right file has landed before."""
    desk = Desk(tmp_path)
    assert desk.land("first_2020-06-30.csv", stays(BO)).status == "landed"
    yield desk
    desk.con.close()


def refused(desk: Desk, name: str, content: bytes) -> list[str]:
    """Land a wrong file, see that nothing has changed, and return the messages."""
    before = desk.dump()
    landed = desk.land(name, content)
    assert landed.status == "refused"
    assert landed.rows == 0
    assert desk.dump() == before
    for plain in ("Anna", "Åsen", "Berg", "Kari", "uni.example", "1970"):
        assert not any(plain in message for message in landed.messages)
    return landed.messages


@pytest.mark.parametrize(("name", "content", "message"), CASES)
def test_one_wrong_thing_is_refused_with_these_words(
    desk: Desk, name: str, content: bytes, message: str
) -> None:
    separator = ", " if message.startswith(("line", "record ")) else ": "
    assert refused(desk, name, content) == [name + separator + message]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "stays.csv",
            "the file's name holds no date, so it is not known when the extract was taken."
            " Rename it with the day of the extract as YYYY-MM-DD, such as stays_2024-01-31.csv.",
        ),
        ("stays_2020-02-30.csv", "the date 2020-02-30 in the file's name is no day. Rename the file."),
        (
            "stays_2024-02-01.csv",
            "the date 2024-02-01 in the file's name lies in the future."
            " Rename the file with the day on which the extract was taken.",
        ),
        (
            "stays_2020-07-01.pdf",
            "files ending in '.pdf' are not known (known: .csv, .xlsx, .json, .zip)."
            " Export in one of these formats, or move the file out of the folder.",
        ),
    ],
)
def test_names_that_say_too_little_are_refused(desk: Desk, name: str, message: str) -> None:
    assert refused(desk, name, stays()) == [f"{name}: {message}"]


ACTIVITIES = [
    ["Activity ID", "Status", "E-mail", "Start", "Days"],
    ["A", "Complete", "anna@uni.example", "2023-05-01", 5],
]
REPORTS = [["Activity ID", "Score"], ["A", 4.5]]
NAME = "module_2023-06-01.xlsx"


def test_a_cut_workbook_is_refused(desk: Desk) -> None:
    content = workbook(desk.place / "x.xlsx", {"Activities": ACTIVITIES, "Reports": REPORTS})
    message = f"{NAME}: the workbook's archive is broken: its end is missing or damaged. {CUT}"
    for length in (10, len(content) // 2, len(content) - 1):
        assert refused(desk, NAME, content[:length]) == [message]
    assert refused(desk, NAME, b"no archive") == [
        f"{NAME}: this is no XLSX workbook, whatever its name says. Export it again as XLSX."
    ]
    assert desk.land(NAME, content).status == "landed"


def test_a_renamed_sheet_is_refused(desk: Desk) -> None:
    content = workbook(desk.place / "x.xlsx", {"Activities": ACTIVITIES, "Report": REPORTS})
    assert refused(desk, NAME, content) == [
        f"{NAME}: the sheet 'Reports' is missing; did you mean 'Report'?"
        " Export the whole workbook with its sheet names."
    ]


def test_all_problems_of_a_workbook_are_told_at_once(desk: Desk) -> None:
    wrong = [*ACTIVITIES, [], ["B", "Complet", "", "May", 5.5], ["C", "Draft", "", "2023-05-01", 1, "beside"]]
    reports = [*REPORTS, ["A", "4,5"]]
    content = workbook(desk.place / "x.xlsx", {"Activities": wrong, "Reports": reports})
    assert refused(desk, NAME, content) == [
        f"{NAME}, sheet 'Activities', row 5: a cell stands to the right of the last header, 'Days'."
        " Remove it or give it a header.",
        f"{NAME}, sheet 'Activities', row 4, column 'Status': 'Complet' is not among the allowed"
        f" answers 'Draft',"
        " 'Complete'; did you mean 'Complete'? Correct the cell, or add the answer to the layout's"
        " list if the"
        " questionnaire has it now.",
        f"{NAME}, sheet 'Activities', row 4, column 'Start': 'May' is not a date of the form"
        f" YYYY-MM-DD. {AT_SOURCE}",
        f"{NAME}, sheet 'Activities', row 4, column 'Days': '5.5' is not a whole number such as 12."
        f" {AT_SOURCE}",
        f"{NAME}, sheet 'Reports', row 3, column 'Score': '4,5' is not a number with a decimal point"
        f" such as 12.5."
        f" {AT_SOURCE}",
    ]


def test_reading_stops_after_twenty_problems(desk: Desk) -> None:
    messages = refused(desk, "stays_2020-07-01.csv", stays(*[ANNA.replace("01/02/1970", "1 February")] * 30))
    assert len(messages) == 21
    assert messages[19] == (
        "stays_2020-07-01.csv, line 22, column 'Date of birth': the value (not shown) is not a date of the"
        f" form DD/MM/YYYY. {AT_SOURCE}"
    )
    assert messages[20] == (
        "stays_2020-07-01.csv: reading stopped after 20 problems. Mend these and land the file again."
    )


def test_the_same_fault_of_many_rows_is_told_once(desk: Desk) -> None:
    messages = refused(desk, "stays_2020-07-01.csv", stays(*[ANNA.replace(";5;", ";x;")] * 30))
    assert messages == [
        "stays_2020-07-01.csv, line 3, column 'Days': 'x' is not a whole number such as 12 (30 rows). "
        + AT_SOURCE
    ]


def test_a_cut_after_wrong_cells_tells_both(desk: Desk) -> None:
    content = stays(ANNA.replace(";5;", ";x;"), BO)
    messages = refused(desk, "stays_2020-07-01.csv", content[: content.index(b"bo@uni")])
    assert [message.split(": ")[0] for message in messages] == [
        "stays_2020-07-01.csv, line 4, column 'Participant Email'",
        "stays_2020-07-01.csv, line 3, column 'Days'",
    ]


def test_a_text_of_cp1252_with_capitals_and_quotation_marks_is_no_damage(desk: Desk) -> None:
    rows = "Institusjon;Navn;Spørsmål;Svar\r\nIRMÃ – SÃO «TROMSØ\xa0»;;På?;„UNIVERSITÄT“ Â\r\n"
    assert desk.land("survey_2020-07-01.csv", rows.encode("cp1252")).status == "landed"
    assert desk.rows("select institution, answer from raw.survey__answer") == [
        ("IRMÃ – SÃO «TROMSØ\xa0»", "„UNIVERSITÄT“ Â")
    ]


def test_a_file_that_cannot_be_read_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_rights(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (desk.drop / "stays_2020-07-01.csv").write_bytes(stays())
    landing = desk.landing()
    monkeypatch.setattr(Path, "open", no_rights)
    outcome = land_folder(desk.con, desk.drop, landing)
    assert outcome.refused[-1].messages == [
        "stays_2020-07-01.csv: the file cannot be read (Permission denied). Check its rights and the disk."
    ]
