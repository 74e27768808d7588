"""Small extracts of every source and format as grids of cells that a mutation can change, and their files."""

from __future__ import annotations

import copy
import csv
import datetime as dt
import functools
import io
import json
import random
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter

from staff_mobility.landing.layouts import Column, Layout, Table, load_layouts

PROJECT = Path(__file__).parents[2]
DEMO = PROJECT / "extracts" / "demo"
PREVIOUS_DAY, DAY = "2023-05-31", "2023-06-15"
MISSING = object()
"""In a JSON record: the name is not there."""
NO_CELL = ("", None, MISSING)


class NotApplicableError(Exception):
    """A mutation means nothing for a file."""


@dataclass
class Grid:
    """One table of a file: its header, the rows that the layout skips, and the data, as rows of cells."""

    table: Table
    sheet: str
    rows: list[list[Any]]
    first: int

    @property
    def header(self) -> list[Any]:
        return self.rows[0]

    @property
    def data(self) -> list[list[Any]]:
        return self.rows[self.first :]

    def column_at(self, position: int) -> Column | None:
        return self.table.column_by_key.get(self.header[position])

    def positions(self, wanted: Callable[[Column], bool]) -> list[int]:
        """Positions of the columns of the layout that are as wanted and have cells."""
        found = []
        for position in range(len(self.header)):
            column = self.column_at(position)
            if column and wanted(column) and any(row[position] not in NO_CELL for row in self.data):
                found.append(position)
        return found

    def set_data(self, rows: list[list[Any]]) -> None:
        self.rows[self.first :] = rows


@dataclass(frozen=True)
class Base:
    """A kind of file: where its rows come from, and how many of them are taken."""

    name: str
    layout: str
    file: str
    n_rows: int
    share: int = 3

    @property
    def format(self) -> str:
        return Path(self.file).suffix[1:]


BASES = (
    Base(
        "Mobility Tool+ 2014",
        "mobility_tool_participant_report_2014",
        "mobility_tool/synthetic_mobility_tool_calls_2014-2016_2018-06-30.csv",
        16,
        2,
    ),
    Base(
        "Mobility Tool+ 2017",
        "mobility_tool_participant_report_2017",
        "mobility_tool/synthetic_mobility_tool_calls_2017-2020_2023-05-31.csv",
        16,
        2,
    ),
    # Long enough that one row may be set aside (1 %).
    Base(
        "Mobility Tool+ 2017, long",
        "mobility_tool_participant_report_2017",
        "mobility_tool/synthetic_mobility_tool_calls_2017-2020_2023-05-31.csv",
        120,
        1,
    ),
    Base(
        "Beneficiary Module",
        "beneficiary_module_2021",
        "beneficiary_module/synthetic_beneficiary_module_2023-05-31.xlsx",
        16,
        2,
    ),
    Base(
        "DBH staff, JSON", "dbh_staff_fte_json", "dbh/synthetic_dbh_staff_fte_2014-2018_2023-05-15.json", 24
    ),
    Base("DBH staff, CSV", "dbh_staff_fte_csv", "dbh/synthetic_dbh_staff_fte_2019-2022_2023-05-15.csv", 24),
    Base("DBH institutions", "dbh_institution_json", "dbh/synthetic_dbh_institution_2023-05-15.json", 24),
    Base("DBH positions", "dbh_position_code_json", "dbh/synthetic_dbh_position_code_2023-05-15.json", 16),
    Base(
        "Coordinator survey, CSV",
        "coordinator_survey_csv",
        "coordinator_survey/synthetic_coordinator_survey_late_2023-05-12.csv",
        24,
    ),
    Base(
        "Coordinator survey, workbook",
        "coordinator_survey_xlsx",
        "coordinator_survey/synthetic_coordinator_survey_2023-04-21.xlsx",
        24,
    ),
    Base(
        "Institution profiles",
        "institution_profiles_csv",
        "institution_profiles/synthetic_institution_profiles_2022-05-09.csv",
        24,
    ),
    Base(
        "EU open data 2014-2019",
        "eu_open_data_mobility_2014_2019",
        "eu_open_data/synthetic_eu_mobility_started_2014-2015_2021-05-11.csv",
        20,
    ),
    Base(
        "EU open data, workbook",
        "eu_open_data_mobility_raw",
        "eu_open_data/synthetic_eu_mobility_raw_2023-03-15.xlsx",
        12,
    ),
)


@functools.cache
def layouts() -> dict[str, Layout]:
    """The project's layouts by name."""
    return {layout.name: layout for layout in load_layouts(PROJECT / "layouts")}


@dataclass
class Draft:
    """A file that is not written yet.

    Attributes:
        grids: Its tables.
        delimiter: Of a CSV file, as the following ones.
        on_sheet: Called with the workbook's writer before it is closed.
        damage: Changes of the bytes, in order.
        zipped: Whether the file lies in an archive.
    """

    base: Base
    grids: list[Grid]
    delimiter: str
    encoding: str
    newline: str = "\r\n"
    quoting: Any = csv.QUOTE_MINIMAL
    on_book: list[Callable[[Any], None]] = field(default_factory=list)
    damage: list[Callable[[bytes], bytes]] = field(default_factory=list)
    zipped: bool = False

    @property
    def format(self) -> str:
        return self.base.format

    def a_grid(self, chance: random.Random) -> Grid:
        return chance.choice(self.grids)

    def file_name(self, day: str) -> str:
        ending = "zip" if self.zipped else self.format
        return f"extract_{self.base.layout}_{day}.{ending}"

    def content(self, day: str = DAY) -> bytes:
        """Return the file's bytes."""
        inner = self.inner_content()
        if not self.zipped:
            return inner
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(
                zipfile.ZipInfo(f"extract_{self.base.layout}_{day}.{self.format}"),
                inner,
                zipfile.ZIP_DEFLATED,
            )
        return packed.getvalue()

    def inner_content(self) -> bytes:
        """Return the bytes of the file itself, be it packed or not."""
        written = {"csv": self._csv, "xlsx": self._xlsx, "json": self._json}[self.format]()
        for damage in self.damage:
            written = damage(written)
        return written

    def _csv(self) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator=self.newline, quoting=self.quoting)
        writer.writerows(["" if cell is None else cell for cell in row] for row in self.grids[0].rows)
        try:
            return text.getvalue().encode(self.encoding)
        except UnicodeEncodeError:
            raise NotApplicableError from None

    def _json(self) -> bytes:
        header, *records = self.grids[0].rows
        texts = []
        for record in records:
            pairs = [pair for pair in zip(header, record, strict=True) if pair[1] is not MISSING]
            texts.append(json.dumps(dict(pairs), ensure_ascii=False))
        return ("[\n" + ",\n".join(texts) + "\n]\n").encode()

    def _xlsx(self) -> bytes:
        written = io.BytesIO()
        # Without a date of its own the workbook would be another one in every second.
        with xlsxwriter.Workbook(
            written,
            {"in_memory": True, "default_date_format": "yyyy-mm-dd", "strings_to_formulas": False},
        ) as book:
            book.set_properties({"created": dt.datetime(2023, 6, 1)})
            for grid in self.grids:
                sheet = book.add_worksheet(grid.sheet)
                for number, row in enumerate(grid.rows):
                    for position, cell in enumerate(row):
                        if cell not in (None, ""):
                            sheet.write(number, position, cell)
            for change in self.on_book:
                change(book)
        return written.getvalue()


def previous_of(base: Base) -> Draft:
    """The extract before: the same without the last row of each table."""
    draft = draft_of(base)
    for grid in draft.grids:
        del grid.rows[-1]
    return draft


def draft_of(base: Base) -> Draft:
    """A fresh copy of a base."""
    return copy.deepcopy(_draft(base))


@functools.cache
def sound_content(base: Base) -> bytes:
    """The file without a mutation."""
    return draft_of(base).content()


@functools.cache
def former_content(base: Base) -> bytes:
    """The extract before: the same file with another date is refused or moved, and no mutation."""
    return previous_of(base).content()


@functools.cache
def _draft(base: Base) -> Draft:
    layout = layouts()[base.layout]
    read = {"csv": _from_csv, "xlsx": _from_xlsx, "json": _from_json}[base.format]
    return Draft(base, read(base, layout), layout.delimiter, layout.encoding)


def _from_csv(base: Base, layout: Layout) -> list[Grid]:
    table = layout.tables[0]
    with (DEMO / base.file).open(encoding=layout.encoding, newline="") as file:
        rows = list(csv.reader(file, delimiter=layout.delimiter))
    first = table.first_data_row - table.header_row
    key = {"Mobility ID": 0}
    at = rows[0].index("Mobility ID") if key.keys() & set(rows[0]) else None
    return [Grid(table, "", [*rows[:first], *_spread(rows[first:], base.n_rows, at)], first)]


def _from_json(base: Base, layout: Layout) -> list[Grid]:
    records = json.loads((DEMO / base.file).read_bytes())
    header = list(dict.fromkeys(name for record in records for name in record))
    rows = [[record.get(name) for name in header] for record in records]
    return [Grid(layout.tables[0], "", [header, *_spread(rows, base.n_rows, None)], 1)]


def _from_xlsx(base: Base, layout: Layout) -> list[Grid]:
    book = openpyxl.load_workbook(DEMO / base.file, data_only=True)
    tables = {table.sheet: table for table in layout.tables}
    grids = []
    chosen: set[Any] | None = None
    for sheet in book:
        header, *rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        table = tables.get(sheet.title, layout.tables[0])
        at = header.index("Mobility activity ID") if "Mobility activity ID" in header else None
        # Reports belong to activities: those of the rows that were taken.
        kept = rows if chosen is None or at is None else [row for row in rows if row[at] in chosen]
        taken = _spread(kept, base.n_rows, at)
        if at is not None and chosen is None:
            with_report = {row[1] for row in book.worksheets[1].iter_rows(min_row=2, values_only=True)}
            taken = _spread([row for row in rows if row[at] in with_report], base.n_rows, at)
            chosen = {row[at] for row in taken}
        grids.append(Grid(table, sheet.title, [header, *taken], 1))
    return grids


def _spread(rows: Sequence[list[Any]], number: int, key: int | None) -> list[list[Any]]:
    """Rows from all parts of a file, no report twice."""
    once = list({row[key]: row for row in rows}.values()) if key is not None else list(rows)
    step = max(len(once) // number, 1)
    return [list(row) for row in once[::step][:number]]
