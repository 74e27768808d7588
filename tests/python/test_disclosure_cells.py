"""Which cells are hidden, on tables small enough to be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from staff_mobility.publish.suppression.complementary import protect
from staff_mobility.publish.suppression.counts import Facts, decide
from staff_mobility.publish.suppression.former import already_shown, former_tables, still_hidden, with_former
from staff_mobility.publish.suppression.linked_tables import (
    Cell,
    CountedMart,
    LinkedTables,
    link,
    possible_atoms,
)
from staff_mobility.publish.suppression.means import protect_means, width_of_means
from staff_mobility.publish.suppression.primary import Rule
from staff_mobility.publish.suppression.protection import Intervals, possible_tables
from staff_mobility.publish.suppression.rounding import rounded_cells
from staff_mobility.publish.suppression.settings import Rules
from staff_mobility.publish.suppression.statement import Counts, Source

SOURCE = Source("f", None, "", "person", "weight")
PRIMARY_ONLY = Rules(protection_interval=None)


def facts_of(**stays: dict[str, int]) -> Facts:
    """Stays by cell and person: facts_of(a=dict(anne=2)) are two stays of Anne in cell a."""
    rows = [(place, person, float(n)) for place, persons in stays.items() for person, n in persons.items()]
    return Facts(pd.DataFrame(rows, columns=["place", "person", "weight"]), "person", "weight")


def persons(n: int, stays: int = 1) -> dict[str, int]:
    return {f"p{number}": stays for number in range(n)}


def by_place(*places: str, name: str = "m", **said: object) -> CountedMart:
    counts = Counts(SOURCE, ("place",), {"n": {}}, **said)  # type: ignore[arg-type]
    rows = pd.DataFrame({"place": list(places)})
    return CountedMart(name, ("place",), counts, rows, np.zeros(len(places), dtype=bool))


def rules_of(facts: Facts, rules: Rules, **said: object) -> dict[str, Rule | None]:
    mart = by_place(*dict.fromkeys([*facts.rows["place"], "empty"]), **said)
    decision = decide([mart], facts, rules, None)
    return {str(cell.key[0]): rule for cell, rule in zip(decision.tables.cells, decision.rule, strict=True)}


def test_persons_are_counted_and_not_stays() -> None:
    """Nine stays of one person, five of five, four of four, and a place where nobody was."""
    facts = facts_of(one=persons(1, 9), five=persons(5), four=persons(4))
    assert rules_of(facts, PRIMARY_ONLY) == {
        "one": Rule.THRESHOLD,
        "five": None,
        "four": Rule.THRESHOLD,
        "empty": None,
    }


def test_two_persons_may_not_have_more_than_85_percent() -> None:
    """(20 + 5) / 29 is 86.2 %, (10 + 5) / 19 is 78.9 %, and (12 + 5) / 20 is 85 %, which is not more."""
    facts = facts_of(
        over={**persons(4), "a": 20, "b": 5},
        under={**persons(4), "a": 10, "b": 5},
        equal={**persons(3), "a": 12, "b": 5},
    )
    assert rules_of(facts, PRIMARY_ONLY) == {
        "over": Rule.DOMINANCE,
        "under": None,
        "equal": None,
        "empty": None,
    }
    assert set(rules_of(facts, Rules(dominance=None, protection_interval=None)).values()) == {None}


def test_open_cells_are_hidden_by_no_rule() -> None:
    assert set(
        rules_of(facts_of(small=persons(2)), PRIMARY_ONLY, open={"n": "published elsewhere"}).values()
    ) == {None}


def test_a_known_total_takes_a_second_cell() -> None:
    """3 + 6 + 40: with the total known, 3 alone could be computed. 6 is the cheaper one to hide; 40 stays."""
    facts = facts_of(a=persons(3), b=persons(6), c=persons(40))
    assert rules_of(facts, Rules(), known_totals=((),))["a"] is Rule.THRESHOLD
    found = rules_of(facts, Rules(), known_totals=((),))
    assert (found["b"], found["c"]) == (Rule.COMPLEMENTARY, None)
    assert rules_of(facts, Rules()) == {"a": Rule.THRESHOLD, "b": None, "c": None, "empty": None}


def grid(values: list[list[int]]) -> tuple[LinkedTables, dict[str, int]]:
    """A table of rows and columns with its totals, and the numbers of its cells by name such as 'r0c1', 'r0', 'c1'."""
    n_rows, n_columns = len(values), len(values[0])
    facts = pd.DataFrame(
        [(f"r{r}", f"c{c}", float(n)) for r, row in enumerate(values) for c, n in enumerate(row)],
        columns=["row", "column", "weight"],
    )

    def mart(name: str, *by: str) -> CountedMart:
        rows = facts[list(by)].drop_duplicates(ignore_index=True)
        return CountedMart(name, by, Counts(SOURCE, by, {"n": {}}), rows, np.zeros(len(rows), dtype=bool))

    marts = [mart("inner", "row", "column"), mart("rows", "row"), mart("columns", "column")]
    tables = link(marts, possible_atoms(marts, facts, ["row", "column"], "weight"), "weight")
    numbers = {"".join(map(str, cell.key)): number for number, cell in enumerate(tables.cells)}
    assert len(tables.cells) == n_rows * n_columns + n_rows + n_columns
    return tables, numbers


def flags(tables: LinkedTables, numbers: dict[str, int], *names: str) -> np.ndarray:
    found = np.zeros(len(tables.cells), dtype=bool)
    found[[numbers[name] for name in names]] = True
    return found


def test_intervals_are_those_of_hand_calculation() -> None:
    """Four hidden corners 1 2 / 3 4 with open totals 3 7 / 4 6: the first is 0 to 3, and gives all others."""
    tables, numbers = grid([[1, 2], [3, 4]])
    hidden = flags(tables, numbers, "r0c0", "r0c1", "r1c0", "r1c1")
    seen, possible = Intervals(tables), possible_tables(tables, hidden)
    for name in ("r0c0", "r1c1"):
        seen.ask(possible, numbers[name])
    found = {name: (seen.low[numbers[name]], seen.high[numbers[name]]) for name in ("r0c0", "r1c1", "r0")}
    assert found == {"r0c0": (0, 3), "r1c1": (3, 6), "r0": (3, 3)}


def test_a_cell_of_a_table_with_totals_takes_three_more() -> None:
    """One small cell of a 3 x 3 table: a rectangle is needed, and the cheapest has the smallest cells 1 9 / 9 9."""
    tables, numbers = grid([[1, 9, 50], [9, 9, 50], [50, 50, 50]])
    small = flags(tables, numbers, "r0c0")
    totals = flags(tables, numbers, "r0", "r1", "r2", "c0", "c1", "c2")
    answer = protect(tables, small, small, ~totals, 3)
    assert set(np.flatnonzero(answer.hidden)) == {numbers[name] for name in ("r0c0", "r0c1", "r1c0", "r1c1")}
    assert answer.high[numbers["r0c0"]] - answer.low[numbers["r0c0"]] >= 3
    assert len(answer.exposed) == 0


def test_a_cell_that_totals_give_away_is_named() -> None:
    """With one row only, totals of columns are its cells, and they may not be hidden."""
    tables, numbers = grid([[1, 20]])
    small = flags(tables, numbers, "r0c0")
    answer = protect(tables, small, small, flags(tables, numbers, "r0c1"), 3)
    assert list(answer.exposed) == [numbers["r0c0"]]


def test_what_is_left_of_a_total_is_a_cell_too() -> None:
    """Ten stays, nine of them re-use: the one that is not is computed from the two, so one of them is hidden."""
    rows = [("a", f"p{n}", 1.0, n < 9) for n in range(10)]
    facts = Facts(pd.DataFrame(rows, columns=["place", "person", "weight", "again"]), "person", "weight")
    counts = Counts(SOURCE, ("place",), {"n": {}, "n_again": {"again": True}}, {"n_first": {"again": False}})
    mart = CountedMart("m", ("place",), counts, pd.DataFrame({"place": ["a"]}), np.array([False]))
    decision = decide([mart], facts, Rules(), None)
    hidden = {cell.column for cell, rule in zip(decision.tables.cells, decision.rule, strict=True) if rule}
    assert decision.protected == (Cell("m", ("a",), "n_first"),)
    assert hidden in ({"n"}, {"n_again"})


def test_means_are_open_as_far_as_hand_calculation_says() -> None:
    """Sums 4 of 2 and 40 of 10 answers hidden, so 44 of 12 known: the first two sum to 2..10, the ten to 34..42 of 10..50."""
    width = width_of_means(
        np.array([2.0, 10.0, 7.0]), np.array([4.0, 40.0, 30.0]), np.array([True, True, False]), 1, 5
    )
    assert width == pytest.approx([8 / 2, 8 / 10, 0])
    alone = width_of_means(np.array([2.0, 10.0]), np.array([4.0, 40.0]), np.array([True, False]), 1, 5)
    assert alone == pytest.approx([0, 0])


def test_a_mean_that_would_follow_from_the_others_takes_the_smallest_with_it() -> None:
    counts, sums = np.array([2.0, 10.0, 7.0, 3.0]), np.array([4.0, 40.0, 30.0, 9.0])
    group = np.array([0, 0, 0, 1])
    small = np.array([True, False, False, False])
    hidden = protect_means(group, counts, sums, small, small, (1, 5), 0.5)
    assert hidden.tolist() == [True, False, True, False]


@pytest.mark.parametrize("base", [3, 5])
def test_rounded_tables_add_up_and_are_multiples(base: int) -> None:
    values = [[1, 2, 9], [4, 0, 17], [6, 3, 8]]
    tables, numbers = grid(values)
    found = rounded_cells(tables, base)
    assert set(found % base) == {0}
    assert np.abs(found - tables.values).max() < base
    assert found[numbers["r1c1"]] == 0
    for row in range(3):
        assert found[numbers[f"r{row}"]] == sum(found[numbers[f"r{row}c{column}"]] for column in range(3))
    for column in range(3):
        assert found[numbers[f"c{column}"]] == sum(found[numbers[f"r{row}c{column}"]] for row in range(3))


def test_where_counts_are_rounded_none_is_hidden() -> None:
    facts = facts_of(a=persons(3), b=persons(6))
    mart = by_place("a", "b")
    decision = decide([mart], facts, Rules(rounding_base=5), None)
    assert set(decision.rule) == {None}
    assert [count % 5 for count in decision.counts] == [0, 0]
    assert decision.protected == (Cell("m", ("a",), "n"),)


def test_what_a_former_publication_hides_and_shows_is_known_by_cell() -> None:
    """Then a 3 (hidden), b 6 (hidden), c 40; now a 3, b 9 and c 40: a stays hidden, c is known, b has changed."""
    mart = by_place("a", "b", "c")
    then = pd.DataFrame({"place": ["a", "b", "c"], "weight": [3.0, 6.0, 40.0]})
    rows = mart.rows.assign(n=[None, None, 40.0])
    former = former_tables([replace(mart, rows=rows)], then, "weight", frozenset({Cell("m", ("a",), "n")}))
    now = link([mart], then.assign(weight=[3.0, 9.0, 40.0]), "weight")
    assert still_hidden(now, former).tolist() == [True, False, False]
    assert already_shown(now, former).tolist() == [False, False, True]
    joint = with_former(now, then.assign(weight=[3.0, 9.0, 40.0]), "weight", former)
    # Only b is another number than before, so one atom comes to the three.
    assert len(joint.atoms) == 4
    assert joint.values.tolist() == [3, 9, 40, 3, 6, 40]
