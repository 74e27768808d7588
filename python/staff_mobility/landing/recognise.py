"""Which layout a file has, judged by its headers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from staff_mobility.landing.drop_folder import Content
from staff_mobility.landing.encodings import SAMPLE_BYTES, sample_of
from staff_mobility.landing.headers import found_columns, headers_of, missing_columns
from staff_mobility.landing.layouts import Layout
from staff_mobility.landing.limits import Limits
from staff_mobility.landing.problems import Problem, RefusalError, printable, whole_file
from staff_mobility.landing.readers import format_of, read_headers
from staff_mobility.landing.sources import HeaderReading

RECOGNISED_FROM = 0.6
_LISTED = 5
_DATE = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")


@dataclass(frozen=True)
class Recognised:
    """A layout and the reading of the file's headers that fits it best."""

    layout: Layout
    reading: HeaderReading
    score: float
    required_score: float


def extract_date_of(names: Sequence[str], today: dt.date) -> dt.date:
    """Return the day of an extract: the first YYYY-MM-DD in the file's name, else in its archive's.

    Raises:
        RefusalError: There is none, it is no day, or it lies in the future.
    """
    match = next((match for name in names if (match := _DATE.search(name))), None)
    if match is None:
        path = Path(printable(names[0]))
        example = f"{path.stem}_{today.isoformat()}{path.suffix}"
        raise whole_file(
            "the file's name holds no date, so it is not known when the extract was taken",
            f"Rename it with the day of the extract as YYYY-MM-DD, such as {example}.",
        )
    try:
        day = dt.date.fromisoformat(match.group())
    except ValueError:
        raise whole_file(
            f"the date {match.group()} in the file's name is no day", "Rename the file."
        ) from None
    if day > today:
        raise whole_file(
            f"the date {day.isoformat()} in the file's name lies in the future",
            "Rename the file with the day on which the extract was taken.",
        )
    return day


def recognise(content: Content, layouts: Sequence[Layout], limits: Limits) -> Recognised:
    """Find the layout of a file.

    The score of a layout is the share of its headers that the file has; the best from 0.6 on wins, and of
    equals the one with the larger share of its required headers. The reading is lenient (other delimiters,
    bad letters, renamed sheets), so that the strict reading can say what is wrong.

    Raises:
        RefusalError: No layout fits.
    """
    known = format_of(content.path)
    _refuse_other_kind(content.path, known)
    candidates = [
        _score(layout, reading)
        for layout in layouts
        if known in layout.formats
        for reading in read_headers(content, layout, limits)
    ]
    if not candidates:
        raise whole_file(
            f"there is no layout for {known} files", "Describe the file in a new layout in layouts/."
        )
    best = max(candidates, key=lambda candidate: (candidate.score, candidate.required_score))
    if best.score < RECOGNISED_FROM:
        raise _unknown(best, [layout.name for layout in layouts if known in layout.formats])
    return best


def _refuse_other_kind(path: Path, expected: str) -> None:
    with path.open("rb") as file:
        start = sample_of(file)
    if not start:
        raise whole_file("the file is empty (0 bytes)", "Fetch it again.")
    if expected == "csv" and start.startswith(b"PK\x03\x04"):
        raise whole_file(
            "this is a workbook or an archive, not CSV", "Rename it to .xlsx or export it as CSV."
        )
    if start[:64].lstrip().lower().startswith((b"<!doctype", b"<html")):
        raise whole_file("this is a web page, not data", "Fetch it again; the session may have ended.")
    if expected == "csv" and b"\n" not in start:
        raise _one_line(start)


def _one_line(start: bytes) -> RefusalError:
    if b"\r" in start:
        return whole_file(
            "the lines end with CR alone, as on old Macintosh computers", "Export it with LF or CRLF."
        )
    if len(start) >= SAMPLE_BYTES:
        return whole_file(
            f"the first line is longer than {SAMPLE_BYTES:,} bytes, so this is no table of rows",
            "Export it again as CSV.",
        )
    return whole_file("the file ends in its first line", "The file looks cut off: fetch it again.")


def _score(layout: Layout, reading: HeaderReading) -> Recognised:
    columns = found = required = required_found = 0
    for table in layout.tables:
        names = found_columns(table, headers_of(table, reading))
        must = {column.name for column in table.columns if column.required}
        columns += len(table.columns)
        found += len(names)
        required += len(must)
        required_found += len(names & must)
    return Recognised(layout, reading, found / columns, required_found / required if required else 1.0)


def _unknown(best: Recognised, known: Sequence[str]) -> RefusalError:
    """Say what is missing for the closest layout.

    The file's own headers are shown only where they resemble one of the layout: a file without a header
    row has persons in its first line.
    """
    layout = best.layout
    to_do = (
        "Check that it is the right export with its header row, or describe it in a new layout in layouts/."
    )
    if not best.score:
        return whole_file(f"no layout fits; no column belongs to any of {', '.join(known)}", to_do)
    near, missing = _near_and_missing(best)
    columns = len(layout.columns)
    listed = ", ".join(f"'{header}'" for header in missing[:_LISTED])
    more = f" and {len(missing) - _LISTED} more" if len(missing) > _LISTED else ""
    first = Problem(
        "",
        None,
        f"no layout fits; the closest is {layout.name}, and the file has {columns - len(missing)} of its"
        f" {columns} columns. Missing: {listed}{more}",
        to_do,
    )
    return RefusalError(first, *near[:_LISTED])


def _near_and_missing(best: Recognised) -> tuple[list[Problem], list[str]]:
    """Return the missing columns that a header of the file resembles, and the headers of all missing ones."""
    near: list[Problem] = []
    missing: list[str] = []
    for table in best.layout.tables:
        headers = headers_of(table, best.reading)
        names = found_columns(table, headers)
        missing += [column.header for column in table.columns if column.name not in names]
        near += [
            problem for problem in missing_columns(table, headers, "") if "did you mean" in problem.reason
        ]
    return near, missing
