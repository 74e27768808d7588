"""The letter to the supplier: what fails, in which rows, and what to do; no value of a cell, no person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from staff_mobility.gate.pages_text import TEXTS, count_text, day_text, file_name
from staff_mobility.gate.results import CheckResult, FailingRow, GateResult

ROWS_IN_LETTER = 20


def letter(result: GateResult, language: str) -> str:
    """Return the letter as plain text, its subject first; the failing checks are numbered, gravest first."""
    texts, record = TEXTS[language], result.record
    name, day = file_name(record.file), day_text(record.extract_date, language)
    opening = texts["letter_file_dated" if record.extract_date else "letter_file"].format(file=name, day=day)
    answer = texts["letter_refused" if result.verdict == "refused" else "letter_accepted"]
    parts = [
        texts["letter_subject"].format(file=name),
        texts["letter_opening"],
        f"{opening} {answer}",
        *_requests(result.failures, language),
        texts["letter_closing"],
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
    rows = check.rows[:ROWS_IN_LETTER]
    more = max(check.n_failing, len(check.rows)) - len(rows)
    tables = [(table, list(found)) for table, found in groupby(rows, key=lambda row: row.table)]
    for table, found in tables:
        listed = [_row(row, language) for row in found]
        if more and table == tables[-1][0]:
            listed.append(texts["letter_more"].format(count=count_text(more, language)))
        template = texts["letter_rows" if len(tables) == 1 else "letter_table_rows"]
        yield template.format(table=table, rows=", ".join(listed))


def _row(row: FailingRow, language: str) -> str:
    if row.report is None:
        return str(row.row)
    return TEXTS[language]["letter_row"].format(row=row.row, report=row.report)
