"""CSV files: strict, streaming, with the physical line on which each record starts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from staff_mobility.landing.encodings import UndecodableError, decoded_lines, looks_like, sample_of
from staff_mobility.landing.layouts import Layout, Table
from staff_mobility.landing.problems import Problem, ProblemList, RefusalError, whole_file
from staff_mobility.landing.sources import HeaderReading, Row, TableSource, check_skipped_row

_DELIMITERS = (";", ",", "\t", "|")
_ENCODING_NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 with a byte order mark (in Excel: 'CSV UTF-8')"}
_DELIMITER_NAMES = {"\t": "a tab"}
_LONGEST_PREFIX = 100_000
FETCH_AGAIN = "The file looks cut off: fetch it again."


def header_readings(path: Path, layout: Layout) -> Iterator[HeaderReading]:
    """Yield the header under each likely encoding and delimiter, the layout's own first; never strict."""
    with path.open("rb") as file:
        sample = sample_of(file)
    encodings = [layout.encoding, "utf-8-sig", "cp1252"]
    if looks_like(sample) == "UTF-16":
        encodings.append("utf-16")
    for encoding in dict.fromkeys(encodings):
        text = sample.decode(encoding, "replace")
        for delimiter in dict.fromkeys((layout.delimiter, *_DELIMITERS)):
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            try:
                headers = next(islice(reader, layout.tables[0].header_row - 1, None), [])
            except csv.Error:
                continue
            yield HeaderReading({"": tuple(headers)}, encoding, delimiter)


@contextmanager
def open_csv(path: Path, layout: Layout, seen: HeaderReading) -> Iterator[list[TableSource]]:
    """Open a CSV file.

    Args:
        path: The file.
        layout: The layout that was recognised.
        seen: The reading by which it was recognised; its headers name columns where the strict reading fails.

    Raises:
        RefusalError: The file has another encoding or delimiter than the layout, or no readable header.
    """
    table = layout.tables[0]
    with path.open("rb") as file:
        if seen.delimiter != layout.delimiter:
            raise RefusalError(_other_delimiter(seen.delimiter, layout))
        records = _Records(file, layout, seen.headers[""])
        headers: tuple[str, ...] = ()
        for _ in range(table.header_row):
            headers = tuple(records.read()[1])
        source = TableSource(
            table, headers, lambda problems: _rows(records, table, headers, problems), _place
        )
        yield [source]


def _place(line: int) -> str:
    return f"line {line}"


def _other_delimiter(found: str, layout: Layout) -> Problem:
    found_name, wanted_name = (_DELIMITER_NAMES.get(d, f"'{d}'") for d in (found, layout.delimiter))
    return Problem(
        f"line {layout.tables[0].header_row}",
        None,
        f"the columns are separated by {found_name}; the layout {layout.name} expects {wanted_name}",
        f"Export again with {wanted_name} as separator.",
    )


def _rows(records: _Records, table: Table, headers: tuple[str, ...], problems: ProblemList) -> Iterator[Row]:
    for _ in range(table.first_data_row - table.header_row - 1):
        line, cells = records.read()
        check_skipped_row(table, headers, cells, _place(line))
    # A short record is judged when the next one is read: only the last one means that the file was cut.
    short: Row | None = None
    for line, cells in records:
        if short is not None:
            problems.add(_wrong_width(short, headers))
            short = None
        if len(cells) == len(headers):
            yield line, cells
        elif len(cells) < len(headers):
            short = (line, cells)
        else:
            problems.add(_wrong_width((line, cells), headers))
    if short is not None:
        problems.add(_cut_record(short, headers))


def _wrong_width(row: Row, headers: tuple[str, ...]) -> Problem:
    line, cells = row
    return Problem(
        f"line {line}",
        None,
        f"the record has {len(cells)} fields and the header has {len(headers)}",
        "A separator or a line break stands unquoted in a text: export again with quoted texts.",
    )


def _cut_record(row: Row, headers: tuple[str, ...]) -> Problem:
    line, cells = row
    reason = f"the last record ends here, after {len(cells)} of {len(headers)} fields"
    return Problem(f"line {line}", headers[len(cells) - 1], reason, FETCH_AGAIN)


class _Records:
    """The records of an open CSV file with the physical line (LF or CRLF) on which each starts."""

    def __init__(self, file: BinaryIO, layout: Layout, known_headers: tuple[str, ...]) -> None:
        self._file = file
        self._layout = layout
        self._known_headers = known_headers
        self._lines_of_record: list[str] = []
        self._reader = csv.reader(self._remembered_lines(), delimiter=layout.delimiter, strict=True)

    def _remembered_lines(self) -> Iterator[str]:
        for line in decoded_lines(self._file, self._layout.encoding):
            self._lines_of_record.append(line)
            yield line

    def __iter__(self) -> Iterator[Row]:
        while (row := self._next()) is not None:
            # The reader gives an empty list for a line without anything.
            if row[1]:
                yield row

    def read(self) -> Row:
        """Return the next record.

        Raises:
            RefusalError: There is none, or it cannot be read.
        """
        row = self._next()
        if row is None:
            raise whole_file("the file ends before its data rows", "Fetch it again.")
        return row

    def _next(self) -> Row | None:
        self._lines_of_record.clear()
        start = self._reader.line_num + 1
        try:
            return start, next(self._reader)
        except StopIteration:
            return None
        except UndecodableError as error:
            raise RefusalError(self._undecodable(error)) from None
        except csv.Error as error:
            raise RefusalError(self._unreadable(start, str(error))) from None

    def _column_at(self, text_before: str) -> str | None:
        """Return the header of the column in which a broken record stops."""
        # Less than the longest field that the reader takes, so that an open quotation mark does not stop it.
        text = "".join([*self._lines_of_record, text_before])[:_LONGEST_PREFIX]
        try:
            fields = next(csv.reader(io.StringIO(text, newline=""), delimiter=self._layout.delimiter), [])
        except csv.Error:
            return None
        at = max(len(fields), 1) - 1
        return self._known_headers[at] if at < len(self._known_headers) else None

    def _undecodable(self, error: UndecodableError) -> Problem:
        column = self._column_at(error.before)
        if error.is_cut:
            return Problem(f"line {error.line}", column, "the file ends inside a letter", FETCH_AGAIN)
        wanted = self._layout.encoding
        guess = looks_like(sample_of(self._file))
        same = guess.lower() == wanted.removesuffix("-sig")
        rest = "and most of the file is" if same else f"the file looks like {guess}"
        return Problem(
            f"line {error.line}",
            column,
            f"{error.reason}; the layout {self._layout.name} expects {wanted}, {rest}",
            f"Export it again as {_ENCODING_NAMES.get(wanted, wanted)}.",
        )

    def _unreadable(self, start: int, reason: str) -> Problem:
        if "unexpected end of data" in reason or "field limit" in reason:
            long = (
                f", or the text is longer than {csv.field_size_limit():,} characters"
                if "limit" in reason
                else ""
            )
            what = f"a quotation mark is opened and never closed{long}"
            return Problem(f"line {start}", self._column_at(""), what, FETCH_AGAIN)
        return Problem(
            f"line {start + max(len(self._lines_of_record), 1) - 1}",
            None,
            f"the record is not valid CSV ({reason})",
            'Export again with quoted texts, in which a quotation mark is doubled ("").',
        )
