"""Opens files by the format of their layout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from staff_mobility.landing import csv_reader, json_reader, xlsx_reader
from staff_mobility.landing.layouts import Format, Layout
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
        endings = ", ".join(FORMATS)
        raise whole_file(
            f"files ending in '{path.suffix}' are not known (known: {endings})",
            "Export in one of these formats, or move the file out of the folder.",
        )
    return known


def read_headers(path: Path, layout: Layout) -> Iterator[HeaderReading]:
    """Yield the headers of a file under each way of reading it that its format has.

    Raises:
        RefusalError: The file cannot be read at all.
    """
    if format_of(path) == "csv":
        return csv_reader.header_readings(path, layout)
    if format_of(path) == "xlsx":
        return xlsx_reader.header_readings(path, layout)
    return json_reader.header_readings(path)


def open_tables(path: Path, layout: Layout, seen: HeaderReading) -> AbstractContextManager[list[TableSource]]:
    """Open a file of a known layout for strict reading.

    Raises:
        RefusalError: The file does not keep to the layout's format.
    """
    if format_of(path) == "csv":
        return csv_reader.open_csv(path, layout, seen)
    if format_of(path) == "xlsx":
        return xlsx_reader.open_xlsx(path, layout)
    return json_reader.open_json(path, layout)
