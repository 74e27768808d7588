# ruff: noqa: S608 (all names in queries are those of layouts and rules, which their schemas check)
"""What an extract is checked for: the checks of a layout and the rules of its source, as data. Pure.

Every check of the rows says which value of a row it looks at (an SQL expression over the raw table) and
what is expected of that value (a Great Expectations type with its arguments). The gate groups the rows by
that value and lets Great Expectations judge the groups: `frames` says why.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from staff_mobility.gate.reference_lists import ReferenceList
from staff_mobility.gate.results import Area, Severity, Stage
from staff_mobility.gate.rules import Rules, TableRules
from staff_mobility.landing.layouts import Column, Layout, Table
from staff_mobility.landing.validate import NUMBER_FORMS, date_pattern_text
from staff_mobility.settings import WrongUseError

# What the layout says of a cell: a cell that breaks it cannot be read by the models, whoever accepts it.
CELL_CHECKS = frozenset(
    {
        "answers_are_allowed",
        "numbers_have_their_form",
        "dates_have_their_form",
        "dates_exist",
        "dates_lie_before_the_extract",
    }
)
_NO_RULES = TableRules(endangers=())
_STRFTIME = {"YYYY": "%Y", "MM": "%m", "DD": "%d"}


@dataclass(frozen=True)
class Check:
    """One check of the rows of a raw table.

    Attributes:
        name: Name of the check, by which its texts are found.
        severity: What a failure means.
        table: Raw table.
        columns: Raw columns that it reads.
        header: Header of the column in the file, None where it reads several.
        value: SQL expression of the value that is judged.
        shown: SQL expression of what a message may show of a failing row, None if nothing.
        where: SQL condition on the rows that it is about.
        expectation: Name of the class in ``great_expectations.expectations``.
        kwargs: Its arguments but for the column.
        limit: The limit in words.
        endangers: Mart areas that a failure endangers.
        rejects_rows: Whether failing rows are set aside.
        nulls: Whether rows without a value are judged too.
    """

    name: str
    severity: Severity
    table: str
    columns: tuple[str, ...]
    header: str | None
    value: str
    expectation: str
    kwargs: Mapping[str, Any]
    endangers: tuple[Area, ...]
    shown: str | None = None
    where: str = "true"
    limit: str | None = None
    rejects_rows: bool = False
    nulls: bool = False
    stage: Stage = field(default="rows", init=False)

    @property
    def place(self) -> str:
        """Column or columns in the file's words."""
        return self.header or ", ".join(self.columns)


@dataclass(frozen=True)
class Surroundings:
    """What checks are measured against beside layout and rules.

    Attributes:
        extract_date: Day of the extract.
        lists: Known values by name.
        own_country: Folded spellings of the agency's country.
    """

    extract_date: dt.date
    lists: Mapping[str, ReferenceList]
    own_country: Sequence[str] = ()


def row_checks(layout: Layout, rules: Rules, surroundings: Surroundings) -> list[Check]:
    """Return the checks of the rows of a layout's files, those of the layout first.

    Raises:
        WrongUseError: A rule names a column or list that does not exist.
    """
    checks: list[Check] = []
    for table in layout.tables:
        table_rules = rules.get(table.raw_table, _NO_RULES)
        for column in table.columns:
            if column.is_landed:
                checks += _cell_checks(column, table, table_rules, surroundings.extract_date)
        checks += [_rule_check(entry, table, table_rules, surroundings) for entry in table_rules.checks]
    return checks


def _cell_checks(column: Column, table: Table, rules: TableRules, extract_date: dt.date) -> Iterator[Check]:
    """Yield what the layout says of the cells of a column; a cell that breaks it cannot be read by the models."""
    name = f'"{column.name}"'
    common: dict[str, Any] = {
        "severity": "block",
        "table": table.raw_table,
        "columns": (column.name,),
        "header": column.header,
        "shown": name if column.may_be_shown else None,
        "endangers": rules.endangers,
    }
    if column.answers is not None:
        yield Check(
            name="answers_are_allowed",
            value=name,
            expectation="ExpectColumnValuesToBeInSet",
            kwargs={"value_set": list(column.answers)},
            limit=", ".join(f"'{answer}'" for answer in column.answers),
            **common,
        )
    if column.type in NUMBER_FORMS:
        pattern, words = NUMBER_FORMS[column.type]
        yield Check(
            name="numbers_have_their_form",
            value=name,
            expectation="ExpectColumnValuesToMatchRegex",
            kwargs={"regex": f"^(?:{pattern.pattern})\\Z"},
            limit=words,
            **common,
        )
    if column.type == "date" and column.date_format is not None:
        yield from _date_checks(column, name, extract_date, common)


def _date_checks(column: Column, name: str, extract_date: dt.date, common: dict[str, Any]) -> Iterator[Check]:
    written = column.date_format or ""
    # pandas warns of groups with names.
    pattern = re.sub(r"\(\?P<\w+>", "(?:", date_pattern_text(written))
    yield Check(
        name="dates_have_their_form",
        value=name,
        expectation="ExpectColumnValuesToMatchRegex",
        kwargs={"regex": f"^(?:{pattern})\\Z"},
        limit=written,
        **common,
    )
    yield Check(
        name="dates_exist",
        value=name,
        where=f"regexp_full_match({name}, '{pattern}')",
        expectation="ExpectColumnValuesToMatchStrftimeFormat",
        kwargs={"strftime_format": strftime_format(written)},
        limit=written,
        **common,
    )
    if column.not_after_extract:
        yield Check(
            name="dates_lie_before_the_extract",
            value=f"date_diff('day', date '{extract_date.isoformat()}', {date_sql(column)})",
            expectation="ExpectColumnValuesToBeBetween",
            kwargs={"max_value": 0},
            limit=extract_date.isoformat(),
            **common,
        )


def strftime_format(date_format: str) -> str:
    """Return a layout's date format (``DD.MM.YYYY``) as strftime writes it (``%d.%m.%Y``)."""
    for part, directive in _STRFTIME.items():
        date_format = date_format.replace(part, directive)
    return date_format


def date_sql(column: Column) -> str:
    """Return the SQL expression of a date column as a date; null where the text is no date."""
    written = strftime_format(column.date_format or "YYYY-MM-DD")
    return f"cast(try_strptime(\"{column.name}\", '{written}') as date)"


def _rule_check(
    entry: Mapping[str, Any], table: Table, rules: TableRules, surroundings: Surroundings
) -> Check:
    columns = {column.name: column for column in table.columns if column.is_landed}
    named = tuple(entry.get("columns", ())) or tuple(
        entry[role] for role in ("column", "start", "end", "days") if role in entry
    )
    for name in (
        *named,
        *entry.get("where", {}),
        *([entry["own_senders"]] if "own_senders" in entry else []),
    ):
        if name not in columns:
            raise WrongUseError(
                f"layouts/rules: the check {entry['check']} of {table.raw_table} names the column '{name}',"
                " which its layout does not land"
            )
    only = columns[named[0]] if len(named) == 1 else None
    value = _VALUES[entry["check"]](entry, columns, table, surroundings)
    return Check(
        name=entry["check"],
        severity=entry["severity"],
        table=table.raw_table,
        columns=named,
        header=only.header if only else None,
        where=_where(entry, surroundings),
        shown=_shown([columns[name] for name in named]),
        endangers=tuple(entry.get("endangers", rules.endangers)),
        rejects_rows=entry.get("rejects_rows", False),
        **value,
    )


def _shown(columns: Sequence[Column]) -> str | None:
    if not all(column.may_be_shown for column in columns):
        return None
    parts = ", ".join(f"coalesce(\"{column.name}\", '')" for column in columns)
    return f"concat_ws(' / ', {parts})"


def _where(entry: Mapping[str, Any], surroundings: Surroundings) -> str:
    conditions = [
        f'"{name}" in ({", ".join(_text(value) for value in values)})'
        for name, values in entry.get("where", {}).items()
    ]
    if "own_senders" in entry:
        spellings = ", ".join(_text(value) for value in surroundings.own_country) or "null"
        conditions.append(f'lower(trim("{entry["own_senders"]}")) in ({spellings})')
    return " and ".join(conditions) or "true"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _is_filled(entry: Any, columns: Any, table: Table, surroundings: Surroundings) -> dict[str, Any]:
    # Whether it is empty is all that counts: two groups, however many values.
    return {
        "value": f"case when \"{entry['column']}\" is not null then 'filled' end",
        "expectation": "ExpectColumnValuesToNotBeNull",
        "kwargs": {},
        "nulls": True,
    }


def _is_unique(entry: Any, columns: Any, table: Table, surroundings: Surroundings) -> dict[str, Any]:
    key = ", ".join(f'"{name}"' for name in entry["columns"])
    return {
        "value": f"count(*) over (partition by {key})",
        "expectation": "ExpectColumnValuesToBeBetween",
        "kwargs": {"max_value": 1},
    }


def _has_form(entry: Any, columns: Any, table: Table, surroundings: Surroundings) -> dict[str, Any]:
    # Ids have millions of values: only whether they have the form is kept.
    pattern = _text(entry["pattern"])
    return {
        "value": f'case when "{entry["column"]}" is not null'
        f' then regexp_full_match("{entry["column"]}", {pattern}) end',
        "expectation": "ExpectColumnValuesToBeInSet",
        "kwargs": {"value_set": [True]},
        "limit": entry["pattern"],
    }


def _in_period(entry: Any, columns: Any, table: Table, surroundings: Surroundings) -> dict[str, Any]:
    return {
        "value": f"strftime({date_sql(columns[entry['column']])}, '%Y%m%d')::integer",
        "expectation": "ExpectColumnValuesToBeBetween",
        "kwargs": {
            "min_value": int(entry["from"].replace("-", "")),
            "max_value": int(entry["to"].replace("-", "")),
        },
        "limit": f"{entry['from']} – {entry['to']}",
    }


def _in_order(entry: Any, columns: Any, table: Table, surroundings: Surroundings) -> dict[str, Any]:
    return {
        "value": f"date_diff('day', {date_sql(columns[entry['start']])}, {date_sql(columns[entry['end']])})",
        "expectation": "ExpectColumnValuesToBeBetween",
        "kwargs": {"min_value": 0},
    }


def _days_fit_dates(entry: Any, columns: Any, table: Table, surroundings: Surroundings) -> dict[str, Any]:
    between = f"date_diff('day', {date_sql(columns[entry['start']])}, {date_sql(columns[entry['end']])}) + 1"
    return {
        "value": f'try_cast("{entry["days"]}" as bigint) - ({between})',
        "expectation": "ExpectColumnValuesToBeBetween",
        "kwargs": {"min_value": -entry["tolerance"], "max_value": entry["tolerance"]},
        "limit": f"± {entry['tolerance']}",
    }


def _in_range(entry: Any, columns: Any, table: Table, surroundings: Surroundings) -> dict[str, Any]:
    column = columns[entry["column"]]
    text = f'"{column.name}"'
    number = f"replace({text}, ',', '.')" if column.type == "decimal_comma" else text
    return {
        "value": f"try_cast({number} as double)",
        "expectation": "ExpectColumnValuesToBeBetween",
        "kwargs": {"min_value": entry["from"], "max_value": entry["to"]},
        "limit": f"{entry['from']} – {entry['to']}",
    }


def _is_known(entry: Any, columns: Any, table: Table, surroundings: Surroundings) -> dict[str, Any]:
    if entry["list"] not in surroundings.lists:
        raise WrongUseError(f"layouts/rules: there is no list '{entry['list']}' in _reference_lists.yml")
    known = surroundings.lists[entry["list"]]
    return {
        "value": known.sql(f'"{entry["column"]}"'),
        "expectation": "ExpectColumnValuesToBeInSet",
        "kwargs": {"value_set": list(known.values)},
    }


def _names_a_row_of(entry: Any, columns: Any, table: Table, surroundings: Surroundings) -> dict[str, Any]:
    here = ", ".join(f'"{name}"' for name in entry["columns"])
    return {
        "value": f'({here}) in (select ({here}) from raw."{entry["table"]}" where _extract_id = $extract_id)',
        "expectation": "ExpectColumnValuesToBeInSet",
        "kwargs": {"value_set": [True]},
    }


_VALUES = {
    "is_filled": _is_filled,
    "is_unique": _is_unique,
    "has_form": _has_form,
    "in_period": _in_period,
    "in_order": _in_order,
    "days_fit_dates": _days_fit_dates,
    "in_range": _in_range,
    "is_known": _is_known,
    "names_a_row_of": _names_a_row_of,
}
