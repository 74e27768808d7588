"""The warehouse on the data of an invented country: other reference data and settings, the same code.

The reckoning of the expected numbers stands in tests/other_country/README.md.
"""

from __future__ import annotations

import runpy
import shutil

import pytest
import yaml
from oracle.compare import read_rows
from project_copy import copy_project
from warehouse_build import PROJECT, Workplace

from staff_mobility.report import build_site

CONFIGURATION = PROJECT / "tests" / "other_country"
# The EU systems' layouts stay, and that of a source which this country does not have: its table is empty.
KEPT_LAYOUTS = (
    "mobility_tool*.yml",
    "beneficiary_module*.yml",
    "eu_open_data*.yml",
    "dbh_institution_json.yml",
    "layout.schema.json",
)

# (institution, year) -> stays, staff FTE. Beta is split 0.6 / 0.4, then a fifth of Alpha goes to Gamma.
EXPECTED = {
    ("alpha", 2014): (1.6, None),
    ("gamma", 2014): (0.4, None),
    ("gamma", 2015): (2.0, None),
    ("alpha", 2016): (11.2, 104.0),
    ("gamma", 2016): (4.8, 146.0),
    ("alpha", 2017): (2.4, 120.0),
    ("gamma", 2017): (6.6, 140.0),
    ("alpha", 2019): (10.0, 120.0),
    ("gamma", 2019): (6.0, 160.0),
    ("zeta", 2019): (3.0, 10.0),
    ("eta", 2019): (1.0, None),
    ("gamma", 2020): (1.0, None),
    ("alpha", 2022): (3.0, None),
    ("gamma", 2022): (7.0, None),
    ("zeta", 2022): (1.0, None),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The project with the configuration laid over it, built from the country's extracts."""
    folder = tmp_path_factory.mktemp("country")
    project = copy_project(folder)
    kept = {path for pattern in KEPT_LAYOUTS for path in (project / "layouts").glob(pattern)}
    for path in set((project / "layouts").glob("*.yml")) - kept:
        path.unlink()
    for name in ("seeds", "layouts"):
        shutil.copytree(CONFIGURATION / name, project / name, dirs_exist_ok=True)
    settings = project / "dbt_project.yml"
    plan = yaml.safe_load(settings.read_text(encoding="utf-8"))
    plan["vars"] |= yaml.safe_load((CONFIGURATION / "vars.yml").read_text(encoding="utf-8"))
    settings.write_text(yaml.safe_dump(plan, allow_unicode=True), encoding="utf-8")
    runpy.run_path(str(CONFIGURATION / "make_extracts.py"))["main"](folder / "extracts")
    place = Workplace(folder, extracts=folder / "extracts", project=project, is_recorded=True)
    run = place.dbt("build", "--exclude-resource-type", "unit_test")
    assert run.returncode == 0, run.stdout[-6000:]
    return place


def test_stays_and_staff_are_as_reckoned_by_hand(place: Workplace) -> None:
    query = "select institution_key, year, n_stays, staff_fte from marts.mart_usage__institution_year"
    found = {
        (row["institution_key"], row["year"]): (row["n_stays"], row["staff_fte"])
        for row in read_rows(place.warehouse, query)
    }
    assert found == EXPECTED


def test_nothing_is_lost_or_doubled(place: Workplace) -> None:
    query = (
        "select sum(n_participants) as stays, count(distinct report_key) as reports from marts.fct_mobility"
    )
    assert read_rows(place.warehouse, query) == [{"stays": 61, "reports": 61}]
    query = "select sum(fte) as fte from marts.fct_staff_fte where not is_secondary_position"
    assert read_rows(place.warehouse, query) == [{"fte": 800}]


def test_a_code_that_was_given_away_again_means_who_bore_it_on_the_day(place: Workplace) -> None:
    query = """
        select distinct cast(start_date as varchar) as day, reporting_institution_key as entity
        from marts.fct_mobility
        where reporting_institution_key in ('epsilon', 'zeta') and source_system = 'mobility_tool'
        order by all
    """
    assert [(row["day"], row["entity"]) for row in read_rows(place.warehouse, query)] == [
        ("2014-06-02", "epsilon"),
        ("2016-05-02", "epsilon"),
        ("2019-03-04", "zeta"),
    ]


def test_late_codes_are_listed(place: Workplace) -> None:
    query = """
        select reporting_institution_key as entity, n_reports
        from quality.quality_reports_outside_institution_validity
        order by all
    """
    late = [(row["entity"], row["n_reports"]) for row in read_rows(place.warehouse, query)]
    assert late == [("beta", 5), ("delta_academy", 1), ("epsilon", 1)]


def test_survey_and_profiles_are_read_in_the_countrys_language(place: Workplace) -> None:
    query = """
        select institution_key, question_key, normed_value from marts.fct_survey_answer order by all
    """
    assert [tuple(row.values()) for row in read_rows(place.warehouse, query)] == [
        ("alpha", "mobility_main", 1.0),
        ("alpha", "priority_compared", 1.0),
        ("zeta", "mobility_main", 0.0),
        ("zeta", "priority_compared", 0.25),
    ]
    query = "select institution_key, exchange_share from report.fig_2_10_rate_by_exchange_share order by all"
    assert [tuple(row.values()) for row in read_rows(place.warehouse, query)] == [
        ("alpha", 0.215),
        ("gamma", 0.12),
        ("zeta", 0.4),
    ]


def test_progress_is_measured_against_the_countrys_own_target(place: Workplace) -> None:
    query = """
        select year, n_stays_so_far, target_share, n_stays_projected_so_far, projection_method
        from marts.mart_programme__progress
        order by year
    """
    found = [tuple(row.values()) for row in read_rows(place.warehouse, query)]
    coming = 49 / 6
    assert found[:2] == [
        (2021, 0, 0.0, 0.0, "with_previous_period"),
        (2022, 11, 0.11, 11.0, "with_previous_period"),
    ]
    assert [row[0] for row in found] == list(range(2021, 2030))
    assert [row[1] for row in found[2:]] == [11, *[None] * 6]
    expected = [11 + coming * min(year - 2022, 5) for year in range(2023, 2030)]
    assert [row[3] for row in found[2:]] == pytest.approx(expected, rel=1e-12)


def test_the_report_page_is_made(place: Workplace) -> None:
    page = build_site(place.warehouse, place.manifest, place.folder / "site").read_text(encoding="utf-8")
    assert "Gamma University" in page
    assert "University of Oslo" not in page
