r"""JSON files: one list of records, each an object of plain values, read record by record.

The standard library's scanner reads each record from a window that slides over the file. A streaming
library (ijson over yajl) was tried and lost: it turns half a letter (``\ud800``) into a question mark
without a word, gives -0 as 0, does not say where a fault is, and crashes on a number of 5,000 digits.
"""

from __future__ import annotations

import codecs
import functools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from staff_mobility.landing.drop_folder import Content
from staff_mobility.landing.encodings import looks_like, sample_of
from staff_mobility.landing.layouts import Layout, Table, header_key
from staff_mobility.landing.limits import Limits
from staff_mobility.landing.problems import Problem, ProblemList, RefusalError, whole_file
from staff_mobility.landing.sources import (
    HeaderReading,
    Row,
    TableSource,
    too_long_cell,
    too_many_columns,
)

_EXPORT_AGAIN = "Fetch it again from the interface."
_CHUNK = 1 << 16
_BLANKS = " \t\r\n"
_LONGEST_WORD = len("-Infinity") + len("\\u0000")
_EXPONENT_DIGITS = 2
Record = dict[str, Any]


class _Number(str):
    """Digits of a number as they stand in the file."""

    __slots__ = ()


class _RepeatedNameError(Exception):
    """A record has the same name twice."""


def header_readings(content: Content, limits: Limits) -> Iterator[HeaderReading]:
    """Yield the names that occur in the file's records.

    Raises:
        RefusalError: The file is no list of records, or ends early.
    """
    yield HeaderReading({"": _names(content, limits)})


@contextmanager
def open_json(content: Content, layout: Layout, limits: Limits) -> Iterator[list[TableSource]]:
    """Open a JSON file.

    Raises:
        RefusalError: The file is no list of records, or ends early.
    """
    table = layout.tables[0]
    headers = _names(content, limits)

    def rows(problems: ProblemList) -> Iterator[Row]:
        return _rows(_records(content, limits), table, headers, problems, limits)

    yield [TableSource(table, headers, rows, _place)]


def _place(record: int) -> str:
    return f"record {record}"


@functools.lru_cache(maxsize=1)
def _names(content: Content, limits: Limits) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for number, record in enumerate(_records(content, limits), start=1):
        names.update(dict.fromkeys(record))
        if len(names) > limits.columns:
            raise RefusalError(too_many_columns(_place(number), limits))
    return tuple(names)


def _records(content: Content, limits: Limits) -> Iterator[Record]:
    if not content.text.is_utf8 or content.text.encoding("utf-8") == "utf-16":
        raise RefusalError(_not_utf8(content.path))
    with content.path.open("rb") as file:
        window = _Window(file, limits)
        yield from window.records()


class _Window:
    """A part of the file's text, long enough for one record."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self._file = file
        self._limits = limits
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._scan = json.JSONDecoder(
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_Number,
            object_pairs_hook=_record,
        ).raw_decode
        self._text = ""
        self._at = 0
        self._at_end = False
        # Lines and characters of the last of them that lie before the window.
        self._lines = 0
        self._characters = 0

    def records(self) -> Iterator[Record]:
        """Yield the records of the list.

        Raises:
            RefusalError: The text is not one list of records.
        """
        self._open_list()
        number = 0
        separator = self._next_character()
        if separator == "]":
            self._at += 1
        while separator != "]":
            number += 1
            record = self._value(_place(number))
            if not isinstance(record, dict):
                raise _no_list()
            yield record
            separator = self._next_character()
            if separator not in (",", "]"):
                raise self._invalid(self._at)
            self._at += 1
        if self._next_character(may_end=True):
            raise self._invalid(self._at)

    def _open_list(self) -> None:
        first = self._next_character()
        if first == "<":
            raise self._refusal("this is a web page, not JSON", "Fetch it again; the session may have ended.")
        if first != "[":
            # Read it all the same: a broken file is told before a wrong form.
            self._value("the value")
            raise _no_list()
        self._at += 1

    def _next_character(self, *, may_end: bool = False) -> str:
        """Go to the next character that is no blank and return it; an empty text at the end of the file."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _BLANKS:
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._fill():
                if may_end:
                    return ""
                raise self._cut()

    def _value(self, place: str) -> Any:
        """Return the value that starts here, and go behind it."""
        self._next_character()
        while True:
            try:
                value, end = self._scan(self._text, self._at)
            except json.JSONDecodeError as error:
                self._read_on(error, place)
            except _RepeatedNameError as error:
                reason = f"the record has the name '{error}' twice"
                raise RefusalError(Problem(place, None, reason, _EXPORT_AGAIN)) from None
            except RecursionError:
                reason = "lists or objects are nested too deeply"
                raise RefusalError(Problem(place, None, reason, _EXPORT_AGAIN)) from None
            else:
                self._at = end
                return value

    def _read_on(self, error: json.JSONDecodeError, place: str) -> None:
        """Get more text for a value that the window cuts off, and refuse one that is broken."""
        # What is only cut off ends at the window's end, or is an open text.
        near_end = error.pos > len(self._text) - _LONGEST_WORD
        if not near_end and "Unterminated string" not in error.msg:
            raise self._invalid(error.pos) from None
        if len(self._text) - self._at > self._limits.record_characters:
            reason = f"the record is not closed within {self._limits.record_characters:,} characters"
            raise RefusalError(Problem(place, None, reason, _EXPORT_AGAIN)) from None
        if not self._fill():
            raise self._syntax_refusal(error) from None

    def _fill(self) -> bool:
        """Drop what was read and append to the rest about as much again; False at the end of the file."""
        if self._at_end:
            return False
        self._lines, self._characters = self._position(self._at)
        rest = self._text[self._at :]
        chunk = self._file.read(max(_CHUNK, len(rest)))
        self._at_end = not chunk
        self._text, self._at = rest + self._decoder.decode(chunk, final=self._at_end), 0
        return not self._at_end

    def _position(self, at: int) -> tuple[int, int]:
        breaks = self._text.count("\n", 0, at)
        if not breaks:
            return self._lines, self._characters + at
        return self._lines + breaks, at - self._text.rfind("\n", 0, at) - 1

    def _refusal(self, reason: str, to_do: str, at: int | None = None) -> RefusalError:
        line, character = self._position(self._at if at is None else at)
        return RefusalError(Problem(f"line {line + 1}, character {character + 1}", None, reason, to_do))

    def _invalid(self, at: int) -> RefusalError:
        return self._refusal("this is not valid JSON", _EXPORT_AGAIN, at)

    def _cut(self) -> RefusalError:
        return self._refusal(
            "the JSON ends early", "The file looks cut off: fetch it again.", len(self._text)
        )

    def _syntax_refusal(self, error: json.JSONDecodeError) -> RefusalError:
        # The scanner stops at the last thing that it understood; a whole file ends with a bracket.
        whole = self._text.rstrip()
        if error.pos >= len(whole) or not whole.endswith(("]", "}")):
            return self._cut()
        return self._invalid(error.pos)


def _no_list() -> RefusalError:
    return whole_file("the file is not a list of records ([{…}, {…}])", _EXPORT_AGAIN)


def _record(pairs: list[tuple[str, Any]]) -> Record:
    record = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        raise _RepeatedNameError(next(name for name in names if names.count(name) > 1))
    return record


def _not_utf8(path: Path) -> Problem:
    with path.open("rb") as file:
        guess = looks_like(sample_of(file))
        decoder = codecs.getincrementaldecoder("utf-8")()
        line = 1
        while chunk := file.read(_CHUNK):
            try:
                line += decoder.decode(chunk).count("\n")
            except UnicodeDecodeError as error:
                line += error.object.count(b"\n", 0, error.start)
                byte = f"byte 0x{error.object[error.start]:02X} is not UTF-8"
                reason = f"{byte}; JSON is UTF-8, the file looks like {guess}"
                return Problem(f"line {line}", None, reason, "Export it again as UTF-8.")
    return Problem(f"line {line}", None, "the file ends inside a letter", "Fetch it again.")


def _rows(
    records: Iterator[Record], table: Table, headers: tuple[str, ...], problems: ProblemList, limits: Limits
) -> Iterator[Row]:
    required = {
        header_key(header) for column in table.columns if column.required for header in column.headers
    }
    must_have = [name for name in headers if header_key(name) in required]
    for number, record in enumerate(records, start=1):
        cells = [_text(record.get(name)) for name in headers]
        found = [*_shape_problems(number, record, must_have, headers)]
        if max(map(len, cells)) > limits.cell_characters:
            found += [
                too_long_cell(_place(number), name, limits)
                for name, cell in zip(headers, cells, strict=True)
                if len(cell) > limits.cell_characters
            ]
        problems.extend(found)
        if not found:
            yield number, cells


def _shape_problems(
    number: int, record: Record, must_have: list[str], headers: tuple[str, ...]
) -> Iterator[Problem]:
    for name in must_have:
        if name not in record:
            yield Problem(_place(number), name, "the record lacks this name", _EXPORT_AGAIN)
    for name in headers:
        if isinstance(record.get(name), (dict, list)):
            reason = "the value is a list or an object, not plain"
            yield Problem(_place(number), name, reason, _EXPORT_AGAIN)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, _Number) and "e" in value.lower():
        return _without_exponent(value)
    # A lone surrogate is no text; it is treated as a letter that was lost.
    return str(value).encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _without_exponent(number: str) -> str:
    """Return 1.5E3 as 1500; a number that would need hundreds of digits stays as it is, and is no decimal."""
    exponent = number.lower().partition("e")[2].lstrip("+-0")
    return format(Decimal(number), "f") if len(exponent) <= _EXPONENT_DIGITS else number
