"""Opens files by the format of their layout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from staff_mobility.landing import csv_reader, json_reader, xlsx_reader
from staff_mobility.landing.drop_folder import Content
from staff_mobility.landing.layouts import Format, Layout
from staff_mobility.landing.limits import Limits
from staff_mobility.landing.problems import whole_file
from staff_mobility.landing.sources import HeaderReading, TableSource

FORMATS: dict[str, Format] = {".csv": "csv", ".xlsx": "xlsx", ".json": "json"}
"""Format by the ending of a file's name."""


def format_of(path: Path) -> Format:
    """Return the format of a file.

    Raises:
        RefusalError: The ending of its name is not known.
    """
    known = FORMATS.get(path.suffix.lower())
    if known is None:
        endings = ", ".join((*FORMATS, ".zip"))
        raise whole_file(
            f"files ending in '{path.suffix}' are not known (known: {endings})",
            "Export in one of these formats, or move the file out of the folder.",
        )
    return known


def read_headers(content: Content, layout: Layout, limits: Limits) -> Iterator[HeaderReading]:
    """Yield the headers of a file under each way of reading it that its format has.

    Raises:
        RefusalError: The file cannot be read at all, or is beyond a limit.
    """
    match format_of(content.path):
        case "csv":
            return csv_reader.header_readings(content, layout, limits)
        case "xlsx":
            return xlsx_reader.header_readings(content, layout, limits)
        case "json":
            return json_reader.header_readings(content, limits)


def open_tables(
    content: Content, layout: Layout, seen: HeaderReading, limits: Limits
) -> AbstractContextManager[list[TableSource]]:
    """Open a file of a known layout for strict reading.

    Raises:
        RefusalError: The file does not keep to the layout's format.
    """
    match format_of(content.path):
        case "csv":
            return csv_reader.open_csv(content, layout, seen, limits)
        case "xlsx":
            return xlsx_reader.open_xlsx(content, layout, limits)
        case "json":
            return json_reader.open_json(content, layout, limits)
