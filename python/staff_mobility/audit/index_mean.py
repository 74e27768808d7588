"""Finding 2: the means of the strategy index over reports (figure 4.3) beside its means over institutions.

A mean over reports is `sum(volume * index) / sum(volume)`: bilinear in two unknowns that are bounded apart from each other. Its
minimum is attained at a corner of either set, so it is found by solving two linear programmes in turn: the best volumes for
given indices, then the best indices for given volumes. That gives an example. That no other is lower follows from a bound:
if every institution has at least the share `f` of the stays, the mean is at least `min + n f (mean - min)`, because the shares
above `f` cannot lie at less than the least index, and the equal shares have the printed mean over institutions.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from staff_mobility.audit.inputs import Study
from staff_mobility.audit.published import Limits
from staff_mobility.audit.result import Outcome, Verdict
from staff_mobility.audit.systems import LinearSystem

# Rounds of the two programmes; they settle after a few.
ROUNDS = 20
SETTLED = 1e-7


def index_system(study: Study, institutions: tuple[str, ...], *, with_clusters: bool) -> LinearSystem:
    """Return what is printed of the index of each institution: a variable `x <key>` each."""
    system = LinearSystem()
    low, mid, top = study.value("index_min"), study.value("index_mean"), study.value("index_max")
    for key in institutions:
        system.add({f"x {key}": 1.0}, low=low.low, value_id=low.value_id)
        system.add({f"x {key}": 1.0}, high=top.high, value_id=top.value_id)
    every = {f"x {key}": 1.0 / len(institutions) for key in institutions}
    system.add(every, mid.low, mid.high, mid.value_id)
    said = study.statements
    system.add({f"x {said['index_highest']}": 1.0}, low=top.low, value_id=top.value_id)
    for key in said["index_high"]:
        system.add({f"x {key}": 1.0}, low=mid.low)
    for key in said["index_low"]:
        system.add({f"x {key}": 1.0}, high=mid.high)
    if with_clusters:
        for cluster, value in zip("123", study.values("index_clusters"), strict=True):
            members = [key for key in institutions if study.clusters[key] == cluster]
            system.add(
                {f"x {key}": 1.0 / len(members) for key in members}, value.low, value.high, value.value_id
            )
    return system


def least_mean(
    indices: LinearSystem, shares: LinearSystem, institutions: tuple[str, ...], least: float
) -> float | None:
    """Return the least mean over reports that was found, None when the conditions on the indices conflict.

    Args:
        indices: Conditions on `x <key>`.
        shares: Conditions on `w <key>`, the shares of all stays; what is not an institution's has no index.
        institutions: Keys.
        least: Least index of any institution; nothing is lower, so the search ends there.
    """
    if not indices.is_possible():
        return None
    best = np.inf
    for first in institutions:
        if best <= least + SETTLED:
            break
        volumes = dict.fromkeys(institutions, 0.0) | {first: 1.0}
        found = np.inf
        for _ in range(ROUNDS):
            values = _solved(indices, {f"x {key}": volumes[key] for key in institutions})
            volumes = _shares(shares, {key: values[f"x {key}"] for key in institutions})
            mean = sum(volumes[key] * values[f"x {key}"] for key in institutions)
            if mean > found - SETTLED:
                break
            found = mean
        best = min(best, found)
    return float(best)


def bounded_mean(least: float, mean: float, n: int, floor: float) -> float:
    """Return the bound on a mean over reports when each of `n` institutions has at least the share `floor` of them."""
    return least + n * floor * (mean - least)


def greatest_floor(least: float, mean: float, n: int, reported: float) -> float:
    """Return the greatest share of the reports that every institution can have if the mean over reports is `reported`."""
    return max(0.0, (reported - least) / (mean - least)) / n


def check(study: Study) -> Outcome:
    """Judge the means over reports of figure 4.3."""
    institutions = tuple(study.column("staff"))
    groups, weights = study.values("index_by_motive"), study.values("motive_shares")
    total = sum(weight.value for weight in weights)
    reported = sum(group.value * weight.value for group, weight in zip(groups, weights, strict=True)) / total
    reported_high = (
        sum(group.high * weight.value for group, weight in zip(groups, weights, strict=True)) / total
    )
    low, mid = study.value("index_min"), study.value("index_mean")
    shares = _volumes_of_institutions(study, institutions)
    plain = least_mean(index_system(study, institutions, with_clusters=False), shares, institutions, low.low)
    system = index_system(study, institutions, with_clusters=True)
    clustered = least_mean(system, shares, institutions, low.low)
    reports = study.value("all_reports").value * study.value("sector_share").value / 100
    floor = greatest_floor(low.low, mid.low, len(institutions), reported_high)
    evenly = min(1.0, floor * len(institutions))
    sector = study.value("sector_share").value / 100
    evidence: dict[str, float | int | str] = {
        "reported_mean": reported,
        "mean_over_institutions": mid.value,
        "least_mean": np.nan if plain is None else plain,
        "least_mean_with_clusters": np.nan if clustered is None else clustered,
        "evenly_share": evenly,
        "at_minimum_share": 1 - evenly,
        "floor_reports": floor * reports,
        "half_way": (low.low + mid.low) / 2,
        "below_half_way_share": 1 - min(1.0, (reported_high - low.low) / ((mid.low - low.low) / 2)),
        "mean_if_others_are_zero": reported / sector,
    }
    conflicts = {} if system.is_possible() else {"index_means": system.smallest_conflict()}
    if clustered is None or clustered > reported_high:
        verdict = Verdict.IMPOSSIBLE
    elif reported_high < mid.low:
        # Beyond what volumes that are alike would give; so most stays must lie at the minimum.
        verdict = Verdict.STRAINED
    else:
        verdict = Verdict.POSSIBLE
    return Outcome(verdict, evidence, conflicts)


def _volumes_of_institutions(study: Study, institutions: tuple[str, ...]) -> LinearSystem:
    """Return conditions on shares of the stays of these institutions only: those are the reports with an index."""
    system = LinearSystem(bounds={f"w {key}": (0.0, 1.0) for key in institutions})
    system.add({f"w {key}": 1.0 for key in institutions}, 1.0, 1.0)
    count, share, total = (
        study.value("largest_count"),
        study.value("sector_share"),
        study.value("all_reports"),
    )
    limits = Limits(
        count.low / (total.high * share.rounded.high / 100),
        count.high / (total.low * share.rounded.low / 100),
    )
    system.add({f"w {count.institution}": 1.0}, limits.low, limits.high, count.value_id)
    largest, order = study.statements["largest_users"], study.statements["order_of_users"]
    for key in institutions:
        for more in largest[1:] if key not in largest else {largest[0]} - {key}:
            system.add({f"w {more}": 1.0, f"w {key}": -1.0}, 0.0)
    for more, less in zip(order, order[1:], strict=False):
        system.add({f"w {more}": 1.0, f"w {less}": -1.0}, 0.0)
    return system


def _shares(system: LinearSystem, values: Mapping[str, float]) -> dict[str, float]:
    solved = _solved(system, {f"w {key}": value for key, value in values.items()})
    return {key: solved[f"w {key}"] for key in values}


def _solved(system: LinearSystem, expression: Mapping[str, float]) -> Mapping[str, float]:
    found = system.minimiser(expression)
    if found is None:
        raise ArithmeticError("The printed volumes conflict with each other")
    return found
