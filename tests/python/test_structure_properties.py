"""The mapping of institutions on invented sectors: nothing is lost, doubled or without a home, on any day."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest
from event_graphs import FIRST_DAY, LAST_DAY, Parts, Sector, sectors
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MODELS = (
    "int_institution_events_checked",
    "int_institution_steps_ordered",
    "int_structure_dates_listed",
    "int_institution_lineage_walked",
    "int_institutions_traced_back",
    "bridge_institution_lineage",
)
# Weights are kept with six decimals; the largest part takes what rounding leaves.
ROUNDING = Fraction(1, 100_000)
REPORTED_DAYS = [date(1995, 1, 1), *(date(year, 10, 1) for year in range(2008, 2027, 3))]


class Mapping:
    """The bridge of one sector, asked as the macro mapped_to_structure asks it."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self.rows: dict[tuple[date, str], list[tuple[Any, ...]]] = defaultdict(list)
        for structure, name, reported_from, reported_to, home, weight in rows:
            self.rows[structure, name].append((reported_from, reported_to, home, Fraction(weight)))

    @property
    def structures(self) -> list[date]:
        return sorted({structure for structure, _ in self.rows})

    def home(self, name: str, reported: date, structure: date) -> Parts:
        return {
            home: weight
            for reported_from, reported_to, home, weight in self.rows[structure, name]
            if (reported_from or reported) <= reported <= (reported_to or reported)
        }


@pytest.fixture(scope="module")
def bridge_of(dbt_manifest: Path) -> Callable[[Sector], Mapping]:
    """Run the models' own SQL on a sector, in a database in memory."""
    nodes = json.loads(dbt_manifest.read_text(encoding="utf-8"))["nodes"]
    compiled = {name: nodes[f"model.staff_mobility.{name}"] for name in MODELS}
    connection = duckdb.connect()
    connection.execute(f"attach ':memory:' as {compiled[MODELS[0]]['database']}")
    connection.execute(f"use {compiled[MODELS[0]]['database']}")
    for schema in ("reference", "intermediate", "marts"):
        connection.execute(f"create schema {schema}")

    def run(sector: Sector) -> Mapping:
        connection.execute(
            "create or replace table reference.institution "
            "(institution_key varchar, valid_from date, valid_to date)"
        )
        connection.executemany(
            "insert into reference.institution values (?, ?, ?)",
            [(name, begin, sector.ends[name]) for name, begin in sector.begins.items()],
        )
        connection.execute(
            "create or replace table reference.institution_event (event_date date, event_kind varchar, "
            "from_institution_key varchar, to_institution_key varchar, weight decimal(9, 6))"
        )
        if sector.events:
            connection.executemany(
                "insert into reference.institution_event values (?, ?, ?, ?, ?)",
                [(e.day, e.kind, e.source, e.target, f"{float(e.weight):.6f}") for e in sector.events],
            )
        connection.execute(
            "create or replace table intermediate.int_structure_date as "
            "select date '2023-05-31' as structure_date, date '2023-05-31' as newest_extract_date"
        )
        for name, node in compiled.items():
            connection.execute(f"create or replace table {node['schema']}.{name} as {node['compiled_code']}")
        return Mapping(
            connection.execute(
                "select structure_date, reporting_institution_key, reported_from, reported_to, "
                "institution_key, institution_weight from marts.bridge_institution_lineage"
            ).fetchall()
        )

    return run


# A sample in every test run; `make structures` tries many more.
some_examples = settings(
    max_examples=int(os.environ.get("STRUCTURE_EXAMPLES", "60")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@some_examples
@given(sector=sectors())
def test_the_bridge_is_what_replaying_the_events_gives(
    bridge_of: Callable[[Sector], Mapping], sector: Sector
) -> None:
    mapping = bridge_of(sector)
    for structure in mapping.structures:
        for name in sector.begins:
            for reported in REPORTED_DAYS:
                found, expected = (
                    mapping.home(name, reported, structure),
                    sector.home(name, reported, structure),
                )
                for home in found | expected:
                    difference = abs(found.get(home, Fraction(0)) - expected.get(home, Fraction(0)))
                    assert difference < ROUNDING, (structure, name, reported, found, expected)


@some_examples
@given(sector=sectors(), amounts=st.lists(st.integers(0, 100_000), min_size=40, max_size=40))
def test_totals_per_year_are_those_of_the_entities_on_every_structure(
    bridge_of: Callable[[Sector], Mapping], sector: Sector, amounts: list[int]
) -> None:
    mapping = bridge_of(sector)
    for structure in mapping.structures:
        for reported in REPORTED_DAYS:
            by_entity = dict(zip(sector.begins, amounts, strict=False))
            mapped = sum(
                amount * sum(mapping.home(name, reported, structure).values())
                for name, amount in by_entity.items()
            )
            assert mapped == sum(by_entity.values()), (structure, reported)


@some_examples
@given(sector=sectors())
def test_nobody_is_without_a_home_and_a_home_is_its_own(
    bridge_of: Callable[[Sector], Mapping], sector: Sector
) -> None:
    mapping = bridge_of(sector)
    for structure in mapping.structures:
        for name in sector.begins:
            for reported in REPORTED_DAYS:
                homes = mapping.home(name, reported, structure)
                assert sum(homes.values()) == 1, (structure, name, reported, homes)
                for home in homes:
                    assert mapping.home(home, structure, structure) == {home: 1}, (structure, name, home)
                    last = sector.ends[home]
                    assert last is None or last >= structure, (structure, name, home)


@some_examples
@given(sector=sectors())
def test_one_way_and_two_stages_of_it_lead_to_the_same(
    bridge_of: Callable[[Sector], Mapping], sector: Sector
) -> None:
    """What counts for an institution on a day counts later for what became of that institution."""
    mapping = bridge_of(sector)
    earlier, later = mapping.structures[0], mapping.structures[-1]
    for name, begin in sector.begins.items():
        if begin is not None and begin > earlier:
            continue
        for reported in [day for day in REPORTED_DAYS if day <= earlier]:
            staged: Parts = defaultdict(Fraction)
            for home, weight in mapping.home(name, reported, earlier).items():
                for final, share in mapping.home(home, earlier, later).items():
                    staged[final] += weight * share
            direct = mapping.home(name, reported, later)
            for home in staged | direct:
                assert abs(staged[home] - direct.get(home, 0)) < ROUNDING, (name, reported, staged, direct)


@some_examples
@given(sector=sectors(), data=st.data())
def test_a_circle_ends_and_leaves_everybody_at_home(
    bridge_of: Callable[[Sector], Mapping], sector: Sector, data: st.DataObject
) -> None:
    names = list(sector.begins)
    ring = data.draw(st.permutations(names).map(lambda order: order[: max(1, len(order) // 2)]))
    day = data.draw(st.dates(FIRST_DAY, LAST_DAY))
    # Whatever became of these before, now each of them becomes the next.
    sector.events = [event for event in sector.events if event.source not in ring]
    for name, successor in zip(ring, [*ring[1:], ring[0]], strict=True):
        sector.end("rename", name, day, {successor: Fraction(1)})
    mapping = bridge_of(sector)
    for structure in mapping.structures:
        for name in names:
            assert sum(mapping.home(name, structure, structure).values()) == 1
        for name in ring:
            begin = sector.begins[name]
            if begin is None or begin <= structure:
                assert mapping.home(name, structure, structure) == {name: 1}
