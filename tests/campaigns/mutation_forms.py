"""Mutations of a file's form: encodings, delimiters, quotes, bytes, JSON records, workbooks, archives."""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
import re
from collections.abc import Callable
from typing import Any

from mutation_drafts import BASES, MISSING, Draft, Grid, NotApplicableError, draft_of
from mutation_kinds import a_column, is_any, is_code, is_date, is_landed_text, is_number, kind

_BYTES = "a letter for a letter, where no list holds the texts of the column"


@kind("form", "other delimiter", "csv")
def _delimiter(draft: Draft, chance: random.Random) -> None:
    draft.delimiter = chance.choice([each for each in ";,\t|" if each != draft.delimiter])


@kind("form", "delimiter that nobody knows", "csv")
def _odd_delimiter(draft: Draft, chance: random.Random) -> None:
    draft.delimiter = chance.choice("^~:")


@kind("form", "other line ends", "csv")
def _line_ends(draft: Draft, chance: random.Random) -> None:
    draft.newline = chance.choice(["\n", "\r"])


@kind("form", "other encoding", "csv")
def _encoding(draft: Draft, chance: random.Random) -> None:
    draft.encoding = chance.choice(
        [each for each in ("utf-8", "utf-8-sig", "cp1252", "utf-16") if each != draft.encoding]
    )


@kind("form", "encoding of another alphabet", "csv")
def _odd_encoding(draft: Draft, chance: random.Random) -> None:
    draft.encoding = chance.choice(["cp865", "mac-roman", "utf-32", "utf-16-le"])


@kind("form", "all cells quoted", "csv")
def _quoted(draft: Draft, chance: random.Random) -> None:
    draft.quoting = csv.QUOTE_ALL


@kind("form", "in an archive")
def _zipped(draft: Draft, chance: random.Random) -> None:
    draft.zipped = True


def damage(
    group: str, name: str, *formats: str, plausible: str = ""
) -> Callable[[Callable[[bytes, Draft, random.Random], bytes]], None]:
    """Enter a function of bytes as a kind of mutation."""

    def enter(change: Callable[[bytes, Draft, random.Random], bytes]) -> None:
        def apply(draft: Draft, chance: random.Random) -> None:
            # Drawn now, so that writing the draft twice gives the same bytes.
            seed = chance.random()
            draft.damage.append(lambda content: change(content, draft, random.Random(seed)))

        kind(group, name, *formats, plausible=plausible)(apply)

    return enter


def _lines(content: bytes, draft: Draft) -> list[bytes]:
    lines = content.split(b"\n")
    if draft.encoding.startswith("utf-16") or len(lines) < 6:
        raise NotApplicableError
    return lines


def _a_line(content: bytes, draft: Draft, chance: random.Random) -> tuple[list[bytes], int]:
    lines = _lines(content, draft)
    return lines, chance.randrange(3, len(lines) - 1)


@damage("form", "one row in another encoding", "csv")
def _mixed(content: bytes, draft: Draft, chance: random.Random) -> bytes:
    lines = _lines(content, draft)
    is_utf8 = draft.encoding.startswith("utf-8")
    there, other = ("utf-8", "cp1252") if is_utf8 else ("cp1252", "utf-8")
    odd = [number for number, line in enumerate(lines) if number > 1 and not line.isascii()]
    if not odd:
        raise NotApplicableError
    at = chance.choice(odd)
    try:
        lines[at] = lines[at].decode(there).encode(other)
    except UnicodeError:
        raise NotApplicableError from None
    return b"\n".join(lines)


@damage("form", "byte order mark before a row", "csv")
def _mark(content: bytes, draft: Draft, chance: random.Random) -> bytes:
    lines, at = _a_line(content, draft, chance)
    lines[at] = "\ufeff".encode() + lines[at]
    return b"\n".join(lines)


@damage("form", "empty lines", "csv")
def _empty_lines(content: bytes, draft: Draft, chance: random.Random) -> bytes:
    lines, at = _a_line(content, draft, chance)
    return b"\n".join([*lines[:at], b"\r", b"\r", *lines[at:], b"\r", b""])


@damage("form", "delimiter at the end of each row", "csv")
def _trailing(content: bytes, draft: Draft, chance: random.Random) -> bytes:
    mark = draft.delimiter.encode()
    return b"\n".join(
        line[:-1] + mark + b"\r" if line.endswith(b"\r") else line for line in _lines(content, draft)
    )


@damage("form", "delimiter at the end of one row", "csv")
def _trailing_one(content: bytes, draft: Draft, chance: random.Random) -> bytes:
    lines, at = _a_line(content, draft, chance)
    lines[at] = lines[at].rstrip(b"\r") + draft.delimiter.encode() + b"\r"
    return b"\n".join(lines)


@damage("form", "other delimiter in one row", "csv")
def _mixed_delimiter(content: bytes, draft: Draft, chance: random.Random) -> bytes:
    lines, at = _a_line(content, draft, chance)
    lines[at] = lines[at].replace(draft.delimiter.encode(), b"\t")
    return b"\n".join(lines)


@damage("form", "quotation mark that is not closed", "csv")
def _open_quote(content: bytes, draft: Draft, chance: random.Random) -> bytes:
    lines, at = _a_line(content, draft, chance)
    mark = draft.delimiter.encode()
    fields = lines[at].split(mark)
    number = chance.randrange(len(fields))
    fields[number] = b'"' + fields[number]
    lines[at] = mark.join(fields)
    return b"\n".join(lines)


@damage("form", "quotation marks doubled around a cell", "csv", plausible=_BYTES)
def _doubled_quotes(content: bytes, draft: Draft, chance: random.Random) -> bytes:
    lines, at = _a_line(content, draft, chance)
    mark = draft.delimiter.encode()
    fields = lines[at].rstrip(b"\r").split(mark)
    number = chance.randrange(len(fields))
    fields[number] = b'"""' + fields[number] + b'"""'
    lines[at] = mark.join(fields) + b"\r"
    return b"\n".join(lines)


@damage("form", "garbage behind the end")
def _garbage(content: bytes, draft: Draft, chance: random.Random) -> bytes:
    return content + chance.choice([b"\x1a", b"]", b"-- end --", b"\x00" * 64, b"\r\n(12 rows affected)\r\n"])


@damage("bytes", "some flipped", plausible=_BYTES)
def _flipped(content: bytes, draft: Draft, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


@damage("bytes", "NUL inserted")
def _nul(content: bytes, draft: Draft, chance: random.Random) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + b"\x00" + content[at:]


@damage("bytes", "cut off in the middle")
def _cut(content: bytes, draft: Draft, chance: random.Random) -> bytes:
    return content[: chance.randrange(1, len(content) - 3)]


@damage("bytes", "a piece missing", plausible=_BYTES)
def _missing_piece(content: bytes, draft: Draft, chance: random.Random) -> bytes:
    at = chance.randrange(len(content) - 1)
    return content[:at] + content[at + chance.randint(1, 400) :]


@damage("bytes", "a piece twice", plausible=_BYTES)
def _piece_twice(content: bytes, draft: Draft, chance: random.Random) -> bytes:
    at = chance.randrange(len(content) - 1)
    return content[:at] + content[at : at + chance.randint(1, 400)] + content[at:]


@damage("bytes", "two exchanged", plausible=_BYTES)
def _exchanged(content: bytes, draft: Draft, chance: random.Random) -> bytes:
    changed = bytearray(content)
    first, second = chance.sample(range(len(changed)), 2)
    changed[first], changed[second] = changed[second], changed[first]
    return bytes(changed)


@damage("bytes", "the file twice in a row")
def _file_twice(content: bytes, draft: Draft, chance: random.Random) -> bytes:
    return content + content


@damage("bytes", "another file below")
def _other_file(content: bytes, draft: Draft, chance: random.Random) -> bytes:
    others = [base for base in BASES if base.layout != draft.base.layout and base.format == draft.format]
    return content + draft_of(chance.choice(others)).inner_content()


@kind("JSON", "a name missing in one record", "json", plausible="")
def _name_missing(draft: Draft, chance: random.Random) -> None:
    row = chance.choice(draft.grids[0].data)
    row[chance.randrange(len(row))] = MISSING


@kind("JSON", "a list or object as a value", "json")
def _nested(draft: Draft, chance: random.Random) -> None:
    row = chance.choice(draft.grids[0].data)
    at = chance.randrange(len(row))
    row[at] = chance.choice([[row[at]], {"value": row[at]}, []])


@kind("JSON", "figures without quotation marks", "json", plausible="12.50 and 12.5 are the same number")
def _figures(draft: Draft, chance: random.Random) -> None:
    _without_marks(*a_column(draft, chance, is_number))


@kind("JSON", "codes without quotation marks", "json", large=True)
def _codes(draft: Draft, chance: random.Random) -> None:
    _without_marks(*a_column(draft, chance, is_code))


def _without_marks(grid: Grid, position: int) -> None:
    for row in grid.data:
        text = str(row[position])
        if re.fullmatch(r"\d+(\.\d+)?", text):
            row[position] = float(text) if "." in text else int(text)


@kind(
    "JSON",
    "true and false as values",
    "json",
    plausible="the file says true; no list holds the column's texts",
)
def _truth(draft: Draft, chance: random.Random) -> None:
    row = chance.choice(draft.grids[0].data)
    row[chance.randrange(len(row))] = chance.choice([True, False])


@damage("JSON", "a name twice in one record", "json")
def _name_twice(content: bytes, draft: Draft, chance: random.Random) -> bytes:
    lines, at = _a_line(content, draft, chance)
    if not (match := re.match(rb'\{("[^"]+": (?:"[^"]*"|null)), ', lines[at])):
        raise NotApplicableError
    lines[at] = b"{" + match[1] + b", " + lines[at][1:]
    return b"\n".join(lines)


@damage("JSON", "another form of list", "json")
def _other_list(content: bytes, draft: Draft, chance: random.Random) -> bytes:
    records = json.loads(content)
    forms: list[Any] = [
        {"data": records},
        [list(record.values()) for record in records],
        [records],
        {str(number): record for number, record in enumerate(records)},
    ]
    return json.dumps(chance.choice(forms)).encode()


@damage("JSON", "one record per line, without a list", "json")
def _json_lines(content: bytes, draft: Draft, chance: random.Random) -> bytes:
    return b"\n".join(json.dumps(record).encode() for record in json.loads(content))


@damage("JSON", "written with escapes and blanks", "json")
def _escaped(content: bytes, draft: Draft, chance: random.Random) -> bytes:
    return json.dumps(json.loads(content), indent=chance.choice([1, 3]), ensure_ascii=True).encode()


@kind("workbook", "dates as days", "xlsx")
def _real_dates(draft: Draft, chance: random.Random) -> None:
    grid, position = a_column(draft, chance, is_date)
    for row in grid.data:
        row[position] = _day_of(row[position])


@kind("workbook", "dates as serial numbers", "xlsx")
def _serial_dates(draft: Draft, chance: random.Random) -> None:
    grid, position = a_column(draft, chance, is_date)
    for row in grid.data:
        day = _day_of(row[position])
        row[position] = (day - dt.date(1899, 12, 30)).days if day else day


def _day_of(cell: Any) -> Any:
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return dt.datetime.strptime(str(cell), form).date()
        except ValueError:
            continue
    return cell if cell is None or isinstance(cell, dt.date) else None


@kind("workbook", "numbers as texts", "xlsx")
def _as_texts(draft: Draft, chance: random.Random) -> None:
    grid, position = a_column(draft, chance, is_number)
    for row in grid.data:
        row[position] = None if row[position] is None else str(row[position])


@kind(
    "workbook",
    "a date as a number in a text column",
    "xlsx",
    plausible="the cell is a number, and it landed as that",
)
def _number_in_text(draft: Draft, chance: random.Random) -> None:
    grid, position = a_column(draft, chance, is_landed_text)
    chance.choice(grid.data)[position] = chance.choice([44774, 0.1, 9.9958762e8, True])


@kind("workbook", "a formula", "xlsx")
def _formula(draft: Draft, chance: random.Random) -> None:
    grid, position = a_column(draft, chance, is_any)
    number = chance.randrange(grid.first, len(grid.rows))
    sheet = grid.sheet
    draft.on_book.append(
        lambda book: book.get_worksheet_by_name(sheet).write_formula(number, position, "=1+1", None, 2)
    )


@kind("workbook", "rows and columns hidden", "xlsx")
def _hidden(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    number, sheet = chance.randrange(grid.first, len(grid.rows)), grid.sheet

    def hide(book: Any) -> None:
        book.get_worksheet_by_name(sheet).set_row(number, None, None, {"hidden": True})
        book.get_worksheet_by_name(sheet).set_column(1, 2, None, None, {"hidden": True})

    draft.on_book.append(hide)


@kind("workbook", "sheet renamed", "xlsx")
def _sheet_renamed(draft: Draft, chance: random.Random) -> None:
    draft.a_grid(chance).sheet = "Sheet1"


@kind("workbook", "sheet gone", "xlsx")
def _sheet_gone(draft: Draft, chance: random.Random) -> None:
    if len(draft.grids) < 2:
        raise NotApplicableError
    draft.grids.remove(draft.a_grid(chance))


@kind("workbook", "sheets in another order", "xlsx")
def _sheets_turned(draft: Draft, chance: random.Random) -> None:
    draft.grids.reverse()


@kind("workbook", "a sheet of notes", "xlsx")
def _notes(draft: Draft, chance: random.Random) -> None:
    draft.on_book.append(lambda book: book.add_worksheet("Notes").write(0, 0, "Exported by hand"))


@kind("workbook", "empty rows between", "xlsx")
def _empty_rows(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    grid.rows.insert(chance.randrange(grid.first, len(grid.rows)), [None] * len(grid.header))


@kind("workbook", "a remark beside the table", "xlsx")
def _remark(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    chance.choice(grid.data).extend([None, "checked"])
