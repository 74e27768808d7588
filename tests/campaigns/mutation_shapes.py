"""Mutations of columns, rows and keys: what a wrong export or an editor does to a table."""

from __future__ import annotations

import random
import unicodedata
from typing import Any

from mutation_drafts import BASES, Draft, Grid, NotApplicableError, draft_of
from mutation_kinds import a_column, is_any, kind

_REMOVED = (
    "rows of this source have no key, or later files need not hold them, and the loss is below the limit"
)
_ADDED = "new rows are what a new extract brings"


def _remove_column(grid: Grid, position: int) -> None:
    for row in grid.rows:
        del row[position]


def _two_columns(draft: Draft, chance: random.Random) -> tuple[Grid, int, int]:
    grid, first = a_column(draft, chance, is_any)
    others = [position for position in grid.positions(is_any) if position != first]
    return grid, first, chance.choice(others)


@kind("columns", "dropped")
def _dropped(draft: Draft, chance: random.Random) -> None:
    grid, position = a_column(draft, chance, lambda column: True)
    _remove_column(grid, position)


@kind("columns", "renamed")
def _renamed(draft: Draft, chance: random.Random) -> None:
    grid, position = a_column(draft, chance, is_any)
    grid.header[position] = chance.choice(["Column 1", "Kolonne A", "Text", "Value"])


@kind("columns", "header misspelt")
def _header_misspelt(draft: Draft, chance: random.Random) -> None:
    grid, position = a_column(draft, chance, is_any)
    header = grid.header[position]
    at = chance.randrange(len(header))
    grid.header[position] = header[:at] + header[at + 1 :]


@kind("columns", "header in other case")
def _header_case(draft: Draft, chance: random.Random) -> None:
    grid, position = a_column(draft, chance, is_any)
    grid.header[position] = grid.header[position].upper()


@kind("columns", "headers with blanks and in two parts (NFD)")
def _header_blanks(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    grid.header[:] = [
        f" {unicodedata.normalize('NFD', str(header)).replace(' ', '  ')} " for header in grid.header
    ]


@kind("columns", "header twice", "csv", "xlsx")
def _header_twice(draft: Draft, chance: random.Random) -> None:
    grid, first, second = _two_columns(draft, chance)
    grid.header[second] = grid.header[first]


@kind("columns", "copied to the end", "csv", "xlsx")
def _copied(draft: Draft, chance: random.Random) -> None:
    grid, position = a_column(draft, chance, is_any)
    for row in grid.rows:
        row.append(row[position])


@kind("columns", "in another order")
def _reordered(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    order = list(range(len(grid.header)))
    chance.shuffle(order)
    grid.rows[:] = [[row[position] for position in order] for row in grid.rows]


@kind("columns", "cells of two columns exchanged, all rows", large=True)
def _exchanged(draft: Draft, chance: random.Random) -> None:
    grid, first, second = _two_columns(draft, chance)
    for row in grid.data:
        row[first], row[second] = row[second], row[first]


@kind("columns", "headers of two columns exchanged", large=True)
def _headers_exchanged(draft: Draft, chance: random.Random) -> None:
    grid, first, second = _two_columns(draft, chance)
    grid.header[first], grid.header[second] = grid.header[second], grid.header[first]


@kind("columns", "cells moved by one row, one column", large=True)
def _moved_down(draft: Draft, chance: random.Random) -> None:
    grid, position = a_column(draft, chance, is_any)
    column = [row[position] for row in grid.data]
    for row, cell in zip(grid.data, [column[-1], *column[:-1]], strict=True):
        row[position] = cell


@kind("columns", "all cells moved by one column")
def _moved_right(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    grid.set_data([[None, *row[:-1]] for row in grid.data])


@kind("columns", "one added")
def _added_column(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    at = chance.randrange(len(grid.header) + 1)
    for number, row in enumerate(grid.rows):
        row.insert(at, "Extra" if number == 0 else "x")


@kind("columns", "filled with one value", large=True)
def _one_value(draft: Draft, chance: random.Random) -> None:
    grid, position = a_column(draft, chance, is_any)
    for row in grid.data:
        row[position] = grid.data[0][position]


@kind("rows", "header gone", "csv", "xlsx")
def _header_gone(draft: Draft, chance: random.Random) -> None:
    del draft.a_grid(chance).rows[0]


@kind("rows", "header again in the middle")
def _header_again(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    grid.rows.insert(chance.randrange(grid.first, len(grid.rows)), list(grid.header))


@kind("rows", "skipped row gone", "csv")
def _skipped_gone(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    if grid.first == 1:
        raise NotApplicableError
    del grid.rows[1]


@kind("rows", "a title above the header", "csv", "xlsx")
def _title(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    grid.rows.insert(0, ["Export", *[None] * (len(grid.header) - 1)])


@kind("rows", "a line of totals at the end")
def _totals(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    grid.rows.append(["Total", *[None] * (len(grid.header) - 2), str(len(grid.data))])


@kind("rows", "one twice", plausible="rows of this source have no key: two equal ones are two mobilities")
def _twice(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    grid.rows.append(list(chance.choice(grid.data)))


@kind("rows", "all twice")
def _all_twice(draft: Draft, chance: random.Random) -> None:
    for grid in draft.grids:
        grid.rows.extend(list(row) for row in grid.data)


@kind("rows", "in another order")
def _shuffled(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    rows = grid.data
    chance.shuffle(rows)
    grid.set_data(rows)


@kind("rows", "one removed", plausible=_REMOVED)
def _removed(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    del grid.rows[chance.randrange(grid.first, len(grid.rows) - 1)]


@kind("rows", "cut off behind a whole row", plausible=_REMOVED)
def _cut(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    del grid.rows[chance.randrange(grid.first, len(grid.rows) - 1) :]


@kind("rows", "all removed")
def _none_left(draft: Draft, chance: random.Random) -> None:
    for grid in draft.grids:
        del grid.rows[grid.first :]


@kind("rows", "new ones of another extract", plausible=_ADDED)
def _added(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    for row in chance.sample(grid.data, 2):
        new = list(row)
        for position in _key_positions(grid):
            new[position] = f"{new[position]}"[:-1] + chance.choice("0123456789")
        grid.rows.append(new)


@kind("rows", "emptied", plausible=_REMOVED)
def _emptied(draft: Draft, chance: random.Random) -> None:
    row = chance.choice(draft.a_grid(chance).data)
    row[:] = [""] * len(row)


@kind("rows", "one joined to the next", "csv")
def _joined(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    at = chance.randrange(grid.first, len(grid.rows) - 1)
    grid.rows[at : at + 2] = [grid.rows[at] + grid.rows[at + 1]]


@kind("rows", "one shorter than the header", "csv")
def _shorter(draft: Draft, chance: random.Random) -> None:
    row = chance.choice(draft.a_grid(chance).data)
    del row[chance.randrange(1, len(row)) :]


@kind("rows", "one with a cell too many", "csv", "xlsx")
def _longer(draft: Draft, chance: random.Random) -> None:
    row = chance.choice(draft.a_grid(chance).data)
    row.insert(chance.randrange(len(row) + 1), "x")


@kind("rows", "those of another source below", "csv", "xlsx")
def _other_source(draft: Draft, chance: random.Random) -> None:
    others = [base for base in BASES if base.layout != draft.base.layout and base.format == draft.format]
    other = draft_of(chance.choice(others)).grids[0]
    grid = draft.a_grid(chance)
    width = len(grid.header)
    if draft.format == "csv":
        grid.rows.extend(other.rows[:3])
    else:
        grid.rows.extend([*row, *[None] * width][:width] for row in other.rows[:3])


def _key_positions(grid: Grid) -> list[int]:
    names = ("mobility_id", "respondent_id", "institution_code", "position_code", "department_code")
    known = [(position, grid.column_at(position)) for position in range(len(grid.header))]
    keys = [position for position, column in known if column and column.name in names]
    if not keys:
        raise NotApplicableError
    return keys


@kind("keys", "emptied")
def _key_emptied(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    chance.choice(grid.data)[_key_positions(grid)[0]] = ""


@kind("keys", "of one row given to another", plausible=_REMOVED)
def _key_doubled(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    position = _key_positions(grid)[0]
    first, second = chance.sample(grid.data, 2)
    first[position] = second[position]


@kind("keys", "of two rows exchanged", plausible="both rows are as likely under both keys")
def _keys_exchanged(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    position = _key_positions(grid)[0]
    first, second = chance.sample(grid.data, 2)
    first[position], second[position] = second[position], first[position]


@kind("keys", "one for all rows")
def _one_key(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    position = _key_positions(grid)[-1]
    _fill(grid, position, grid.data[0][position])


def _fill(grid: Grid, position: int, cell: Any) -> None:
    for row in grid.data:
        row[position] = cell


@kind("keys", "project code of another form")
def _project_code(draft: Draft, chance: random.Random) -> None:
    grid, position = a_column(draft, chance, lambda column: column.name == "project_code")
    change = chance.choice([lambda code: code.replace("-", ""), lambda code: code[:-1], str.lower])
    row = chance.choice(grid.data)
    row[position] = change(str(row[position]))
