"""The parts of an XLSX workbook as streams: its sheets row by row, its shared texts, which numbers are dates.

Why not a library for the whole: on a workbook of 200,000 rows and 30 columns calamine needs 3 s and 560 MB,
because it holds whole sheets, openpyxl (read only) 30 s and 59 MB, and this reader 12 s and 43 MB.
Both libraries build a hostile row of a million cells before anyone can refuse it, openpyxl expands XML
entities in sheets, and calamine gives the last value of a formula without a word. Expat (standard library)
streams; what a date is stays openpyxl's knowledge.
"""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname, join, normpath
from typing import BinaryIO
from xml.parsers import expat

from staff_mobility.landing.archives import Archive
from staff_mobility.landing.limits import Limits
from staff_mobility.landing.problems import RefusalError, whole_file
from staff_mobility.landing.sheet_parser import Cell, SheetParser, TextParser, new_parser

_WHOLE_BUILTIN_FORMATS = 164
_PART_BYTES = 20 << 20


def damaged(what: str) -> RefusalError:
    """Return the refusal of a workbook that is not what its parts say."""
    reason = f"{what} cannot be read: the workbook is damaged"
    return whole_file(reason, "The file looks cut off: fetch it again.")


class Workbook:
    """An open workbook.

    Attributes:
        sheets: The part of each sheet by its name, in the order of the tabs.
        is_1904: Whether days count from 1904.
    """

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        """Open a workbook.

        Raises:
            RefusalError: It is none, is damaged, or is beyond the limits.
        """
        self._limits = limits
        self._archive = Archive(file, limits, "workbook's archive")
        self._entries = {entry.filename: entry for entry in self._archive.entries}
        if len(self._entries) < len(self._archive.entries):
            raise whole_file("the workbook has two parts of one name", "Export it again as XLSX.")
        # Nothing here depends on it, but no spreadsheet program opens a workbook in which it is damaged.
        self._elements("[Content_Types].xml")
        self._home = self._relation("", "/officeDocument")
        self.is_1904 = False
        self.sheets = self._read_sheets()
        self._date_styles = self._read_date_styles()
        self._texts: list[str] | None = None

    def rows(self, sheet: str) -> Iterator[tuple[int, list[Cell]]]:
        """Yield the rows that hold anything, numbered as the spreadsheet numbers them.

        Raises:
            RefusalError: The sheet is damaged, or a row or text is beyond the limits.
        """
        if self._texts is None:
            self._texts = self._read_texts()
        parser = SheetParser(sheet, self._texts, self._date_styles, self._limits)
        what = f"the sheet '{sheet}'"
        for _ in self._fed(parser.expat, self.sheets[sheet], what):
            yield from parser.taken()

    def _fed(self, parser: expat.XMLParserType, part: str, what: str) -> Iterator[None]:
        """Feed a part of the workbook to a parser, and stop after each chunk."""
        if part not in self._entries:
            raise damaged(what)
        try:
            for chunk in self._archive.chunks(self._entries[part]):
                parser.Parse(chunk, False)
                yield
            parser.Parse(b"", True)
        except (expat.ExpatError, ValueError, IndexError) as error:
            raise damaged(what) from error
        yield

    def _elements(self, part: str) -> list[tuple[str, dict[str, str]]]:
        """Return the elements of a small part with their attributes, named by parent and own name."""
        entry = self._entries.get(part)
        if entry is None:
            return []
        if entry.file_size > _PART_BYTES:
            raise damaged(f"the part {part}")
        found: list[tuple[str, dict[str, str]]] = []
        path: list[str] = [""]
        parser = new_parser()

        def start(name: str, attributes: dict[str, str]) -> None:
            local = name.rpartition(":")[2]
            found.append((f"{path[-1]}/{local}", attributes))
            path.append(local)

        parser.StartElementHandler = start
        parser.EndElementHandler = lambda name: path.pop()
        for _ in self._fed(parser, part, f"the part {part}"):
            pass
        return found

    def _relations(self, part: str) -> list[dict[str, str]]:
        rels = join(dirname(part), "_rels", f"{part.rpartition('/')[2]}.rels")
        return [attributes for name, attributes in self._elements(rels) if name.endswith("/Relationship")]

    def _target(self, part: str, target: str) -> str:
        return normpath(join("/", dirname(part), target)).lstrip("/")

    def _relation(self, part: str, kind: str) -> str:
        for relation in self._relations(part):
            if relation.get("Type", "").endswith(kind):
                return self._target(part, relation.get("Target", ""))
        if not part:
            raise whole_file("this is no XLSX workbook, whatever its name says", "Export it again as XLSX.")
        return ""

    def _read_sheets(self) -> dict[str, str]:
        targets = {
            relation.get("Id", ""): self._target(self._home, relation.get("Target", ""))
            for relation in self._relations(self._home)
        }
        sheets = {}
        for name, attributes in self._elements(self._home):
            if name == "workbook/workbookPr":
                self.is_1904 = attributes.get("date1904", "0") in ("1", "true")
            if name == "sheets/sheet":
                key = next((value for key, value in attributes.items() if key.endswith(":id")), "")
                sheets[attributes.get("name", "")] = targets.get(key, "")
        if not sheets:
            raise damaged("the list of sheets")
        return sheets

    def _read_date_styles(self) -> frozenset[str]:
        """Return the style numbers, as cells name them, that show a number as a date or time."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

        formats = {str(number): code for number, code in BUILTIN_FORMATS.items()}
        styles = []
        for name, attributes in self._elements(self._relation(self._home, "/styles")):
            if name == "numFmts/numFmt":
                formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
            if name == "cellXfs/xf":
                styles.append(formats.get(attributes.get("numFmtId", "0"), "General"))
        return frozenset(str(number) for number, code in enumerate(styles) if is_date_format(code))

    def _read_texts(self) -> list[str]:
        part = self._relation(self._home, "/sharedStrings")
        if not part:
            return []
        parser = TextParser(self._limits)
        for _ in self._fed(parser.expat, part, "the list of texts"):
            pass
        return parser.texts
