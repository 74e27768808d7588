"""What is changed in the marts, value by value, and the queries that give them so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from staff_mobility.publish.disclosure import Release
from staff_mobility.publish.marts import Mart, names, quoted
from staff_mobility.publish.suppression.primary import Rule

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Edit:
    """One value that is not published as it is.

    Attributes:
        rule: Why it is hidden; None if it is shown, but in another form.
        value: What is shown in its place; None if nothing is.
    """

    rule: Rule | None
    value: float | None = None


class Edits:
    """All edits, by mart, key of the row and column; the first rule that hides a value stays."""

    def __init__(self) -> None:
        self._by_mart: dict[str, dict[Key, dict[str, Edit]]] = {}

    def hide(self, mart: str, key: Key, column: str, rule: Rule) -> None:
        """Let a value be hidden."""
        row = self._by_mart.setdefault(mart, {}).setdefault(key, {})
        if column not in row or row[column].rule is None:
            row[column] = Edit(rule)

    def show(self, mart: str, key: Key, column: str, value: float) -> None:
        """Let another value be shown, unless it is hidden."""
        self._by_mart.setdefault(mart, {}).setdefault(key, {}).setdefault(column, Edit(None, value))

    def find(self, mart: str, key: Key, column: str) -> Edit | None:
        """Return what becomes of a value, None if it stays as it is."""
        return self._by_mart.get(mart, {}).get(key, {}).get(column)

    def of(self, mart: str) -> Mapping[Key, Mapping[str, Edit]]:
        """Return the edits of a mart by row."""
        return self._by_mart.get(mart, {})

    def forget_empty(self, con: DuckDBPyConnection, mart: Mart) -> None:
        """Forget what would be hidden and is empty in the working warehouse: nothing is hidden there."""
        rows = self._by_mart.get(mart.name, {})
        columns = sorted({column for row in rows.values() for column in row})
        if not columns:
            return
        sql = f"select {names([*mart.keys, *columns])} from {mart.place}"  # noqa: S608
        for values in con.execute(sql).fetchall():
            row = rows.get(values[: len(mart.keys)], {})
            for column, value in zip(columns, values[len(mart.keys) :], strict=True):
                if value is None:
                    row.pop(column, None)

    def n_hidden(self, mart: str) -> int:
        """Return how many of its values are hidden."""
        return sum(edit.rule is not None for row in self.of(mart).values() for edit in row.values())

    def hidden(self) -> list[tuple[str, Key, str, Rule]]:
        """Return all hidden values with their rule, in order of marts."""
        return [
            (mart, key, column, edit.rule)
            for mart in sorted(self._by_mart)
            for key, row in self._by_mart[mart].items()
            for column, edit in row.items()
            if edit.rule is not None
        ]


def release(con: DuckDBPyConnection, mart: Mart, edits: Edits) -> Release:
    """Return a mart as it is published.

    Args:
        con: A temporary table with the edits is made in it.
        mart: Which one.
        edits: Of all marts.
    """
    rows = edits.of(mart.name)
    if not rows:
        return Release(mart, f"select * from {mart.place}")  # noqa: S608
    columns = sorted({column for row in rows.values() for column in row})
    frame = pd.DataFrame(list(rows), columns=list(mart.keys)).convert_dtypes()
    for number, column in enumerate(columns):
        found = [row.get(column) for row in rows.values()]
        frame[f"is_hidden_{number}"] = [edit is not None and edit.rule is not None for edit in found]
        frame[f"is_other_{number}"] = [edit is not None and edit.rule is None for edit in found]
        frame[f"other_{number}"] = pd.array([edit.value if edit else None for edit in found], dtype="Float64")
    table = quoted(f"edits_of_{mart.name}")
    con.register("frame_of_edits", frame)
    con.execute(f"create or replace temporary table {table} as select * from frame_of_edits")  # noqa: S608
    con.unregister("frame_of_edits")
    return Release(mart, _select(con, mart, columns, f"temp.main.{table}"), edits.n_hidden(mart.name))


def _select(con: DuckDBPyConnection, mart: Mart, edited: Sequence[str], table: str) -> str:
    shown = []
    for name, kind, *_ in con.execute(f"describe select * from {mart.place}").fetchall():  # noqa: S608
        column = f"m.{quoted(name)}"
        if name in edited:
            number = edited.index(name)
            column = (
                f"case when e.is_hidden_{number} then null"
                f" when e.is_other_{number} then cast(e.other_{number} as {kind}) else {column} end as {quoted(name)}"
            )
        shown.append(column)
    on = " and ".join(f"m.{quoted(key)} is not distinct from e.{quoted(key)}" for key in mart.keys)
    return f"select {', '.join(shown)} from {mart.place} as m left join {table} as e on {on}"  # noqa: S608
