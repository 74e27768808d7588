"""Checks one loaded extract, inside the transaction that loaded it, and answers with a `GateResult`."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from staff_mobility.gate import history, texts
from staff_mobility.gate.checks import Surroundings, row_checks
from staff_mobility.gate.kept_cells import kept_cell_measures
from staff_mobility.gate.loaded import Loaded
from staff_mobility.gate.reference_lists import ReferenceList
from staff_mobility.gate.result_files import save_result
from staff_mobility.gate.results import CheckResult, GateResult, Stage
from staff_mobility.gate.rules import Rules, TableRules
from staff_mobility.landing.layouts import Table
from staff_mobility.landing.problems import PROBLEMS_SHOWN, Problem, shown

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from staff_mobility.gate.expectations import Judge

_NO_RULES = TableRules(endangers=())
# Checks that stand for what the readers refuse, by stage.
READING_CHECKS = {"file": "file_can_be_read", "columns": "columns_are_there", "rows": "rows_can_be_read"}


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

    def write_data_docs(self) -> Path | None:
        """Write the Data Docs if anything was checked since the program started; return their folder."""
        if self.folder is None or "judge" not in self.__dict__:
            return None
        return self.judge.write_data_docs()

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
        # Imported here: pandas is for new extracts only.
        from staff_mobility.gate.judged import alike, row_results

        layout = loaded.layout
        surroundings = Surroundings(loaded.extract_date, self.lists, self.own_country)
        found = list(self._column_results(loaded))
        if unreadable:
            found.append(reading_result("rows", unreadable))
        problems: list[Problem] = []
        for checks in alike(row_checks(layout, self.rules, surroundings)):
            for result, faults in row_results(con, self.judge, loaded, checks, self.rules):
                found.append(result)
                problems += faults
        found += self._set_aside_results(con, loaded, found)
        tables = [(table, self.rules.get(table.raw_table, _NO_RULES)) for table in layout.tables]
        previous = None
        # What is wrong inside the file comes first: it would make the comparison wrong too.
        if not any(result.blocks for result in found):
            previous = history.previous_extract(
                con, layout.source, tables, loaded.extract_id, loaded.extract_date
            )
            if previous is not None:
                for table, rules in tables:
                    found += self._history_results(con, loaded, table, rules, previous)
        problems += [
            Problem("", result.column, result.message["en"], result.guidance["en"])
            for result in found
            if result.blocks and result.measured is not None
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
            message=texts.joined(faults, len(faulty), n_checked) if faults else texts.all_well(n_checked),
            guidance=texts.guidance(name),
            rows=(),
            endangers=tuple(sorted(areas)),
        )

    def _rules(self, table: Table) -> TableRules:
        return self.rules.get(table.raw_table, _NO_RULES)

    def _set_aside_results(
        self, con: DuckDBPyConnection, loaded: Loaded, found: Sequence[CheckResult]
    ) -> Iterator[CheckResult]:
        from staff_mobility.gate.judged import measured_results

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
            measure = history.Measure(
                "few_rows_are_set_aside",
                table.raw_table,
                None,
                rejected / total if total else 0.0,
                None,
                limit.limit,
                limit.severity,
                total,
                rejected,
                because=texts.because([check for check in found if check.rejects_rows and not check.passed]),
            )
            yield from measured_results(
                self.judge, "rows", table.raw_table, [measure], self._rules(table).endangers
            )

    def _history_results(
        self, con: DuckDBPyConnection, loaded: Loaded, table: Table, rules: TableRules, previous: str
    ) -> Iterator[CheckResult]:
        from staff_mobility.gate.judged import measured_results

        comparison = history.Comparison(con, table, rules, loaded.extract_id, previous)
        measures = [*comparison.measures(), *kept_cell_measures(comparison, loaded.layout.name)]
        yield from measured_results(self.judge, "history", table.raw_table, measures, rules.endangers)

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
