"""An attacker who has nothing but published files, and tries to compute the counts that they do not show.

Independent of the suppressor: it shares no code with it and sees the problem from the other side. Its unknowns are the numbers
of the published tables as a reader knows them (stays, by purpose, re-use, entity), not the finest groups behind them; the
equations are what the tables' descriptions say, written down by hand. A hidden count is recovered if all whole non-negative
numbers that agree with everything published give it the same value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array

PURPOSES = ("teaching", "training", "combined")
Unknown = tuple[object, ...]
"""Name of a number: publication, what it counts, institution and so on."""
_EXACT = 1e-7


@dataclass
class Published:
    """What one publication shows; hidden numbers are null.

    Attributes:
        by_year: mart_usage__institution_year.
        in_all: mart_usage__institution.
        by_entity: mart_structure__entity_year.
        national: Totals of the country by year and purpose, as the report's site shows them; None if they are not known.
    """

    by_year: pd.DataFrame
    in_all: pd.DataFrame
    by_entity: pd.DataFrame
    national: pd.DataFrame | None = None

    @classmethod
    def read(cls, file: Path, national: pd.DataFrame | None = None) -> Published:
        """Read the tables of a published file."""
        with duckdb.connect(str(file), read_only=True) as con:
            names = ("mart_usage__institution_year", "mart_usage__institution", "mart_structure__entity_year")
            return cls(*(con.execute(f"select * from {name} order by all").df() for name in names), national)


@dataclass
class System:
    """Equations and bounds over unknowns."""

    numbers: dict[Unknown, int] = field(default_factory=dict)
    rows: list[tuple[list[tuple[Unknown, float]], float, float]] = field(default_factory=list)

    def of(self, unknown: Unknown) -> int:
        """Return the unknown's place."""
        return self.numbers.setdefault(unknown, len(self.numbers))

    def between(self, terms: Sequence[tuple[Unknown, float]], low: float, high: float) -> None:
        """Add what a sum lies between."""
        for unknown, _ in terms:
            self.of(unknown)
        self.rows.append((list(terms), low, high))

    def equal(self, terms: Sequence[tuple[Unknown, float]], value: float = 0.0) -> None:
        """Add what a sum is."""
        self.between(terms, value, value)


def attack(publications: Sequence[Published], final_years: set[int] | None = None) -> Attack:
    """Return the attack on one publication, or on two of which nothing has changed in the final years."""
    system = System()
    for number, published in enumerate(publications):
        _describe(system, number, published)
    if len(publications) > 1:
        _link(system, publications, final_years or set())
    return Attack(system)


def hidden_counts(number: int, published: Published) -> Iterator[Unknown]:
    """Yield the counts that a publication hides, re-use and first stays apart."""
    tables = (
        (published.by_year, _COLUMNS, ("institution_key", "year")),
        (published.in_all, {"all": "n_stays", "all_reuse": "n_reuse_stays"}, ("institution_key",)),
        (
            published.by_entity,
            {"entity": "n_stays"},
            ("institution_key", "reporting_institution_key", "year"),
        ),
    )
    for table, columns, keys in tables:
        for kind, column in columns.items():
            for key in table.loc[table[column].isna(), list(keys)].itertuples(index=False, name=None):
                yield number, kind, *key


_COLUMNS = {
    "stays": "n_stays",
    "reuse": "n_reuse_stays",
    **{purpose: f"n_{purpose}_stays" for purpose in PURPOSES},
}


def _describe(system: System, number: int, published: Published) -> None:
    years: dict[object, list[int]] = {}
    for row in published.by_year.itertuples():
        key = (row.institution_key, row.year)
        years.setdefault(row.institution_key, []).append(row.year)
        stays: Unknown = (number, "stays", *key)
        for kind, column in _COLUMNS.items():
            _shown(system, (number, kind, *key), getattr(row, column))
        system.equal([(stays, -1.0), *(((number, purpose, *key), 1.0) for purpose in PURPOSES)])
        system.equal([(stays, -1.0), ((number, "reuse", *key), 1.0), ((number, "first", *key), 1.0)])
        if pd.notna(row.mobilities_per_100_fte):
            system.equal([(stays, 100 / row.staff_fte)], row.mobilities_per_100_fte)
        if pd.isna(row.staff_fte):
            # The table has rows of institutions with staff or with stays.
            system.between([(stays, 1.0)], 1.0, np.inf)
    _describe_entities(system, number, published)
    _describe_institutions(system, number, published, years)
    if published.national is not None:
        for total in published.national.itertuples():
            terms = [
                ((number, total.purpose_key, row.institution_key, row.year), 1.0)
                for row in published.by_year.itertuples()
                if row.year == total.year
            ]
            system.equal(terms, total.n_stays)


def _describe_entities(system: System, number: int, published: Published) -> None:
    parts: dict[tuple[object, int], list[Unknown]] = {}
    for row in published.by_entity.itertuples():
        unknown = (number, "entity", row.institution_key, row.reporting_institution_key, row.year)
        _shown(system, unknown, row.n_stays)
        if pd.isna(row.staff_fte):
            system.between([(unknown, 1.0)], 1.0, np.inf)
        parts.setdefault((row.institution_key, row.year), []).append(unknown)
    for (institution, year), unknowns in parts.items():
        system.equal(
            [((number, "stays", institution, year), -1.0), *((unknown, 1.0) for unknown in unknowns)]
        )


def _describe_institutions(
    system: System, number: int, published: Published, years: Mapping[object, list[int]]
) -> None:
    staff = {(row.institution_key, row.year): row.staff_fte for row in published.by_year.itertuples()}
    shown = published.in_all.dropna(subset=["n_stays", "stay_share"])
    shown = shown[shown["stay_share"] > 0]
    country = float((shown["n_stays"] / shown["stay_share"]).median()) if len(shown) else None
    for row in published.in_all.itertuples():
        institution = row.institution_key
        in_all: Unknown = (number, "all", institution)
        reuse: Unknown = (number, "all_reuse", institution)
        _shown(system, in_all, row.n_stays)
        _shown(system, reuse, row.n_reuse_stays)
        own = years.get(institution, [])
        system.equal([(in_all, -1.0), *(((number, "stays", institution, year), 1.0) for year in own)])
        system.equal([(reuse, -1.0), *(((number, "reuse", institution, year), 1.0) for year in own)])
        if pd.notna(row.stay_share) and country:
            system.between([(in_all, 1.0)], row.stay_share * country - 1e-4, row.stay_share * country + 1e-4)
        if pd.notna(row.reuse_share):
            system.equal([(reuse, 1.0), (in_all, -row.reuse_share)])
        with_staff = [year for year in own if pd.notna(staff[institution, year])]
        if pd.notna(row.mobilities_per_100_fte) and with_staff:
            rate, slack = row.mobilities_per_100_fte, _slack(row.mobilities_per_100_fte)
            terms = [
                ((number, "stays", institution, year), 100 / staff[institution, year] / len(with_staff))
                for year in with_staff
            ]
            system.between(terms, rate - slack, rate + slack)


def _slack(rate: float) -> float:
    """By how much a shown rate can be off: half a unit of its last decimal if it has but one."""
    return 0.05 + 1e-9 if abs(rate - round(rate, 1)) < 1e-12 else 1e-9


def _shown(system: System, unknown: Unknown, value: float) -> None:
    system.of(unknown)
    if pd.notna(value):
        system.equal([(unknown, 1.0)], float(value))


def _link(system: System, publications: Sequence[Published], final_years: set[int]) -> None:
    """Take the numbers of final years to be the same in both publications."""
    for unknown in list(system.numbers):
        number, _, *key = unknown
        twin = (1, *unknown[1:])
        if number == 0 and key[-1] in final_years and twin in system.numbers:
            system.equal([(unknown, 1.0), (twin, -1.0)])


def mean_ranges(
    outcomes: pd.DataFrame, counts: Mapping[tuple[object, object], float], low: float, high: float
) -> dict[tuple[object, object], tuple[float, float]]:
    """Return what can be said of each hidden mean of mart_outcomes__institution by somebody who knows all counts.

    Unknown are the sums of the hidden cells' answers; the mean of all times the number of all is their total.

    Args:
        outcomes: As published.
        counts: Number of reports by institution and outcome group.
        low: Least value of an answer.
        high: Largest.
    """
    ranges = {}
    for group, rows in outcomes.groupby("outcome_group"):
        number = np.array([counts[institution, group] for institution in rows["institution_key"]])
        hidden = rows["person_mean"].isna().to_numpy() & (number > 0)
        shown = (rows["person_mean"].fillna(0).to_numpy() * number)[~hidden].sum()
        total = float(rows["sector_mean"].iloc[0]) * number.sum() - shown
        bounds = [(low * each, high * each) for each in number[hidden]]
        for place, institution in enumerate(rows["institution_key"][hidden]):
            weights = np.zeros(len(bounds))
            weights[place] = 1
            least, most = (
                linprog(sign * weights, A_eq=[np.ones(len(bounds))], b_eq=[total], bounds=bounds)
                for sign in (1, -1)
            )
            assert least.status == most.status == 0, least.message
            ranges[institution, group] = (
                least.fun / bounds[place][0] * low,
                -most.fun / bounds[place][0] * low,
            )
    return ranges


class Attack:
    """Solves a system for its unknowns."""

    def __init__(self, system: System) -> None:
        self.system = system
        n = len(system.numbers)
        entries = [
            (row, system.numbers[unknown], weight)
            for row, (terms, _, _) in enumerate(system.rows)
            for unknown, weight in terms
        ]
        row, column, weight = (np.array(each) for each in zip(*entries, strict=True))
        matrix = coo_array((weight, (row, column)), shape=(len(system.rows), n)).tocsr()
        self.constraint = LinearConstraint(
            matrix, [low for _, low, _ in system.rows], [high for _, _, high in system.rows]
        )
        self.chance = np.random.default_rng(7)

    def solve(self, weights: np.ndarray) -> np.ndarray:
        """Return the solution in whole numbers that makes a weighted sum smallest."""
        found = milp(
            weights,
            constraints=self.constraint,
            bounds=Bounds(0, np.inf),
            integrality=np.ones(len(weights)),
            options={"time_limit": 120.0},
        )
        assert found.x is not None, f"nothing agrees with what is published: {found.message}"
        return np.round(found.x)

    def ranges(self, unknowns: Sequence[Unknown], wide: float = np.inf) -> dict[Unknown, tuple[float, float]]:
        """Return least and largest possible value of unknowns; those that are seen to be open by `wide` are asked no further."""
        places = np.array([self.system.numbers[unknown] for unknown in unknowns], dtype=int)
        low, high = self._seen(places)
        for n, place in enumerate(places):
            if high[n] - low[n] >= wide:
                continue
            for sign in (1.0, -1.0):
                weights = np.zeros(len(self.system.numbers))
                weights[place] = sign
                values = self.solve(weights)[places]
                low, high = np.minimum(low, values), np.maximum(high, values)
        return {unknown: (low[n], high[n]) for n, unknown in enumerate(unknowns)}

    def recovered(self, unknowns: Sequence[Unknown]) -> dict[Unknown, float]:
        """Return the unknowns that have only one possible value, with it."""
        ranges = self.ranges(unknowns, wide=1.0)
        return {unknown: low for unknown, (low, high) in ranges.items() if high - low < _EXACT}

    def _seen(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the extremes of a few solutions in drawn directions."""
        values = []
        for _ in range(12):
            weights = np.zeros(len(self.system.numbers))
            weights[places] = self.chance.uniform(-1, 1, len(places))
            # Nothing grows beyond all bounds: re-use and the like are at most the stays, whose totals are known.
            values.append(self.solve(weights)[places] if len(places) else np.zeros(0))
        return np.min(values, axis=0), np.max(values, axis=0)
