"""The public EU files and the staff statistics are enough for chapter 2: no reports, surveys or profiles."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from oracle.compare import read_rows
from warehouse_build import DEMO, Workplace

from staff_mobility.report.site import build_site

FIGURES = (
    "fig_o_01_stays_by_year_and_purpose",
    "fig_o_02_duration_by_purpose",
    "fig_o_03_countries_by_purpose",
    "fig_o_04_regions_by_purpose",
    "fig_o_05_stays_by_institution_and_purpose",
    "fig_o_06_rate_by_institution",
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A warehouse of open data and staff FTE, built with all data tests."""
    folder = tmp_path_factory.mktemp("alone")
    drop = folder / "drop"
    drop.mkdir()
    for path in (*DEMO.glob("eu_open_data/*"), *DEMO.glob("dbh/*staff_fte*")):
        shutil.copy(path, drop)
    place = Workplace(folder, extracts=drop, is_recorded=True)
    run = place.dbt("build", "--exclude-resource-type", "unit_test")
    assert run.returncode == 0, run.stdout[-6000:]
    # Without reports the rates are zero, which is not what the study printed.
    assert re.findall(r"WARN \d+ (\w+)", run.stdout) == ["assert_differences_are_explained"]
    return place


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_is_the_same_as_with_all_other_sources(
    place: Workplace, built_warehouse: Path, figure: str
) -> None:
    query = f"select * from report.{figure} order by all"
    alone = read_rows(place.warehouse, query)
    assert alone
    assert alone == read_rows(built_warehouse, query)


def test_nothing_else_pretends_to_have_data(place: Workplace) -> None:
    assert read_rows(place.warehouse, "from report.fig_2_01_stays_by_year_and_purpose") == []
    assert read_rows(place.warehouse, "from report.tab_o_07_open_data_beside_reports") == []
    assert read_rows(place.warehouse, "from marts.mart_programme__progress") == []


def test_the_page_shows_them_in_a_section_of_their_own(place: Workplace) -> None:
    page = build_site(place.warehouse, place.manifest, place.folder / "site").read_text(encoding="utf-8")
    assert "Supplement to the study: EU open data" in page
    assert 'id="en-figure-O-6"' in page
    assert "EU open data: mobilities per 100 staff FTE and year" in page
