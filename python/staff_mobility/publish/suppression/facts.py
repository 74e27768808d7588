"""Reads what is counted and the rows of the marts that count it; the only part that asks the warehouse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from staff_mobility.publish.marts import Mart, quoted
from staff_mobility.publish.suppression.linked_tables import CountedMart
from staff_mobility.publish.suppression.statement import Counts, Source, Statement
from staff_mobility.settings import StepError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Names that no column of a mart has.
PERSON, WEIGHT = "__person", "__weight"
_THERE_BECAUSE = "__there_because_of_them"
Place = Callable[[str], str | None]
"""Where the rows of a mart are, quoted for SQL; None if they are nowhere."""


def by_source(statements: Sequence[Statement]) -> Mapping[Source, list[tuple[Mart, Counts]]]:
    """Return the marts of counts by what they count: those of one source can be computed from each other."""
    found: dict[Source, list[tuple[Mart, Counts]]] = {}
    for statement in statements:
        if statement.counts is not None:
            found.setdefault(statement.counts.source, []).append((statement.mart, statement.counts))
    return found


def read_facts(
    con: DuckDBPyConnection, place: Place, source: Source, dimensions: Sequence[str]
) -> pd.DataFrame:
    """Return the counted rows: a row per person and combination of dimensions, with the weight of its stays.

    Raises:
        StepError: The marts that hold them are not among those that are published.
    """
    shown = ", ".join(quoted(each) for each in dimensions)
    person, weight = quoted(source.person), quoted(source.weight)
    sql = (
        f"select {shown}, cast({person} as varchar) as {PERSON}, cast(sum({weight}) as double) as {WEIGHT}"  # noqa: S608
        f" from {_relation(place, source)}{_where(source.where)} group by all order by all"
    )
    return con.execute(sql).df()


def read_values(
    con: DuckDBPyConnection, place: Place, source: Source, dimensions: Sequence[str], value: str
) -> pd.DataFrame:
    """Return the weighted sum of a value by dimensions, in a column of the value's name.

    Raises:
        StepError: The marts that hold it are not among those that are published.
    """
    shown = ", ".join(quoted(each) for each in dimensions)
    sql = (
        f"select {shown}, cast(sum({quoted(value)} * {quoted(source.weight)}) as double) as {quoted(value)}"  # noqa: S608
        f" from {_relation(place, source)}{_where(source.where)} group by all order by all"
    )
    return con.execute(sql).df()


def read_mart(con: DuckDBPyConnection, place: Place, mart: Mart, counts: Counts) -> CountedMart | None:
    """Return the rows of a mart of counts, in the order of its keys; None where the place has none."""
    where = place(mart.name)
    if where is None:
        return None
    told = counts.there_because_of_them or "false"
    rows = con.execute(
        f"select *, coalesce({told}, false) as {_THERE_BECAUSE} from {where}"  # noqa: S608
        f" order by {', '.join(quoted(key) for key in mart.keys)}"
    ).df()
    there = rows.pop(_THERE_BECAUSE).to_numpy(dtype=bool)
    return CountedMart(mart.name, mart.keys, counts, rows, there)


def _relation(place: Place, source: Source) -> str:
    def found(mart: str) -> str:
        where = place(mart)
        if where is None:
            raise StepError(
                f"{mart}: the disclosure control counts its rows, and it names no audience. Mark it `audience: analyst`."
            )
        return where

    if source.joined is None:
        return found(source.of)
    other, using = source.joined
    return f"{found(source.of)} inner join {found(other)} using ({quoted(using)})"


def _where(condition: str) -> str:
    return f" where {condition}" if condition else ""
