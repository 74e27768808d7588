"""Volumes: how many stays each institution has in each year, and the staff behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.random import Generator

from staff_mobility.synthetic.calibrated import institutions
from staff_mobility.synthetic.tables import Entity, entities, table

YEARS = tuple(range(2014, 2023))


@dataclass(frozen=True)
class Slot:
    """Place for one stay: present institution, departure year and system (`mt` or `bm`)."""

    institution: str
    year: int
    system: str


def apportion(total: int, weights: Sequence[float]) -> list[int]:
    """Split `total` in whole parts in proportion to `weights` (largest remainder)."""
    scale = total / sum(weights)
    exact = [weight * scale for weight in weights]
    parts = [int(value) for value in exact]
    order = sorted(range(len(parts)), key=lambda index: (parts[index] - exact[index], index))
    for index in order[: total - sum(parts)]:
        parts[index] += 1
    return parts


def stay_slots(rng: Generator) -> list[Slot]:
    """All 4,238 current outgoing stays, institution by institution."""
    plan = table("plan")
    periods = [
        (year, system)
        for year, counts in plan["reports"].items()
        for system, count in zip(("mt", "bm"), counts, strict=True)
        for _ in range(count)
    ]
    senders = [key for key, entry in plan["state"].items() for _ in range(entry["stays"])]
    senders += [key for key, count in plan["private"].items() for _ in range(count)]
    order = rng.permutation(len(periods))
    slots = [Slot(key, *periods[order[index]]) for index, key in enumerate(senders)]
    return _with_stay_in_year_without_fte(slots)


def _with_stay_in_year_without_fte(slots: list[Slot]) -> list[Slot]:
    """See to it that a year without FTE has a stay, so that the rule about such years matters."""
    for key, years in table("plan")["no_fte"].items():
        for year in years:
            if any(slot.institution == key and slot.year == year for slot in slots):
                continue
            mine = next(i for i, slot in enumerate(slots) if slot.institution == key and slot.system == "mt")
            other = next(
                i for i, slot in enumerate(slots) if slot.institution.startswith("n_") and slot.year == year
            )
            slots[mine], slots[other] = (
                Slot(key, year, "mt"),
                Slot(slots[other].institution, slots[mine].year, "mt"),
            )
    return slots


def _curve(start: float) -> dict[int, float]:
    span = YEARS[-1] - YEARS[0]
    return {year: start + (1 - start) * (year - YEARS[0]) / span for year in YEARS}


def _mean_rate(stays: dict[int, int], fte: dict[int, float], without: Sequence[int]) -> float:
    counted = [year for year in YEARS if year not in without]
    return sum(100 * stays[year] / fte[year] for year in counted) / len(counted)


def _start_for_rate(stays: dict[int, int], last_fte: float, rate: float) -> float:
    """Relative FTE of the first year with which the rate comes out, the last year's FTE being fixed."""
    low, high = 0.3, 1.5
    for _ in range(60):
        middle = (low + high) / 2
        above = _mean_rate(stays, _times(_curve(middle), last_fte), ()) > rate
        low, high = (middle, high) if above else (low, middle)
    return (low + high) / 2


def staff_fte(slots: Sequence[Slot]) -> dict[str, dict[int, float]]:
    """FTE without secondary positions by state institution and year, such that the planned rates come out."""
    plan = table("plan")
    found: dict[str, dict[int, float]] = {}
    for key, entry in plan["state"].items():
        stays = {year: sum(s.institution == key and s.year == year for s in slots) for year in YEARS}
        without = plan["no_fte"].get(key, [])
        rate = float(institutions()[key]["rate"])
        fixed = plan["fte_fixed_2022"].get(key)
        if fixed:
            found[key] = _times(_curve(_start_for_rate(stays, fixed, rate)), fixed)
            continue
        curve = _curve(entry["start"])
        found[key] = _times(curve, _mean_rate(stays, curve, without) / rate)
        for year in without:
            del found[key][year]
    return found


def _times(curve: dict[int, float], factor: float) -> dict[int, float]:
    return {year: value * factor for year, value in curve.items()}


def entity_shares(institution: str, day: date) -> dict[str, float]:
    """Share of each entity of a present institution on a day: former ones while they exist, then itself."""
    former = {
        key: share
        for key, share in table("plan")["former"].get(institution, {}).items()
        if exists(entities()[key], day)
    }
    rest = 1 - sum(former.values())
    return {**former, institution: rest} if rest > 1e-9 else former


def exists(entity: Entity, day: date) -> bool:
    """Whether the entity exists on the day."""
    return entity.valid_from <= day <= entity.valid_to


def stratified(rng: Generator, size: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """`size` uniform numbers, one in each of `size` equal parts of 0..1, in random order."""
    return (rng.permutation(size) + rng.random(size)) / size
