"""The report page in a browser: the demonstration's figures, in two languages, without any request."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_page import E_MAIL, Opened, opened
from playwright.sync_api import Browser
from report_example import write_example

from staff_mobility.report import build_site

FIGURES = [
    *(f"figure-2-{number}" for number in range(1, 11)),
    *(f"figure-3-{number}" for number in range(1, 10)),
    *(f"figure-4-{number}" for number in range(1, 11)),
    "figure-S-1",
]
TABLES = [
    "table-3-1",
    *(f"table-4-{number}" for number in range(1, 5)),
    *(f"table-T-{n}" for n in range(1, 6)),
]


@pytest.fixture(scope="module")
def demo_site(built_warehouse: Path, dbt_manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the demonstration warehouse."""
    return build_site(built_warehouse, dbt_manifest, tmp_path_factory.mktemp("report") / "site")


@pytest.fixture
def demo(browser: Browser, demo_site: Path) -> Iterator[Opened]:
    """The demonstration's page, just opened."""
    yield from opened(browser, demo_site)


def test_every_figure_is_seen_in_both_languages(demo: Opened) -> None:
    for language, button in (("nb", "Norsk"), ("en", "English")):
        demo.page.get_by_role("link", name=button, exact=True).click()
        for figure in FIGURES:
            article = demo.page.locator(f"#{language}-{figure}")
            assert article.is_visible(), figure
            box = article.locator("svg").bounding_box()
            assert box is not None and box["width"] > 300 and box["height"] > 80, figure
            assert article.locator("table").first.locator("tbody tr").count() > 0, figure


def test_every_table_is_seen_in_both_languages(demo: Opened) -> None:
    for language, button in (("nb", "Norsk"), ("en", "English")):
        demo.page.get_by_role("link", name=button, exact=True).click()
        for table in TABLES:
            rows = demo.page.locator(f"#{language}-{table} table").first.locator("tbody tr")
            assert rows.count() > 0 and rows.first.is_visible(), table


def test_shaded_cells_say_in_signs_and_words_what_their_colour_says(demo: Opened) -> None:
    table = demo.page.locator("#nb-table-4-2 table").first
    for level, sign, words in (
        ("far-above", "▲▲", "langt over gjennomsnittet"),
        ("above", "▲", "over gjennomsnittet"),
        ("below", "▼", "under gjennomsnittet"),
        ("far-below", "▼▼", "langt under gjennomsnittet"),
    ):
        cell = table.locator(f"td.{level}").first
        assert cell.locator(".mark").inner_text() == sign
        assert cell.locator(".mark").get_attribute("aria-hidden") == "true"
        assert cell.locator(".spoken").text_content() == f", {words}"
        color = "element => getComputedStyle(element).backgroundColor"
        assert cell.evaluate(color) != table.locator("td:not([class*=' '])").first.evaluate(color)
    names = table.locator("tbody tr")
    assert names.count() == 20 and table.locator("td .mark").count() == 80


def test_language_is_switched_and_kept_in_the_address(demo: Opened) -> None:
    page = demo.page
    assert page.locator("main#nb").is_visible() and page.locator("main#en").is_hidden()
    assert page.title() == "Ansattmobilitet i Erasmus+"
    page.get_by_role("link", name="English", exact=True).click()
    assert page.locator("main#en").is_visible() and page.locator("main#nb").is_hidden()
    assert page.evaluate("location.hash") == "#en"
    assert page.title() == "Staff mobility in Erasmus+"
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator("#to-en").get_attribute("aria-current") == "true"
    page.reload()
    assert page.locator("main#en").is_visible()
    page.locator("main#en .contents").get_by_text("Figure 2.6").click()
    assert page.locator("main#en").is_visible() and page.locator("main#nb").is_hidden()
    page.wait_for_function(
        "Math.abs(document.getElementById('en-figure-2-6').getBoundingClientRect().top) < 200"
    )
    page.locator("#to-nb").dispatch_event("click")
    assert page.evaluate("location.hash") == "#nb-figure-2-6"
    assert page.locator("#nb-figure-2-6").is_visible()


def test_banner_is_at_the_top_in_either_language(browser: Browser, demo_site: Path) -> None:
    for fragment in ("", "#nb", "#en"):
        for demo in opened(browser, demo_site, fragment):
            box = demo.page.locator("aside.banner").bounding_box()
            assert box is not None and 0 <= box["y"] < 200
            assert "Syntetiske" in demo.page.inner_text("aside.banner")
            assert "Synthetic" in demo.page.inner_text("aside.banner")


def test_both_languages_are_reached_without_script(browser: Browser, demo_site: Path) -> None:
    for demo in opened(browser, demo_site, script=False):
        assert demo.page.locator("#nb-figure-2-1").is_visible()
        demo.page.get_by_role("link", name="English", exact=True).click()
        assert demo.page.locator("#en-figure-2-1").is_visible()
        assert demo.page.locator("#nb-figure-2-1").is_hidden()


def test_page_is_quiet(demo: Opened, demo_site: Path) -> None:
    demo.page.get_by_role("link", name="English", exact=True).click()
    demo.page.wait_for_timeout(300)
    assert demo.complaints == []
    assert {url.partition("#")[0] for url in demo.requests} == {demo_site.as_uri()}


def test_page_holds_no_e_mail_address(demo: Opened) -> None:
    assert E_MAIL.findall(demo.page.content()) == []


def test_labels_of_points_do_not_cover_each_other(demo: Opened) -> None:
    for figure, named_in in (
        ("figure-2-7", "figure-2-7"),
        ("figure-2-9", "figure-2-7"),
        ("figure-2-10", "figure-2-7"),
        ("figure-3-9", "figure-3-9"),
    ):
        short_names = demo.page.locator(f"#nb-{named_in} tbody th").all_inner_texts()
        boxes = demo.page.locator(f"#nb-{figure} svg text").evaluate_all(
            """(texts, names) => texts.filter(text => names.includes(text.textContent))
                .map(text => text.getBoundingClientRect())
                .map(box => [box.left, box.top, box.right, box.bottom])""",
            short_names,
        )
        assert len(boxes) >= len(short_names)
        covered = [pair for pair in itertools.combinations(boxes, 2) if _overlap(*pair)]
        assert covered == [], figure


def _overlap(one: list[float], other: list[float]) -> bool:
    """Overlap of two boxes by more than the white space around their letters."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width > 1 and height > 4


def test_narrow_screen_scrolls_the_charts_not_the_page(browser: Browser, demo_site: Path) -> None:
    for demo in opened(browser, demo_site, width=390):
        assert demo.page.evaluate("document.documentElement.scrollWidth") <= 390
        widths = demo.page.locator("#nb-figure-2-7 .chart").evaluate(
            "box => [box.scrollWidth, box.clientWidth]"
        )
        assert widths[0] > widths[1]


def test_charts_are_not_cut_off(demo: Opened) -> None:
    cut = demo.page.locator("main#nb svg").evaluate_all(
        """charts => charts.flatMap(chart => {
            const frame = chart.getBoundingClientRect();
            return Array.from(chart.querySelectorAll("text"))
                .filter(text => text.getAttribute("opacity") !== "0")
                .filter(text => {
                    const box = text.getBoundingClientRect();
                    return box.left < frame.left - 1 || box.right > frame.right + 1
                        || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
                })
                .map(text => text.textContent);
        })"""
    )
    assert cut == []


def test_charts_fit_the_page(demo: Opened) -> None:
    for figure in FIGURES:
        if figure != "figure-S-1":
            widths = demo.page.locator(f"#nb-{figure} .chart").evaluate(
                "box => [box.scrollWidth, box.clientWidth]"
            )
            assert widths[0] <= widths[1], figure


def test_a_link_leads_to_the_numbers(demo: Opened, demo_site: Path) -> None:
    for figure in FIGURES:
        target = demo.page.locator(f"#nb-{figure} .facts a").get_attribute("href")
        assert target is not None and (demo_site.parent / target).is_file()


def test_hostile_name_does_not_run(browser: Browser, tmp_path: Path) -> None:
    site = build_site(*write_example(tmp_path), tmp_path / "site")
    for example in opened(browser, site):
        example.page.wait_for_timeout(300)
        assert example.complaints == []
        assert "<script>alert(1)</script>" in example.page.inner_text("#nb-figure-2-5 table")
