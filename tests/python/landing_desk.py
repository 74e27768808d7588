"""A small project for the landing tests: four layouts, a drop folder and a warehouse."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter

from staff_mobility.landing.land import Landing, land_file, land_folder
from staff_mobility.landing.layouts import load_layouts
from staff_mobility.landing.pseudonyms import KeyChain
from staff_mobility.landing.results import LandedFile, LandedFolder

PROJECT = Path(__file__).resolve().parents[2]
KEY = bytes(range(32))

STAYS = """
layout: stays_csv
version: 1
source: tool
description: Stays with persons.
certainty: invented for the tests
publisher: nobody
licence: none
file: {format: csv, delimiter: ;, encoding: utf-8-sig, extract_date: file_name}
answer_lists: {yes_no: ['YES', 'NO']}
tables:
  - raw_table: tool__stay
    header_row: 1
    first_data_row: 3
    columns:
      - {header: Project ID, name: project_code, class: attribute}
      - {header: Participant ID, name: participant_id, class: identifier, pseudonym: participant_id}
      - {header: First Name, name: first_name, class: identifier, pseudonym: name_birth_date}
      - {header: Last Name, name: last_name, class: identifier, pseudonym: name_birth_date}
      - header: Date of birth
        name: birth_date
        type: date
        format: DD/MM/YYYY
        class: identifier
        pseudonym: name_birth_date
      - {header: Participant Email, name: email, class: identifier, pseudonym: email}
      - {header: Gender, name: gender, class: quasi_identifier, required: false}
      - {header: Sending Organisation Name, name: sending_name, class: attribute}
      - {header: Days, name: days, type: integer, class: attribute}
      - {header: Support, name: support, type: decimal_comma, class: attribute, required: false}
      - {header: Agreed, name: agreed, class: attribute, allowed: yes_no}
      - header: Submitted
        name: submitted_date
        type: date
        format: DD/MM/YYYY
        class: attribute
        not_after: extract_date
      - {header: Comments, name: comments, class: free_text, required: false}
"""

SURVEY = """
layout: survey_csv
version: 1
source: survey
description: Answers.
certainty: invented for the tests
publisher: nobody
licence: none
file: {format: csv, delimiter: ;, encoding: cp1252, extract_date: file_name}
tables:
  - raw_table: survey__answer
    header_row: 1
    first_data_row: 2
    columns:
      - {header: Institusjon, name: institution, class: attribute}
      - {header: Navn, name: respondent, class: identifier, required: false, pseudonym: respondent}
      - {header: Spørsmål, name: question, class: attribute}
      - {header: Svar, name: answer, class: attribute}
"""

WORKBOOK = """
layout: module_xlsx
version: 1
source: module
description: Two sheets.
certainty: invented for the tests
publisher: nobody
licence: none
file: {format: xlsx, extract_date: file_name}
answer_lists: {status: [Draft, Complete]}
tables:
  - raw_table: module__activity
    sheet: Activities
    header_row: 1
    first_data_row: 2
    columns:
      - {header: Activity ID, name: activity_id, class: attribute}
      - {header: Status, name: status, class: attribute, allowed: status}
      - {header: E-mail, name: email, class: identifier, pseudonym: email}
      - {header: Start, name: start_date, type: date, format: YYYY-MM-DD, class: attribute}
      - {header: Days, name: days, type: integer, class: attribute}
  - raw_table: module__report
    sheet: Reports
    header_row: 1
    first_data_row: 2
    columns:
      - {header: Activity ID, name: activity_id, class: attribute}
      - {header: Score, name: score, type: decimal, class: attribute}
"""

STAFF = """
layout: staff_json
version: 1
source: statistics
description: Records.
certainty: invented for the tests
publisher: nobody
licence: none
file: {format: json, extract_date: file_name}
tables:
  - raw_table: statistics__staff
    columns:
      - {header: Year, name: year, type: integer, class: attribute}
      - {header: Code, name: code, class: attribute}
      - {header: FTE, name: fte, type: decimal, class: attribute}
"""

STAYS_HEADER = (
    "Project ID;Participant ID;First Name;Last Name;Date of birth;Participant Email;Gender;"
    "Sending Organisation Name;Days;Support;Agreed;Submitted;Comments"
)
STAYS_RULES = "*;*;*;*;DD/MM/YYYY;*;DICT;*;;;DICT;DD/MM/YYYY;"
ANNA = (
    "P1;77;Anna;Åsen;01/02/1970;Anna.Asen@uni.example;F;Høgskolen i Nord;5;1200,50;YES;03/04/2020;Veldig bra"
)
BO = "P2;78;Bo;Berg;11/12/1981;bo@uni.example;;Høgskolen i Sør;2;;NO;30/06/2020;"


def stays(*rows: str, header: str = STAYS_HEADER, rules: str = STAYS_RULES) -> bytes:
    """A file of stays as bytes, by default with the two right rows."""
    return "".join(f"{line}\r\n" for line in (header, rules, *(rows or (ANNA, BO)))).encode("utf-8-sig")


def workbook(path: Path, sheets: dict[str, Sequence[Sequence[Any]]]) -> bytes:
    """A workbook as bytes; dates become date cells."""
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, dt.date):
                    sheet.write_datetime(number, column, dt.datetime.combine(cell, dt.time()))
                else:
                    sheet.write(number, column, cell)
    book.close()
    content = path.read_bytes()
    path.unlink()
    return content


@dataclass
class Desk:
    """Everything a landing needs."""

    place: Path
    key: bytes = KEY
    today: dt.date = dt.date(2024, 1, 31)
    con: duckdb.DuckDBPyConnection = field(init=False)

    def __post_init__(self) -> None:
        self.layouts.mkdir()
        self.drop.mkdir()
        shutil.copy(PROJECT / "layouts" / "layout.schema.json", self.layouts)
        for name, text in (("stays", STAYS), ("survey", SURVEY), ("workbook", WORKBOOK), ("staff", STAFF)):
            (self.layouts / f"{name}.yml").write_text(text, encoding="utf-8")
        self.con = duckdb.connect(str(self.warehouse))

    @property
    def layouts(self) -> Path:
        return self.place / "layouts"

    @property
    def drop(self) -> Path:
        return self.place / "drop"

    @property
    def warehouse(self) -> Path:
        return self.place / "w.duckdb"

    def landing(self) -> Landing:
        return Landing(load_layouts(self.layouts), lambda: KeyChain((self.key,)), self.today)

    def land(self, name: str, content: bytes) -> LandedFile:
        """Put a file into the drop folder and land it alone."""
        path = self.drop / name
        path.write_bytes(content)
        (outcome,) = land_file(self.con, path, self.landing())
        return outcome

    def land_all(self) -> LandedFolder:
        return land_folder(self.con, self.drop, self.landing())

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.con.execute(sql).fetchall()

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of the raw schema by table, without the gate's books, in which refused files stand."""
        tables = self.rows(
            "select table_name from information_schema.tables where table_schema = 'raw'"
            " and table_name not in ('gate_check', 'quarantine') order by 1"
        )
        return {name: self.rows(f'select * from raw."{name}" order by all') for (name,) in tables}
