"""What is known of the file itself: the facts of its record, and its reports by year."""

from __future__ import annotations

from collections.abc import Iterator

from staff_mobility.gate.pages_text import (
    TEXTS,
    change_text,
    count_text,
    day_text,
    file_name,
    moment_text,
    source_text,
)
from staff_mobility.gate.results import GateResult
from staff_mobility.report.catalogue import SourceTitles
from staff_mobility.report.tables import Cell, Heading, Table


def record_facts(result: GateResult, titles: SourceTitles, language: str) -> Iterator[tuple[str, str]]:
    """Pairs of a name and a text; the text is empty where the record says nothing."""
    texts, record = TEXTS[language], result.record
    yield texts["file"], file_name(record.file)
    yield texts["path"], record.file if "/" in record.file else ""
    yield texts["source"], source_text(record.source, titles, language)
    yield texts["publisher"], record.publisher or ""
    yield texts["licence"], record.licence or ""
    yield texts["layout"], _layout(result, language)
    yield texts["extract_date"], day_text(record.extract_date, language)
    yield texts["rows"], count_text(record.rows, language)
    yield texts["columns"], count_text(record.columns, language)
    yield texts["size"], texts["bytes"].format(bytes=count_text(record.bytes, language))
    yield texts["fingerprint"], record.sha256
    yield texts["checked_at"], moment_text(record.checked_at, language)
    by_gate = record.accepted_by == "gate"
    yield texts["accepted_by"], texts["accepted_by_gate"] if by_gate else record.accepted_by or ""
    yield texts["acceptance_reason"], record.acceptance_reason or ""


def _layout(result: GateResult, language: str) -> str:
    record = result.record
    if record.layout is None:
        return TEXTS[language]["unknown"]
    if record.layout_version is None:
        return record.layout
    return TEXTS[language]["layout_version"].format(layout=record.layout, version=record.layout_version)


def years_table(result: GateResult, language: str) -> Table:
    """Reports by year beside those of the previous extract, if there is one; years of either extract."""
    texts, record = TEXTS[language], result.record
    names = ["year", "this"]
    if record.previous_extract_id is not None:
        names = ["year", "previous", "this", "difference", "remark"]
    lines = []
    for year in sorted({*record.rows_by_year, *record.previous_rows_by_year}):
        before, now = record.previous_rows_by_year.get(year, 0), record.rows_by_year.get(year, 0)
        texts_of = {
            "year": year,
            "previous": count_text(before, language),
            "this": count_text(now, language),
            "difference": change_text(now - before, language),
            "remark": _remark(now - before, language),
        }
        lines.append(tuple(Cell(texts_of[name], name not in ("year", "remark")) for name in names))
    headings = tuple(Heading(texts[name], name not in ("year", "remark")) for name in names)
    return Table((headings,), tuple(lines))


def _remark(change: int, language: str) -> str:
    if change >= 0:
        return ""
    return TEXTS[language]["lost"].format(count=count_text(-change, language))
