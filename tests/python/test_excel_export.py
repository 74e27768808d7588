"""The verb export: a workbook of the current publication, read back cell by cell."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from report_numbers import Numbers, differences, report_numbers
from small_warehouse import PUBLIC_MARTS, SmallPlace, make_place, write_warehouse
from typer.testing import CliRunner
from warehouse_build import Workplace

from staff_mobility import cli
from staff_mobility.publish.place import Publication
from staff_mobility.publish.sheets import Sheet, SheetColumn, Told
from staff_mobility.publish.workbook import HEADER_ROWS, NULLS, sheet_names, workbook
from staff_mobility.settings import WrongUseError

TOLD = Told(
    "20240601T000000000Z-0a1b2c3d",
    "0a1b2c3d",
    dt.datetime(2024, 6, 1, 4, 5, 6),
    dt.datetime(2024, 6, 1, 4),
    "rules",
)
COLUMN = SheetColumn("value", "VARCHAR", "Verdi", "Value", "A value.")


def answer(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(cli.app, [*arguments, "--json"])
    return {**json.loads(result.stdout), "code": result.exit_code}


@pytest.fixture(scope="module")
def export(
    publication: Publication, demo_workplace: Workplace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """Exports marts of the published demonstration build into a workbook and reads it back."""
    folder = tmp_path_factory.mktemp("export")

    def make(*arguments: str) -> Workbook:
        told = answer("export", "--excel", str(folder / "use.xlsx"), *arguments)
        assert (told["code"], told["publication"]) == (0, publication.id), told
        return openpyxl.load_workbook(told["workbook"])

    with pytest.MonkeyPatch.context() as patch:
        for name, value in demo_workplace.environment().items():
            patch.setenv(name, value)
        patch.setenv("STAFF_MOBILITY_PUBLISHED", str(publication.folder.parents[1]))
        yield make


def cells(sheet: Worksheet) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Names of columns and rows below them."""
    head, *rows = sheet.iter_rows(min_row=HEADER_ROWS, values_only=True)
    return [str(name) for name in head], rows


def records(sheet: Worksheet) -> Iterator[Mapping[str, Any]]:
    names, rows = cells(sheet)
    return (dict(zip(names, row, strict=True)) for row in rows)


def expected(value: Any) -> Any:
    """What a cell can hold of a value: no empty text, dates as times, and those before Excel's first as text."""
    match value:
        case Decimal():
            return float(value)
        case dt.datetime() | "":
            return value or None
        case dt.date() if value.year < 1900:
            return value.isoformat()
        case dt.date():
            return dt.datetime.combine(value, dt.time())
        case _:
            return value


def is_same(value: Any, cell: Any) -> bool:
    """Whether a cell holds a value; a workbook has sixteen digits of a number."""
    if isinstance(value, float):
        return isinstance(cell, int | float) and math.isclose(value, cell, rel_tol=1e-15)
    return type(value) is type(cell) and value == cell


def test_every_value_of_the_publication_is_in_the_workbook_with_its_type(
    export: Any, publication: Publication
) -> None:
    book = export(*(part for mart in publication.rows for part in ("--mart", mart)))
    sheets = dict(zip(publication.rows, book.worksheets[2:], strict=True))
    kinds = set()
    with duckdb.connect(str(publication.marts), read_only=True) as con:
        for mart, sheet in sheets.items():
            found = con.execute(f"select * from {mart} order by all")
            columns = [part[0] for part in found.description or ()]
            rows = [tuple(expected(value) for value in row) for row in found.fetchall()]
            names, shown = cells(sheet)
            assert names == columns
            assert len(shown) == len(rows) == publication.rows[mart]
            for row, other in zip(rows, shown, strict=True):
                assert all(map(is_same, row, other)), f"{mart}: {row}, in the workbook {other}"
            kinds |= {type(value) for row in shown for value in row}
    assert {bool, int, float, str, dt.datetime, type(None)} <= kinds


def test_the_workbook_says_what_it_is(export: Any, publication: Publication) -> None:
    book = export()
    about, columns = book["about"], book["columns"]
    facts = {row[0]: row[1] for row in about.iter_rows(max_row=6, max_col=2, values_only=True)}
    assert facts["Publication"] == publication.id
    assert isinstance(facts["Published (UTC)"], dt.datetime)
    assert facts["Empty cells"] == NULLS
    listed = {row[0]: row[1:3] for row in about.iter_rows(min_row=8, max_col=3, values_only=True)}
    hidden = publication.manifest["disclosure_control"]["values_hidden"]
    shown = {sheet.title for sheet in book.worksheets[2:]}
    assert listed == {mart: (publication.rows[mart], hidden.get(mart, 0)) for mart in sorted(shown)} | {
        "Sheet": ("Rows", "Hidden values")
    }
    assert {"dim_institution", "mart_usage__institution_year"} < shown < set(publication.rows)
    assert any(hidden.get(mart) for mart in shown)
    for sheet in book.worksheets[2:]:
        assert sheet.freeze_panes == f"A{HEADER_ROWS + 1}"
        assert sheet.auto_filter.ref.startswith(f"A{HEADER_ROWS}:")
    with duckdb.connect(str(publication.marts), read_only=True) as con:
        labels = con.execute(
            "select mart_name, column_name, label_nb, label_en from publication_column"
            f" where mart_name in {tuple(shown)}"
        ).fetchall()
    told = [tuple(row) for row in columns.iter_rows(min_row=2, max_col=4, values_only=True)]
    assert sorted(map(str, told)) == sorted(map(str, labels))
    used = book["mart_usage__institution"]
    above = {used.cell(3, n).value: (used.cell(1, n).value, used.cell(2, n).value) for n in range(1, 12)}
    of_mart = {column: (nb, en) for mart, column, nb, en in labels if mart == "mart_usage__institution"}
    assert above.items() <= of_mart.items()


def test_the_workbook_gives_the_numbers_of_the_report(
    export: Any, publication: Publication, built_warehouse: Path
) -> None:
    book = export(
        *("--mart", "mart_usage__institution", "--mart", "mart_statistics__regression_term"),
        *("--mart", "mart_programme__progress"),
    )
    usage, terms, progress = (list(records(sheet)) for sheet in book.worksheets[2:])
    shown: dict[tuple[str, str], float | None] = {
        ("publication", book["about"]["B1"].value): None,
        **{
            ("rate", row["institution_key"]): row["mobilities_per_100_fte"]
            for row in usage
            if row["sector"] == "state" and row["n_years_with_fte"] > 0
        },
        **{
            ("beta", f"{row['outcome_variable']} {row['term']}"): row["beta_std"]
            for row in terms
            if row["report_place"] == "Table 4.5"
        },
    }
    for row in progress:
        if row["is_observed"]:
            key = ("stays", str(row["year"]))
            shown[key] = (shown.get(key) or 0) + row["n_stays"]
    report: Numbers = report_numbers(built_warehouse)
    assert differences(shown, report, publication) == []


def test_a_text_never_becomes_a_formula_or_a_link(tmp_path: Path) -> None:
    risky = ("=1+1", "+4712", "-2", "@sum", '=HYPERLINK("http://x.example")', "\t=1", "http://x.example")
    plain = ("a=b", "", "5", "x")
    rows = tuple((text,) for text in (*risky, *plain))
    book = read(workbook(TOLD, [Sheet("m", "value", "=2", 0, (COLUMN,), rows)]), tmp_path)
    shown = [row[0] for row in book["m"].iter_rows(min_row=HEADER_ROWS + 1)]
    assert [cell.value for cell in shown] == [text or None for (text,) in rows]
    assert {cell.data_type for cell in shown if cell.value is not None} == {"s"}
    # Excel leaves such a text alone when the cell is edited.
    guarded = [bool(cell.quotePrefix) for cell in shown]
    assert guarded == [True] * 6 + [False] * (len(rows) - 6)
    assert all(cell.hyperlink is None for cell in shown)
    about = [cell for row in book["about"].iter_rows() for cell in row]
    assert {cell.data_type for cell in about if cell.value == "=2"} == {"s"}
    assert all(cell.data_type != "f" for cell in about)


def test_what_excel_cannot_hold_is_told_as_text(tmp_path: Path) -> None:
    long = "12345678901234567890123"
    values = (
        *(10**15 - 1, 10**15, Decimal(long), float("inf"), Decimal("1.5"), [1, "a"]),
        *(dt.date(1900, 2, 28), dt.date(1900, 3, 1), dt.datetime(1811, 9, 2, 1)),
    )
    rows = tuple((value,) for value in values)
    book = read(workbook(TOLD, [Sheet("m", "value", "", 0, (COLUMN,), rows)]), tmp_path)
    shown = [row[0] for row in book["m"].iter_rows(min_row=HEADER_ROWS + 1, values_only=True)]
    assert shown == [
        *(10**15 - 1, str(10**15), long, "inf", 1.5, '[1, "a"]'),
        *("1900-02-28", dt.datetime(1900, 3, 1), "1811-09-02 01:00:00"),
    ]


def read(content: bytes, folder: Path) -> Workbook:
    (folder / "m.xlsx").write_bytes(content)
    return openpyxl.load_workbook(folder / "m.xlsx")


def test_a_mart_with_more_rows_than_a_sheet_is_refused() -> None:
    many = Sheet("m", "value", "", 0, (COLUMN,), ((None,),) * 1_048_574)
    with pytest.raises(WrongUseError, match="m has 1048574 rows and a sheet of Excel has room for 1048573"):
        workbook(TOLD, [many])


def test_names_of_sheets_fit_and_differ() -> None:
    marts = [
        "about", "mart_usage__institution", "mart_statistics__regression_model",
        "mart_long__abcdefghijklmnopqrstuvwxyz1", "mart_long__abcdefghijklmnopqrstuvwxyz2", "Mart_usage__institution",
    ]  # fmt: skip
    found = sheet_names(marts)
    assert found[:3] == ["about_2", "mart_usage__institution", "statistics__regression_model"]
    assert len({name.lower() for name in found}) == len(marts)
    assert max(map(len, found)) <= 31


def test_an_export_is_of_the_current_publication_and_of_its_marts_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place: SmallPlace = make_place(tmp_path)
    place.set_environment(monkeypatch)
    file = tmp_path / "out" / "small.xlsx"
    nothing = answer("export", "--excel", str(file))
    assert (nothing["code"], file.exists()) == (2, False)
    assert nothing["errors"] == [
        f"{place.settings.published} holds no publication to export. Run: staff-mobility publish"
    ]
    for number in (1, 2):
        write_warehouse(place, number)
        published = answer("publish")["publication"]
        told = answer("export", "--excel", str(file))
        assert (told["code"], told["publication"]) == (0, published)
        # None of the usual marts is there, so all are exported.
        book = openpyxl.load_workbook(file)
        assert [sheet.title for sheet in book.worksheets] == ["about", "columns", *PUBLIC_MARTS]
        assert {row["generation"] for row in records(book[PUBLIC_MARTS[0]])} == {number}
    first = file.read_bytes()
    assert answer("export", "--excel", str(file))["code"] == 0
    assert file.read_bytes() == first
    wrong = answer("export", "--excel", str(file), "--mart", "mart_small__report")
    assert wrong["code"] == 2
    assert "The publication has no mart mart_small__report. It has: mart_small__first" in wrong["errors"][0]
    assert file.read_bytes() == first
