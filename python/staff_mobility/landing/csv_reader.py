"""CSV files: strict, streaming, with the physical line on which each record starts.

Any of four delimiters and any of four encodings is read, whichever the layout calls the usual one, as long as
the file is consistent: one encoding from end to end, and as many fields in every record as in the header.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import BinaryIO

from staff_mobility.landing.drop_folder import Content
from staff_mobility.landing.encodings import (
    UndecodableError,
    decoded_lines,
    encoding_name,
    looks_like,
    sample_of,
)
from staff_mobility.landing.layouts import Layout, Table
from staff_mobility.landing.limits import Limits
from staff_mobility.landing.problems import Problem, ProblemList, RefusalError, whole_file
from staff_mobility.landing.sources import (
    HeaderReading,
    Row,
    TableSource,
    check_skipped_row,
    too_many_columns,
)

_DELIMITERS = (";", ",", "\t", "|")
_DELIMITER_NAMES = {"\t": "tabs"}
OPEN_END = "the last line has no line end: if others of this kind have one, the file was cut in its last cell"
FETCH_AGAIN = "The file looks cut off: fetch it again."


def header_readings(content: Content, layout: Layout, limits: Limits) -> Iterator[HeaderReading]:
    """Yield the header under each delimiter, the layout's own first; never strict about letters.

    Raises:
        RefusalError: There are more columns or longer lines than the limits allow.
    """
    row = layout.tables[0].header_row
    if content.text.longest_line > limits.record_characters:
        raise whole_file(
            f"a line is longer than {limits.record_characters:,} bytes, so this is no table of rows",
            "Export it again as CSV.",
        )
    with content.path.open("rb") as file:
        sample = sample_of(file)
    encoding = content.text.encoding(layout.encoding)
    end = (OPEN_END,) if _ends_open(content) else ()
    # Half a letter at the end of the sample is no matter here.
    text = sample.decode(encoding, "replace")
    for delimiter in dict.fromkeys((layout.delimiter, *_DELIMITERS)):
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            headers = next(islice(reader, row - 1, None), [])
        except csv.Error:
            continue
        if len(headers) > limits.columns:
            raise RefusalError(too_many_columns(_place(row), limits))
        remarks = (*_remarks(layout, encoding, delimiter), *end)
        yield HeaderReading({"": tuple(headers)}, encoding, delimiter, remarks)


def _ends_open(content: Content) -> bool:
    """Whether the last line has no line end, so that nothing shows whether its last cell is whole."""
    with content.path.open("rb") as file:
        file.seek(-min(content.bytes, 2), 2)
        # The line end of UTF-16 is two bytes, of which one is NUL.
        return not file.read().rstrip(b"\x00").endswith((b"\n", b"\r"))


def _remarks(layout: Layout, encoding: str, delimiter: str) -> tuple[str, ...]:
    """Say what is unlike the layout's usual form, and read all the same."""
    remarks = []
    if encoding_name(encoding) != encoding_name(layout.encoding):
        name, usual = encoding_name(encoding), encoding_name(layout.encoding)
        remarks.append(f"read as {name}; files of the layout {layout.name} usually are {usual}")
    if delimiter != layout.delimiter:
        found, usual = (_DELIMITER_NAMES.get(each, f"'{each}'") for each in (delimiter, layout.delimiter))
        remarks.append(f"read with {found} between the columns; the layout {layout.name} usually has {usual}")
    return tuple(remarks)


@contextmanager
def open_csv(
    content: Content, layout: Layout, seen: HeaderReading, limits: Limits
) -> Iterator[list[TableSource]]:
    """Open a CSV file.

    Args:
        content: The file.
        layout: The layout that was recognised.
        seen: The reading by which it was recognised: encoding, delimiter, and the headers that name columns
            where the strict reading fails.
        limits: How long records and cells may be.

    Raises:
        RefusalError: The header cannot be read.
    """
    table = layout.tables[0]
    former_limit = csv.field_size_limit(limits.cell_characters)
    try:
        with content.path.open("rb") as file:
            records = _Records(file, seen, layout.encoding, limits)
            headers: tuple[str, ...] = ()
            for _ in range(table.header_row):
                headers = tuple(records.read()[1])
            source = TableSource(
                table, headers, lambda problems: _rows(records, table, headers, problems), _place
            )
            yield [source]
    finally:
        csv.field_size_limit(former_limit)


def _place(line: int) -> str:
    return f"line {line}"


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

    def __init__(self, file: BinaryIO, seen: HeaderReading, usual_encoding: str, limits: Limits) -> None:
        self._file = file
        self._seen = seen
        self._usual_encoding = usual_encoding
        self._limits = limits
        self._lines_of_record: list[str] = []
        self._length = 0
        self._reader = csv.reader(self._remembered_lines(), delimiter=seen.delimiter, strict=True)

    def _remembered_lines(self) -> Iterator[str]:
        for line in decoded_lines(self._file, self._seen.encoding):
            self._lines_of_record.append(line)
            # Each field of a record has its limit; many long fields are a matter of the record.
            self._length += len(line)
            if self._length > self._limits.record_characters:
                raise _TooLongError
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
        self._length = 0
        start = self._reader.line_num + 1
        try:
            return start, next(self._reader)
        except StopIteration:
            return None
        except UndecodableError as error:
            raise RefusalError(self._undecodable(error)) from None
        except _TooLongError:
            raise RefusalError(
                self._open_quotation(start, "the record", self._limits.record_characters)
            ) from None
        except csv.Error as error:
            raise RefusalError(self._unreadable(start, str(error))) from None

    def _column_at(self, text_before: str) -> str | None:
        """Return the header of the column in which a broken record stops."""
        # Less than the longest field that the reader takes, so that an open quotation mark does not stop it.
        text = "".join([*self._lines_of_record, text_before])[: self._limits.cell_characters - 1]
        try:
            fields = next(csv.reader(io.StringIO(text, newline=""), delimiter=self._seen.delimiter), [])
        except csv.Error:
            return None
        at = max(len(fields), 1) - 1
        headers = self._seen.headers[""]
        return headers[at] if at < len(headers) else None

    def _undecodable(self, error: UndecodableError) -> Problem:
        column = self._column_at(error.before)
        if error.is_cut:
            return Problem(f"line {error.line}", column, "the file ends inside a letter", FETCH_AGAIN)
        guess = looks_like(sample_of(self._file))
        name = encoding_name(self._seen.encoding)
        rest = f"the file looks like {guess}" if guess == "UTF-16" != name else "and most of the file is"
        usual = encoding_name(self._usual_encoding)
        to_do = f"Export the whole file in one encoding, best in {usual}."
        return Problem(f"line {error.line}", column, f"{error.reason}, {rest}", to_do)

    def _unreadable(self, start: int, reason: str) -> Problem:
        if "unexpected end of data" in reason:
            what = "a quotation mark is opened and never closed"
            return Problem(f"line {start}", self._column_at(""), what, FETCH_AGAIN)
        if "field limit" in reason:
            return self._open_quotation(start, "the text", self._limits.cell_characters)
        return Problem(
            f"line {start + max(len(self._lines_of_record), 1) - 1}",
            None,
            f"the record is not valid CSV ({reason})",
            'Export again with quoted texts, in which a quotation mark is doubled ("").',
        )

    def _open_quotation(self, start: int, what: str, limit: int) -> Problem:
        reason = f"a quotation mark is opened and never closed, or {what} is longer than {limit:,} characters"
        return Problem(f"line {start}", self._column_at(""), reason, FETCH_AGAIN)


class _TooLongError(Exception):
    """A record goes beyond the limit."""
