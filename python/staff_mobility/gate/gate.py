"""Checks one loaded extract, inside the transaction that loaded it, and answers with a `GateResult`."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from staff_mobility.gate import history, texts
from staff_mobility.gate.checks import Check, Surroundings, row_checks
from staff_mobility.gate.frames import failing_rows, failing_values, group_frame, set_rows_aside
from staff_mobility.gate.reference_lists import ReferenceList
from staff_mobility.gate.result_files import save_result
from staff_mobility.gate.results import LANGUAGES, CheckResult, FailingRow, GateResult, Stage, Texts
from staff_mobility.gate.rules import Rules, TableRules
from staff_mobility.landing.layouts import Layout, Table
from staff_mobility.landing.problems import PROBLEMS_SHOWN, Problem, shown

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

    from staff_mobility.gate.expectations import Judge

_NO_RULES = TableRules(endangers=())
# Checks that stand for what the readers refuse, by stage.
READING_CHECKS = {"file": "file_can_be_read", "columns": "columns_are_there", "rows": "rows_can_be_read"}


@dataclass(frozen=True)
class Loaded:
    """An extract whose rows lie in the raw tables of an open transaction.

    Attributes:
        extract_id: The extract.
        layout: Its layout.
        extract_date: Its day.
        rows: Its data rows.
        unknown_headers: Headers that the layout does not know.
        missing_headers: Headers of optional columns that the file lacks.
        remarks: What is unusual about the file's form.
        place: Turns raw table and row number into words.
    """

    extract_id: str
    layout: Layout
    extract_date: dt.date
    rows: int
    unknown_headers: tuple[str, ...]
    missing_headers: tuple[str, ...]
    remarks: tuple[str, ...]
    place: Callable[[str, int], str]


@dataclass(frozen=True)
class Answer:
    """What the gate found.

    Attributes:
        checks: All checks that were made.
        problems: What blocks, for the terminal.
        previous_extract_id: The extract that it was compared with.
        rows_by_year: Rows by year, of the new and of the previous extract.
    """

    checks: tuple[CheckResult, ...]
    problems: tuple[Problem, ...]
    previous_extract_id: str | None
    rows_by_year: tuple[Mapping[str, int], Mapping[str, int]]


@dataclass(frozen=True)
class Gate:
    """The gate of a project.

    Attributes:
        rules: Rules by raw table.
        lists: Known values by name.
        own_country: Folded spellings of the agency's country.
        folder: Where results are kept; None keeps none.
    """

    rules: Rules = field(default_factory=dict)
    lists: Mapping[str, ReferenceList] = field(default_factory=dict)
    own_country: tuple[str, ...] = ()
    folder: Path | None = None

    @functools.cached_property
    def judge(self) -> Judge:
        """Great Expectations, imported when the first extract is checked."""
        from staff_mobility.gate.expectations import Judge

        return Judge(self.folder)

    def keep(self, result: GateResult) -> None:
        """Keep a result in the folder, under the id of its extract."""
        if self.folder is not None:
            save_result(result, self.folder)

    def check(self, con: DuckDBPyConnection, loaded: Loaded, unreadable: Sequence[Problem] = ()) -> Answer:
        """Make all checks of a loaded extract and set aside the rows that count nowhere.

        Args:
            con: The warehouse, in the transaction that loaded the rows.
            loaded: The extract.
            unreadable: What kept the reader from loading all of it.
        """
        layout = loaded.layout
        surroundings = Surroundings(loaded.extract_date, self.lists, self.own_country)
        found = list(self._column_results(loaded))
        if unreadable:
            found.append(reading_result("rows", unreadable))
        problems: list[Problem] = []
        for check in row_checks(layout, self.rules, surroundings):
            result, faults = self._row_result(con, loaded, check)
            found.append(result)
            problems += faults
        found += self._set_aside_results(con, loaded)
        tables = [(table, self.rules.get(table.raw_table, _NO_RULES)) for table in layout.tables]
        previous = None
        # What is wrong inside the file comes first: it would make the comparison wrong too.
        if not any(_blocks(result) for result in found):
            previous = history.previous_extract(
                con, layout.source, tables, loaded.extract_id, loaded.extract_date
            )
            if previous is not None:
                for table, rules in tables:
                    found += self._history_results(con, loaded, table, rules, previous)
        problems += [
            Problem("", result.column, result.message["en"], result.guidance["en"])
            for result in found
            if _blocks(result) and not result.rows and result.check not in READING_CHECKS.values()
        ]
        self.judge.keep(f"{layout.name}.v{layout.version}", loaded.extract_id, loaded.extract_date)
        years = tuple(self._years(con, tables, which) for which in (loaded.extract_id, previous))
        return Answer(tuple(found), _at_most_shown([*unreadable, *problems]), previous, (years[0], years[1]))

    def _column_results(self, loaded: Loaded) -> Iterator[CheckResult]:
        yield self._listed("file", "form_is_usual", loaded.remarks, 1, loaded)
        columns = len(loaded.layout.columns)
        yield self._listed("columns", "columns_are_known", loaded.unknown_headers, columns, loaded)
        yield self._listed("columns", "columns_are_complete", loaded.missing_headers, columns, loaded)

    def _listed(
        self, stage: Stage, name: str, faulty: Sequence[str], n_checked: int, loaded: Loaded
    ) -> CheckResult:
        """Return the result of a check whose faults are already known as a list."""
        quoted = [value if name == "form_is_usual" else shown(value) for value in faulty]
        faults = [texts.fault(name, value=value) for value in quoted]
        areas = {area for table in loaded.layout.tables for area in self._rules(table).endangers}
        return CheckResult(
            stage=stage,
            check=name,
            column=None,
            severity="inform",
            passed=not faulty,
            n_checked=n_checked,
            n_failing=len(faulty),
            measured=None,
            limit=None,
            title=texts.title(name),
            message=_joined(faults, len(faulty), n_checked) if faults else _all_well(n_checked),
            guidance=texts.guidance(name),
            rows=(),
            endangers=tuple(sorted(areas)),
        )

    def _rules(self, table: Table) -> TableRules:
        return self.rules.get(table.raw_table, _NO_RULES)

    def _row_result(
        self, con: DuckDBPyConnection, loaded: Loaded, check: Check
    ) -> tuple[CheckResult, list[Problem]]:
        from staff_mobility.gate.expectations import Expected

        frame = group_frame(con, check, loaded.extract_id)
        expected = Expected(check.name, check.expectation, check.kwargs, frame, check.place)
        groups = self.judge.failing_groups(expected, check.severity)
        failing = frame[frame["group_number"].isin(groups)]
        rows: tuple[FailingRow, ...] = ()
        faults: list[tuple[str | None, int, int]] = []
        if groups:
            key = self.rules.get(check.table, _NO_RULES).key
            rows = failing_rows(con, check, loaded.extract_id, failing, key)
            faults = failing_values(con, check, loaded.extract_id, failing)
            self.judge.show([value for value, _, _ in faults if value is not None])
            if check.rejects_rows:
                set_rows_aside(con, check, loaded.extract_id, failing)
        said = [(self._fault(check, value), n_rows, first) for value, n_rows, first in faults]
        result = CheckResult(
            stage=check.stage,
            check=check.name,
            column=check.place,
            severity=check.severity,
            passed=not groups,
            n_checked=int(frame["n_rows"].sum()),
            n_failing=int(failing["n_rows"].sum()),
            measured=None,
            limit=check.limit,
            title=texts.title(check.name),
            message=_row_message(frame, failing, said),
            guidance=texts.guidance(check.name),
            rows=rows,
            endangers=check.endangers,
            rejects_rows=check.rejects_rows,
        )
        return result, self._problems(loaded, check, said) if _blocks(result) else []

    @staticmethod
    def _fault(check: Check, value: str | None) -> Texts:
        allowed = check.kwargs.get("value_set", [])
        hint = texts.hint(value, allowed) if check.name == "answers_are_allowed" else ""
        words = texts.common("not_shown") if value is None else shown(value)
        return texts.fault(check.name, value=words, limit=check.limit or "", hint=hint)

    @staticmethod
    def _problems(loaded: Loaded, check: Check, said: Sequence[tuple[Texts, int, int]]) -> list[Problem]:
        to_do = texts.guidance(check.name)["en"]
        return [
            Problem(
                loaded.place(check.table, first),
                check.place,
                fault["en"] if n_rows == 1 else _of_rows(fault, n_rows)["en"],
                to_do,
            )
            for fault, n_rows, first in said
        ]

    def _set_aside_results(self, con: DuckDBPyConnection, loaded: Loaded) -> Iterator[CheckResult]:
        for table in loaded.layout.tables:
            limit = self._rules(table).rejected_share
            if limit is None:
                continue
            counted = con.execute(
                "select count(distinct row_number) from raw.rejected_row where extract_id = ? and raw_table = ?",
                [loaded.extract_id, table.raw_table],
            ).fetchone()
            rejected = int(counted[0]) if counted else 0
            rows = con.execute(
                f'select count(*) from raw."{table.raw_table}" where _extract_id = ?',  # noqa: S608
                [loaded.extract_id],
            ).fetchone()
            total = int(rows[0]) if rows else 0
            yield self._measured(
                loaded,
                history.Measure(
                    "few_rows_are_set_aside",
                    table.raw_table,
                    None,
                    rejected / total if total else 0.0,
                    None,
                    limit.limit,
                    limit.severity,
                    total,
                    rejected,
                ),
                table,
                "rows",
            )

    def _history_results(
        self, con: DuckDBPyConnection, loaded: Loaded, table: Table, rules: TableRules, previous: str
    ) -> Iterator[CheckResult]:
        comparison = history.Comparison(con, table, rules, loaded.extract_id, previous)
        for measure in comparison.measures():
            yield self._measured(loaded, measure, table, "history")

    def _measured(self, loaded: Loaded, measure: history.Measure, table: Table, stage: Stage) -> CheckResult:
        import pandas as pd

        from staff_mobility.gate.expectations import Expected

        kwargs = {"min_value": measure.minimum, "max_value": measure.maximum}
        frame = pd.DataFrame({"group_number": [0], "value": [measure.value], "n_rows": [measure.n_checked]})
        groups = self.judge.failing_groups(
            Expected(measure.name, "ExpectColumnValuesToBeBetween", kwargs, frame, measure.place),
            measure.severity,
        )
        limit = measure.minimum if measure.maximum is None else measure.maximum
        values = {
            "place": measure.place,
            "percent": texts.percent(measure.value),
            "limit": texts.percent(limit or 0.0),
            "n_checked": texts.number(measure.n_checked),
            "n_failing": texts.number(measure.n_failing),
        }
        return CheckResult(
            stage=stage,
            check=measure.name,
            column=measure.column,
            severity=measure.severity,
            passed=not groups,
            n_checked=measure.n_checked,
            n_failing=measure.n_failing if groups else 0,
            measured=measure.value,
            limit=texts.percent(limit or 0.0)["en"],
            title=texts.title(measure.name),
            message=texts.message(measure.name, **values),
            guidance=texts.guidance(measure.name),
            # Rows that are gone have no row number in this file.
            rows=tuple(FailingRow(0, table.raw_table, key) for key in measure.examples) if groups else (),
            endangers=self._rules(table).endangers,
        )

    def _years(
        self, con: DuckDBPyConnection, tables: Sequence[tuple[Table, TableRules]], extract_id: str | None
    ) -> Mapping[str, int]:
        for table, rules in tables:
            if rules.year and extract_id is not None:
                return history.rows_by_year(con, extract_id, table, rules)
        return {}


def reading_result(stage: Stage, problems: Sequence[Problem]) -> CheckResult:
    """Return what a reader refuses, as the result of the check that stands for it."""
    name = READING_CHECKS[stage]
    return CheckResult(
        stage=stage,
        check=name,
        column=None,
        severity="block",
        passed=False,
        n_checked=1,
        n_failing=1,
        measured=None,
        limit=None,
        title=texts.title(name),
        message=texts.message(name, reason="; ".join(_short(problem) for problem in problems)),
        guidance=texts.guidance(name, to_do=" ".join(dict.fromkeys(problem.to_do for problem in problems))),
        rows=(),
        endangers=(),
    )


def _short(problem: Problem) -> str:
    place = ", ".join(
        part for part in (problem.where, f"'{problem.column}'" if problem.column else "") if part
    )
    return f"{place}: {problem.reason}" if place else problem.reason


def _at_most_shown(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return as many problems as a terminal can take; the pages have all of them."""
    if len(problems) <= PROBLEMS_SHOWN + 1:
        return tuple(problems)
    more = f"and {len(problems) - PROBLEMS_SHOWN} problems more"
    return (*problems[:PROBLEMS_SHOWN], Problem("", None, more, "Mend these and land the file again."))


def _blocks(result: CheckResult) -> bool:
    return result.severity == "block" and not result.passed


def _row_message(frame: pd.DataFrame, failing: pd.DataFrame, said: Sequence[tuple[Texts, int, int]]) -> Texts:
    n_checked = int(frame["n_rows"].sum())
    if not said:
        return _all_well(n_checked)
    faults = [_of_rows(fault, n_rows) for fault, n_rows, _ in said]
    return _joined(faults, int(failing["n_rows"].sum()), n_checked)


def _of_rows(fault: Texts, n_rows: int) -> Texts:
    return texts.common("fault_of_rows", fault=fault, n_rows=texts.number(n_rows))


def _joined(faults: Sequence[Texts], n_failing: int, n_checked: int) -> Texts:
    together = {language: "; ".join(fault[language] for fault in faults) for language in LANGUAGES}
    return texts.common(
        "counted", n_failing=texts.number(n_failing), n_checked=texts.number(n_checked), faults=together
    )


def _all_well(n_checked: int) -> Texts:
    return texts.common("passed", n_checked=texts.number(n_checked)) if n_checked else texts.common("nothing")
