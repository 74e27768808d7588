"""Stays of the programme period against the target, and the projection, in exact fractions up to the last root."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd
from scipy.stats import t as student_t

from oracle.labels import prefixed, with_labels
from oracle.read_extracts import read_seed, records
from oracle.world import World

AGENCY_COUNTRY = "NO"
LAST_LAG = 2
MINIMUM_YEARS = 3
CONFIDENCE = 0.95
PERIODS = {"erasmus_2014_2020": range(2014, 2021), "erasmus_2021_2027": range(2021, 2028)}
BEFORE = {"erasmus_2021_2027": "erasmus_2014_2020"}
Cell = tuple[int, int]


@dataclass(frozen=True)
class Basis:
    """What a projection stands on."""

    method: str
    means: list[Fraction]
    n_years: int
    n_stays: int
    dispersion: Fraction

    def half_width(self, open_stays: Fraction) -> float:
        """Return half the interval for so many stays to come."""
        quantile = float(student_t.ppf((1 + CONFIDENCE) / 2, self.n_years - 1))
        variance = self.dispersion * open_stays * (1 + open_stays / self.n_stays)
        return quantile * math.sqrt(variance)


def counted(world: World) -> Counter[Cell]:
    """Return (call, year of departure) -> stays."""
    calls = world.stays["project_code"].str[:4].astype(int)
    years = world.stays["start_date"].str[:4].astype(int)
    return Counter(zip(calls, years, strict=True))


def exceptional() -> set[int]:
    """Return the years from which nothing is projected."""
    return set(read_seed("programme/exceptional_year")["year"].astype(int))


def chi_square(cells: dict[Cell, int], means: list[Fraction], side: int) -> Fraction:
    """Return Pearson's chi-square by degrees of freedom of the sums over calls (0) or years (1)."""
    found, expected = Counter[int](), Counter[int]()
    for cell, number in cells.items():
        found[cell[side]] += number
        expected[cell[side]] += means[cell[1] - cell[0]]
    terms = [(found[group] - expected[group]) ** 2 / expected[group] for group in expected]
    return Fraction(sum(terms)) / (len(terms) - 1)


def basis_of(world: World, periods: list[str], method: str) -> Basis | None:
    """Return what the complete, unexceptional years of these periods give, None if they are too few."""
    stays = counted(world)
    first_known = min(call for call, _ in stays)
    cells: dict[Cell, int] = {}
    for call in (call for period in periods for call in PERIODS[period]):
        for year in range(call, call + LAST_LAG + 1):
            if call >= first_known and not world.is_provisional(year) and year not in exceptional():
                cells[call, year] = stays[call, year]
    years = {year for _, year in cells}
    by_lag = [
        [number for (call, year), number in cells.items() if year - call == lag]
        for lag in range(LAST_LAG + 1)
    ]
    if len(years) < MINIMUM_YEARS or not all(by_lag) or not sum(cells.values()):
        return None
    means = [Fraction(sum(numbers), len(numbers)) for numbers in by_lag]
    spread = max(Fraction(1), chi_square(cells, means, 0), chi_square(cells, means, 1))
    return Basis(method, means, len(years), sum(cells.values()), spread)


def chosen_basis(world: World, period: str) -> Basis | None:
    """Return the first basis with enough years: the period's own, then with the period before."""
    both = [period, BEFORE[period]] if period in BEFORE else [period]
    own = basis_of(world, [period], "own_period")
    return own or basis_of(world, both, "with_previous_period")


def progress(world: World) -> pd.DataFrame:
    """mart_programme__progress."""
    targets = [
        row
        for row in records(read_seed("programme/programme_target"))
        if row["agency_country"] == AGENCY_COUNTRY
    ]
    rows = [
        line for row in targets for line in progress_of(world, row["programme_period"], int(row["target"]))
    ]
    table = pd.DataFrame(rows, dtype=object)
    names = {"label_nb": "programme_label_nb", "label_en": "programme_label_en"}
    table = with_labels(table, "programme/programme_period", "programme_period", names)
    names = {"label_nb": "projection_method_label_nb", "label_en": "projection_method_label_en"}
    return with_labels(table, "programme/projection_method", "projection_method", names)


def progress_of(world: World, period: str, target: int) -> list[dict[str, Any]]:
    """Return the rows of one period."""
    calls = PERIODS[period]
    stays = {cell: number for cell, number in counted(world).items() if cell[0] in calls}
    planned = range(calls[0], calls[-1] + LAST_LAG + 1)
    basis = chosen_basis(world, period)
    newest_year = int(world.newest_report_extract()[:4])
    so_far, projected_so_far, open_so_far = 0, Fraction(0), Fraction(0)
    rows = []
    for year in sorted({*planned, *(year for _, year in stays)}):
        own = sum(number for (_, departure), number in stays.items() if departure == year)
        so_far += own
        is_open = world.is_provisional(year) and year not in exceptional()
        coming = Fraction(0)
        if basis and is_open:
            coming = Fraction(sum(mean for lag, mean in enumerate(basis.means) if year - lag in calls))
        open_so_far += coming
        projected_so_far += max(Fraction(own), coming)
        is_observed = year <= newest_year or own > 0
        half = basis.half_width(open_so_far) if basis else 0.0
        rows.append(
            {
                "programme_period": period,
                "year": year,
                "n_stays": own if is_observed else None,
                "n_stays_so_far": so_far if is_observed else None,
                "target": target,
                "target_share": Fraction(so_far, target) if is_observed else None,
                "n_target_so_far": Fraction(target * len([p for p in planned if p <= year]), len(planned)),
                "is_observed": is_observed,
                "is_provisional": world.is_provisional(year),
                "is_exceptional": year in exceptional(),
                "projection_method": basis.method if basis else None,
                "n_reference_years": basis.n_years if basis else None,
                "dispersion": basis.dispersion if basis else None,
                "n_stays_projected": max(Fraction(own), coming) if basis else None,
                "n_stays_projected_so_far": projected_so_far if basis else None,
                "projection_low": max(float(projected_so_far) - half, float(so_far)) if basis else None,
                "projection_high": float(projected_so_far) + half if basis else None,
            }
        )
    return rows


def rounded(value: Fraction) -> int:
    """Return the nearest whole number, halves away from zero."""
    return math.floor(value + Fraction(1, 2))


def whole_stays(world: World) -> pd.DataFrame:
    """tab_t_01_programme_progress."""
    table = progress(world).drop(
        columns=["is_observed", "n_reference_years", "dispersion", "n_stays_projected"]
    )
    rounding = {
        "n_target_so_far": rounded,
        "n_stays_projected_so_far": rounded,
        "projection_low": math.floor,
        "projection_high": math.ceil,
    }
    for column, rule in rounding.items():
        table[column] = table[column].map(rule)
    return table


def lines(world: World) -> pd.DataFrame:
    """fig_t_01_programme_progress."""
    table = whole_stays(world)
    column_of = {
        "target_pace": "n_target_so_far",
        "observed": "n_stays_so_far",
        "projected": "n_stays_projected_so_far",
        "projection_low": "projection_low",
        "projection_high": "projection_high",
    }
    kept = ["programme_period", "programme_label_nb", "programme_label_en", "year", "is_provisional"]
    parts = []
    for series, column in column_of.items():
        part = table[[*kept, column]].rename(columns={column: "n_stays_so_far"})
        part["series_key"] = series
        parts.append(part[part["n_stays_so_far"].notna()])
    labels = prefixed("series") | {"series_key": "series_key"}
    return with_labels(pd.concat(parts, ignore_index=True), "programme/progress_series", "series_key", labels)


PROGRESS: dict[str, tuple[str, Callable[[World], pd.DataFrame], tuple[str, ...]]] = {
    "mart_programme__progress": (
        "from marts.mart_programme__progress",
        progress,
        ("programme_period", "year"),
    ),
    "fig_t_01_programme_progress": (
        "from report.fig_t_01_programme_progress",
        lines,
        ("programme_period", "year", "series_key"),
    ),
    "tab_t_01_programme_progress": (
        "from report.tab_t_01_programme_progress",
        whole_stays,
        ("programme_period", "year"),
    ),
}
