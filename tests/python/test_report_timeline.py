"""The time-line of institutions, and supplements to the study, on the report page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from report_example import write_example

from staff_mobility.report import ReportError, build_site

LIVES = """
create table report.fig_s_01_lives as select * from (values
    ('big', 'Big', 'big', 'Big', date '2016-01-01', date '2023-05-31', null, 9.0, 120.4, true),
    ('big', 'Big', 'old', 'Old', date '2008-01-01', date '2015-12-31', 'Big', 3.0, 40.6, true),
    ('small', 'Small', 'small', 'Small', date '2008-01-01', date '2023-05-31', null, 2.0, null, true),
    ('alone', 'Alone', 'alone', 'Alone', date '2008-01-01', date '2023-05-31', null, 50.0, 1.0, false)
) as rows (
    institution_key, institution_short_name, entity_key, entity_short_name, first_day, last_day, successor,
    n_stays, mean_staff_fte, is_drawn
);
"""
CHART = {
    "kind": "timeline",
    "category": "entity_short_name",
    "facet": "institution_short_name",
    "start": "first_day",
    "end": "last_day",
    "link": "successor",
    "value": "n_stays",
    "second_value": "mean_staff_fte",
    "drawn": "is_drawn",
}


def with_lives(manifest: dict[str, Any], **changes: Any) -> None:
    """Add the report model of the time-line to the example's manifest."""
    meta = {
        "figure": "S.1",
        "chapter": 9,
        "chapter_title_nb": "Struktur",
        "chapter_title_en": "Structure",
        "title_nb": "Liv",
        "title_en": "Lives",
        "unit_nb": "År",
        "unit_en": "Years",
        "chart": CHART,
        **changes,
    }
    manifest["nodes"]["model.example.fig_s_01_lives"] = {
        "resource_type": "model",
        "name": "fig_s_01_lives",
        "alias": "fig_s_01_lives",
        "schema": "report",
        "fqn": ["example", "report", "fig_s_01_lives"],
        "original_file_path": "models/report/fig_s_01_lives.sql",
        "config": {"meta": meta},
        "depends_on": {"nodes": []},
    }


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("timeline")
    built = build_site(*write_example(folder, LIVES, with_lives, "tab_4_05_estimates"), folder / "site")
    return built.read_text(encoding="utf-8")


def drawing(page: str, language: str) -> str:
    found = re.search(rf'<svg[^>]*aria-labelledby="{language}-figure-S-1.*?</svg>', page, re.DOTALL)
    assert found
    return found.group()


def texts(svg: str) -> list[str]:
    return [text for text in re.findall(r"<text[^>]*>([^<]+)</text>", svg) if text]


def test_lanes_stand_by_institution_with_most_stays_first_and_the_newest_name_on_top(page: str) -> None:
    lanes = [text for text in texts(drawing(page, "en")) if text in ("Big", "Old", "Small", "Alone")]
    assert lanes == ["Big", "Old", "Small"]


def test_numbers_stand_beside_the_lanes_in_the_words_of_the_language(page: str) -> None:
    english, norwegian = texts(drawing(page, "en")), texts(drawing(page, "nb"))
    assert "9 stays · 120 mean staff fte" in english
    assert "2 stays" in english
    assert "9 opphold · 120 mean staff fte" in norwegian


def test_only_a_former_name_has_a_line_to_its_successor(page: str) -> None:
    assert len(re.findall(r"<line[^>]*stroke=\"#777777\"", drawing(page, "en"))) == 1


def test_a_supplement_says_so_and_has_no_place_in_the_study(page: str) -> None:
    assert "Supplement to the study: Structure" in page
    assert "Tillegg til utredningen: Struktur" in page
    figure = page[page.index('id="en-figure-S-1"') :]
    figure = figure[: figure.index("</article>")]
    assert "Figure S.1" in figure
    assert "Place in the study" not in figure
    assert page.index('id="en-table-4-5"') < page.index('id="en-figure-S-1"')


def test_the_table_below_has_every_row(page: str) -> None:
    figure = page[page.index('id="en-figure-S-1"') :]
    assert "Alone" in figure[: figure.index("</article>")]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"figure": "S.x"}, "'S.x'"),
        (
            {"chart": {**CHART, "start": None}},
            "`chart.start` in the model's config.meta is missing for a timeline",
        ),
        ({"chart": {**CHART, "start": "n_stays"}}, "`n_stays` and `last_day` must be days"),
    ],
)
def test_a_wrong_meta_is_named(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    example = write_example(
        tmp_path, LIVES, lambda manifest: with_lives(manifest, **changes), "tab_4_05_estimates"
    )
    with pytest.raises(ReportError, match="fig_s_01_lives") as refused:
        build_site(*example, tmp_path / "site")
    assert message in str(refused.value)
