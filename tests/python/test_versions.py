"""Versions of reports and the ledger: recomputed from the files, and the same whatever landed last."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from exports import export_tables, without_plan
from oracle import extract_differences, ledger
from oracle.compare import differences, read_rows
from oracle.corrections import corrected
from oracle.read_extracts import read_all
from warehouse_build import DEMO, ONLY_CORRELATIONS, WITHOUT_TESTS, Workplace

LATE = "mobility_tool/synthetic_mobility_tool_calls_2017-2020_2021-03-31.csv"
Raw = dict[str, pd.DataFrame]

# Query -> the oracle's measure of it, and the columns that name a row. Files stand for extract ids.
TABLES: dict[str, tuple[str, Callable[[Raw], pd.DataFrame], tuple[str, ...]]] = {
    "ledger": (
        "select * exclude (extract_id, source_system, layout, extract_date, accepted_by, is_refused)"
        " from quality.mart_quality__ledger",
        ledger.ledger,
        ("file_name",),
    ),
    "extract_difference": (
        "select extracts.file_name, earlier.file_name as previous_file_name,"
        " difference.* exclude (extract_id, previous_version_extract_id)"
        " from quality.mart_quality__extract_difference as difference"
        " inner join staging.stg_landing__extracts as extracts using (extract_id)"
        " left join staging.stg_landing__extracts as earlier"
        " on difference.previous_version_extract_id = earlier.extract_id",
        extract_differences.difference,
        ("file_name", "report_key"),
    ),
    "extract_summary": (
        "select * exclude extract_id from quality.mart_quality__extract_summary",
        extract_differences.summary,
        ("file_name", "report_change"),
    ),
    "extract_year": (
        "select extracts.file_name, years.* exclude (extract_id, is_provisional)"
        " from quality.mart_quality__extract_year as years"
        " inner join staging.stg_landing__extracts as extracts using (extract_id)",
        extract_differences.extract_years,
        ("file_name", "departure_year", "call_year"),
    ),
}
# Counted with a few lines of pandas from the files of 2021-03-31 and 2023-05-31: rows sent by the agency's
# country, duplicates by project and mobility id taken out; gone, new, and different in any cell.
COUNTED_BY_HAND = {"withdrawn": 3, "added": 162, "changed": 141}
STATUSES_COUNTED_BY_HAND = {
    "2014-2016_2018-06-30": (1766, 1752, 0, 7, 0, 0, 7),
    "2017-2020_2021-03-31": (1805, 0, 1790, 0, 3, 0, 12),
    "2017-2020_2023-05-31": (1965, 1946, 0, 5, 0, 3, 11),
}


@pytest.fixture(scope="module")
def raw() -> Raw:
    return corrected(read_all())


@pytest.mark.parametrize("table", TABLES)
def test_every_cell_equals_the_oracles(table: str, raw: Raw, built_warehouse: Path) -> None:
    query, measure, keys = TABLES[table]
    said = differences(measure(raw), read_rows(built_warehouse, query), keys)
    assert not said, f"{len(said)} differences, the first:\n" + "\n".join(said[:20])


def test_the_difference_is_as_counted_by_hand(built_warehouse: Path) -> None:
    query = "select report_change, count(*) as n from quality.mart_quality__extract_difference group by all"
    assert {row["report_change"]: row["n"] for row in read_rows(built_warehouse, query)} == COUNTED_BY_HAND


@pytest.mark.parametrize("file", STATUSES_COUNTED_BY_HAND)
def test_the_ledger_is_as_counted_by_hand(file: str, built_warehouse: Path) -> None:
    columns = ("file", "current", "superseded", "duplicate", "withdrawn", "moved", "incoming")
    listed = ", ".join(f"n_{column}_rows" for column in columns)
    query = f"select {listed} from quality.mart_quality__ledger where file_name like '%{file}%'"
    assert [tuple(row.values()) for row in read_rows(built_warehouse, query)] == [
        STATUSES_COUNTED_BY_HAND[file]
    ]


def test_three_stays_have_moved_and_count_once(built_warehouse: Path) -> None:
    query = """
        select moved.moved_by, former.report_key as former_key, present.report_key as present_key
        from quality.quality_moved_stays as moved
        left join marts.fct_mobility as former on moved.report_key = former.report_key
        left join marts.fct_mobility as present on moved.moved_to_report_key = present.report_key
        order by 1, 3
    """
    rows = read_rows(built_warehouse, query)
    assert [row["moved_by"] for row in rows] == ["email", "name_birth_date", "name_birth_date"]
    assert [row["former_key"] for row in rows] == [None, None, None]
    assert all(row["present_key"].startswith("beneficiary_module/2") for row in rows)


def test_the_published_totals_stand(built_warehouse: Path) -> None:
    query = """
        select count(*) as n_all, count(*) filter (where sector = 'state') as n_sector
        from marts.fct_mobility inner join marts.dim_institution using (institution_key)
    """
    assert read_rows(built_warehouse, query) == [{"n_all": 4238, "n_sector": 3772}]


def test_every_table_with_years_says_which_are_provisional(built_warehouse: Path) -> None:
    query = """
        select table_name as name
        from information_schema.columns
        where table_schema = 'report' or table_name like 'mart\\_%' escape '\\'
        group by all
        having
            bool_or(column_name in ('year', 'departure_year'))
            and not bool_or(column_name = 'is_provisional')
    """
    assert read_rows(built_warehouse, query) == []


@pytest.fixture(scope="module")
def late_workplace(demo_workplace: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The demonstration, with the older of two extracts landed last, built without tests."""
    folder = tmp_path_factory.mktemp("late")
    place = Workplace(folder, extracts=folder / "extracts")
    shutil.copy(demo_workplace.folder / "warehouse.key", folder)
    shutil.copytree(DEMO, place.extracts, ignore=shutil.ignore_patterns(Path(LATE).name))
    landed = place.staff_mobility("land")
    assert landed.returncode == 0, landed.stdout + landed.stderr
    shutil.copy(DEMO / LATE, place.extracts / LATE)
    # What is left out here is left out of the comparison, because it is another plan's: it would be missed there.
    built = place.dbt("build", "--quiet", *WITHOUT_TESTS, *ONLY_CORRELATIONS)
    assert built.returncode == 0, built.stdout
    return place


def test_an_older_extract_that_lands_last_changes_no_byte(
    demo_workplace: Workplace, late_workplace: Workplace, tmp_path: Path
) -> None:
    order = "select file_name from raw.extract order by landed_at desc limit 1"
    assert read_rows(late_workplace.warehouse, order) == [{"file_name": Path(LATE).name}]
    in_order = without_plan(export_tables(demo_workplace.warehouse, tmp_path / "in_order"))
    assert without_plan(export_tables(late_workplace.warehouse, tmp_path / "late")) == in_order
    assert "quality.mart_quality__ledger" in in_order


def test_rejected_rows_and_refused_files_are_accounted_for(late_workplace: Workplace) -> None:
    newest, older = (
        f"(select extract_id from raw.extract where file_name like '%2017-2020_{day}%')"
        for day in ("2023-05-31", "2021-03-31")
    )
    with duckdb.connect(str(late_workplace.warehouse)) as connection:
        key = connection.execute(
            "select min(new.report_key) from intermediate.int_report_versions_ranked as new"
            " inner join intermediate.int_report_versions_ranked as old using (report_key)"
            " where new.is_version and old.is_version"
            f" and new.extract_id = {newest} and old.extract_id = {older}"
        ).fetchone()
        assert key
        connection.execute(
            "insert into raw.rejected_row"
            " select extract_id, 'mobility_tool__participant_report', row_number, 'a_check', null"
            f" from intermediate.int_report_versions_ranked where report_key = ? and extract_id = {newest}",
            key,
        )
        connection.execute(
            "insert into raw.quarantine (extract_id, file_name, row_count, stage)"
            " values ('refused', 'refused.csv', 17, 'rows')"
        )
    built = late_workplace.dbt("run", "--quiet", "--select", "+mart_quality__ledger_total")
    assert built.returncode == 0, built.stdout
    status = read_rows(
        late_workplace.warehouse,
        "select row_status from intermediate.int_reports_versioned"
        f" where report_key = '{key[0]}' order by extract_date",
    )
    assert [row["row_status"] for row in status] == ["current", "rejected"]
    total = (
        "select n_file_rows, n_rejected_rows, n_refused_rows, is_balanced"
        " from quality.mart_quality__ledger_total where ledger_scope = 'all'"
    )
    delivered = sum(len(rows) for rows in read_all().values())
    assert read_rows(late_workplace.warehouse, total) == [
        {"n_file_rows": delivered + 17, "n_rejected_rows": 1, "n_refused_rows": 17, "is_balanced": True}
    ]
