"""How the extracts of a source developed: rows, share of rows failing, and reports by year both ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from staff_mobility.gate.pages_charts import Point, trend_chart, years_chart
from staff_mobility.gate.pages_record import years_table
from staff_mobility.gate.pages_text import TEXTS, count_text, day_text, file_name, source_text
from staff_mobility.gate.results import CheckResult, GateResult
from staff_mobility.report.catalogue import SourceTitles
from staff_mobility.report.formats import MISSING, Style, format_number
from staff_mobility.report.svg import Caption, to_svg
from staff_mobility.report.tables import Cell, Heading, Table
from staff_mobility.report.theme import Drawing, configured

EXTRACTS_SHOWN = 12


@dataclass(frozen=True)
class TrendView:
    """One chart with its notes and the table behind it."""

    anchor: str
    title: str
    svg: str | None
    notes: tuple[str, ...]
    table: Table


@dataclass(frozen=True)
class SourceView:
    """The trends of one source system; none where there are too few extracts."""

    anchor: str
    title: str
    trends: tuple[TrendView, ...]


def source_views(
    newest_first: Sequence[GateResult], titles: SourceTitles, language: str
) -> tuple[SourceView, ...]:
    """Make the trends of every known source, ordered by its title."""
    known = [result for result in reversed(newest_first) if result.record.source is not None]
    by_source = {
        source: tuple(results)
        for source, results in groupby(
            sorted(known, key=lambda result: str(result.record.source)),
            key=lambda result: str(result.record.source),
        )
    }
    views = [
        SourceView(
            anchor := f"{language}-source-{source}",
            source_text(source, titles, language),
            tuple(_trends(results, anchor, language)),
        )
        for source, results in by_source.items()
    ]
    return tuple(sorted(views, key=lambda view: (view.title, view.anchor)))


def _trends(results: Sequence[GateResult], anchor: str, language: str) -> Iterator[TrendView]:
    """Charts of one source, whose results come oldest first."""
    dated = [result for result in results if result.record.extract_date is not None][-EXTRACTS_SHOWN:]
    counted = [result for result in dated if result.record.rows is not None]
    if _has_trend(counted):
        yield _rows_trend(counted, f"{anchor}-rows", language)
    judged = [result for result in dated if worst_row_check(result) is not None]
    if _has_trend(judged):
        yield _shares_trend(judged, f"{anchor}-shares", language)
    newest = {result.record.layout: result for result in results if result.record.rows_by_year}
    for layout, result in newest.items():
        if result.record.previous_extract_id is not None:
            yield _years_trend(result, f"{anchor}-years-{layout}", len(newest) > 1, language)


def _has_trend(results: Sequence[GateResult]) -> bool:
    """Tell whether there are two extracts of one form: extracts of different forms cannot be compared."""
    layouts = [result.record.layout for result in results]
    return len(layouts) > len(set(layouts))


def worst_row_check(result: GateResult) -> CheckResult | None:
    """Return the check of rows that the largest share fails, None if none was made."""
    made = [check for check in result.checks if check.stage == "rows" and check.n_checked]
    return max(made, key=share_failing, default=None)


def share_failing(check: CheckResult) -> float:
    """Share (0..1) of what a check looked at that fails it."""
    return check.n_failing / check.n_checked


def _rows_trend(results: Sequence[GateResult], anchor: str, language: str) -> TrendView:
    points = [_point(result, float(result.record.rows or 0), language) for result in results]
    columns = {"rows": [count_text(result.record.rows, language) for result in results]}
    return _trend("trend_rows", anchor, points, _table(results, columns, language), (), language)


def _shares_trend(results: Sequence[GateResult], anchor: str, language: str) -> TrendView:
    checks = [worst_row_check(result) for result in results]
    shares = [0.0 if check is None else share_failing(check) for check in checks]
    points = [_point(result, 100 * share, language) for result, share in zip(results, shares, strict=True)]
    columns = {
        "share": [format_number(share, Style.PERCENT, language) for share in shares],
        "worst_check": [
            check.title[language] if check is not None and check.n_failing else MISSING for check in checks
        ],
    }
    table = _table(results, columns, language)
    note = TEXTS[language]["trend_shares_note"]
    return _trend("trend_shares", anchor, points, table, (note,), language)


def _point(result: GateResult, value: float, language: str) -> Point:
    record = result.record
    day = day_text(record.extract_date, language)
    return Point(day, str(record.layout), value, result.verdict == "refused")


def _table(results: Sequence[GateResult], columns: dict[str, list[str]], language: str) -> Table:
    """Extract date, file and answer of each result, newest first, with further columns."""
    texts = TEXTS[language]
    layout = ["layout"] if len({result.record.layout for result in results}) > 1 else []
    names = ["extract_date", *layout, "file", *columns, "verdict"]
    headings = tuple(Heading(texts[name], name in ("rows", "share")) for name in names)
    lines = []
    for place, result in enumerate(results):
        record = result.record
        texts_of = {
            "extract_date": day_text(record.extract_date, language),
            "layout": str(record.layout),
            "file": file_name(record.file),
            "verdict": texts[f"verdict_{result.verdict}"],
        } | {name: cells[place] for name, cells in columns.items()}
        lines.append(tuple(Cell(texts_of[name], name in ("rows", "share")) for name in names))
    return Table((headings,), tuple(reversed(lines)))


def _trend(
    kind: str, anchor: str, points: Sequence[Point], table: Table, notes: tuple[str, ...], language: str
) -> TrendView:
    texts = TEXTS[language]
    unit, title = texts[f"{kind}_unit"], texts[kind]
    if any(point.is_refused for point in points):
        notes = (*notes, texts["trend_refused"])
    svg = _svg(trend_chart(points, unit), anchor, title, (unit, points[0].day, points[-1].day), language)
    return TrendView(anchor, title, svg, notes, table)


def _years_trend(result: GateResult, anchor: str, is_one_of_several: bool, language: str) -> TrendView:
    texts, record = TEXTS[language], result.record
    before, now = record.previous_rows_by_year, record.rows_by_year
    day = day_text(record.extract_date, language)
    if result.verdict == "refused":
        day += f", {texts['verdict_refused'].lower()}"
    labels = (
        texts["trend_years_previous"],
        texts["trend_years_newest"].format(day=day),
        texts["trend_years_lost"],
    )
    years = sorted({*before, *now})
    lost = [year for year in years if now.get(year, 0) < before.get(year, 0)]
    note = texts["trend_years_note" if lost else "trend_years_no_loss"].format(years=", ".join(lost))
    title = texts["trend_years_of" if is_one_of_several else "trend_years"].format(layout=record.layout)
    unit = texts["trend_years_unit"]
    svg = _svg(years_chart(before, now, labels, unit), anchor, title, (unit, years[0], years[-1]), language)
    return TrendView(anchor, title, svg, (note,), years_table(result, language))


def _svg(drawing: Drawing, anchor: str, title: str, described: tuple[str, str, str], language: str) -> str:
    unit, first, last = described
    description = TEXTS[language]["trend_description"].format(unit=unit, first=first, last=last)
    return to_svg(configured(drawing), Caption(f"{anchor}-chart", title, description), language)
