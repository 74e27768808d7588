"""Rows that the gate sets aside: the build goes on without them, they count nowhere, and the ledger knows them."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import duckdb
import pytest
from warehouse_build import DEMO, Workplace

NAME = "synthetic_mobility_tool_calls_2017-2020_2023-05-31.csv"
# Record of the file (the header is 1) -> header and value that make it a row that cannot count, and the check that finds it.
FAULTS = {
    11: ("Mobility ID", "", "is_filled"),
    12: ("Start Date", "", "is_filled"),
    13: ("End Date", "01-01-2015", "in_order"),
    14: ("Project ID", "garbage", "has_form"),
    15: ("Duration (days)", "", "is_filled"),
    16: ("Activity Type", "", "is_filled"),
    17: ("Sending Country", "Atlantis", "is_known"),
}


def first_lines() -> list[int]:
    """Line of the file on which each of its records begins, the two of headers first: a text may go over several lines."""
    with (DEMO / "mobility_tool" / NAME).open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, delimiter=";")
        return [1, *(rows.line_num + 1 for _ in rows)][:-1]


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    folder = tmp_path_factory.mktemp("rejected")
    shutil.copytree(DEMO, folder / "extracts")
    path = folder / "extracts" / "mobility_tool" / NAME
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    for number, (header, value, _) in FAULTS.items():
        rows[number - 1][rows[0].index(header)] = value
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    place = Workplace(folder / "place", extracts=folder / "extracts")
    place.folder.mkdir()
    run = place.dbt(
        "build", "--quiet", "--exclude-resource-type", "unit_test", "--exclude", "path:models/statistics+"
    )
    assert run.returncode == 0, run.stdout[-3000:]
    return place


def test_the_rows_are_named_with_their_check(spoilt: Workplace) -> None:
    with duckdb.connect(str(spoilt.warehouse), read_only=True) as con:
        rejected = con.execute("select row_number, check_name from raw.rejected_row order by 1").fetchall()
    lines = first_lines()
    assert rejected == [(lines[number - 1], check) for number, (_, _, check) in FAULTS.items()]


def test_the_ledger_accounts_for_them(spoilt: Workplace) -> None:
    query = "select n_file_rows, n_rejected_rows, is_balanced from quality.mart_quality__ledger where file_name = ?"
    with duckdb.connect(str(spoilt.warehouse), read_only=True) as con:
        assert con.execute(query, [NAME]).fetchone() == (len(first_lines()) - 2, len(FAULTS), True)


def test_no_rejected_row_counts(spoilt: Workplace, built_warehouse: Path) -> None:
    query = "select report_key from marts.fct_mobility"
    with duckdb.connect(str(spoilt.warehouse), read_only=True) as con:
        counted = con.execute(query).fetchall()
        rejected = con.execute(
            "select report_key from intermediate.int_reports_versioned where row_status = 'rejected'"
        ).fetchall()
    with duckdb.connect(str(built_warehouse), read_only=True) as con:
        sound = con.execute(query).fetchall()
    # A report whose new row is set aside is counted by its former row, if an earlier extract has one.
    assert len(counted) == len(sound) - len(FAULTS) + len(set(counted) & set(rejected))
    assert set(counted) < set(sound)
