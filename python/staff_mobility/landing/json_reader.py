"""JSON files: one list of records, each an object of plain values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from staff_mobility.landing.encodings import looks_like
from staff_mobility.landing.layouts import Layout, Table, header_key
from staff_mobility.landing.problems import Problem, ProblemList, RefusalError, whole_file
from staff_mobility.landing.sources import HeaderReading, Row, TableSource

_EXPORT_AGAIN = "Fetch it again from the interface."
Record = dict[str, Any]


class _Number(str):
    """Digits of a number as they stand in the file."""

    __slots__ = ()


class _RepeatedNameError(Exception):
    """A record has the same name twice."""


def header_readings(path: Path) -> Iterator[HeaderReading]:
    """Yield the names that occur in the file's records.

    Raises:
        RefusalError: The file is no list of records, or ends early.
    """
    yield HeaderReading({"": _names(_load(path))})


@contextmanager
def open_json(path: Path, layout: Layout) -> Iterator[list[TableSource]]:
    """Open a JSON file; it is in memory as a whole.

    Raises:
        RefusalError: The file is no list of records, or ends early.
    """
    table = layout.tables[0]
    records = _load(path)
    headers = _names(records)
    yield [TableSource(table, headers, lambda problems: _rows(records, table, headers, problems), _place)]


def _place(record: int) -> str:
    return f"record {record}"


def _names(records: list[Record]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for record in records for name in record))


def _load(path: Path) -> list[Record]:
    text = _decode(path.read_bytes())
    try:
        content = json.loads(
            text, parse_int=_Number, parse_float=_Number, parse_constant=_Number, object_pairs_hook=_record
        )
    except json.JSONDecodeError as error:
        raise RefusalError(_syntax_problem(text, error)) from None
    except _RepeatedNameError as error:
        raise whole_file(f"a record has the name '{error}' twice", _EXPORT_AGAIN) from None
    if not isinstance(content, list) or not all(isinstance(record, dict) for record in content):
        raise whole_file("the file is not a list of records ([{…}, {…}])", _EXPORT_AGAIN)
    return content


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = f"byte 0x{content[error.start]:02X} is not UTF-8"
        problem = Problem(
            f"line {line}",
            None,
            f"{byte}; JSON is UTF-8, the file looks like {looks_like(content)}",
            "Export it again as UTF-8.",
        )
        raise RefusalError(problem) from None


def _record(pairs: list[tuple[str, Any]]) -> Record:
    record = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        raise _RepeatedNameError(next(name for name in names if names.count(name) > 1))
    return record


def _syntax_problem(text: str, error: json.JSONDecodeError) -> Problem:
    where = f"line {error.lineno}, character {error.colno}"
    if text.lstrip()[:1] == "<":
        return Problem(
            where, None, "this is a web page, not JSON", "Fetch it again; the session may have ended."
        )
    # The parser stops at the last thing that it understood; a whole file ends with a bracket.
    if error.pos >= len(text.rstrip()) or not text.rstrip().endswith(("]", "}")):
        end = f"line {text.count(chr(10)) + 1}, character {len(text) - text.rfind(chr(10))}"
        return Problem(end, None, "the JSON ends early", "The file looks cut off: fetch it again.")
    return Problem(where, None, f"this is not valid JSON ({error.msg})", _EXPORT_AGAIN)


def _rows(
    records: list[Record], table: Table, headers: tuple[str, ...], problems: ProblemList
) -> Iterator[Row]:
    required = {header_key(column.header) for column in table.columns if column.required}
    must_have = [name for name in headers if header_key(name) in required]
    for number, record in enumerate(records, start=1):
        missing = [name for name in must_have if name not in record]
        nested = [name for name in headers if isinstance(record.get(name), (dict, list))]
        for name in missing:
            problems.add(Problem(_place(number), name, "the record lacks this name", _EXPORT_AGAIN))
        for name in nested:
            problems.add(
                Problem(_place(number), name, "the value is a list or an object, not plain", _EXPORT_AGAIN)
            )
        if not missing and not nested:
            yield number, [_text(record.get(name)) for name in headers]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, _Number) and "e" in value.lower():
        return format(Decimal(value), "f")
    # A lone surrogate is no text; it is treated as a letter that was lost.
    return str(value).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
