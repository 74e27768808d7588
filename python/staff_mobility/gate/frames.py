# ruff: noqa: S608 (all names in queries are those of layouts and rules, which their schemas check)
"""Small frames of what a check judges, out of millions of rows, and the way back to the rows that fail.

Great Expectations judges pandas frames in memory. What a check says of a row depends on one value, and
equal values are judged alike: so DuckDB groups the rows by that value, with their number, and only the
groups become a frame. The result is exact, and memory follows the number of distinct values, not the number
of rows (``tests/campaigns/gate_engines.py`` measures it beside whole frames).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from staff_mobility.gate.checks import Check
from staff_mobility.gate.results import FailingRow
from staff_mobility.landing.problems import without_address

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

ROWS_SHOWN = 20
VALUES_SHOWN = 5


def group_frame(con: DuckDBPyConnection, check: Check, extract_id: str) -> pd.DataFrame:
    """Return the groups of a check: ``group_number`` (from 0), ``value``, ``n_rows``."""
    nulls = "" if check.nulls else "where _judged is not null"
    frame = con.execute(
        "select row_number() over (order by _judged nulls first) - 1 as group_number, _judged as value,"
        " count(*) as n_rows"
        f" from ({_judged_rows(check)}) {nulls} group by _judged order by group_number",
        {"extract_id": extract_id},
    ).df()
    # Python's regular expressions know the end of a text (\\Z); those of Arrow-backed texts do not.
    return frame.astype({"value": object}) if frame["value"].dtype.kind not in "iufb" else frame


def failing_rows(
    con: DuckDBPyConnection, check: Check, extract_id: str, failing: pd.DataFrame, key: Sequence[str]
) -> tuple[FailingRow, ...]:
    """Return the first rows of failing groups.

    Args:
        con: The warehouse.
        check: The check.
        extract_id: The extract.
        failing: The failing groups of `group_frame`.
        key: Columns that together name a row; none where rows have no name.
    """
    report = " || '/' || ".join(f"coalesce(\"{name}\", '')" for name in key) or "null"
    rows = _of_failing(
        con,
        failing,
        f"select _row_number, {report}, {check.shown or 'null'} from ({_judged_rows(check)}) as judged"
        f" where exists (select 1 from failing_groups where {_SAME}) order by _row_number limit {ROWS_SHOWN}",
        {"extract_id": extract_id},
    )
    return tuple(
        # In a file whose columns have moved, an address can stand where a key or an attribute belongs.
        FailingRow(number, check.table, without_address(name), without_address(value))
        for number, name, value in rows
    )


def failing_values(
    con: DuckDBPyConnection, check: Check, extract_id: str, failing: pd.DataFrame
) -> list[tuple[str | None, int, int]]:
    """Return what may be shown of failing groups, most frequent first: value, number of rows, first row."""
    return _of_failing(
        con,
        failing,
        f"select {check.shown or 'null'} as shown, count(*) as n_rows, min(_row_number) as first_row"
        f" from ({_judged_rows(check)}) as judged where exists (select 1 from failing_groups where {_SAME})"
        f" group by shown order by n_rows desc, first_row limit {VALUES_SHOWN}",
        {"extract_id": extract_id},
    )


def set_rows_aside(con: DuckDBPyConnection, check: Check, extract_id: str, failing: pd.DataFrame) -> None:
    """Enter the rows of failing groups as rejected."""
    column = check.columns[0] if len(check.columns) == 1 else ", ".join(check.columns)
    _of_failing(
        con,
        failing,
        "insert into raw.rejected_row (extract_id, raw_table, row_number, check_name, column_name)"
        f" select $extract_id, $raw_table, _row_number, $check_name, $column_name from ({_judged_rows(check)})"
        f" as judged where exists (select 1 from failing_groups where {_SAME})",
        {
            "extract_id": extract_id,
            "raw_table": check.table,
            "check_name": check.name,
            "column_name": column,
        },
    )


_SAME = "failing_groups.value is not distinct from judged._judged"


def _judged_rows(check: Check) -> str:
    # The underscore keeps it apart from the columns of the layouts, one of which is called value.
    # Rows that an earlier check of this landing set aside are still judged: all faults are told at once.
    return (
        f'select *, {check.value} as _judged from raw."{check.table}"'
        f" where _extract_id = $extract_id and ({check.where})"
    )


def _of_failing(
    con: DuckDBPyConnection, failing: pd.DataFrame, query: str, parameters: dict[str, Any]
) -> list[tuple[Any, ...]]:
    con.register("failing_groups", failing)
    try:
        return con.execute(query, parameters).fetchall()
    finally:
        con.unregister("failing_groups")
