r"""JSON files: one list of records, each an object of plain values, read record by record.

The standard library's scanner reads each record from a window that slides over the file. A streaming
library (ijson over yajl) was tried and lost: it turns half a letter (``\ud800``) into a question mark
without a word, gives -0 as 0, does not say where a fault is, and crashes on a number of 5,000 digits.
"""

from __future__ import annotations

import codecs
import functools
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from staff_mobility.landing.drop_folder import Content
from staff_mobility.landing.encodings import looks_like, sample_of
from staff_mobility.landing.json_records import EXPORT_AGAIN, Number, Record, Window, place_of
from staff_mobility.landing.layouts import Layout, Table, header_key
from staff_mobility.landing.limits import Limits
from staff_mobility.landing.problems import Problem, ProblemList, RefusalError
from staff_mobility.landing.sources import (
    HeaderReading,
    Row,
    TableSource,
    too_long_cell,
    too_many_columns,
)

_CHUNK = 1 << 16
_EXPONENT_DIGITS = 2


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

    yield [TableSource(table, headers, rows, place_of)]


@functools.lru_cache(maxsize=1)
def _names(content: Content, limits: Limits) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for number, record in enumerate(_records(content, limits), start=1):
        names.update(dict.fromkeys(record))
        if len(names) > limits.columns:
            raise RefusalError(too_many_columns(place_of(number), limits))
    return tuple(names)


def _records(content: Content, limits: Limits) -> Iterator[Record]:
    if not content.text.is_utf8 or content.text.encoding("utf-8") == "utf-16":
        raise RefusalError(_not_utf8(content.path))
    with content.path.open("rb") as file:
        window = Window(file, limits)
        yield from window.records()


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
                too_long_cell(place_of(number), name, limits)
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
            yield Problem(place_of(number), name, "the record lacks this name", EXPORT_AGAIN)
    for name in headers:
        if isinstance(record.get(name), (dict, list)):
            reason = "the value is a list or an object, not plain"
            yield Problem(place_of(number), name, reason, EXPORT_AGAIN)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number) and "e" in value.lower():
        return _without_exponent(value)
    # A lone surrogate is no text; it is treated as a letter that was lost.
    return str(value).encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _without_exponent(number: str) -> str:
    """Return 1.5E3 as 1500; a number that would need hundreds of digits stays as it is, and is no decimal."""
    exponent = number.lower().partition("e")[2].lstrip("+-0")
    return format(Decimal(number), "f") if len(exponent) <= _EXPONENT_DIGITS else number
