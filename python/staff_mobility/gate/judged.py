"""Results of checks: groups of rows or measures before Great Expectations, and what it says of them in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from staff_mobility.gate import texts
from staff_mobility.gate.checks import Check
from staff_mobility.gate.expectations import Expected, Judge
from staff_mobility.gate.frames import failing_rows, failing_values, group_frame, set_rows_aside
from staff_mobility.gate.history import Measure
from staff_mobility.gate.loaded import Loaded
from staff_mobility.gate.results import Area, CheckResult, FailingRow, Stage, Texts
from staff_mobility.gate.rules import Rules
from staff_mobility.landing.problems import Problem, shown, without_address

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def alike(checks: Sequence[Check]) -> list[list[Check]]:
    """Return the checks in their order, those that expect the same of their columns together."""
    together: dict[str, list[Check]] = {}
    for check in checks:
        same = json.dumps([check.name, check.severity, check.expectation, dict(check.kwargs)], sort_keys=True)
        together.setdefault(same, []).append(check)
    return list(together.values())


def row_results(
    con: DuckDBPyConnection, judge: Judge, loaded: Loaded, checks: Sequence[Check], rules: Rules
) -> Iterator[tuple[CheckResult, list[Problem]]]:
    """Judge checks that expect the same; yield one result per check, with its problems if it blocks."""
    frames = [group_frame(con, check, loaded.extract_id) for check in checks]
    first = checks[0]
    places = [check.place for check in checks]
    expected = Expected(first.name, first.severity, first.expectation, first.kwargs, places, frames)
    failing = judge.failing_groups(expected)
    examples: list[str] = []
    for check, frame, groups in zip(checks, frames, failing, strict=True):
        wrong = frame[frame["group_number"].isin(groups)]
        faults: list[tuple[str | None, int, int]] = []
        rows: tuple[FailingRow, ...] = ()
        if groups:
            key = rules[check.table].key if check.table in rules else ()
            rows = failing_rows(con, check, loaded.extract_id, wrong, key)
            faults = failing_values(con, check, loaded.extract_id, wrong)
            examples += [value for value, _, _ in faults if value is not None and without_address(value)]
            if check.rejects_rows:
                set_rows_aside(con, check, loaded.extract_id, wrong)
        said = [(_fault(check, value), n_rows, row) for value, n_rows, row in faults]
        result = _row_result(check, frame, wrong, rows, said)
        yield result, _problems(loaded, check, said) if result.blocks else []
    if examples:
        judge.show(examples)


def _row_result(
    check: Check,
    frame: pd.DataFrame,
    wrong: pd.DataFrame,
    rows: tuple[FailingRow, ...],
    said: Sequence[tuple[Texts, int, int]],
) -> CheckResult:
    n_checked, n_failing = int(frame["n_rows"].sum()), int(wrong["n_rows"].sum())
    faults = [_of_rows(fault, n_rows) for fault, n_rows, _ in said]
    return CheckResult(
        stage=check.stage,
        check=check.name,
        column=check.place,
        severity=check.severity,
        passed=n_failing == 0,
        n_checked=n_checked,
        n_failing=n_failing,
        measured=None,
        limit=check.limit,
        title=texts.title(check.name),
        message=texts.joined(faults, n_failing, n_checked) if faults else texts.all_well(n_checked),
        guidance=texts.guidance(check.name),
        rows=rows,
        endangers=check.endangers,
        rejects_rows=check.rejects_rows,
    )


def _fault(check: Check, value: str | None) -> Texts:
    allowed = check.kwargs.get("value_set", [])
    hint = texts.hint(value, allowed) if check.name == "answers_are_allowed" else ""
    words = texts.common("not_shown") if value is None else shown(value)
    return texts.fault(check.name, value=words, limit=check.limit or "", hint=hint)


def _problems(loaded: Loaded, check: Check, said: Sequence[tuple[Texts, int, int]]) -> list[Problem]:
    to_do = texts.guidance(check.name)["en"]
    return [
        Problem(
            loaded.place(check.table, row),
            check.place,
            fault["en"] if n_rows == 1 else _of_rows(fault, n_rows)["en"],
            to_do,
        )
        for fault, n_rows, row in said
    ]


def _of_rows(fault: Texts, n_rows: int) -> Texts:
    return texts.common("fault_of_rows", fault=fault, n_rows=texts.number(n_rows))


def measured_results(
    judge: Judge, stage: Stage, raw_table: str, measures: Sequence[Measure], endangers: tuple[Area, ...]
) -> Iterator[CheckResult]:
    """Judge measures of one table; yield one result per measure."""
    together: dict[tuple[object, ...], list[Measure]] = {}
    for measure in measures:
        same = (measure.name, measure.minimum, measure.maximum, measure.severity)
        together.setdefault(same, []).append(measure)
    for several in together.values():
        first = several[0]
        expected = Expected(
            first.name,
            first.severity,
            "ExpectColumnValuesToBeBetween",
            {"min_value": first.minimum, "max_value": first.maximum},
            [measure.place for measure in several],
            [
                pd.DataFrame({"group_number": [0], "value": [measure.value], "n_rows": [measure.n_checked]})
                for measure in several
            ],
        )
        for measure, groups in zip(several, judge.failing_groups(expected), strict=True):
            yield _measured_result(stage, raw_table, measure, endangers, passed=not groups)


def _measured_result(
    stage: Stage, raw_table: str, measure: Measure, endangers: tuple[Area, ...], *, passed: bool
) -> CheckResult:
    limit = texts.percent((measure.minimum if measure.maximum is None else measure.maximum) or 0.0)
    values = {
        "place": measure.place,
        "percent": texts.percent(measure.value),
        "limit": limit,
        "n_checked": texts.number(measure.n_checked),
        "n_failing": texts.number(measure.n_failing),
    }
    return CheckResult(
        stage=stage,
        check=measure.name,
        column=measure.column,
        severity=measure.severity,
        passed=passed,
        n_checked=measure.n_checked,
        n_failing=0 if passed else measure.n_failing,
        measured=measure.value,
        limit=limit["en"],
        title=texts.title(measure.name),
        message=texts.message(measure.name, **values),
        guidance=texts.guidance(measure.name),
        rows=()
        if passed
        else tuple(FailingRow(None, raw_table, without_address(key)) for key in measure.examples),
        endangers=endangers,
    )
