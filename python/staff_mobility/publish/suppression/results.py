"""Marts of the statistics step: models with too few degrees of freedom, or with groups of too few persons.

The rules are those of ACRO, the output checker of British research data centres: a regression needs residual degrees of
freedom, and every count behind a result needs the threshold. All rows of an analysis fall together, in every mart that names
it, because the coefficients of one model tell of the one that is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from staff_mobility.publish.marts import quoted
from staff_mobility.publish.suppression.edits import Edits
from staff_mobility.publish.suppression.facts import Place
from staff_mobility.publish.suppression.primary import Rule
from staff_mobility.publish.suppression.settings import Rules
from staff_mobility.publish.suppression.statement import Groups, Statement
from staff_mobility.settings import StepError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_NONE = "null"


def hide_results(
    con: DuckDBPyConnection, place: Place, statements: Sequence[Statement], rules: Rules, edits: Edits
) -> None:
    """Hide the results that rest on too little.

    Args:
        con: Has the working warehouse attached.
        place: Where the marts are.
        statements: Of all public marts.
        rules: What is too little.
        edits: Gets what is hidden.
    """
    frames = {each.mart.name: _frame(con, place, each) for each in statements if each.results is not None}
    judged = {
        name: _judge(con, place, statement, frames[name], rules) for name, statement in _named(statements)
    }
    analyses: dict[object, Rule] = {}
    for name, statement in _named(statements):
        if statement.results is not None and statement.results.analysis:
            found = frames[name]["analysis"]
            analyses |= {
                analysis: rule for analysis, rule in zip(found, judged[name], strict=True) if rule is not None
            }
    for name, statement in _named(statements):
        _hide(statement, frames[name], judged[name], analyses, edits)
    for name, statement in _named(statements):
        _hide_differences(con, place, statement, frames[name], rules, edits)


def _named(statements: Sequence[Statement]) -> Iterator[tuple[str, Statement]]:
    return ((each.mart.name, each) for each in statements if each.results is not None)


def _frame(con: DuckDBPyConnection, place: Place, statement: Statement) -> pd.DataFrame:
    """Return a row per row of the mart: its keys, then what the rules ask of it."""
    said = statement.results
    if said is None:
        return pd.DataFrame()
    keys = [f"{quoted(key)} as key_{number}" for number, key in enumerate(statement.mart.keys)]
    asked = {
        "analysis": quoted(said.analysis) if said.analysis else _NONE,
        "residual": said.residual or _NONE,
        "observations": said.observations or _NONE,
        "named": quoted(said.groups.named_in) if said.groups else _NONE,
        "outcome": quoted(said.groups.outcome) if said.groups else _NONE,
        "left_out": quoted(said.left_out.column) if said.left_out else _NONE,
    }
    shown = ", ".join([*keys, *(f"{sql} as {name}" for name, sql in asked.items())])
    return con.execute(f"select {shown} from {_place(place, statement.mart.name)}").df()  # noqa: S608


def _judge(
    con: DuckDBPyConnection, place: Place, statement: Statement, frame: pd.DataFrame, rules: Rules
) -> list[Rule | None]:
    """Return by row which rule hides it, None for none."""
    said = statement.results
    sizes = _sizes(con, place, said.groups) if said and said.groups else None
    return [_rule(row, sizes, rules) for row in frame.itertuples(index=False)]


def _rule(row: object, sizes: Callable[[str, str], int] | None, rules: Rules) -> Rule | None:
    residual, observations = getattr(row, "residual", None), getattr(row, "observations", None)
    least = rules.minimum_degrees_of_freedom
    if least is not None and pd.notna(residual) and residual < least:
        return Rule.DEGREES_OF_FREEDOM
    persons = rules.minimum_persons
    if persons is None:
        return None
    if pd.notna(observations) and 0 < observations < persons:
        return Rule.THRESHOLD
    if (
        sizes is not None
        and 0 < sizes(str(getattr(row, "named", "")), str(getattr(row, "outcome", ""))) < persons
    ):
        return Rule.THRESHOLD
    return None


def _sizes(con: DuckDBPyConnection, place: Place, groups: Groups) -> Callable[[str, str], int]:
    """Return what tells the size of a predictor's smallest group among the reports with an outcome, 0 where there is none."""
    reports = _place(place, groups.of)
    columns = {row[0] for row in con.execute(f"describe select * from {reports}").fetchall()}  # noqa: S608
    known: dict[tuple[str, str], int] = {}

    def size(named: str, outcome: str) -> int:
        condition, index = groups.conditions.get(named), f"{outcome}_index"
        if condition is None:
            return 0
        if (named, outcome) not in known:
            has = f"{quoted(index)} is not null" if index in columns else "true"
            row = con.execute(
                f"select coalesce(min(n), 0) from (select count(distinct {quoted(groups.person)}) as n from {reports}"  # noqa: S608
                f" where {has} and ({condition}) is not null group by ({condition}))"
            ).fetchone()
            known[named, outcome] = int(row[0]) if row else 0
        return known[named, outcome]

    return size


def _hide(
    statement: Statement,
    frame: pd.DataFrame,
    judged: Sequence[Rule | None],
    analyses: dict[object, Rule],
    edits: Edits,
) -> None:
    said = statement.results
    for row, own in zip(frame.itertuples(index=False), judged, strict=True):
        rule = analyses.get(row.analysis) if said and said.analysis else own
        if said and rule is not None:
            for column in said.columns:
                edits.hide(statement.mart.name, tuple(row[: len(statement.mart.keys)]), column, rule)


def _hide_differences(
    con: DuckDBPyConnection,
    place: Place,
    statement: Statement,
    frame: pd.DataFrame,
    rules: Rules,
    edits: Edits,
) -> None:
    """Hide results that leave out so few persons that the difference to the result of all tells of them."""
    said = statement.results
    if said is None or said.left_out is None or rules.minimum_persons is None:
        return
    key, person = quoted(said.left_out.key), quoted(said.left_out.person)
    persons = dict(
        con.execute(
            f"select {key}, count(distinct {person}) from {_place(place, said.left_out.of)} group by 1"  # noqa: S608
        ).fetchall()
    )
    for row in frame.itertuples(index=False):
        if 0 < persons.get(row.left_out, 0) < rules.minimum_persons:
            for column in said.columns:
                edits.hide(
                    statement.mart.name, tuple(row[: len(statement.mart.keys)]), column, Rule.THRESHOLD
                )


def _place(place: Place, mart: str) -> str:
    where = place(mart)
    if where is None:
        raise StepError(
            f"{mart}: the disclosure control reads it, and it names no audience. Mark it `audience: analyst`."
        )
    return where
