"""Great Expectations' Data Docs as they are handed on: values of a file do no harm, nothing is fetched, counts are rows."""

from __future__ import annotations

import datetime as dt
import os
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from browser_page import opened as opened_page
from playwright.sync_api import Browser

from staff_mobility.gate.expectations import Expected, Judge

opened = contextmanager(opened_page)
HOSTILE = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"


@pytest.fixture(scope="module")
def data_docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    judge = Judge(tmp_path_factory.mktemp("gate"))
    frame = pd.DataFrame({"group_number": [0, 1], "value": ["YES", HOSTILE], "n_rows": [40, 2]})
    expected = Expected(
        "answers_are_allowed",
        "block",
        "ExpectColumnValuesToBeInSet",
        {"value_set": ["YES", "NO"]},
        [f"Question {HOSTILE}"],
        [frame],
    )
    assert judge.failing_groups(expected) == [[1]]
    judge.show([HOSTILE])
    judge.keep("stays.v1", "0123456789abcdef", dt.date(2023, 5, 31))
    site = judge.write_data_docs()
    assert site is not None
    return site


def page_of(data_docs: Path) -> Path:
    (page,) = (data_docs / "validations").rglob("*.html")
    return page


def test_values_and_headers_of_a_file_do_not_run(data_docs: Path, browser: Browser) -> None:
    for page in (page_of(data_docs), data_docs / "index.html"):
        with opened(browser, page) as open_page:
            assert open_page.page.title() != "taken"
            assert open_page.page.locator("script").count() == 0
            assert {request.split(":")[0] for request in open_page.requests} == {"file"}


def test_counts_are_rows_and_not_groups(data_docs: Path, browser: Browser) -> None:
    with opened(browser, page_of(data_docs)) as open_page:
        text = open_page.page.inner_text("body")
    assert "\u22484.7619% unexpected" in text, "2 rows of 42, where groups would be 1 of 2"
    assert "document.title" in text, "the value is shown as text"


def test_nothing_is_told_to_the_makers() -> None:
    Judge()
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
