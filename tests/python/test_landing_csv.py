"""The CSV reader: any text comes back as it was written, with the line on which its record starts."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from staff_mobility.landing.csv_reader import header_readings, open_csv
from staff_mobility.landing.drop_folder import content_of
from staff_mobility.landing.layouts import Column, Layout, Table
from staff_mobility.landing.limits import DEFAULT_LIMITS
from staff_mobility.landing.problems import ProblemList, RefusalError

WIDTH = 3
HEADERS = ("first", "second", "third")
TABLE = Table(
    raw_table="t", columns=tuple(Column(header, header, "attribute") for header in HEADERS), first_data_row=2
)

# No NUL: a file with it is refused as UTF-16 or damaged.
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12) | st.text(
    st.sampled_from('";,\r\n Ã¸å'), max_size=8
)


def layout(encoding: str, delimiter: str) -> Layout:
    return Layout("l", 1, "s", ("csv",), (TABLE,), delimiter, encoding)


def read(content: bytes, encoding: str = "utf-8", delimiter: str = ";") -> list[tuple[int, list[str]]]:
    with TemporaryDirectory() as place:
        path = Path(place) / "x.csv"
        path.write_bytes(content)
        file = content_of(path, path.name, DEFAULT_LIMITS)
        seen = next(header_readings(file, layout(encoding, delimiter), DEFAULT_LIMITS))
        problems = ProblemList()
        with open_csv(file, layout(encoding, delimiter), seen, DEFAULT_LIMITS) as (source,):
            rows = [(line, list(cells)) for line, cells in source.rows(problems)]
        problems.refuse_if_any()
        return rows


def written(record: list[str], delimiter: str, line_end: str, quoting: int = csv.QUOTE_ALL) -> str:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerow(record)
    return file.getvalue()


@settings(max_examples=150, deadline=None)
@given(
    records=st.lists(st.lists(texts, min_size=WIDTH, max_size=WIDTH), max_size=5),
    delimiter=st.sampled_from(";,\t|"),
    line_end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
)
def test_any_text_comes_back_with_its_line(
    records: list[list[str]], delimiter: str, line_end: str, encoding: str, quoting: int
) -> None:
    expected = []
    text = written(list(HEADERS), delimiter, line_end)
    for record in records:
        expected.append((text.count("\n") + 1, record))
        # Python's writer leaves a lone CR unquoted, which no reader can tell from a line end.
        has_cr = any("\r" in cell for cell in record)
        text += written(record, delimiter, line_end, csv.QUOTE_ALL if has_cr else quoting)
    assert read(text.encode(encoding), encoding, delimiter) == expected


@settings(max_examples=100, deadline=None)
@given(
    records=st.lists(
        st.lists(st.text("abcÆØÅæøåéüß€“”–\xa0;\t|,", max_size=8), min_size=WIDTH, max_size=WIDTH)
    ),
    delimiter=st.sampled_from(";,\t|"),
    usual=st.sampled_from(["utf-8", "cp1252"]),
)
def test_cp1252_comes_back_or_is_refused_and_never_with_other_letters(
    records: list[list[str]], delimiter: str, usual: str
) -> None:
    content = "".join(written(record, delimiter, "\n") for record in (list(HEADERS), *records)).encode(
        "cp1252"
    )
    assume(content.isascii() or not is_utf8(content))
    try:
        rows = read(content, usual, delimiter)
    except RefusalError as refusal:
        # Only for letters that stand together as they do in UTF-8, such as 'Å' before a dash.
        reason = refusal.problems[0].reason
        assert "one letter in UTF-8" in reason or "is not UTF-8" in reason
    else:
        assert [cells for _, cells in rows] == records


def is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(*[st.text("abåøÆ ", min_size=1, max_size=5)] * WIDTH), min_size=1, max_size=4),
    st.data(),
)
def test_a_file_cut_inside_its_last_record_is_refused(
    records: list[tuple[str, ...]], data: st.DataObject
) -> None:
    lines = [";".join(record) + "\n" for record in (HEADERS, *records)]
    whole = "".join(lines)
    last_delimiter = len(whole.encode()) - len(whole[whole.rindex(";") :].encode())
    start_of_last = len("".join(lines[:-1]).encode())
    cut = data.draw(st.integers(start_of_last + 1, last_delimiter))
    with pytest.raises(RefusalError) as told:
        read(whole.encode()[:cut])
    assert told.value.problems[-1].to_do == "The file looks cut off: fetch it again."


def test_records_with_line_breaks_and_empty_lines_keep_their_lines() -> None:
    content = b'first;second;third\r\n\r\na;"b\r\n\r\nc";d\r\n\ne;f;g'
    assert read(content) == [(3, ["a", "b\r\n\r\nc", "d"]), (7, ["e", "f", "g"])]


def test_the_line_after_an_empty_last_line_is_no_record() -> None:
    assert read(b"first;second;third\na;b;c\n\n\n") == [(2, ["a", "b", "c"])]


def test_a_text_of_more_than_the_limit_counts_as_an_open_quotation_mark() -> None:
    content = b'first;second;third\na;"' + b"x" * 200_000 + b'";c\n'
    with pytest.raises(RefusalError) as told:
        read(content)
    assert told.value.problems[0].text("x.csv") == (
        "x.csv, line 2, column 'second': a quotation mark is opened and never closed, or the text is"
        " longer than 100,000 characters. The file looks cut off: fetch it again."
    )
