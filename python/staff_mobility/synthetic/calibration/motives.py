"""Dominating motives by institution (figure 4.2), and which motives each report ticks (figure 4.1, footnote 22)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from staff_mobility.synthetic.answers import CATEGORIES
from staff_mobility.synthetic.calibration.moments import MISSING_MOTIVES
from staff_mobility.synthetic.calibration.published import INSTITUTIONS, STATEMENTS, Floats, place_of, value
from staff_mobility.synthetic.tables import table

Ticks = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]
# Correlations of the index with the numbers of motives ticked: beyond what footnote 22 calls significant.
MOST_PERSONAL, LEAST_INSTITUTION = -0.065, 0.045
SHARE_TRIES, EXCHANGE_TRIES = 60_000, 40_000

SMALL = 60  # an institution with fewer stays may have all its reports with motives, so that the printed shares can come out


def _printed(category: str, key: str, count: int, known: int) -> bool:
    """Whether the share comes out as figure 4.2 prints it, where it prints it."""
    if key not in STATEMENTS["motive_shares"][category]:
        return True
    return round(100 * count / known) == value(f"dominating_motive.{category}.{key}")


def _candidates(key: str, stays: int, shares: Floats) -> list[tuple[float, int, int, int]]:
    """Institutional share, known reports, personal and institutional ones that figure 4.2 allows for an institution."""
    usual = stays - round(stays * MISSING_MOTIVES / (1 + MISSING_MOTIVES))
    found = []
    for known in range(usual, stays + 1) if stays < SMALL else (usual - 1, usual, usual + 1):
        for institutional in range(known + 1):
            able = [
                personal
                for personal in range(known - institutional + 1)
                if _printed("personal", key, personal, known)
                and _printed("quality", key, known - institutional - personal, known)
            ]
            if able and _printed("institution", key, institutional, known):
                personal = min(able, key=lambda number: abs(number / known - shares[0]))
                found.append((institutional / known, known, personal, institutional))
    return found


def motive_counts(stays: Floats, shares: Floats) -> list[tuple[int, int, int]]:
    """Reports with motives, dominated by personal and by institutional ones, by institution: whole numbers near `shares`.

    Args:
        stays: stays by institution, in the order of INSTITUTIONS.
        shares: 20 x 2, wanted shares of personal and institutional motives.

    Raises:
        ValueError: when no whole numbers give the shares and the order that figure 4.2 prints.
    """
    # The best cost and choices so far, by the institutional share that the next institution must reach.
    front: list[tuple[float, float, list[tuple[int, int, int]]]] = [(-1.0, 0.0, [])]
    for key in STATEMENTS["motive_order"]:
        place = place_of(key)
        reached: list[tuple[float, float, list[tuple[int, int, int]]]] = []
        for share, known, personal, institutional in _candidates(key, int(stays[place]), shares[place]):
            before = [entry for entry in front if entry[0] <= share]
            if before:
                least = min(before, key=lambda entry: entry[1])
                miss = (share - shares[place, 1]) ** 2 + (personal / known - shares[place, 0]) ** 2
                reached.append(
                    (share, least[1] + stays[place] * miss, [*least[2], (known, personal, institutional)])
                )
        reached.sort(key=lambda entry: (entry[0], entry[1]))
        front = []
        for entry in reached:
            if not front or entry[1] < front[-1][1]:
                front.append(entry)
        if not front:
            raise ValueError(f"figure 4.2 allows no whole numbers for {key} and those before it")
    chosen = dict(zip(STATEMENTS["motive_order"], min(front, key=lambda entry: entry[1])[2], strict=True))
    return [chosen[key] for key in INSTITUTIONS]


def _column(category: str) -> npt.NDArray[np.bool_]:
    return np.array([entry[0] == category for entry in table("answers")["motives"].values()])


def _nearest_shares(rng: Generator, pool: Ticks, rows_of: list[Integers], chosen: list[Integers]) -> None:
    """Replace chosen rows by others of their category while the shares of ticks come nearer to those of figure 4.1."""
    wanted = np.array([entry[1] for entry in table("answers")["motives"].values()])
    size = sum(len(rows) for rows in chosen)
    missing = sum(pool[rows].sum(0) for rows in chosen) - wanted * size
    for _ in range(SHARE_TRIES):
        category = int(rng.integers(len(chosen)))
        if not len(chosen[category]):
            continue
        place, new = int(rng.integers(len(chosen[category]))), int(rng.choice(rows_of[category]))
        change = pool[new].astype(float) - pool[chosen[category][place]]
        if (2 * missing + change) @ change < 0:
            chosen[category][place] = new
            missing = missing + change


def _correlation(x: Floats, y: Floats) -> float:
    return float(np.corrcoef(x, y)[0, 1])


def assign_ticks(
    rng: Generator, pool: Ticks, pool_category: list[str], category: Integers, index: Floats
) -> Ticks:
    """Ticks of each report, n x 17.

    Args:
        rng: random numbers.
        pool: rows of ticks to take from.
        pool_category: dominating category of those rows, "" without ticks.
        category: category of each report: 0 nothing ticked, then 1 + its place in CATEGORIES; -1 did not answer.
        index: strategy index of the institution of each report, nan without.
    """
    names = ("", *CATEGORIES)
    rows_of = [np.flatnonzero([name == found for found in pool_category]) for name in names]
    places = [np.flatnonzero(category == number) for number in range(len(names))]
    chosen = [
        rng.choice(rows, size=len(here), replace=len(rows) < len(here))
        if len(here)
        else np.array([], dtype=np.int64)
        for rows, here in zip(rows_of, places, strict=True)
    ]
    _nearest_shares(rng, pool, rows_of, chosen)
    ticks = np.zeros((len(category), pool.shape[1]), dtype=bool)
    for here, rows in zip(places, chosen, strict=True):
        ticks[here] = pool[rows]
    _exchange_for_footnote(rng, ticks, category, index)
    return ticks


def _exchange_for_footnote(rng: Generator, ticks: Ticks, category: Integers, index: Floats) -> None:
    """Exchange rows of one category until the index goes with the numbers of motives as footnote 22 says."""
    known = np.flatnonzero((category >= 0) & ~np.isnan(index))
    x = index[known]
    counts = {name: ticks[:, _column(name)].sum(1).astype(float) for name in ("personal", "institution")}
    of_category = [known[category[known] == number] for number in range(1, len(CATEGORIES) + 1)]
    filled = [here for here in of_category if len(here)]
    for number in range(EXCHANGE_TRIES):
        if number % 500 == 0:
            personal, institution = (_correlation(x, counts[name][known]) for name in counts)
            lower, higher = personal > MOST_PERSONAL, institution < LEAST_INSTITUTION
            if not lower and not higher:
                return
        here = filled[int(rng.integers(len(filled)))]
        a, b = here[rng.integers(len(here), size=2)]
        up = index[a] - index[b]
        gain = lower * up * (counts["personal"][a] - counts["personal"][b])
        gain += higher * up * (counts["institution"][b] - counts["institution"][a])
        if gain > 0:
            ticks[[a, b]] = ticks[[b, a]]
            for count in counts.values():
                count[[a, b]] = count[[b, a]]
    raise ValueError("no exchange of ticks gives the signs of footnote 22: the categories are against it")
