"""The records of a JSON file as a stream, digits as they stand in the file, faults with their place."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from staff_mobility.landing.limits import Limits
from staff_mobility.landing.problems import Problem, RefusalError, whole_file

EXPORT_AGAIN = "Fetch it again from the interface."
_CHUNK = 1 << 16
_BLANKS = " \t\r\n"
_LONGEST_WORD = len("-Infinity") + len("\\u0000")
Record = dict[str, Any]


class Number(str):
    """Digits of a number as they stand in the file."""

    __slots__ = ()


class _RepeatedNameError(Exception):
    """A record has the same name twice."""


def place_of(record: int) -> str:
    """Return the place of a record in words."""
    return f"record {record}"


class Window:
    """A part of the file's text, long enough for one record."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self._file = file
        self._limits = limits
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._scan = json.JSONDecoder(
            parse_int=Number,
            parse_float=Number,
            parse_constant=Number,
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
            record = self._value(place_of(number))
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
                raise RefusalError(Problem(place, None, reason, EXPORT_AGAIN)) from None
            except RecursionError:
                reason = "lists or objects are nested too deeply"
                raise RefusalError(Problem(place, None, reason, EXPORT_AGAIN)) from None
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
            raise RefusalError(Problem(place, None, reason, EXPORT_AGAIN)) from None
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
        return self._refusal("this is not valid JSON", EXPORT_AGAIN, at)

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
    return whole_file("the file is not a list of records ([{…}, {…}])", EXPORT_AGAIN)


def _record(pairs: list[tuple[str, Any]]) -> Record:
    record = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        raise _RepeatedNameError(next(name for name in names if names.count(name) > 1))
    return record
