"""The gate's pages in a browser: both languages, on paper and on a phone, and no word of a file that runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_page import E_MAIL, Opened, opened
from gate_example import ACCEPTED, HOSTILE, REFUSED, RESULTS, WARNED, hostile_result
from playwright.sync_api import Browser, Page

from staff_mobility.gate.pages import write_pages
from staff_mobility.gate.pages_letter import letter
from staff_mobility.gate.results import GateResult

PAGES = [*(result.record.extract_id for result in (ACCEPTED, WARNED, REFUSED)), "index"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gate's folder in a site with all examples."""
    return write_pages(RESULTS, tmp_path_factory.mktemp("gate") / "site", None).parent


@pytest.fixture
def refused(browser: Browser, folder: Path) -> Iterator[Opened]:
    """The page of the refused extract, just opened."""
    yield from opened(browser, folder / f"{REFUSED.record.extract_id}.html")


def width_of(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


def test_every_page_is_read_in_both_languages_and_quiet(browser: Browser, folder: Path) -> None:
    for name in PAGES:
        path = folder / f"{name}.html"
        for found in opened(browser, path):
            _read_both_languages(found.page)
            assert found.complaints == []
            assert {url.partition("#")[0] for url in found.requests} == {path.as_uri()}
            assert E_MAIL.findall(found.page.content()) == []


def test_both_languages_are_read_without_script(browser: Browser, folder: Path) -> None:
    for found in opened(browser, folder / f"{REFUSED.record.extract_id}.html", script=False):
        _read_both_languages(found.page)


def _read_both_languages(page: Page) -> None:
    assert page.locator("main#nb h1").is_visible() and page.locator("main#en").is_hidden()
    page.get_by_role("link", name="English", exact=True).click()
    assert page.locator("main#en h1").is_visible() and page.locator("main#nb").is_hidden()


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        (ACCEPTED, "Uttrekket er godtatt: Det består alle 7 kontroller."),
        (WARNED, "Uttrekket er godtatt med advarsler fra 2 av 10 kontroller."),
        (REFUSED, "Uttrekket er avvist: Det stoppes av 2 av 9 kontroller."),
    ],
    ids=lambda value: getattr(value, "verdict", ""),
)
def test_answer_is_seen_without_scrolling(
    browser: Browser, folder: Path, result: GateResult, answer: str
) -> None:
    for found in opened(browser, folder / f"{result.record.extract_id}.html", width=400):
        sentence = found.page.locator("main#nb .sentence")
        assert sentence.inner_text() == answer
        box = sentence.bounding_box()
        assert box is not None and box["y"] + box["height"] < 900


def test_title_names_verdict_and_file(refused: Opened) -> None:
    name = REFUSED.record.file.rpartition("/")[2]
    assert refused.page.title() == f"Avvist: {name}"
    refused.page.get_by_role("link", name="English", exact=True).click()
    assert refused.page.title() == f"Refused: {name}"


def test_reason_leads_to_its_check_and_the_language_keeps_the_place(refused: Opened) -> None:
    page = refused.page
    page.locator("main#nb .answer").get_by_role("link", name="Rapporter er forsvunnet").click()
    assert page.evaluate("location.hash") == "#nb-check-2"
    page.wait_for_function(
        "Math.abs(document.getElementById('nb-check-2').getBoundingClientRect().top) < 200"
    )
    page.locator("#to-en").dispatch_event("click")
    assert page.evaluate("location.hash") == "#en-check-2"
    assert page.locator("#en-check-2 h3").inner_text() == "Reports are gone"


def test_letter_is_copied_whole(browser: Browser, folder: Path) -> None:
    for found in opened(browser, folder / f"{REFUSED.record.extract_id}.html", "#en"):
        page = found.page
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.locator("#en-supplier").get_by_role("button", name="Copy the text").first.click()
        page.locator("#en-supplier").get_by_text("Copied", exact=True).wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == letter(REFUSED, "en")


def test_letter_is_marked_by_one_click_without_script(browser: Browser, folder: Path) -> None:
    for found in opened(browser, folder / f"{REFUSED.record.extract_id}.html", script=False):
        assert found.page.locator("button.copy").first.is_hidden()
        style = "element => getComputedStyle(element).userSelect"
        assert found.page.locator("#nb-letter-nb").evaluate(style) == "all"
        assert found.page.locator("#nb-letter-nb").inner_text() == letter(REFUSED, "nb")


def test_pages_fit_a_phone_and_paper(browser: Browser, folder: Path) -> None:
    for name in PAGES:
        for found in opened(browser, folder / f"{name}.html", width=390):
            page = found.page
            assert width_of(page) <= 390, name
            page.set_viewport_size({"width": 720, "height": 900})
            page.emulate_media(media="print")
            assert width_of(page) <= 720, name
            assert all(table.is_visible() for table in page.locator("main#nb table").all()), name
            assert page.locator("nav.languages").is_hidden()


def test_index_leads_to_an_extract_and_back(browser: Browser, folder: Path) -> None:
    for found in opened(browser, folder / "index.html", "#en"):
        page = found.page
        page.locator("main#en").get_by_role("link", name=REFUSED.record.file.rpartition("/")[2]).first.click()
        assert page.locator("main#en h1").inner_text().startswith("Refused")
        page.locator("main#en").get_by_role("link", name="All extracts").click()
        assert page.locator("main#en h1").inner_text() == "Quality control of the extracts"
        assert found.complaints == []


def test_charts_are_drawn_whole(browser: Browser, folder: Path) -> None:
    for found in opened(browser, folder / "index.html"):
        charts = found.page.locator("main#nb svg")
        assert charts.count() == 3
        cut = charts.evaluate_all(
            """charts => charts.flatMap(chart => {
                const frame = chart.getBoundingClientRect();
                return Array.from(chart.querySelectorAll("text")).filter(text => {
                    const box = text.getBoundingClientRect();
                    return box.left < frame.left - 1 || box.right > frame.right + 1
                        || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
                }).map(text => text.textContent);
            })"""
        )
        assert cut == []
        found.page.locator("main#nb summary").first.focus()
        found.page.keyboard.press("Enter")
        assert found.page.locator("main#nb article table").first.is_visible()


def test_hostile_file_does_not_run(browser: Browser, tmp_path: Path) -> None:
    hostile = hostile_result()
    index = write_pages([hostile], tmp_path / "site", None)
    for path in (index, index.with_name(f"{hostile.record.extract_id}.html")):
        for found in opened(browser, path, "#en", width=390):
            found.page.wait_for_timeout(300)
            assert found.complaints == []
            assert len(found.requests) == 1
            assert width_of(found.page) <= 390
            assert found.page.locator("main img").count() == 0
            assert "_2023-05-31.csv" in found.page.inner_text("main#en")
            if path != index:
                assert HOSTILE in found.page.inner_text("#en-check-1")
                assert "[U+202E]" in found.page.inner_text("#en-check-1")
