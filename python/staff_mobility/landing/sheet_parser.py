"""Handlers that turn the XML of a workbook's parts into rows of cells and texts, in bounded memory."""

from __future__ import annotations

import re
from xml.parsers import expat

from staff_mobility.landing.limits import Limits
from staff_mobility.landing.problems import RefusalError, whole_file
from staff_mobility.landing.sources import too_long_cell, too_many_columns

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DIGITS = "0123456789"

Cell = tuple[int, str, str]
"""Column from 0, text, and kind: text, number, date, boolean, error, iso_date or formula."""

_KINDS = {
    "n": "number",
    "s": "text",
    "str": "text",
    "inlineStr": "text",
    "b": "boolean",
    "e": "error",
    "d": "iso_date",
}


def new_parser() -> expat.XMLParserType:
    """Return a parser that refuses documents with types and entities of their own.

    Raises:
        RefusalError: While parsing, when there is a document type: workbooks have none, entity bombs do.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_document_type
    return parser


def _refuse_document_type(*_: object) -> None:
    raise whole_file(
        "the workbook's XML defines a document type or entities, which no spreadsheet program writes",
        "Check where it comes from, and do not open it.",
    )


def unescaped(text: str) -> str:
    """Return a text of a workbook without its escapes, such as ``_x000D_`` for a line break."""
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(match: re.Match[str]) -> str:
    code = int(match.group(1), 16)
    return match.group() if 0xD800 <= code < 0xE000 else chr(code)


class TextParser:
    """Reads the list of texts that cells share."""

    def __init__(self, limits: Limits) -> None:
        self.texts: list[str] = []
        self._limits = limits
        self._parts: list[str] = []
        self._length = 0
        self._total = 0
        self._is_text = False
        self._is_reading_aid = False
        self.expat = new_parser()
        self.expat.StartElementHandler = self._start
        self.expat.EndElementHandler = self._end
        self.expat.CharacterDataHandler = self._characters

    def _start(self, name: str, _: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "t":
            self._is_text = not self._is_reading_aid
        elif local == "rPh":
            self._is_reading_aid = True
        elif local == "si":
            self._parts = []
            self._length = 0

    def _characters(self, text: str) -> None:
        if not self._is_text:
            return
        self._length += len(text)
        self._total += len(text)
        if self._length > self._limits.cell_characters:
            raise RefusalError(too_long_cell("", None, self._limits))
        if self._total > self._limits.shared_text_bytes:
            reason = (
                f"the texts of the workbook are longer than {self._limits.shared_text_bytes:,} characters"
            )
            raise whole_file(reason, "Split the workbook, or export it as CSV.")
        self._parts.append(text)

    def _end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if local == "t":
            self._is_text = False
        elif local == "rPh":
            self._is_reading_aid = False
        elif local == "si":
            self.texts.append(unescaped("".join(self._parts)))


class SheetParser:
    """Reads the rows of a sheet; what the sheet says of its own size is not looked at."""

    def __init__(self, sheet: str, texts: list[str], date_styles: frozenset[str], limits: Limits) -> None:
        self._sheet = sheet
        self._texts = texts
        self._date_styles = date_styles
        self._limits = limits
        self._columns: dict[str, int] = {}
        self._rows: list[tuple[int, list[Cell]]] = []
        self._row = 0
        self._row_name = ""
        self._cells: list[Cell] = []
        self._column = -1
        self._kind = "n"
        self._is_date = False
        self._has_formula = False
        self._parts: list[str] = []
        self._length = 0
        self._is_text = False
        self._is_reading_aid = False
        self.expat = new_parser()
        self.expat.StartElementHandler = self._start
        self.expat.EndElementHandler = self._end
        self.expat.CharacterDataHandler = self._characters

    def taken(self) -> list[tuple[int, list[Cell]]]:
        """Return the rows that are complete, and forget them."""
        rows, self._rows = self._rows, []
        return rows

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "c":
            self._start_cell(attributes)
        elif local in ("v", "t"):
            self._is_text = not self._is_reading_aid
        elif local == "row":
            self._start_row(attributes)
        elif local == "f":
            self._has_formula = True
        elif local == "rPh":
            self._is_reading_aid = True

    def _start_row(self, attributes: dict[str, str]) -> None:
        row = int(attributes.get("r", self._row + 1))
        if not self._row < row <= MOST_ROWS:
            raise ValueError("rows are not in order")
        self._row = row
        self._row_name = str(row)
        self._column = -1
        self._cells = []

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        column = self._column + 1
        if reference is not None:
            letters = reference.rstrip(_DIGITS)
            if reference[len(letters) :] != self._row_name:
                raise ValueError("a cell stands in another row than it says")
            place = self._columns.get(letters)
            column = self._place_of(letters) if place is None else place
        if column <= self._column:
            raise ValueError("cells are not in order")
        if column >= MOST_COLUMNS:
            raise RefusalError(too_many_columns(self._where(), self._limits))
        self._column = column
        self._kind = attributes.get("t", "n")
        self._is_date = attributes.get("s") in self._date_styles
        self._has_formula = False
        self._parts = []
        self._length = 0

    def _place_of(self, letters: str) -> int:
        if not (letters.isascii() and letters.isalpha() and letters.isupper() and len(letters) <= 3):
            raise ValueError("a cell has no column")
        place = 0
        for letter in letters:
            place = 26 * place + ord(letter) - ord("A") + 1
        self._columns[letters] = place - 1
        return place - 1

    def _characters(self, text: str) -> None:
        if self._is_text:
            self._length += len(text)
            if self._length > self._limits.cell_characters:
                raise RefusalError(too_long_cell(self._where(), None, self._limits))
            self._parts.append(text)

    def _end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if local in ("v", "t"):
            self._is_text = False
        elif local == "c":
            self._end_cell()
        elif local == "row":
            if self._cells:
                self._rows.append((self._row, self._cells))
        elif local == "rPh":
            self._is_reading_aid = False

    def _end_cell(self) -> None:
        text = "".join(self._parts)
        kind = _KINDS[self._kind]
        if self._has_formula:
            self._cells.append((self._column, text, "formula"))
        elif kind == "number" and self._is_date and text:
            self._cells.append((self._column, text, "date"))
        elif text:
            if self._kind == "s":
                text = self._texts[int(text)]
            elif kind == "text":
                text = unescaped(text)
            if text:
                self._cells.append((self._column, text, kind))

    def _where(self) -> str:
        return f"sheet '{self._sheet}', row {self._row}"
