# ruff: noqa: S608 (all names in queries are those of layouts and rules, which their schemas check)
"""The cells of an extract beside those of the previous one, column by column.

Corrections change single cells. Where most cells of a column are others than before, the column was swapped
with another one, has moved against the rest by a row, or is written in another form (dates, lost zeros, damaged
letters), none of which the form of a single cell shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from staff_mobility.gate.history import Comparison, Measure
from staff_mobility.landing.layouts import Table
from staff_mobility.landing.register import pseudonym_column

# With fewer cells a handful of corrections would look like a moved column.
MINIMUM_CELLS = 10
# What other layouts write in the same form.
_SAME_IN_ALL_LAYOUTS = frozenset({"text", "integer"})


def kept_cell_measures(comparison: Comparison, layout: str) -> Iterator[Measure]:
    """Yield the share of a column's former cells that stand there still, for each column.

    Rows are found again by their key; a table without one counts how many of its former cells stand anywhere in
    the column. Cells of another layout are compared only where both layouts write them alike.

    Args:
        comparison: The two extracts.
        layout: Layout of the new one.
    """
    limit = (comparison.rules.history or {}).get("kept_cells")
    if limit is None:
        return
    is_same_layout = comparison.run("select layout from raw.extract where extract_id = $previous") == [
        (layout,)
    ]
    key = comparison.rules.key
    if not (key or is_same_layout):
        return
    columns = _columns(comparison.table, key, is_same_layout=is_same_layout)
    counted = _kept_by_key(comparison, columns, key) if key else _kept_anywhere(comparison, columns)
    for (_, place, header), (before, kept) in zip(columns, counted, strict=True):
        if before >= MINIMUM_CELLS:
            yield Measure(
                name="cells_are_kept",
                place=place,
                column=header,
                value=kept / before,
                minimum=limit.limit,
                maximum=None,
                severity=limit.severity,
                n_checked=before,
                n_failing=before - kept,
            )


def _columns(table: Table, key: Sequence[str], *, is_same_layout: bool) -> list[tuple[str, str, str]]:
    """Return raw column, place in words and header of what is compared: landed cells and pseudonyms."""
    landed = [
        (column.name, f"'{column.header}'", column.header)
        for column in table.columns
        if column.is_landed
        and column.name not in key
        and (is_same_layout or column.type in _SAME_IN_ALL_LAYOUTS)
    ]
    pseudonyms = []
    for pseudonym, columns in table.pseudonyms.items():
        headers = ", ".join(column.header for column in columns)
        pseudonyms.append((pseudonym_column(pseudonym), f"'{headers}'", headers))
    return [*landed, *pseudonyms]


def _kept_by_key(
    comparison: Comparison, columns: Sequence[tuple[str, str, str]], key: Sequence[str]
) -> list[tuple[int, int]]:
    """Return, per column, filled cells of the previous extract and how many of them are the same now."""
    named = ", ".join(f'"{name}"' for name in key)
    # Which of two rows of one key is meant cannot be told.
    once = f"qualify count(*) over (partition by {named}) = 1"
    counts = ", ".join(
        f'count(former."{name}"), count(former."{name}") filter (newer."{name}" = former."{name}")'
        for name, _, _ in columns
    )
    (row,) = comparison.run(
        f"with former as (from {comparison.rows_of('previous')} {once}),"
        f" newer as (from {comparison.rows_of('new')} {once})"
        f" select {counts} from former inner join newer using ({named})"
    )
    return list(zip(row[::2], row[1::2], strict=True))


def _kept_anywhere(comparison: Comparison, columns: Sequence[tuple[str, str, str]]) -> list[tuple[int, int]]:
    """Return, per column, filled cells of the previous extract and how many of them stand in the new one."""
    counted = []
    for name, _, _ in columns:
        by_value = f'select "{name}" as cell, count(*) as n_rows from'
        (row,) = comparison.run(
            f"with former as ({by_value} {comparison.rows_of('previous')} group by all),"
            f" newer as ({by_value} {comparison.rows_of('new')} group by all)"
            " select coalesce(sum(former.n_rows), 0)::bigint,"
            " coalesce(sum(least(former.n_rows, coalesce(newer.n_rows, 0))), 0)::bigint"
            " from former left join newer using (cell) where former.cell is not null"
        )
        counted.append((int(row[0]), int(row[1])))
    return counted
