"""The gate's pages and result files: what they say and refuse, and that no word of a file can do harm."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from gate_example import (
    ACCEPTED,
    HOSTILE,
    OTHER_SOURCE,
    REFUSED,
    RESULTS,
    SOURCE_TITLES,
    UNREADABLE,
    WARNED,
    failed,
    hostile_result,
    more_empty_answers,
    record,
    unknown_senders,
)
from jsonschema import Draft202012Validator
from report_example import write_example

from staff_mobility.gate.pages import write_pages
from staff_mobility.gate.pages_letter import ROWS_IN_LETTER, letter
from staff_mobility.gate.pages_text import TEXTS, displayable, visible
from staff_mobility.gate.result_files import (
    ResultFileError,
    load_results,
    save_result,
    schema_text,
    validate_result,
)
from staff_mobility.gate.results import FailingRow, GateResult
from staff_mobility.report import build_site

THIN = "\u202f"
PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gate's folder in a site with all examples."""
    return write_pages(RESULTS, tmp_path_factory.mktemp("gate") / "site", None, SOURCE_TITLES).parent


def page_of(folder: Path, result: GateResult) -> str:
    return (folder / f"{result.record.extract_id}.html").read_text(encoding="utf-8")


def written(tmp_path: Path, *results: GateResult) -> Path:
    return write_pages(results, tmp_path / "site", None).parent


def view(page: str, language: str) -> str:
    """One language of a page, as HTML."""
    return page.partition(f'<main class="language" id="{language}"')[2].partition("</main>")[0]


def words(html: str) -> str:
    """Text of a piece of HTML, its blanks collapsed."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def section(page: str, anchor: str) -> str:
    """HTML of one section or article."""
    found = re.search(rf'<(section|article)[^>]* id="{anchor}".*?</\1>', page, re.DOTALL)
    assert found, anchor
    return found.group()


def lines(html: str) -> list[list[str]]:
    """Texts of the table rows in a piece of HTML."""
    return [
        [words(cell) for cell in re.findall(r"<t[hd][^>]*>.*?</t[hd]>", line, re.DOTALL)]
        for line in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    ]


# The page of one extract.


@pytest.mark.parametrize(
    ("result", "language", "heading", "sentence"),
    [
        (ACCEPTED, "nb", "Godtatt", "Uttrekket er godtatt: Det består alle 7 kontroller."),
        (WARNED, "en", "Accepted with warnings", "accepted with warnings from 2 of 10 checks."),
        (REFUSED, "nb", "Avvist", "Uttrekket er avvist: Det stoppes av 2 av 9 kontroller."),
        (REFUSED, "en", "Refused", "The extract is refused: it is blocked by 2 of 9 checks."),
        (UNREADABLE, "en", "Refused", "The extract is refused: it is blocked by 1 of 1 checks."),
    ],
)
def test_verdict_stands_on_top(
    folder: Path, result: GateResult, language: str, heading: str, sentence: str
) -> None:
    shown = view(page_of(folder, result), language)
    name = result.record.file.rpartition("/")[2]
    assert words(shown.partition("<h1>")[2].partition("</h1>")[0]) == f"{heading} : {name}"
    assert sentence in words(shown.partition('class="answer')[2].partition("</div>")[0])


def test_overruled_extract_says_who_accepted_it_and_why(tmp_path: Path) -> None:
    overruled = replace(
        REFUSED,
        record=replace(
            REFUSED.record, accepted_by="Head of data", acceptance_reason="Known gap, see minutes."
        ),
    )
    shown = words(view(page_of(written(tmp_path, overruled), overruled), "en"))
    assert (
        "accepted by Head of data, although it is blocked by 2 of 9 checks. Reason: Known gap, see minutes."
        in shown
    )
    assert shown.count("Head of data") == 2


def test_information_alone_asks_nothing_of_the_supplier(tmp_path: Path) -> None:
    informed = replace(ACCEPTED, checks=(*ACCEPTED.checks, more_empty_answers()))
    page = page_of(written(tmp_path, informed), informed)
    assert "1 of 8 checks tell something worth a look" in words(view(page, "en"))
    assert "Nothing: no check blocks" in words(section(page, "en-supplier"))
    assert "More unanswered questions than before" in words(section(page, "en-check-1"))


def test_areas_say_what_the_numbers_are_worth_and_why(folder: Path) -> None:
    assert lines(section(page_of(folder, REFUSED), "en-meaning"))[1:] == [
        ["Use of the scheme", "not usable", "Dates that do not exist Reports are gone Unknown senders"],
        ["Strategy and anchoring", "not usable", "Reports are gone Unknown senders"],
        ["Outcomes", "not usable", "Dates that do not exist Reports are gone"],
        ["EU open data", "usable", ""],
    ]
    assert lines(section(page_of(folder, WARNED), "nb-meaning"))[1:] == [
        ["Bruk av ordningen", "kan brukes med forbehold", "Ukjente avsendere"],
        ["Strategi og forankring", "kan brukes med forbehold", "Ukjente avsendere"],
        ["Utbytte", "kan brukes med forbehold", "Rapporter som står to ganger"],
        ["Åpne EU-data", "kan brukes", ""],
    ]


def test_failing_checks_come_gravest_first_with_their_rows(folder: Path) -> None:
    found = section(page_of(folder, WARNED), "nb-failures")
    titles = [words(title) for title in re.findall(r"<h3.*?</h3>", found)]
    assert titles == ["Ukjente avsendere", "Rapporter som står to ganger", "Flere ubesvarte spørsmål enn før"]
    first = section(page_of(folder, WARNED), "nb-check-1")
    assert f"14 av 2{THIN}192 (0,6{THIN}%)" in unescape(first)
    assert "De første radene som feiler (5 av 14)" in words(first)
    assert lines(first)[:2] == [
        ["Rad", "Rapport", "Verdi"],
        ["12", "2019-1-NO01-KA103-040012 / SYN00012B11", "N SYNTH99"],
    ]
    second = words(section(page_of(folder, WARNED), "nb-check-2"))
    assert "Radene som feiler, er lagt til side" in second
    assert "Radene som feiler (2)" in second


def test_hidden_values_are_said_to_be_hidden(tmp_path: Path) -> None:
    rows = (FailingRow(3, "a", None, None), FailingRow(4, "b", None, "x"))
    result = replace(ACCEPTED, checks=(failed("rows", "c", "nb", "en", 9, n_failing=2, rows=rows),))
    result = replace(result, record=replace(result.record, accepted_by=None))
    found = section(page_of(written(tmp_path, result), result), "en-check-1")
    assert lines(found) == [["Row", "Table", "Value"], ["3", "a", "not shown"], ["4", "b", "x"]]


def test_all_checks_stand_by_stage(folder: Path) -> None:
    found = section(page_of(folder, REFUSED), "en-all_checks")
    stages = [words(title) for title in re.findall(r"<h3.*?</h3>", found)]
    assert stages == [
        "1. The file (0 of 3 failing)",
        "2. The columns (0 of 2 failing)",
        "3. The rows (2 of 3 failing)",
        "4. Against earlier extracts (1 of 1 failing)",
    ]
    assert [
        "Dates that do not exist Start Date dates_are_dates",
        "Blocks the extract",
        "2,010",
        "3",
    ] in lines(found)
    assert len(lines(found)) == len(REFUSED.checks) + 4


def test_stages_that_were_not_reached_say_so(folder: Path) -> None:
    refused = words(section(page_of(folder, UNREADABLE), "en-all_checks"))
    assert refused.count("Not made: a check of an earlier stage blocks the extract.") == 3
    accepted = words(section(page_of(folder, ACCEPTED), "en-all_checks"))
    assert "4. Against earlier extracts No checks in this stage." in accepted


def test_record_compares_the_years_with_the_previous_extract(folder: Path) -> None:
    found = section(page_of(folder, REFUSED), "en-record")
    assert lines(found) == [
        ["Year of departure", "Previous extract", "This extract", "Change", "Remark"],
        ["2017", "402", "402", "0", ""],
        ["2018", "742", "651", "\u221291", "lost 91 reports"],
        ["2019", "613", "520", "\u221293", "lost 93 reports"],
        ["2020", "254", "254", "0", ""],
        ["2021", "103", "103", "0", ""],
        ["2022", "78", "80", "+2", ""],
    ]
    assert f'href="{WARNED.record.extract_id}.html#en"' in found
    assert "2 Oct 2023 08:14 UTC" in words(found)


def test_unknown_facts_are_said_to_be_unknown(folder: Path) -> None:
    found = words(section(page_of(folder, UNREADABLE), "nb-record"))
    assert "Kilde Ukjent kilde Filoppsett ukjent Uttrekksdato ukjent Rader – Kolonner –" in found


# The letter to the supplier.

LETTER = """\
Subject: Check of the file synthetic_mobility_tool_calls_2017-2020_2023-09-30.csv

Dear colleague,

We have checked the file synthetic_mobility_tool_calls_2017-2020_2023-09-30.csv (extract of 30 Sept 2023). \
We cannot use it as it is.

This must be corrected before we can use the file:

1. Dates that do not exist
   Column: Start Date
   Correct the dates in Mobility Tool+ and export the file again.
   - row 212, report 2018-1-NO01-KA103-038212 / SYN00212C27
   - row 498, report 2018-1-NO01-KA103-038498 / SYN00498C27
   - row 1204, report 2018-1-NO01-KA103-039204 / SYN01204C27

2. Reports are gone
   See whether the export is limited to some projects, and export without a filter.
   - row 77, report 2018-1-NO01-KA103-037077 / SYN00077A04
   - row 78, report 2018-1-NO01-KA103-037078 / SYN00078A04
   - row 91, report 2018-1-NO01-KA103-037091 / SYN00091A04
   - row 140, report 2018-1-NO01-KA103-037140 / SYN00140A04
   - and 178 more

Please look at this, and correct it or confirm that it is right:

3. Unknown senders
   Column: Sending Organisation Erasmus Code
   Say which institution the code stands for, or correct the code.
   - row 12, report 2019-1-NO01-KA103-040012 / SYN00012B11
   - row 344, report 2019-1-NO01-KA103-040344 / SYN00344B11
   - row 345, report 2019-1-NO01-KA103-040345 / SYN00345B11
   - row 980, report 2019-1-NO01-KA103-040980 / SYN00980B11
   - row 1720, report 2019-1-NO01-KA103-041720 / SYN01720B11
   - and 9 more

Please correct this in the source system, export the file again and send us the new file. \
Do not send personal data in your answer to this e-mail.

Fingerprint of the file (SHA-256): {sha256}
"""


def test_letter_lists_what_fails_with_its_rows_and_nothing_of_their_cells() -> None:
    assert letter(REFUSED, "en") == LETTER.format(sha256=REFUSED.record.sha256)
    shown = [row.shown for check in REFUSED.checks for row in check.rows if row.shown]
    assert shown
    for language in ("nb", "en"):
        assert not [value for value in shown if value in letter(REFUSED, language)]


def test_letter_is_on_the_page_in_both_languages_the_readers_first(folder: Path) -> None:
    found = section(page_of(folder, REFUSED), "nb-supplier")
    letters = re.findall(r'<pre class="letter" id="[\w-]+" lang="(\w+)".*?>(.*?)</pre>', found, re.DOTALL)
    assert [language for language, _ in letters] == ["nb", "en"]
    assert [unescape(text) for _, text in letters] == [letter(REFUSED, "nb"), letter(REFUSED, "en")]


def test_letter_lists_row_numbers_by_table_where_rows_are_no_reports() -> None:
    rows = (FailingRow(3, "institution"), FailingRow(9, "institution"), FailingRow(2, "position"))
    check = failed("rows", "c", "nb", "en", 100, n_failing=30, rows=rows)
    text = letter(replace(OTHER_SOURCE, checks=(check,)), "en")
    assert "   Rows in institution: 3, 9\n   Rows in position: 2, and 27 more\n" in text
    single = replace(check, rows=rows[:2], n_failing=2)
    assert "   Rows: 3, 9\n" in letter(replace(OTHER_SOURCE, checks=(single,)), "en")


def test_long_letters_name_the_first_rows_only() -> None:
    rows = tuple(FailingRow(number, "t", f"report {number}") for number in range(2, 200))
    check = failed("rows", "c", "nb", "en", 300, n_failing=198, rows=rows)
    text = letter(replace(REFUSED, checks=(check,)), "en")
    assert text.count("- row ") == ROWS_IN_LETTER == 20
    assert "- and 178 more" in text


# The list of all extracts.


def test_index_lists_the_newest_first(folder: Path) -> None:
    index = (folder / "index.html").read_text(encoding="utf-8")
    found = section(index, "en-extracts")
    assert [line[1:] for line in lines(found)] == [
        ["Answer", "Source", "Extract date", "Rows", "Blocks", "Warnings", "Information"],
        ["Refused", "Unknown source", "unknown", "–", "1", "0", "0"],
        ["Refused", "Mobility Tool+", "30 Sept 2023", "2,010", "2", "1", "0"],
        ["Accepted with warnings", "Mobility Tool+", "31 May 2023", "2,192", "0", "2", "1"],
        ["Accepted", "Dbh", "15 May 2023", "2,764", "0", "0", "0"],
        ["Accepted", "Mobility Tool+", "31 Mar 2021", "2,006", "0", "0", "0"],
    ]
    assert "5 extracts: 2 accepted, 1 accepted with warnings, 2 refused." in words(view(index, "en"))
    for target in re.findall(r'href="([0-9a-f]{16}\.html)', found):
        assert (folder / target).is_file()


def test_trends_have_their_numbers_in_tables(folder: Path) -> None:
    found = section((folder / "index.html").read_text(encoding="utf-8"), "en-source-mobility_tool")
    tables = [lines(table) for table in re.findall(r"<table>.*?</table>", found, re.DOTALL)]
    name = "synthetic_mobility_tool_calls_2017-2020_{}.csv"
    assert tables[0] == [
        ["Extract date", "File", "Rows", "Answer"],
        ["30 Sept 2023", name.format("2023-09-30"), "2,010", "Refused"],
        ["31 May 2023", name.format("2023-05-31"), "2,192", "Accepted with warnings"],
        ["31 Mar 2021", name.format("2021-03-31"), "2,006", "Accepted"],
    ]
    # 14 of 2192 unknown senders in both; the refused one has 3 of 2010 wrong dates beside them.
    assert [line[2:4] for line in tables[1][1:]] == [
        ["0.6%", "Unknown senders"],
        ["0.6%", "Unknown senders"],
        ["0.0%", "–"],
    ]
    assert ["2018", "742", "651", "\u221291", "lost 91 reports"] in tables[2]
    assert len(tables) == found.count("<svg") == 3


def test_years_that_lost_reports_are_marked_in_the_chart(folder: Path) -> None:
    found = section((folder / "index.html").read_text(encoding="utf-8"), "nb-source-mobility_tool")
    chart = re.findall(r"<svg.*?</svg>", found, re.DOTALL)[2]
    marks = re.findall(r">(\u25bc [^<]+)<", chart)
    assert marks == ["\u25bc \u221291", "\u25bc \u221293"]
    assert "År med færre rapporter enn i forrige uttrekk: 2018, 2019." in words(found)
    assert "Nyeste uttrekk (30. sep. 2023, avvist)" in words(chart)


def test_a_year_that_is_gone_is_lost(tmp_path: Path) -> None:
    gone = replace(
        WARNED,
        record=replace(WARNED.record, rows_by_year={"2018": 5}, previous_rows_by_year={"2017": 4, "2018": 5}),
    )
    found = section(
        (written(tmp_path, gone) / "index.html").read_text(encoding="utf-8"), "en-source-mobility_tool"
    )
    assert ["2017", "4", "0", "\u22124", "lost 4 reports"] in lines(found)
    assert ">\u25bc \u22124<" in found
    assert "Years with fewer reports than in the previous extract: 2017." in words(found)


def test_extracts_of_different_layouts_are_not_compared(tmp_path: Path) -> None:
    other = replace(
        OTHER_SOURCE,
        record=record("dbh/other_2022-05-15.json", source="dbh", layout="dbh_position_code_json", rows=18),
    )
    index = (written(tmp_path, OTHER_SOURCE, other) / "index.html").read_text(encoding="utf-8")
    assert "<svg" not in index
    assert "Only one extract of each layout, so there is no trend to show yet: Dbh." in words(index)


def test_index_without_extracts_says_what_to_do(tmp_path: Path) -> None:
    index = (written(tmp_path) / "index.html").read_text(encoding="utf-8")
    assert "No extract has been checked yet." in words(view(index, "en"))
    assert "staff-mobility run" in index and "<table" not in index


# The pages as documents.


class Outline(HTMLParser):
    """Headings, ids and addresses of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.unscoped = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        self.ids += [given["id"] or ""] if "id" in given else []
        self.addresses += [str(given[name]) for name in ("href", "src") if name in given and tag != "svg"]
        self.unscoped += tag == "th" and "scope" not in given


def all_pages(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.html"))
    assert len(found) == len(RESULTS) + 1
    return found


def test_pages_are_sound_documents(folder: Path) -> None:
    for path in all_pages(folder):
        page = path.read_text(encoding="utf-8")
        outline = Outline(page)
        assert len(outline.ids) == len(set(outline.ids)), path
        assert outline.levels.count(1) == 2 and outline.unscoped == 0, path
        steps = zip(outline.levels, outline.levels[1:], strict=False)
        assert all(below - above <= 1 for above, below in steps), path
        named = re.findall(r'aria-(?:labelledby|describedby|controls)="([^"]*)"', page)
        assert named and set(named) <= set(outline.ids), path
        fragments = {address[1:] for address in outline.addresses if address.startswith("#")}
        assert fragments <= set(outline.ids), path


def test_pages_load_nothing_and_link_what_is_there(folder: Path) -> None:
    for path in all_pages(folder):
        page = path.read_text(encoding="utf-8")
        assert "default-src 'none'" in page
        for address in Outline(page).addresses:
            target = address.partition("#")[0]
            assert not re.match(r"\w+:|//", target), (path, address)
            assert not target or (folder / target).is_file(), (path, address)


def test_data_docs_and_report_are_linked_where_they_are(tmp_path: Path) -> None:
    site = tmp_path / "site"
    docs = site / "gate" / "data_docs"
    docs.mkdir(parents=True)
    index = write_pages([REFUSED], site, docs)
    assert "data_docs" not in page_of(index.parent, REFUSED)
    (docs / "index.html").write_text("docs")
    (site / "index.html").write_text("report")
    write_pages([REFUSED], site, docs)
    assert '<a href="data_docs/index.html">' in page_of(index.parent, REFUSED)
    assert '<a href="../index.html#nb">' in index.read_text(encoding="utf-8")
    assert (docs / "index.html").read_text() == "docs"


def test_pages_of_former_extracts_go_and_all_else_stays(tmp_path: Path) -> None:
    folder = written(tmp_path, REFUSED, ACCEPTED)
    (folder / "notes.txt").write_text("mine")
    write_pages([ACCEPTED], tmp_path / "site", None)
    names = {path.name for path in folder.iterdir()}
    kept = ACCEPTED.record.extract_id
    assert names == {"index.html", f"{kept}.html", f"{kept}.json", "extract_record.schema.json", "notes.txt"}


def test_same_results_in_any_order_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    again = write_pages(RESULTS[::-1], tmp_path / "site", None, SOURCE_TITLES).parent
    assert sorted(path.name for path in again.iterdir()) == sorted(path.name for path in folder.iterdir())
    for path in folder.iterdir():
        assert (again / path.name).read_bytes() == path.read_bytes(), path.name


def test_new_report_keeps_and_links_the_gates_pages(tmp_path: Path) -> None:
    inputs = write_example(tmp_path, only="fig_2_10_line")
    site = tmp_path / "site"
    assert "gate/index.html" not in build_site(*inputs, site).read_text(encoding="utf-8")
    index = write_pages([REFUSED], site, None)
    before = {path.name: path.read_bytes() for path in index.parent.iterdir()}
    page = build_site(*inputs, site).read_text(encoding="utf-8")
    assert 'href="gate/index.html#nb"' in page and 'href="gate/index.html#en"' in page
    assert {path.name: path.read_bytes() for path in index.parent.iterdir()} == before


def test_report_can_follow_where_only_the_gate_has_been(tmp_path: Path) -> None:
    write_pages([REFUSED], tmp_path / "site", None)
    assert build_site(*write_example(tmp_path, only="fig_2_10_line"), tmp_path / "site").is_file()


def test_banner_says_that_the_data_are_synthetic(folder: Path, tmp_path: Path) -> None:
    assert "Syntetiske demonstrasjonsdata" in page_of(folder, ACCEPTED)
    real = replace(ACCEPTED, record=record("calls_2023-05-31.csv"))
    assert "banner" not in page_of(written(tmp_path, real), real).partition("</style>")[2]


def test_texts_are_complete_in_both_languages_and_used() -> None:
    assert TEXTS["nb"].keys() == TEXTS["en"].keys()
    for key, text in TEXTS["nb"].items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", TEXTS["en"][key])), key
    gate = PROJECT / "python" / "staff_mobility" / "gate"
    code = "".join(
        path.read_text(encoding="utf-8") for path in [*gate.glob("pages*.py"), *gate.glob("templates/*.html")]
    )
    made = ("verdict_", "meaning_", "area_", "usability_", "severity_", "stage_", "letter_", "trend_")
    unused = [key for key in TEXTS["en"] if f'"{key}"' not in code and not key.startswith(made)]
    assert unused == []


# Words of others.


def test_no_word_of_a_file_can_do_harm(tmp_path: Path) -> None:
    hostile = hostile_result()
    folder = written(
        tmp_path, hostile, replace(REFUSED, record=replace(REFUSED.record, file=f"{HOSTILE}.csv"))
    )
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        unseen = {unicodedata.category(character) for character in text} & {"Cf", "Cs", "Co", "Zl", "Zp"}
        assert not unseen and not set(text) & set(map(chr, [*range(10), *range(11, 32), 127])), path.name
        if path.suffix == ".html":
            assert "<img" not in text and "<script>alert" not in text, path.name
            assert text.count("<script>") == 1
    page = words(view(page_of(folder, hostile), "en"))
    assert "<script>alert(1)</script><img src=x onerror=alert(2)>[U+202E]gpj.exe[U+0000][U+001B][31m" in page
    assert "{{ 7*7 }}" in page and "[U+007F][U+2028][U+E0041][U+D800]" in page


def test_long_texts_are_cut_in_their_middle() -> None:
    assert visible("x" * 60 + "y" * 60, 40) == "x" * 30 + " … " + "y" * 10
    assert visible("x" * 40, 40) == "x" * 40
    cut = displayable(hostile_result())
    assert len(cut.checks[0].rows[0].shown or "") < 200
    assert len(cut.record.file) < 400 and cut.record.file.endswith("_2023-05-31.csv")


def test_what_a_reader_sees_of_ordinary_text_is_unchanged() -> None:
    text = "Høgskolen i Sørøst-Norge, N  OSLO01, 4\u202f238 – «Ærlig talt»\u00a0%"
    assert visible(text, 100) == text


# The result files.


def test_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(json.loads(schema_text()))


@pytest.mark.parametrize("result", [*RESULTS, hostile_result()], ids=lambda result: result.verdict)
def test_results_come_back_as_they_were(result: GateResult, tmp_path: Path) -> None:
    validate_result(result.as_json())
    assert GateResult.from_json(json.loads(json.dumps(result.as_json()))) == result
    path = save_result(result, tmp_path / "made")
    assert path.name == f"{result.record.extract_id}.json"
    assert load_results(tmp_path / "made") == [result]


def test_result_file_is_written_the_same_way_each_time(tmp_path: Path) -> None:
    text = save_result(WARNED, tmp_path).read_text(encoding="utf-8")
    assert text == json.dumps(WARNED.as_json(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert "spørsmål" in text


def test_published_data_are_the_result_with_its_schema(folder: Path) -> None:
    content = json.loads((folder / f"{REFUSED.record.extract_id}.json").read_text(encoding="utf-8"))
    assert (folder / content.pop("$schema")).read_text(encoding="utf-8") == schema_text()
    assert content == json.loads(json.dumps(REFUSED.as_json()))


def test_a_later_version_may_know_more() -> None:
    content = REFUSED.as_json()
    content["record"]["colour"] = "blue"
    content["checks"][0]["weight"] = 1
    validate_result(content)
    assert GateResult.from_json(content) == REFUSED


def _set(*place: Any) -> Callable[[dict[str, Any]], None]:
    """A change of one value; the last of `place` is the new one."""
    *way, name, value = place

    def change(content: dict[str, Any]) -> None:
        target: Any = content
        for step in way:
            target = target[step]
        target[name] = value

    return change


def _without(*place: Any) -> Callable[[dict[str, Any]], None]:
    *way, name = place

    def change(content: dict[str, Any]) -> None:
        target: Any = content
        for step in way:
            target = target[step]
        del target[name]

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_without("record"), "at the top: 'record' is a required property"),
        (_without("record", "rows"), "at record: 'rows' is a required property"),
        (_set("record", "extract_id", "../../etc/passwd"), "at record/extract_id"),
        (_set("record", "extract_id", "0" * 16), "0000000000000000 does not begin the hash"),
        (_set("record", "rows", -1), "at record/rows"),
        (_set("record", "rows", "2010"), "at record/rows"),
        (_set("record", "extract_date", "2023-02-30"), "at record/extract_date"),
        (_set("record", "extract_date", "30.09.2023"), "at record/extract_date"),
        (_set("record", "checked_at", "2023-10-02T08:14:03+02:00"), "at record/checked_at"),
        (_set("record", "rows_by_year", {"all": 3}), "at record/rows_by_year"),
        (_set("record", "accepted_by", "Head of data"), "at record/acceptance_reason"),
        (_set("record", "accepted_by", "gate"), "at verdict"),
        (_set("verdict", "fine"), "at verdict: 'fine' is not one of"),
        (_set("verdict", "accepted"), "at verdict"),
        (_set("usability", "usage", "usable"), "at usability: .* follows from the checks"),
        (_without("usability", "open_data"), "at usability: 'open_data' is a required property"),
        (_set("checks", 6, "severity", "fatal"), "at checks/6/severity: 'fatal' is not one of"),
        (_set("checks", 6, "stage", "end"), "at checks/6/stage"),
        (_set("checks", 6, "title", {"nb": "bare norsk"}), "at checks/6/title: 'en' is a required property"),
        (_set("checks", 6, "endangers", ["everything"]), "at checks/6/endangers/0"),
        (_set("checks", 6, "measured", float("nan")), "at checks/6/measured: nan"),
        (_set("checks", 6, "rows", 0, "row", 0), "at checks/6/rows/0/row"),
        (_set("checks", 6, "rows", 0, "name", "Ola"), "Additional properties are not allowed"),
    ],
)
def test_wrong_results_are_refused_by_place(change: Callable[[dict[str, Any]], None], message: str) -> None:
    content = json.loads(json.dumps(REFUSED.as_json()))
    change(content)
    with pytest.raises(ResultFileError, match=message):
        validate_result(content)


def test_long_values_do_not_fill_the_message() -> None:
    content = REFUSED.as_json()
    content["record"]["extract_id"] = "x" * 5000
    with pytest.raises(ResultFileError) as refused:
        validate_result(content)
    assert len(str(refused.value)) < 400


def test_wrong_result_writes_nothing(tmp_path: Path) -> None:
    wrong = replace(REFUSED, record=replace(REFUSED.record, extract_id="../escaped"))
    with pytest.raises(ResultFileError):
        save_result(wrong, tmp_path / "results")
    with pytest.raises(ResultFileError):
        write_pages([ACCEPTED, wrong], tmp_path / "site", None)
    assert list(tmp_path.iterdir()) == []


def test_interrupted_writing_leaves_the_former_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save_result(REFUSED, tmp_path)
    before = path.read_bytes()

    def interrupted(_: Path, __: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_result(replace(REFUSED, checks=()), tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("0123456789abcdef.json", "{", "this is no JSON"),
        ("0123456789abcdef.json", "[]", "is not of type 'object'"),
        ("0123456789abcdef.json", json.dumps(REFUSED.as_json()), "this is the result of extract"),
    ],
)
def test_broken_result_files_are_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ResultFileError, match=message) as refused:
        load_results(tmp_path)
    assert str(tmp_path / name) in str(refused.value) and "run the gate" in str(refused.value)


def test_no_folder_is_no_result(tmp_path: Path) -> None:
    assert load_results(tmp_path / "none") == []


def test_twelve_newest_extracts_are_drawn(tmp_path: Path) -> None:
    results = [
        replace(
            ACCEPTED,
            record=record(f"calls_{year}-05-31.csv", extract_date=f"{year}-05-31", rows=year),
            checks=(unknown_senders(),),
        )
        for year in range(2010, 2025)
    ]
    index = (written(tmp_path, *results) / "index.html").read_text(encoding="utf-8")
    first = re.search(r"<table>.*?</table>", section(index, "en-source-mobility_tool"), re.DOTALL)
    assert first is not None
    days = [line[0] for line in lines(first.group())[1:]]
    assert days == [f"31 May {year}" for year in range(2024, 2012, -1)]
