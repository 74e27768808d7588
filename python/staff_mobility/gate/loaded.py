"""What the gate is told of an extract."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from staff_mobility.landing.layouts import Layout


@dataclass(frozen=True)
class Loaded:
    """An extract whose rows lie in the raw tables of an open transaction.

    Attributes:
        extract_id: The extract.
        layout: Its layout.
        extract_date: Its day.
        rows: Its data rows.
        unknown_headers: Headers that the layout does not know.
        missing_headers: Headers of optional columns that the file lacks.
        remarks: What is unusual about the file's form.
        place: Turns raw table and row number into words.
    """

    extract_id: str
    layout: Layout
    extract_date: dt.date
    rows: int
    unknown_headers: tuple[str, ...]
    missing_headers: tuple[str, ...]
    remarks: tuple[str, ...]
    place: Callable[[str, int], str]
