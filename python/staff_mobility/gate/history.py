# ruff: noqa: S608 (all names in queries are those of layouts and rules, which their schemas check)
"""An extract beside the previous one of its kind: what cumulative extracts must keep, in numbers.

The previous extract is the newest one of the same source that was taken before and covers some of the same
years. What is compared lies within the years that both cover, so that an extract of other grant calls
withdraws nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from staff_mobility.gate.checks import date_sql
from staff_mobility.gate.frames import ROWS_SHOWN
from staff_mobility.gate.results import Severity, Texts
from staff_mobility.gate.rules import Limit, TableRules
from staff_mobility.landing.layouts import Column, Table

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Measure:
    """A number of the comparison with what is expected of it.

    Attributes:
        name: Name of the check.
        place: Column, year or table that it is about.
        column: Header of the column, None if it is not about one.
        value: The number.
        minimum: Smallest number that is as expected, None without.
        maximum: Largest one.
        severity: What a failure means.
        n_checked: Rows that were looked at.
        n_failing: Rows that are missing or too many.
        examples: Keys of rows that are missing.
        because: What led to it, as the end of a sentence.
    """

    name: str
    place: str
    column: str | None
    value: float
    minimum: float | None
    maximum: float | None
    severity: Severity
    n_checked: int
    n_failing: int
    examples: tuple[str, ...] = ()
    because: Texts = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """Two extracts of one table within the years that both cover.

    Attributes:
        con: The warehouse.
        table: The layout's table.
        rules: Rules of the table.
        new: The extract.
        previous: The extract before.
    """

    con: DuckDBPyConnection
    table: Table
    rules: TableRules
    new: str
    previous: str

    def measures(self) -> Iterator[Measure]:
        """Yield all measures that the rules ask for and both extracts allow."""
        limits = self.rules.history or {}
        if (limit := limits.get("covered_share")) and self.rules.coverage:
            yield self._covered_measure(limit)
        rows_new, rows_before = self._rows()
        if rows_before == 0:
            return
        yield from self._row_measures(limits, rows_new, rows_before)
        if (limit := limits.get("year_ratio_minimum")) and self.rules.year:
            yield from self._year_measures(limit)
        if (limit := limits.get("kept_share")) and self.rules.key:
            yield self._kept_measure(limit)
        yield from self._item_measures(limits, rows_new, rows_before)

    def _covered_measure(self, limit: Limit) -> Measure:
        whole = f"from {self._raw} where _extract_id = $previous and {self._covering_year} is not null"
        before = int(self._one(f"select count(*) {whole}"))
        left_out = int(self._one(f"select count(*) {whole} and not ({self._within('new')})"))
        years = self.run(
            f"select distinct {self._covering_year} {whole} and not ({self._within('new')}) order by 1"
        )
        return Measure(
            "years_are_covered",
            ", ".join(year for (year,) in years) or self.table.raw_table,
            None,
            1 - left_out / before if before else 1,
            limit.limit,
            None,
            limit.severity,
            before,
            left_out,
        )

    def _row_measures(self, limits: Mapping[str, Limit], new: int, before: int) -> Iterator[Measure]:
        place = self.table.raw_table
        if limit := limits.get("row_ratio_minimum"):
            lost = max(before - new, 0)
            yield Measure(
                "rows_are_kept", place, None, new / before, limit.limit, None, limit.severity, before, lost
            )
        if limit := limits.get("row_ratio_maximum"):
            more = max(new - before, 0)
            yield Measure(
                "rows_do_not_multiply",
                place,
                None,
                new / before,
                None,
                limit.limit,
                limit.severity,
                before,
                more,
            )

    def _rows(self) -> tuple[int, int]:
        counts = {
            which: self._one(f"select count(*) from {self.rows_of(which)}") for which in ("new", "previous")
        }
        return int(counts["new"]), int(counts["previous"])

    def _year_measures(self, limit: Limit) -> Iterator[Measure]:
        new, before = (self.rows_by_year(which) for which in ("new", "previous"))
        for year, count in before.items():
            now = new.get(year, 0)
            lost = max(count - now, 0)
            yield Measure(
                "years_are_kept", year, None, now / count, limit.limit, None, limit.severity, count, lost
            )

    def rows_by_year(self, which: str) -> dict[str, int]:
        """Return the rows by year of one of the two (``new``, ``previous``), within the common years."""
        year = year_sql(self.table, self.rules)
        counted = self.run(
            f"select {year}, count(*) from {self.rows_of(which)} where {year} is not null group by 1 order by 1"
        )
        return dict(counted)

    def _kept_measure(self, limit: Limit) -> Measure:
        key = ", ".join(f'"{name}"' for name in self.rules.key)
        named = " || '/' || ".join(f"coalesce(\"{name}\", '')" for name in self.rules.key)
        before_keys = f"select distinct {key} from {self.rows_of('previous')}"
        gone = f"({before_keys} except select {key} from {self.rows_of('new')})"
        before = self._one(f"select count(*) from ({before_keys})")
        missing = self._one(f"select count(*) from {gone}")
        examples = self.run(f"select {named} from {gone} order by 1 limit {ROWS_SHOWN}")
        return Measure(
            "reports_are_kept",
            self.table.raw_table,
            None,
            1 - missing / before,
            limit.limit,
            None,
            limit.severity,
            int(before),
            int(missing),
            tuple(example for (example,) in examples),
        )

    def _item_measures(self, limits: Mapping[str, Limit], new: int, before: int) -> Iterator[Measure]:
        loss, drift = limits.get("answered_share_loss"), limits.get("answer_drift")
        for column in self.table.columns:
            if not column.is_landed or not column.name.startswith(self.rules.items or ("\0",)):
                continue
            answers_new, answers_before = (self._answers(column, which) for which in ("new", "previous"))
            answered_new, answered_before = sum(answers_new.values()), sum(answers_before.values())
            if loss is not None and new:
                fallen = answered_before / before - answered_new / new
                missing = max(round(fallen * new), 0)
                yield Measure(
                    "items_are_answered",
                    column.header,
                    column.header,
                    fallen,
                    None,
                    loss.limit,
                    loss.severity,
                    new,
                    missing,
                )
            if drift is not None and min(answered_new, answered_before) >= max(
                self.rules.drift_minimum_answers, 1
            ):
                distance = total_variation(answers_new, answers_before)
                moved = round(distance * answered_new)
                yield Measure(
                    "answers_are_alike",
                    column.header,
                    column.header,
                    distance,
                    None,
                    drift.limit,
                    drift.severity,
                    answered_new,
                    moved,
                )

    def _answers(self, column: Column, which: str) -> dict[str, int]:
        name = f'"{column.name}"'
        rows = self.run(
            f"select {name}, count(*) from {self.rows_of(which)} where {name} is not null group by all"
        )
        return dict(rows)

    def rows_of(self, which: str) -> str:
        """Return the rows of one of the two (``new``, ``previous``) as a subquery, within the common years."""
        common = ""
        if self.rules.coverage:
            common = f" and {self._within('new')} and {self._within('previous')}"
        return f"(select * from {self._raw} where _extract_id = ${which}{common})"

    @property
    def _covering_year(self) -> str:
        return f'substr("{self.rules.coverage}", 1, 4)'

    def _within(self, which: str) -> str:
        year, rows = self._covering_year, f"from {self._raw} where _extract_id = ${which}"
        return f"{year} between (select min({year}) {rows}) and (select max({year}) {rows})"

    @property
    def _raw(self) -> str:
        return f'raw."{self.table.raw_table}"'

    @property
    def _parameters(self) -> dict[str, str]:
        return {"new": self.new, "previous": self.previous}

    def run(self, query: str) -> list[tuple[Any, ...]]:
        """Run a query that can name the two extracts as ``$new`` and ``$previous``."""
        # DuckDB wants just the parameters that occur.
        used = {name: value for name, value in self._parameters.items() if f"${name}" in query}
        return self.con.execute(query, used).fetchall()

    def _one(self, query: str) -> Any:
        return self.run(query)[0][0]


def total_variation(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """Return the total variation distance between two distributions of answers, 0 (alike) to 1."""
    total_one, total_other = sum(one.values()), sum(other.values())
    if not total_one or not total_other:
        return 0.0
    answers = one.keys() | other.keys()
    return sum(abs(one.get(a, 0) / total_one - other.get(a, 0) / total_other) for a in sorted(answers)) / 2


def year_sql(table: Table, rules: TableRules) -> str:
    """Return the SQL expression of the year by which rows are counted; null without one."""
    column = next((column for column in table.columns if column.name == rules.year), None)
    if column is None:
        return "null"
    if column.type == "date":
        return f"strftime({date_sql(column)}, '%Y')"
    # A year, or a month that begins with one; what begins otherwise has no year.
    return f"nullif(regexp_extract(\"{column.name}\", '^[0-9]{{4}}'), '')"


def rows_by_year(con: DuckDBPyConnection, extract_id: str, table: Table, rules: TableRules) -> dict[str, int]:
    """Return an extract's rows by year; rows without one are left out."""
    year = year_sql(table, rules)
    counted = con.execute(
        f'select {year}, count(*) from raw."{table.raw_table}" where _extract_id = ? and {year} is not null'
        " group by 1 order by 1",
        [extract_id],
    ).fetchall()
    return dict(counted)


def previous_extract(
    con: DuckDBPyConnection,
    source: str,
    tables: Sequence[tuple[Table, TableRules]],
    extract_id: str,
    day: dt.date,
) -> str | None:
    """Return the extract that a new one is compared with, None if there is none.

    Files of one day are parts of one state: they are not compared with each other, and of several parts of an
    earlier day the one with the most rows in common is meant.

    Args:
        con: The warehouse, with the rows of the new extract.
        source: Source system.
        tables: The layout's tables with their rules.
        extract_id: The new extract.
        day: Its day.
    """
    earlier = con.execute(
        "select extract_id, extract_date from raw.extract where source = ? and extract_date < ?"
        " order by extract_date desc, landed_at desc, extract_id desc",
        [source, day],
    ).fetchall()
    newest: list[str] = []
    newest_day = None
    for candidate, taken in earlier:
        if newest and taken != newest_day:
            break
        if any(_cover_a_common_year(con, table, rules, extract_id, candidate) for table, rules in tables):
            newest, newest_day = [*newest, candidate], taken
    if len(newest) < 2:
        return newest[0] if newest else None
    return max(newest, key=lambda part: sum(_rows_in_common(con, t, r, extract_id, part) for t, r in tables))


def _rows_in_common(con: DuckDBPyConnection, table: Table, rules: TableRules, one: str, other: str) -> int:
    if not rules.key:
        return 0
    key = ", ".join(f'"{name}"' for name in rules.key)
    rows = f'select {key} from raw."{table.raw_table}" where _extract_id ='
    counted = con.execute(f"select count(*) from ({rows} ? intersect {rows} ?)", [one, other]).fetchone()
    return int(counted[0]) if counted else 0


def _cover_a_common_year(
    con: DuckDBPyConnection, table: Table, rules: TableRules, one: str, other: str
) -> bool:
    first = f'substr("{rules.coverage}", 1, 4)' if rules.coverage else "'all'"
    spans = con.execute(
        f'select min({first}), max({first}) from raw."{table.raw_table}" where _extract_id in (?, ?)'
        " group by _extract_id",
        [one, other],
    ).fetchall()
    if len(spans) < 2 or any(None in span for span in spans):
        return False
    return bool(spans[0][0] <= spans[1][1] and spans[1][0] <= spans[0][1])
