"""The letter to the supplier: what fails, in which rows, and what to do; no value of a cell, no person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from staff_mobility.gate.pages_text import TEXTS, count_text, day_text, file_name
from staff_mobility.gate.results import CheckResult, FailingRow, GateResult
from staff_mobility.report.formats import MISSING

ROWS_IN_LETTER = 20


def letter(result: GateResult, language: str) -> str:
    """Return the letter as plain text, its subject first; the failing checks are numbered, gravest first."""
    texts, record = TEXTS[language], result.record
    name, day = file_name(record.file), day_text(record.extract_date, language)
    opening = texts["letter_file_dated" if record.extract_date else "letter_file"].format(file=name, day=day)
    kind = "refused" if result.verdict == "refused" else "accepted"
    parts = [
        texts["letter_subject"].format(file=name),
        texts["letter_opening"],
        f"{opening} {texts[f'letter_{kind}']}",
        *_requests(result.failures, language),
        texts[f"letter_closing_{kind}"],
        texts["letter_fingerprint"].format(sha256=record.sha256),
    ]
    return "\n\n".join(parts) + "\n"


def _requests(failures: Sequence[CheckResult], language: str) -> Iterator[str]:
    numbered = enumerate(failures, start=1)
    for severity, checks in groupby(numbered, key=lambda pair: pair[1].severity):
        yield TEXTS[language][f"letter_{severity}"]
        for number, check in checks:
            yield "\n   ".join([f"{number}. {check.title[language]}", *_details(check, language)])


def _details(check: CheckResult, language: str) -> Iterator[str]:
    texts = TEXTS[language]
    if check.column is not None:
        yield texts["letter_column"].format(column=check.column)
    yield check.guidance[language]
    shown = check.rows[:ROWS_IN_LETTER]
    more = count_text(max(check.n_failing, len(check.rows)) - len(shown), language)
    has_more = len(shown) < max(check.n_failing, len(check.rows))
    if any(row.report is not None for row in shown):
        yield from (_report(row, len({row.table for row in shown}) > 1, language) for row in shown)
        yield from [texts["letter_more"].format(count=more)] if has_more else []
    else:
        yield from _row_numbers(
            shown, texts["letter_more_rows"].format(count=more) if has_more else "", texts
        )


def _report(row: FailingRow, is_of_several_tables: bool, language: str) -> str:
    template = TEXTS[language]["letter_table_report" if is_of_several_tables else "letter_report"]
    return template.format(row=row.row or MISSING, table=row.table, report=row.report or MISSING)


def _row_numbers(rows: Sequence[FailingRow], more: str, texts: Mapping[str, str]) -> Iterator[str]:
    """A line of row numbers per table, `more` at the end of the last."""
    tables = [(table, list(found)) for table, found in groupby(rows, key=lambda row: row.table)]
    for place, (table, found) in enumerate(tables, start=1):
        listed = [str(row.row) for row in found if row.row is not None]
        listed += [more] if more and place == len(tables) else []
        template = texts["letter_rows" if len(tables) == 1 else "letter_table_rows"]
        yield template.format(table=table, rows=", ".join(listed))
