"""Corrections of the sources: applied where the error is, and loud when it is not there any more."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import duckdb
import pytest
from exports import export_tables
from project_copy import copy_project
from warehouse_build import WITHOUT_TESTS, Workplace

SEED = Path("seeds/corrections/source_correction.csv")
COLUMNS = (
    "correction_id",
    "source_table",
    "row_key",
    "column_name",
    "expected_value",
    "corrected_value",
    "reason",
    "status",
    "decided_date",
    "source",
)


def copied(place: Workplace, folder: Path) -> Workplace:
    """The built warehouse beside a copy of the project whose seeds may change."""
    place.copy_warehouse(folder)
    return Workplace(folder, project=copy_project(folder))


def state(place: Workplace, *corrections: tuple[str, ...]) -> None:
    """Put corrections into the seed: table, row key, column, expected, corrected."""
    with (place.project / SEED).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number, correction in enumerate(corrections):
            writer.writerow([f"T{number}", *correction, "a test", "active", "2023-06-01", "a test"])


def rows(warehouse: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_the_demonstration_row_is_the_institutions_that_it_belongs_to(built_warehouse: Path) -> None:
    delivered = "select count(*) from raw.dbh__staff_fte where institution_code = '1170'"
    assert rows(built_warehouse, delivered) == [(1,)]
    fact = (
        "select reporting_institution_key, cast(fte as double) from marts.fct_staff_fte "
        "where year = 2021 and position_code = '1009' and department_code = 'SYNTHETIC200' "
        "and reporting_institution_key in ('ntnu', 'unknown')"
    )
    assert rows(built_warehouse, fact) == [("ntnu", 303.84)]


def test_answers_dates_and_countries_are_mended_in_the_facts(
    demo_workplace: Workplace, tmp_path: Path
) -> None:
    place = copied(demo_workplace, tmp_path)
    chosen = """
        select project_code || '/' || mobility_id, start_date, receiving_country, motive__career
        from raw.mobility_tool__participant_report
        where motive__career = 'YES' and receiving_country = 'ES' and start_date like '%2019'
        order by 1
        limit 1
    """
    ((key, start, country, _),) = rows(place.warehouse, chosen)
    table = "mobility_tool__participant_report"
    same_day_2018 = re.sub(r"2019$", "2018", str(start))
    state(
        place,
        ("dbh__staff_fte", "2021/1170/SYNTHETIC200/1009", "institution_code", "1170", "1150"),
        (table, str(key), "motive__career", "YES", "NO"),
        (table, str(key), "receiving_country", str(country), "IT"),
        (table, str(key), "start_date", str(start), same_day_2018),
    )
    fact = f"""
        select year, country_code, is_ticked
        from marts.fct_mobility
        inner join marts.fct_motive_choice using (report_key)
        where report_key = '{"mobility_tool/" + str(key)}' and motive_key = 'career'
    """
    assert rows(place.warehouse, fact) == [(2019, "ES", True)]
    # The two facts that are read here, and all that they are made of.
    run = place.dbt("build", "--quiet", *WITHOUT_TESTS, "--select", "+fct_mobility", "+fct_motive_choice")
    assert run.returncode == 0, run.stdout
    assert rows(place.warehouse, fact) == [(2018, "IT", False)]


@pytest.fixture(scope="module")
def outdated(demo_workplace: Workplace, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, bool]:
    """What a build says of corrections that do not fit, and whether the marts are as before."""
    place = copied(demo_workplace, tmp_path_factory.mktemp("outdated"))
    state(
        place,
        ("dbh__staff_fte", "2021/1170/SYNTHETIC200/1009", "institution_code", "1171", "1150"),
        ("dbh__staff_fte", "2021/1150/SYNTHETIC999/1009", "fte", "1", "2"),
        ("dbh__staff_fte", "2021/1110/SYNTHETIC200/1013", "institution_kode", "1110", "1120"),
    )
    before = export_tables(place.warehouse, place.folder / "before")
    run = place.dbt("build", "--exclude-resource-type", "unit_test")
    assert run.returncode == 1
    unchanged = export_tables(place.warehouse, place.folder / "after") == before
    return re.sub(r"\x1b\[\d+m", "", run.stdout), unchanged


def test_a_source_that_has_changed_stops_the_build(outdated: tuple[str, bool]) -> None:
    said, unchanged = outdated
    assert unchanged
    assert "FAIL: assert_corrections_still_hold" in said
    assert "expected_value=1171, found_value=1170" in said
    assert "correction_state=source_has_changed" in said
    assert "row_key=2021/1150/SYNTHETIC999/1009, column_name=fte" in said
    assert "correction_state=row_not_found" in said
    assert "set the correction's status to mended in seeds/corrections/source_correction.csv" in said


def test_a_column_that_staging_does_not_correct_is_named(outdated: tuple[str, bool]) -> None:
    assert "FAIL: assert_corrections_can_be_applied" in outdated[0]
    assert "column_name=institution_kode, is_correctable=False" in outdated[0]
