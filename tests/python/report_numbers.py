"""The numbers that every example in clients/ prints, read from the report's tables in the working warehouse."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb

from staff_mobility.publish.place import Publication
from staff_mobility.publish.tables import PUBLICATION

Numbers = Mapping[tuple[str, str], float | None]

_REPORT = """
    select 'rate', institution_key, mobilities_per_100_fte from report.fig_2_06_rate_by_institution
    union all
    select 'beta', outcome_variable || ' ' || term, beta_std from report.tab_4_05_outcome_regressions
    union all
    select 'stays', cast(year as varchar), sum(n_stays) from report.tab_t_01_programme_progress
    where n_stays is not null
    group by all
"""
# A printed number of 17 digits is the number; the tools add sums in orders of their own.
_TOLERANCE = 1e-12


def report_numbers(warehouse: Path) -> Numbers:
    """Return the report's numbers by name and by what they are of."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        return {
            (number, of_what): None if value is None else float(value)
            for number, of_what, value in con.execute(_REPORT).fetchall()
        }


def printed_numbers(printed: str) -> Numbers:
    """Return what an example has printed."""
    head, *rows = csv.reader(io.StringIO(printed))
    assert head == ["number", "of_what", "value"]
    found = {(number, of_what): float(value) if value else None for number, of_what, value in rows}
    assert len(found) == len(rows)
    return found


def differences(shown: Numbers, report: Numbers, publication: Publication) -> list[str]:
    """Return what is not as the report has it; the rates may have one decimal, as docs/disclosure_control.md says."""
    itself = (PUBLICATION, publication.id)
    found = [f"{key} is missing" for key in {*report, itself} - set(shown)]
    found += [f"{key} is not in the report" for key in set(shown) - {*report, itself}]
    return found + list(_other_values(shown, report))


def _other_values(shown: Numbers, report: Numbers) -> Iterator[str]:
    for key, value in report.items():
        told = shown.get(key)
        allowed = {value, round(value, 1)} if value is not None and key[0] == "rate" else {value}
        if not any(_is_same(told, each) for each in allowed):
            yield f"{key} is {told}, in the report {value}"


def _is_same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= _TOLERANCE * max(1, abs(other))
