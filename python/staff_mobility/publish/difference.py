"""What a publication would change: rows added, removed and changed per mart, and the largest changes of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from staff_mobility.publish.content import Content
from staff_mobility.publish.marts import names, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Under this name the file of the current publication is attached.
FORMER = "former"
_NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UINTEGER", "UBIGINT", "FLOAT", "DOUBLE")
_LARGEST_PER_COLUMN = 3
_PAIRED = "paired_rows"


@dataclass(frozen=True)
class Change:
    """One number that is not what it was.

    Attributes:
        key: Which row.
        before: In the current publication.
        after: In the working warehouse.
        size: Distance of the two in standard deviations of the column in the current publication; where
            all values there are the same, as a share of the former value.
    """

    mart: str
    column: str
    key: Mapping[str, Any]
    before: float
    after: float
    size: float


@dataclass(frozen=True)
class MartDifference:
    """What changes in one mart.

    Attributes:
        n_before: Rows in the current publication, None for a mart that is not in it.
        n_after: Rows now, None for a mart that goes.
        n_added: Rows whose key is new.
        n_removed: Rows whose key is gone.
        n_changed: Rows with the same key and at least one other value.
        new_columns: Columns that come.
        gone_columns: Columns that go.
        changed_values: Number of changed values by column, without those that are 0.
    """

    mart: str
    n_before: int | None
    n_after: int | None
    n_added: int = 0
    n_removed: int = 0
    n_changed: int = 0
    new_columns: tuple[str, ...] = ()
    gone_columns: tuple[str, ...] = ()
    changed_values: Mapping[str, int] | None = None

    @property
    def is_any(self) -> bool:
        """Whether anything changes."""
        rows = self.n_added or self.n_removed or self.n_changed
        return bool(rows or self.new_columns or self.gone_columns) or None in (self.n_before, self.n_after)


@dataclass(frozen=True)
class Difference:
    """What a publication would change.

    Attributes:
        former: Id of the current publication, None if there is none.
        marts: Those that change come first, by the number of rows that do.
        changes: Largest first.
    """

    former: str | None
    marts: tuple[MartDifference, ...]
    changes: tuple[Change, ...]


def difference(
    con: DuckDBPyConnection, contents: Sequence[Content], former: Mapping[str, int]
) -> tuple[tuple[MartDifference, ...], tuple[Change, ...]]:
    """Compare what is to be published with the current publication.

    Args:
        con: Has the working warehouse attached and, unless `former` is empty, the file of the current
            publication as `former`.
        contents: The marts to publish.
        former: Rows of the current publication by mart.
    """
    marts, changes = [], []
    present = {content.name: content for content in contents}
    for name in sorted(present.keys() | former.keys()):
        content = present.get(name)
        if content is None or name not in former:
            after = None if content is None else content.n_rows
            marts.append(MartDifference(name, former.get(name), after, after or 0, former.get(name, 0)))
            continue
        found, numbers = _compare(con, content, former[name])
        marts.append(found)
        changes += numbers
    marts.sort(
        key=lambda mart: (not mart.is_any, -(mart.n_added + mart.n_removed + mart.n_changed), mart.mart)
    )
    changes.sort(key=lambda change: (-change.size, change.mart, change.column, str(change.key)))
    return tuple(marts), tuple(changes)


def _compare(con: DuckDBPyConnection, content: Content, n_before: int) -> tuple[MartDifference, list[Change]]:
    table = f"{FORMER}.main.{quoted(content.name)}"
    former = {str(row[0]): str(row[1]) for row in con.execute(f"describe {table}").fetchall()}
    keys = content.release.mart.keys
    new = tuple(column for column in content.types if column not in former)
    gone = tuple(column for column in former if column not in content.types)
    if not set(keys) <= former.keys():
        # Other keys: no row can be told to be the same.
        whole = MartDifference(content.name, n_before, content.n_rows, content.n_rows, n_before, 0, new, gone)
        return whole, []
    values = [column for column in content.types if column in former and column not in keys]
    _pair(con, content, table, values)
    n_added, n_removed, n_changed, *of_columns = _counts(con, values)
    changed_values = dict(zip(values, of_columns, strict=True))
    shown = {column: count for column, count in changed_values.items() if count}
    rows = (n_before, content.n_rows, n_added, n_removed, n_changed)
    found = MartDifference(content.name, *rows, new, gone, shown)
    numbers = [
        change
        for place, (column, count) in enumerate(changed_values.items(), start=1)
        if count and _is_number(content.types[column]) and _is_number(former[column])
        for change in _largest(con, content, column, place)
    ]
    con.execute(f"drop table {_PAIRED}")
    return found, numbers


def _pair(con: DuckDBPyConnection, content: Content, table: str, values: Sequence[str]) -> None:
    """Put both states of each row side by side: keys, then `before` and `after` as structs, null where there is none."""
    keys = content.release.mart.keys
    # A mart of keys alone still needs something in its struct.
    packed = (
        ", ".join(f"'v{n}': {quoted(column)}" for n, column in enumerate(values, start=1)) or "'v0': true"
    )
    on = " and ".join(f"b.{quoted(key)} is not distinct from a.{quoted(key)}" for key in keys)
    kept = ", ".join(
        f"coalesce(a.{quoted(key)}, b.{quoted(key)}) as {quoted(f'key_{n}')}" for n, key in enumerate(keys)
    )
    con.execute(
        f"create or replace temporary table {_PAIRED} as"  # noqa: S608
        f" with b as (select {names(keys)}, {{{packed}}} as state from {table}),"
        f" a as (select {names(keys)}, {{{packed}}} as state from ({content.sql}))"
        f" select {kept}, b.state as before, a.state as after from b full join a on {on}"
    )


def _counts(con: DuckDBPyConnection, values: Sequence[str]) -> list[int]:
    """Return the numbers of rows added, removed and changed, then of changed values by column."""
    per_column = [
        f"count(*) filter (where before is not null and after is not null and before.v{n} is distinct from after.v{n})"
        for n in range(1, len(values) + 1)
    ]
    counted = ", ".join(
        [
            "count(*) filter (where before is null)",
            "count(*) filter (where after is null)",
            "count(*) filter (where before is not null and after is not null and before is distinct from after)",
            *per_column,
        ]
    )
    return [int(count) for count in con.execute(f"select {counted} from {_PAIRED}").fetchall()[0]]  # noqa: S608


def _largest(con: DuckDBPyConnection, content: Content, column: str, place: int) -> list[Change]:
    """Return the largest changes of a column; `place` is its number in the states."""
    keys = content.release.mart.keys
    shown = ", ".join(quoted(f"key_{n}") for n in range(len(keys)))
    rows = con.execute(
        "with numbers as ("  # noqa: S608
        f" select {shown}, cast(before.v{place} as double) as was, cast(after.v{place} as double) as becomes"
        f" from {_PAIRED} where before is not null),"
        " spread as (select stddev_pop(was) as deviation from numbers where isfinite(was)),"
        " sized as (select *, abs(becomes - was)"
        "  / coalesce(nullif(deviation, 0), nullif(abs(was), 0), 1) as size from numbers cross join spread)"
        f" select {shown}, was, becomes, size from sized where was <> becomes and isfinite(size)"
        f" order by size desc, {shown} limit {_LARGEST_PER_COLUMN}"
    ).fetchall()
    return [
        Change(
            content.name,
            column,
            dict(zip(keys, row, strict=False)),
            float(row[-3]),
            float(row[-2]),
            float(row[-1]),
        )
        for row in rows
    ]


def _is_number(kind: str) -> bool:
    return kind in _NUMERIC or kind.startswith("DECIMAL")
