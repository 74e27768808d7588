"""The report site from a small warehouse: what stands on the page, and what is refused."""

from __future__ import annotations

import csv
import itertools
import math
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_example import HOSTILE_NAME, METAS, meta_of, write_example

from staff_mobility.report import ReportError, build_site
from staff_mobility.report.formats import Style, format_number, number_style
from staff_mobility.report.placement import place_labels
from staff_mobility.report.texts import TEXTS
from staff_mobility.report.theme import color_legend

THIN = "\u202f"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the site of the unchanged example."""
    folder = tmp_path_factory.mktemp("report")
    return build_site(*write_example(folder), folder / "site").parent


@pytest.fixture(scope="module")
def page(site: Path) -> str:
    """Its page."""
    return (site / "index.html").read_text(encoding="utf-8")


def built(
    folder: Path,
    sql: str = "",
    change: Callable[[dict[str, Any]], object] = bool,
    only: str | None = None,
) -> str:
    """Page of a changed example."""
    return build_site(*write_example(folder, sql, change, only), folder / "site").read_text(encoding="utf-8")


def article(page: str, language: str, anchor: str) -> str:
    """HTML of one figure in one language."""
    found = re.search(rf'<article class="figure" id="{language}-{anchor}".*?</article>', page, re.DOTALL)
    assert found, f"no {anchor} in {language}"
    return found.group()


def tables(article: str) -> list[list[list[str]]]:
    """Texts of the tables of an article: table, line, cell."""
    return [
        [
            [unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.DOTALL)]
            for line in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
        ]
        for table in re.findall(r"<table>.*?</table>", article, re.DOTALL)
    ]


def svg_texts(article: str) -> list[str]:
    """Texts in the chart of an article, lines apart."""
    found = re.findall(r"<text[^>]*>(.*?)</text>", article, re.DOTALL)
    return [unescape(re.sub(r"<[^>]+>", "\n", text)).strip() for text in found]


def facts(article: str) -> dict[str, str]:
    """The list of facts under a chart."""
    pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", article)
    return {name: unescape(re.sub(r"<[^>]+>", "", text)) for name, text in pairs}


def test_every_report_model_is_on_the_page_in_the_order_of_its_number(page: str) -> None:
    for language in ("nb", "en"):
        anchors = re.findall(rf'<article class="figure" id="{language}-([a-z0-9-]+)"', page)
        assert anchors == [
            "figure-2-1",
            "figure-2-2",
            "figure-2-5",
            "figure-2-7",
            "figure-2-9",
            "figure-2-10",
            "table-4-2",
            "table-4-5",
        ]
        contents = re.findall(rf'<li><a href="#{language}-([a-z]+-[0-9]-[0-9]+)"', page)
        assert contents == anchors
    assert "Kapittel 4: Utbytte" in page and "Chapter 4: Outcomes" in page


def test_figure_says_what_it_is(page: str) -> None:
    assert facts(article(page, "nb", "figure-2-1")) == {
        "Enhet": "Antall",
        "Antall (n)": f"7{THIN}929 (opphold)",
        "Sted i utredningen": "Figur 2.1",
        "Kilde": "Mobilitetsverktøyet (uttrekk 31. mars 2021, 31. mai 2023)",
        "dbt-modell": "fig_2_01_years (models/report/fig_2_01_years.sql)",
        "Data": "fig_2_01_years.csv",
    }
    english = facts(article(page, "en", "figure-2-1"))
    assert english["Source"] == "The Mobility Tool (extract 31 Mar 2021, 31 May 2023)"
    assert english["Place in the study"] == "Figure 2.1"
    assert facts(article(page, "nb", "table-4-5"))["Sted i utredningen"] == "Tabell 4.5"
    assert facts(article(page, "en", "figure-2-9"))["Number (n)"] == "3 (institutions)"


def test_n_counts_a_repeated_value_once(tmp_path: Path) -> None:
    def per_year(manifest: dict[str, Any]) -> None:
        meta_of(manifest, "fig_2_01_years")["n"] = {"column": "year", "per": "year"}

    page = built(tmp_path, change=per_year, only="fig_2_01_years")
    assert facts(article(page, "en", "figure-2-1"))["Number (n)"] == "6,066 (year)"


def test_named_sources_stand_in_place_of_the_lineage(tmp_path: Path) -> None:
    def name_it(manifest: dict[str, Any]) -> None:
        meta_of(manifest, "fig_2_10_line")["sources"] = ["staff_register"]

    page = built(tmp_path, change=name_it, only="fig_2_10_line")
    assert facts(article(page, "en", "figure-2-10"))["Source"] == "Staff register (extract 15 May 2023)"


def test_what_no_extract_enters_names_none(tmp_path: Path) -> None:
    def name_none(manifest: dict[str, Any]) -> None:
        meta_of(manifest, "fig_2_10_line")["sources"] = []

    page = built(tmp_path, change=name_none, only="fig_2_10_line")
    assert "Source" not in facts(article(page, "en", "figure-2-10"))


def test_table_stands_wide_by_colour(page: str) -> None:
    assert tables(article(page, "nb", "figure-2-1")) == [
        [
            ["År", "Is provisional", "Opphold"],
            ["Undervisning", "Opplæring"],
            ["2021", "nei", f"1{THIN}261", f"1{THIN}262"],
            ["2022", "nei", f"1{THIN}321", f"1{THIN}322"],
            ["2023", "ja", f"1{THIN}381", f"1{THIN}382"],
        ]
    ]


def test_what_belongs_to_the_colour_alone_stands_beside(page: str) -> None:
    assert tables(article(page, "en", "figure-2-2")) == [
        [
            ["Duration bin", "Purpose share"],
            ["Teaching", "Training"],
            ["Under 5 days", "75.0%", "40.0%"],
            ["5 days and more", "25.0%", "60.0%"],
        ],
        [["Purpose", "Purpose mean days"], ["Teaching", "3.80"], ["Training", "6.30"]],
    ]


def test_table_without_a_chart_is_shown_by_its_sort_order(page: str) -> None:
    shown = article(page, "nb", "table-4-5")
    assert "<svg" not in shown
    assert "<details open>" in shown
    assert tables(shown) == [
        [
            ["Predictor", "Beta std", "P value"],
            ["a", "-1,500", "–"],
            ["b", "0,123", f"<{THIN}0,001"],
        ]
    ]


def test_table_without_a_chart_stands_as_its_layout_says(page: str) -> None:
    shown = re.sub(r"</?span[^>]*>", "|", article(page, "en", "table-4-2"))
    assert tables(shown) == [
        [
            ["Institution name", "Person mean", "N reports"],
            ["Staff", "Change", "Staff", "Change"],
            ["A", "4.25||", "–||", "20", "3"],
            ["B", "3.50|▼||, below the mean|", "4.50|▲▲||, far above the mean|", "0", "7"],
        ]
    ]


def test_shaded_cells_have_a_colour_a_sign_and_words(page: str) -> None:
    shown = article(page, "nb", "table-4-2")
    assert shown.count('class="mark" aria-hidden="true"') == 4
    assert 'class="number far-above">4,50<span class="mark" aria-hidden="true">▲▲</span>' in shown
    assert '<span class="spoken">, langt over gjennomsnittet</span></td>' in shown
    assert shown.count('class="spoken"') == 2
    assert "Merker i tabellen" in shown
    assert 'class="mark"' not in article(page, "nb", "table-4-5")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda meta: meta.update(
                chart={"kind": "bar", "category": "x", "value": "y"}, unit_nb="x", unit_en="x"
            ),
            "`layout`.*beside a chart",
        ),
        (lambda meta: meta["layout"].pop("value"), "`layout.value`.*is missing"),
        (lambda meta: meta["layout"].update(rows="x"), "`layout.rows`.*is unknown"),
        (lambda meta: meta["shade"].pop("level"), "`shade.level`.*is missing"),
        (lambda meta: meta["shade"].update(level="deviation"), "names the column `deviation`"),
        (lambda meta: meta["shade"].update(value="institution_name"), "holds no numbers"),
    ],
)
def test_wrong_layout_and_shade_are_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    with pytest.raises(ReportError, match=rf"(?s)^tab_4_02_outcomes: .*{message}"):
        built(
            tmp_path,
            change=lambda manifest: change(meta_of(manifest, "tab_4_02_outcomes")),
            only="tab_4_02_outcomes",
        )


def test_an_unknown_level_is_refused(tmp_path: Path) -> None:
    unknown = "update report.tab_4_02_outcomes set deviation_level = 'high';"
    with pytest.raises(ReportError, match=r"`deviation_level`.*has 'high'; use far_above, above, none"):
        built(tmp_path, unknown, only="tab_4_02_outcomes")


def test_colours_of_simple_bars_leave_the_table_long(tmp_path: Path) -> None:
    def colour(manifest: dict[str, Any]) -> None:
        meta_of(manifest, "fig_2_05_institutions")["chart"]["color"] = "short_name"

    page = built(tmp_path, change=colour, only="fig_2_05_institutions")
    assert [len(line) for line in tables(article(page, "nb", "figure-2-5"))[0]] == [5, 5, 5, 5]


def test_long_legends_stand_in_several_lines() -> None:
    assert color_legend(["Teaching", "Training"]).to_dict() == {}
    assert color_legend(["x" * 50] * 3).to_dict() == {"columns": 2}
    assert color_legend(["x" * 200, "y"]).to_dict() == {"columns": 1}


def test_several_rows_for_one_colour_are_shown_row_by_row(tmp_path: Path) -> None:
    page = built(
        tmp_path,
        "insert into report.fig_2_01_years from report.fig_2_01_years where year = 2021;",
        only="fig_2_01_years",
    )
    assert tables(article(page, "en", "figure-2-1"))[0][:3] == [
        ["Year", "Purpose", "Stays", "Is provisional"],
        ["2021", "Teaching", "1,261", "no"],
        ["2021", "Teaching", "1,261", "no"],
    ]


def test_long_tables_are_closed(page: str, tmp_path: Path) -> None:
    more = "insert into report.fig_2_10_line select 1900 + range, 1 from range(23);"
    assert "<details>" in article(built(tmp_path, more, only="fig_2_10_line"), "nb", "figure-2-10")
    assert "<details open>" in article(page, "nb", "figure-2-10")


def test_both_languages_show_the_same_numbers(page: str) -> None:
    def digits(language: str) -> list[str]:
        shown = re.search(rf'<main class="language" id="{language}".*?</main>', page, re.DOTALL)
        assert shown
        cells = re.findall(r'<td class="number">(.*?)</td>', shown.group())
        return [re.sub(r"\D", "", cell) for cell in cells]

    assert digits("nb") == digits("en")
    assert len(digits("nb")) > 20


@pytest.mark.parametrize(
    ("column", "values", "style"),
    [
        ("n_observations", [20.0, None], Style.WHOLE),
        ("previous_n_observations", [20.0], Style.WHOLE),
        ("n_observations", [20.5], Style.DECIMAL),
        ("estimate_difference", [1.0], Style.FINE_DECIMAL),
        ("adjusted_r_squared", [0.05], Style.FINE_DECIMAL),
        ("previous_p_value", [0.05], Style.PROBABILITY),
        ("statistic", [1.5], Style.DECIMAL),
    ],
)
def test_the_name_of_a_column_says_how_its_numbers_are_written(
    column: str, values: list[float | None], style: Style
) -> None:
    assert number_style(column, values) is style


@pytest.mark.parametrize(
    ("value", "style", "norwegian", "english"),
    [
        (1234567, Style.WHOLE, f"1{THIN}234{THIN}567", "1,234,567"),
        (2023, Style.YEAR, "2023", "2023"),
        (11.254, Style.DECIMAL, "11,25", "11.25"),
        (-0.001, Style.DECIMAL, "0,00", "0.00"),
        (0.0456, Style.PROBABILITY, "0,046", "0.046"),
        (0.0004, Style.PROBABILITY, f"<{THIN}0,001", f"<{THIN}0.001"),
        (0.1234, Style.FINE_DECIMAL, "0,123", "0.123"),
        (-0.2001, Style.FINE_DECIMAL, "-0,200", "-0.200"),
        (0.1755, Style.PERCENT, f"17,6{THIN}%", "17.6%"),
    ],
)
def test_numbers_are_written_as_the_language_does(
    value: float, style: Style, norwegian: str, english: str
) -> None:
    assert format_number(value, style, "nb") == norwegian
    assert format_number(value, style, "en") == english


def test_csv_has_all_columns_in_order(site: Path) -> None:
    with (site / "data" / "fig_2_01_years.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:3] == ["year", "purpose_key", "purpose_label_nb"]
    assert [(row[0], row[1]) for row in rows[1:]] == sorted((row[0], row[1]) for row in rows[1:])
    assert rows[-1] == ["2023", "training", "Opplæring", "Training", "2", "1382", "true"]
    assert {path.stem for path in (site / "data").iterdir()} == set(METAS)


def test_charts_are_images_with_a_name_and_a_description(page: str) -> None:
    images = re.findall(r"<svg[^>]*>.{0,400}", page)
    assert len(images) == 12
    for image in images:
        match = re.match(
            r'<svg role="img" aria-labelledby="([^"]+)" aria-describedby="([^"]+)"[^>]*>'
            r'<title id="\1">[^<]+</title><desc id="\2">[^<]+</desc>',
            image,
        )
        assert match, image
    assert "Stablet stolpediagram. Antall. 3 kategorier, fra 2021 til 2023." in page


def test_ids_are_unique(page: str) -> None:
    counts = Counter(re.findall(r'\bid="([^"]+)"', page))
    assert [name for name, count in counts.items() if count > 1] == []
    targets = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', page)
    assert {first or second for first, second in targets} <= set(counts)


def test_bars_stand_in_the_order_of_the_meta(page: str) -> None:
    texts = svg_texts(article(page, "en", "figure-2-5"))
    names = [text for text in texts if text in ("Large school", "Small school", HOSTILE_NAME)]
    assert names == ["Large school", HOSTILE_NAME, "Small school"]
    assert "1,240" in texts
    colors = [
        text for text in svg_texts(article(page, "nb", "figure-2-1")) if text in ("Undervisning", "Opplæring")
    ]
    assert colors == ["Undervisning", "Opplæring"]


def test_provisional_years_are_lighter_and_say_so(page: str, tmp_path: Path) -> None:
    shown = article(page, "nb", "figure-2-1")
    assert shown.count('opacity="0.45"') == 2
    assert "foreløpige tall, som kan øke (2023)" in shown
    assert "Merk dette." in shown
    final = article(
        built(tmp_path, "update report.fig_2_01_years set is_provisional = false;", only="fig_2_01_years"),
        "nb",
        "figure-2-1",
    )
    assert 'opacity="0.45"' not in final
    assert "foreløpige" not in final


def test_counts_can_be_drawn_as_shares_of_their_bar(tmp_path: Path) -> None:
    def shares(manifest: dict[str, Any]) -> None:
        meta_of(manifest, "fig_2_01_years")["chart"]["percent"] = True

    shown = article(built(tmp_path, change=shares, only="fig_2_01_years"), "nb", "figure-2-1")
    assert f"100{THIN}%" in svg_texts(shown)
    assert f"1{THIN}261" in tables(shown)[0][2]


def test_scatter_names_its_points_and_axes(page: str) -> None:
    texts = svg_texts(article(page, "nb", "figure-2-7"))
    assert {"Small", "Large", HOSTILE_NAME, "Andel gjenbruk", "Antall", f"20{THIN}%"} <= set(texts)
    facets = svg_texts(article(page, "en", "figure-2-9"))
    assert [text for text in facets if text.startswith("Measure")] == ["Measure 1", "Measure 2", "Measure 3"]


def test_page_loads_nothing(page: str) -> None:
    assert not re.search(r"<(?:link|img|iframe|object|embed|base|use|image)\b", page)
    assert not re.search(r"\bsrc\s*=|@import|url\((?!#)", page)
    assert set(re.findall(r'\bhref="([^"#]+)', page)) == {f"data/{model}.csv" for model in METAS}
    assert set(re.findall(r'https?://[^"\s<]+', page)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert "default-src 'none'" in page


def test_every_text_is_escaped(page: str) -> None:
    assert HOSTILE_NAME not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count("<script") == 1


def test_hostile_meta_is_escaped(tmp_path: Path) -> None:
    def spoil(manifest: dict[str, Any]) -> None:
        meta = meta_of(manifest, "fig_2_01_years")
        for key in (
            "title_nb",
            "title_en",
            "unit_nb",
            "note_nb",
            "place",
            "chapter_title_en",
            "chapter_title_nb",
        ):
            meta[key] = '"><img src=x onerror=alert(1)>'

    page = built(tmp_path, change=spoil, only="fig_2_01_years")
    assert "<img" not in page
    assert "&lt;img src=x" in page


def test_banner_says_that_the_data_are_synthetic(page: str, tmp_path: Path) -> None:
    banner = re.search(r'<aside class="banner".*?</aside>', page, re.DOTALL)
    assert banner
    assert (
        "Syntetiske demonstrasjonsdata" in banner.group() and "Synthetic demonstration data" in banner.group()
    )
    real = built(
        tmp_path,
        "update raw.extract set file_name = replace(file_name, 'synthetic_', '');",
        only="tab_4_05_estimates",
    )
    assert 'banner"' not in real


def test_same_warehouse_gives_the_same_bytes(site: Path, tmp_path: Path) -> None:
    warehouse, manifest = write_example(tmp_path)
    build_site(warehouse, manifest, tmp_path / "again")
    code = "import sys; from pathlib import Path; from staff_mobility.report import build_site; "
    code += "build_site(*map(Path, sys.argv[1:]))"
    other = [sys.executable, "-c", code, str(warehouse), str(manifest), str(tmp_path / "other")]
    subprocess.run(other, check=True, env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"})
    for name in ("again", "other"):
        written = {path.relative_to(tmp_path / name) for path in (tmp_path / name).rglob("*.*")}
        assert len(written) == 9
        for path in written:
            assert (tmp_path / name / path).read_bytes() == (site / path).read_bytes()


def test_a_new_model_with_meta_is_enough(tmp_path: Path) -> None:
    def add(manifest: dict[str, Any]) -> None:
        node = dict(manifest["nodes"]["model.example.fig_2_10_line"])
        node |= {
            "name": "fig_3_01_new",
            "alias": "fig_3_01_new",
            "fqn": ["example", "report", "fig_3_01_new"],
        }
        node["config"] = {"meta": node["config"]["meta"] | {"figure": "3.1", "chapter": 3}}
        manifest["nodes"]["model.example.fig_3_01_new"] = node

    page = built(
        tmp_path, "create table report.fig_3_01_new as from report.fig_2_10_line;", add, only="fig_2_10_line"
    )
    assert "<svg" in article(page, "nb", "figure-3-1")
    assert (tmp_path / "site" / "data" / "fig_3_01_new.csv").is_file()


def test_hidden_columns_stay_in_the_csv_only(tmp_path: Path) -> None:
    def hide(manifest: dict[str, Any]) -> None:
        meta_of(manifest, "fig_2_02_durations")["hidden_columns"] = ["purpose_mean_days"]

    page = built(tmp_path, change=hide, only="fig_2_02_durations")
    assert len(tables(article(page, "en", "figure-2-2"))) == 1
    assert "purpose_mean_days" in (tmp_path / "site" / "data" / "fig_2_02_durations.csv").read_text()


def test_reasons_are_shown_where_something_is_missing(tmp_path: Path) -> None:
    model = "tab_4_05_estimates"
    column = f"alter table report.{model} add column result_reason varchar;"
    filled = f"{column} update report.{model} set result_reason = 'no variation' where p_value is null;"
    (tmp_path / "filled").mkdir()
    headings = ["Predictor", "Beta std", "P value"]
    page = built(tmp_path, column, only=model)
    assert tables(article(page, "en", "table-4-5"))[0][0] == headings
    page = built(tmp_path / "filled", filled, only=model)
    assert tables(article(page, "en", "table-4-5"))[0] == [
        [*headings, "Result reason"],
        ["a", "-1.500", "–", "no variation"],
        ["b", "0.123", f"<{THIN}0.001", "–"],
    ]


def test_models_without_rows_are_said_to_be_empty(tmp_path: Path) -> None:
    page = built(tmp_path, "".join(f"delete from report.{model};" for model in METAS))
    assert page.count("Ingen rader") == page.count("No rows") == len(METAS)
    assert "<svg" not in page and "<caption" not in page


def test_missing_values_leave_no_trace_in_a_chart(tmp_path: Path) -> None:
    page = built(
        tmp_path,
        """
        update report.fig_2_07_scatter set reuse_share = null where short_name = 'Small';
        update report.fig_2_05_institutions set n_stays = null where short_name = 'Small';
        update report.fig_2_01_years set n_stays = null where year = 2021 and purpose_key = 'teaching';
        update report.fig_2_01_years set purpose_label_nb = null, purpose_label_en = null
        where year = 2022 and purpose_key = 'teaching';
        """,
    )
    assert "Small" not in svg_texts(article(page, "nb", "figure-2-7"))
    years = tables(article(page, "nb", "figure-2-1"))[0]
    assert years[2] == ["2021", "nei", "–", "–", f"1{THIN}262"]
    assert "1 punkter" not in page and "2 punkter" in page
    assert "NaN" not in page


def test_warehouse_without_column_labels_shows_names(tmp_path: Path) -> None:
    page = built(tmp_path, "drop table reference.column_label;", only="fig_2_10_line")
    assert tables(article(page, "en", "figure-2-10"))[0][0] == ["Year", "N stays"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda meta: meta.pop("title_en"), "`title_en`.*is missing"),
        (lambda meta: meta.pop("figure"), "`figure`.*or `table` must be given"),
        (lambda meta: meta.update(figure=2.1), "`figure`.*is 2.1, not a text; put it in quotes"),
        (lambda meta: meta.update(figure="2.x"), "`figure`.*'2.x'"),
        (lambda meta: meta.update(figure="2.2"), "same number 2.2 as fig_2_0"),
        (lambda meta: meta.update(chapter="two"), "`chapter`.*not a whole number"),
        (lambda meta: meta.pop("chart"), "`chart`.*is missing"),
        (lambda meta: meta.update(chart="bar"), "`chart`.*not a mapping"),
        (lambda meta: meta["chart"].update(kind="pie"), "`chart.kind`.*'pie'.*use one of stacked_bar"),
        (lambda meta: meta["chart"].pop("color"), "`chart.color`.*is missing for a stacked_bar"),
        (lambda meta: meta["chart"].update(colour="x"), "`chart.colour`.*is unknown"),
        (lambda meta: meta["chart"].update(facet="year"), "`chart.facet`.*has no meaning"),
        (lambda meta: meta["chart"].update(percent="yes"), "`chart.percent`.*use true or false"),
        (lambda meta: meta["chart"].update(orientation="up"), "`chart.orientation`.*horizontal"),
        (
            lambda meta: meta["chart"].update(value="n_stay"),
            "names the column `n_stay`, which the table lacks",
        ),
        (lambda meta: meta["chart"].update(value="purpose_key"), "`purpose_key` holds no numbers"),
        (lambda meta: meta["n"].update(column="stays"), "names the column `stays`"),
        (lambda meta: meta.update(sources=["mobility"]), "`sources`.*names 'mobility'"),
        (lambda meta: meta.update(hidden_columns="unit"), "`hidden_columns`.*list"),
    ],
)
def test_wrong_meta_is_refused_by_name(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    with pytest.raises(ReportError, match=rf"(?s)^fig_2_0[12]_\w+: .*{message}"):
        built(tmp_path, change=lambda manifest: change(meta_of(manifest, "fig_2_01_years")))


def test_missing_table_names_the_model_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"fig_2_10_line: .* run `dbt build --select \+fig_2_10_line`"):
        built(tmp_path, "drop table report.fig_2_10_line;")


def test_missing_inputs_are_refused(tmp_path: Path) -> None:
    warehouse, manifest = write_example(tmp_path, only="fig_2_10_line")
    with pytest.raises(ReportError, match="there is no warehouse; run `dbt build`"):
        build_site(tmp_path / "none.duckdb", manifest, tmp_path / "site")
    with pytest.raises(ReportError, match="there is no dbt manifest; run `dbt build`"):
        build_site(warehouse, tmp_path / "none.json", tmp_path / "site")
    for broken in ("{", "[]", '{"nodes": {}}'):
        manifest.write_text(broken)
        with pytest.raises(ReportError, match=re.escape(str(manifest))):
            build_site(warehouse, manifest, tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_warehouse_in_use_is_refused(tmp_path: Path) -> None:
    warehouse, manifest = write_example(tmp_path)
    with duckdb.connect(str(warehouse)), pytest.raises(ReportError, match="cannot be opened"):
        build_site(warehouse, manifest, tmp_path / "site")


def test_warehouse_is_not_written(tmp_path: Path) -> None:
    warehouse, manifest = write_example(tmp_path, only="fig_2_10_line")
    before = warehouse.read_bytes()
    warehouse.chmod(0o444)
    build_site(warehouse, manifest, tmp_path / "site")
    assert warehouse.read_bytes() == before


def test_failed_build_leaves_the_former_site(tmp_path: Path) -> None:
    warehouse, manifest = write_example(tmp_path, only="fig_2_10_line")
    page = build_site(warehouse, manifest, tmp_path / "site")
    before = page.read_bytes()
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("drop table report.fig_2_10_line")
    with pytest.raises(ReportError):
        build_site(warehouse, manifest, tmp_path / "site")
    assert page.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["manifest.json", "site", "warehouse.duckdb"]


def test_new_build_replaces_the_former_one(tmp_path: Path) -> None:
    warehouse, manifest = write_example(tmp_path, only="fig_2_10_line")
    page = build_site(warehouse, manifest, tmp_path / "site")
    (tmp_path / "site" / "data" / "fig_1_01_gone.csv").write_text("x")
    build_site(warehouse, manifest, tmp_path / "site")
    assert page.is_file()
    assert not (tmp_path / "site" / "data" / "fig_1_01_gone.csv").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["manifest.json", "site", "warehouse.duckdb"]


@pytest.mark.parametrize("name", ["notes.txt", "data/notes.txt", "index.html"])
def test_foreign_folder_is_refused(tmp_path: Path, name: str) -> None:
    foreign = tmp_path / "site" / name
    foreign.parent.mkdir(parents=True)
    foreign.write_text("mine")
    with pytest.raises(ReportError, match="former site"):
        build_site(*write_example(tmp_path), tmp_path / "site")
    assert foreign.read_text() == "mine"


def test_texts_are_complete_in_both_languages() -> None:
    assert TEXTS["nb"].keys() == TEXTS["en"].keys()
    for key, text in TEXTS["nb"].items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", TEXTS["en"][key])), key


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(20, 760), st.integers(20, 460)), min_size=1, max_size=21, unique=True))
def test_labels_stay_inside_and_apart(points: list[tuple[int, int]]) -> None:
    exact = tuple((float(x), float(y)) for x, y in points)
    placed = place_labels(exact, tuple((42.0, 13.0) for _ in points), (780, 480))
    for label, point in zip(placed, exact, strict=True):
        assert 21 <= label.box.x <= 759 and 6.5 <= label.box.y <= 473.5
        assert math.dist(label.line[0], point) == 0
    overlaps = [one.box.overlap(other.box) for one, other in itertools.combinations(placed, 2)]
    assert sum(overlap > 0 for overlap in overlaps) <= len(points) // 10
