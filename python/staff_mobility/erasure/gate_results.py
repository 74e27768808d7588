"""What the gate has kept of a person: rows that failed a check, with their keys and values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from staff_mobility.erasure.person import Person
from staff_mobility.gate import texts
from staff_mobility.gate.result_files import load_results, save_result
from staff_mobility.gate.results import CheckResult, FailingRow, GateResult


def failing_rows(folder: Path, person: Person) -> int:
    """Return how many rows of the person the gate's results name, of accepted and of refused files."""
    return sum(
        _is_of(row, result, person)
        for result in load_results(folder)
        for check in result.checks
        for row in check.rows
    )


def forget(folder: Path, pages: Path, person: Person) -> None:
    """Take the person's rows out of the gate's results; the counts stay.

    Where a row of the person failed a check, the words that quote values go too, and so do Great Expectations' own
    results and pages of that extract, which quote the same values.

    Args:
        folder: The gate's results.
        pages: The gate's pages, which are written anew afterwards but for Great Expectations' own.
        person: Whose rows.
    """
    for result in load_results(folder):
        checks = tuple(_without(check, result, person) for check in result.checks)
        if checks == result.checks:
            continue
        save_result(replace(result, checks=checks), folder)
        for path in (*_quoting(folder, result.record.extract_id), *_quoting(pages, result.record.extract_id)):
            path.unlink()


def _without(check: CheckResult, result: GateResult, person: Person) -> CheckResult:
    rows = tuple(row for row in check.rows if not _is_of(row, result, person))
    if len(rows) == len(check.rows):
        return check
    words = texts.joined([texts.common("not_shown")], check.n_failing, check.n_checked)
    return replace(check, rows=rows, message=words)


def _is_of(row: FailingRow, result: GateResult, person: Person) -> bool:
    names = person.row_names.get(row.table, frozenset())
    place = (row.table, result.record.extract_id, row.row or 0)
    return row.report in names or place in person.row_ids


def _quoting(folder: Path, extract_id: str) -> Iterator[Path]:
    # By the whole path: the extract's id is a folder's name or a file's, as Great Expectations has it.
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if path.is_file() and len(parts) > 1 and any(extract_id in part for part in parts[1:]):
            yield path
