"""Invented sectors: entities, the events between them, and what becomes of each by replaying the events."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import strategies as st

FIRST_DAY = date(2009, 1, 1)
LAST_DAY = date(2024, 12, 31)
# Weights have six decimals, as in the seed.
MILLION = 1_000_000
Parts = dict[str, Fraction]


@dataclass(frozen=True)
class Event:
    """One row of the event seed."""

    day: date
    kind: str
    source: str
    target: str
    weight: Fraction


@dataclass
class Sector:
    """Entities with their first and last days (None = open), and the events between them."""

    begins: dict[str, date | None] = field(default_factory=dict)
    ends: dict[str, date | None] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def found(self, day: date | None) -> str:
        """Add an entity."""
        name = f"e{len(self.begins)}"
        self.begins[name], self.ends[name] = day, None
        return name

    def end(self, kind: str, name: str, day: date, parts: Parts) -> None:
        """End an entity; its parts go to others."""
        self.ends[name] = day - timedelta(days=1)
        self.events += [Event(day, kind, name, target, weight) for target, weight in parts.items()]

    def alive_since_before(self, day: date) -> list[str]:
        """Entities that existed on the day before and have not ended."""
        return [
            name
            for name, begin in self.begins.items()
            if (begin is None or begin < day) and not self.ends[name]
        ]

    def home(self, name: str, reported: date, structure: date) -> Parts:
        """Where what `name` reported on a day counts on the day of a structure, by replaying the events."""
        parts = self._settled({name: Fraction(1)}, min(reported, structure))
        for day in sorted({event.day for event in self.events if reported < event.day <= structure}):
            parts = self._after(parts, day)
        found: Parts = {}
        for entity, share in parts.items():
            origin = self._before_founding(entity, structure)
            found[origin] = found.get(origin, Fraction(0)) + share
        return found

    def _settled(self, parts: Parts, day: date) -> Parts:
        """What ended entities report late belongs to those that took them over."""
        while ended := [name for name in parts if (last := self.ends[name]) is not None and last < day]:
            share = parts.pop(ended[0])
            for event in self.events:
                if event.source == ended[0] and event.kind != "transfer":
                    parts[event.target] = parts.get(event.target, Fraction(0)) + share * event.weight
        return parts

    def _after(self, parts: Parts, day: date) -> Parts:
        """The parts after a day's events: transfers out of what stood there before, then the ends."""
        moved = dict(parts)
        for event in self.events:
            if event.day == day and event.kind == "transfer" and event.source in parts:
                moved[event.source] -= parts[event.source] * event.weight
                moved[event.target] = (
                    moved.get(event.target, Fraction(0)) + parts[event.source] * event.weight
                )
        return self._settled(moved, day)

    def _before_founding(self, entity: str, day: date) -> str:
        begin = self.begins[entity]
        if begin is None or begin <= day:
            return entity
        founders = {event.source for event in self.events if event.target == entity and event.day == begin}
        return self._before_founding(founders.pop(), day) if len(founders) == 1 else entity


@st.composite
def sectors(draw: st.DrawFn) -> Sector:
    """Draw a sector whose events are in order: merges, renames, splits and transfers on up to eight days."""
    sector = Sector()
    for _ in range(draw(st.integers(2, 5))):
        sector.found(draw(st.sampled_from([None, date(1994, 8, 1)])))
    # Most real events are on the first of January, the day of the listed structures.
    new_years = st.integers(FIRST_DAY.year, LAST_DAY.year).map(lambda year: date(year, 1, 1))
    days = draw(st.lists(st.one_of(new_years, st.dates(FIRST_DAY, LAST_DAY)), max_size=8, unique=True))
    for day in sorted(days):
        kind = draw(st.sampled_from(["merge", "absorb", "rename", "split", "transfer"]))
        _happen(draw, sector, day, kind)
    return sector


def _happen(draw: st.DrawFn, sector: Sector, day: date, kind: str) -> None:
    alive = draw(st.permutations(sector.alive_since_before(day)))
    whole = Fraction(1)
    if kind == "rename":
        sector.end("rename", alive[0], day, {sector.found(day): whole})
    elif kind == "split":
        targets = [sector.found(day) if draw(st.booleans()) else name for name in alive[1:3]]
        targets = targets or [sector.found(day), sector.found(day)]
        sector.end(
            "split", alive[0], day, dict(zip(targets, _weights(draw, len(targets), whole=True), strict=True))
        )
    elif kind == "transfer" and len(alive) > 1:
        targets = [sector.found(day) if draw(st.booleans()) else name for name in alive[1:3]]
        weights = _weights(draw, len(targets), whole=False)
        pairs = zip(targets, weights, strict=True)
        sector.events += [Event(day, "transfer", alive[0], target, weight) for target, weight in pairs]
    elif kind == "merge" and len(alive) > 1:
        successor = sector.found(day)
        for name in alive[: draw(st.integers(2, len(alive)))]:
            sector.end("merge", name, day, {successor: whole})
    elif kind == "absorb" and len(alive) > 1:
        sector.end("merge", alive[0], day, {alive[1]: whole})


def _weights(draw: st.DrawFn, count: int, *, whole: bool) -> list[Fraction]:
    """Positive weights of six decimals whose sum is one, or less than one."""
    cuts = sorted(draw(st.lists(st.integers(1, MILLION - 1), min_size=count, max_size=count, unique=True)))
    if whole:
        cuts[-1] = MILLION
    return [Fraction(cut - previous, MILLION) for previous, cut in zip([0, *cuts], cuts, strict=False)]
