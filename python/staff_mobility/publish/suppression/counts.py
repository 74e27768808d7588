"""One group of marts that count the same rows: which of their cells are hidden, and all that stands on these cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from staff_mobility.publish.suppression.complementary import protect
from staff_mobility.publish.suppression.edits import Edits, Key
from staff_mobility.publish.suppression.former import FormerTables, already_shown, still_hidden, with_former
from staff_mobility.publish.suppression.linked_tables import (
    Cell,
    CountedMart,
    Flags,
    Floats,
    Knowledge,
    LinkedTables,
    Numbers,
    link,
    possible_atoms,
)
from staff_mobility.publish.suppression.means import protect_means
from staff_mobility.publish.suppression.primary import Rule, persons_by_cell, primary_cells
from staff_mobility.publish.suppression.protection import components
from staff_mobility.publish.suppression.rounding import rounded_cells
from staff_mobility.publish.suppression.settings import Rules

SUM = "sum"
# Least width of a count that is not known exactly.
_NOT_EXACT = 1.0


@dataclass(frozen=True)
class Facts:
    """Counted rows.

    Attributes:
        rows: Dimensions, person and weight.
        person: Name of the column with the person.
        weight: Name of the column with the part of a stay.
    """

    rows: pd.DataFrame
    person: str
    weight: str


@dataclass(frozen=True)
class Decision:
    """What becomes of the cells of one group of marts.

    Attributes:
        atoms: Dimensions and counts.
        tables: The cells.
        rule: Why each cell is hidden, None for those that are shown; as long as the cells.
        sensitive: Which cells must be protected, published or not; shape (cells,).
        exposed: Those that can be computed whatever is hidden.
        hidden_rates: Mean rates that are hidden too, because they would give a hidden count with few decimals already.
        known_from_former: Sensitive cells that the former publication shows with the same count.
        counts: What is shown of the cells; shape (cells,).
    """

    atoms: pd.DataFrame
    tables: LinkedTables
    rule: tuple[Rule | None, ...]
    sensitive: Flags
    exposed: tuple[Cell, ...]
    hidden_rates: tuple[Cell, ...]
    known_from_former: tuple[Cell, ...]
    counts: Floats

    @property
    def protected(self) -> tuple[Cell, ...]:
        """The sensitive cells."""
        return tuple(self.tables.cells[cell] for cell in np.flatnonzero(self.sensitive))


def decide(marts: Sequence[CountedMart], facts: Facts, rules: Rules, former: FormerTables | None) -> Decision:
    """Decide which cells are hidden.

    Args:
        marts: All that count the facts.
        facts: What they count.
        rules: Which cells are sensitive, and how open they must be.
        former: What the current publication shows of the same marts, None if it is not heeded.
    """
    dimensions = sorted(set().union(*(mart.counts.dimensions for mart in marts)))
    atoms = possible_atoms(marts, facts.rows, dimensions, facts.weight)
    tables = link(marts, atoms, facts.weight)
    primary = _primary(tables, atoms, dimensions, facts, rules)
    sensitive = np.logical_or.reduce(list(primary.values()))
    known = already_shown(tables, former) & sensitive if former else np.zeros(len(sensitive), dtype=bool)
    exposed: tuple[Cell, ...] = ()
    rates: tuple[Cell, ...] = ()
    hidden = sensitive & tables.is_published
    if rules.rounding_base:
        hidden, counts = np.zeros(len(sensitive), dtype=bool), rounded_cells(tables, rules.rounding_base)
    else:
        counts = tables.values
        if rules.protection_interval is not None:
            hidden, exposed, rates = _complementary(
                tables, atoms, facts.weight, sensitive & ~known, hidden, rules, former
            )
    return Decision(
        atoms,
        tables,
        tuple(_rules_of_cells(hidden, primary)),
        sensitive,
        exposed,
        rates,
        tuple(tables.cells[cell] for cell in np.flatnonzero(known & tables.is_published)),
        counts,
    )


def _primary(
    tables: LinkedTables, atoms: pd.DataFrame, dimensions: Sequence[str], facts: Facts, rules: Rules
) -> dict[Rule, Flags]:
    numbered = atoms[list(dimensions)].assign(number=np.arange(len(atoms)))
    of_fact = facts.rows[list(dimensions)].merge(numbered, how="left", on=list(dimensions))["number"]
    number: Numbers = of_fact.fillna(-1).to_numpy(dtype=np.intp)
    stays = persons_by_cell(
        tables, number, facts.rows[facts.person], facts.rows[facts.weight].to_numpy(dtype=float)
    )
    return primary_cells(tables, stays, rules)


def _complementary(
    tables: LinkedTables,
    atoms: pd.DataFrame,
    weight: str,
    sensitive: Flags,
    hidden: Flags,
    rules: Rules,
    former: FormerTables | None,
) -> tuple[Flags, tuple[Cell, ...], tuple[Cell, ...]]:
    n_cells, joint, hidden_for_themselves = len(tables.cells), tables, hidden
    wanted = np.full(n_cells, float(rules.protection_interval or _NOT_EXACT))
    if former is not None:
        hidden = hidden | still_hidden(tables, former)
        joint = with_former(tables, atoms, weight, former)
        padding = np.zeros(len(joint.cells) - n_cells, dtype=bool)
        hidden = np.concatenate([hidden, padding])
        # What was hidden for another cell's sake needs no interval.
        wanted = np.concatenate([wanted, np.where(former.is_protected, wanted[0], _NOT_EXACT)])
        sensitive = np.concatenate([sensitive, former.is_protected | former.is_hidden])
    answer = protect(joint, sensitive, hidden, joint.is_published, wanted)
    rates: tuple[Cell, ...] = ()
    if len(answer.exposed):
        open_joint, rates = _without_rates(joint, answer.exposed)
        if rates:
            answer = protect(open_joint, sensitive, answer.hidden, joint.is_published, wanted)
    exposed = [
        cell for cell in answer.exposed if cell < n_cells or (former and former.is_protected[cell - n_cells])
    ]
    # Values that are public already are hidden all the same, if that is accepted.
    return (
        answer.hidden[:n_cells] | hidden_for_themselves,
        tuple(joint.cells[cell] for cell in exposed),
        rates,
    )


def _without_rates(tables: LinkedTables, exposed: Numbers) -> tuple[LinkedTables, tuple[Cell, ...]]:
    """Return the tables without the mean rates that touch what hangs together with exposed cells, and these rates."""
    known = tables.known
    of_exposed = np.asarray(tables.matrix[exposed].sum(axis=0)).ravel() > 0
    touched = np.zeros(len(tables.atoms), dtype=bool)
    for atoms in components(tables):
        touched[atoms] = of_exposed[atoms].any()
    gone = np.asarray(abs(known.matrix) @ touched.astype(float)) > 0
    gone &= np.array([cell is not None for cell in known.cells], dtype=bool)
    kept = np.flatnonzero(~gone)
    left = Knowledge(
        known.matrix[kept], known.low[kept], known.high[kept], tuple(known.cells[fact] for fact in kept)
    )
    return replace(tables, known=left), tuple(
        cell for cell in known.cells if cell and gone[known.cells.index(cell)]
    )


def _rules_of_cells(hidden: Flags, primary: Mapping[Rule, Flags]) -> list[Rule | None]:
    rules: list[Rule | None] = [Rule.COMPLEMENTARY if is_so else None for is_so in hidden]
    for rule, cells in primary.items():
        for cell in np.flatnonzero(cells & hidden):
            rules[cell] = rule
    return rules


def edit_counts(marts: Sequence[CountedMart], decision: Decision, edits: Edits) -> None:
    """Hide the cells, or show them rounded, and with them the ratios and mean rates that are computed from them."""
    shown: dict[Cell, float] = {}
    exact = decision.tables.values
    for number, cell in enumerate(decision.tables.cells):
        rule = decision.rule[number]
        if not decision.tables.is_published[number]:
            continue
        shown[cell] = float(decision.counts[number])
        if rule is not None:
            edits.hide(cell.mart, cell.key, cell.column, rule)
        elif shown[cell] != exact[number]:
            edits.show(cell.mart, cell.key, cell.column, shown[cell])
    is_rounded = bool((decision.counts != exact).any())
    for mart in marts:
        _edit_ratios(mart, shown, edits, is_rounded=is_rounded)
    named = {mart.name: mart for mart in marts}
    for mart in marts:
        for column in mart.counts.mean_rates:
            _edit_mean_rates(mart, column, named, edits)


def keys_of(mart: CountedMart) -> list[Key]:
    """Return the keys of a mart's rows."""
    return list(mart.rows[list(mart.keys)].itertuples(index=False, name=None))


def hide_rates(decision: Decision, edits: Edits) -> None:
    """Hide the mean rates that would give a hidden count."""
    for cell in decision.hidden_rates:
        edits.hide(cell.mart, cell.key, cell.column, Rule.COMPLEMENTARY)


def _edit_ratios(mart: CountedMart, shown: Mapping[Cell, float], edits: Edits, *, is_rounded: bool) -> None:
    keys = keys_of(mart)
    for column, ratio in mart.counts.ratios.items():
        parts = [part for part in (ratio.numerator, ratio.denominator) if part in mart.counts.columns]
        total = sum(shown[Cell(mart.name, key, ratio.numerator)] for key in keys)
        for number, key in enumerate(keys):
            hidden = [
                found.rule for part in parts if (found := edits.find(mart.name, key, part)) and found.rule
            ]
            if hidden:
                edits.hide(mart.name, key, column, hidden[0])
            elif is_rounded and pd.notna(mart.rows[column].iloc[number]):
                below = shown.get(Cell(mart.name, key, ratio.denominator), total)
                if ratio.denominator in mart.rows.columns and ratio.denominator not in mart.counts.columns:
                    below = float(mart.rows[ratio.denominator].iloc[number])
                if below:
                    value = ratio.times * shown[Cell(mart.name, key, ratio.numerator)] / below
                    edits.show(mart.name, key, column, value)
                else:
                    edits.hide(mart.name, key, column, Rule.THRESHOLD)


def _edit_mean_rates(mart: CountedMart, column: str, named: Mapping[str, CountedMart], edits: Edits) -> None:
    """Show a mean of rates with few decimals where one of them is hidden; where counts are rounded, the mean of what is shown."""
    rate = mart.counts.mean_rates[column]
    fine = named[rate.of]
    by = list(mart.counts.by)
    found: dict[Key, list[float | None]] = {}
    values = fine.rows[rate.ratio]
    for own, key, value in zip(
        fine.rows[by].itertuples(index=False, name=None), keys_of(fine), values, strict=True
    ):
        edit = edits.find(rate.of, key, rate.ratio)
        if edit is not None and pd.notna(value):
            found.setdefault(own, []).append(edit.value)
    exact = mart.rows[column]
    for own, key, value in zip(
        mart.rows[by].itertuples(index=False, name=None), keys_of(mart), exact, strict=True
    ):
        others = [other for other in found.get(own, []) if other is not None]
        if own in found and pd.notna(value):
            edits.show(
                mart.name,
                key,
                column,
                sum(others) / len(others) if others else round(float(value), rate.decimals),
            )


def edit_means(
    mart: CountedMart, column: str, sums: Floats, decision: Decision, rules: Rules, edits: Edits
) -> None:
    """Hide the means of cells whose persons are too few, further means that would give them, and all that falls with a mean.

    Args:
        mart: The mart.
        column: Its column with the mean.
        sums: Weighted sum of the values by row of the mart; shape (rows,).
        decision: On its counts.
        rules: How open a hidden mean must be.
        edits: Gets what is hidden.
    """
    mean = mart.counts.means[column]
    place = {cell: number for number, cell in enumerate(decision.tables.cells)}
    keys = keys_of(mart)
    of_row = np.array([place[Cell(mart.name, key, mean.count)] for key in keys])
    sensitive = decision.sensitive[of_row]
    hidden = sensitive | np.array([decision.rule[cell] is not None for cell in of_row])
    if rules.protection_interval is not None:
        groups = pd.factorize(mart.rows[mean.within])[0].astype(np.intp)
        counts = decision.tables.values[of_row]
        hidden = protect_means(
            groups, counts, sums, sensitive, hidden, (mean.low, mean.high), rules.mean_interval
        )
    falling = [column, *(name for name, cause in mart.counts.falls.items() if cause == column)]
    for number in np.flatnonzero(hidden):
        rule = Rule.THRESHOLD if sensitive[number] else Rule.COMPLEMENTARY
        for name in falling:
            if pd.notna(mart.rows[name].iloc[number]):
                edits.hide(mart.name, keys[number], name, decision.rule[of_row[number]] or rule)
    _hide_without_counts(mart, mean.count, falling, edits)


def _hide_without_counts(mart: CountedMart, count: str, columns: Sequence[str], edits: Edits) -> None:
    """Hide what stands beside a count of zero: it rests on answers that were too few to be counted."""
    keys = keys_of(mart)
    for number in np.flatnonzero(mart.rows[count].to_numpy() == 0):
        for name in columns:
            if pd.notna(mart.rows[name].iloc[number]):
                edits.hide(mart.name, keys[number], name, Rule.THRESHOLD)
