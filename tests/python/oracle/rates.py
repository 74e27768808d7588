"""Staff FTE and mobilities per 100 FTE, exact until the last step."""

from collections import Counter
from fractions import Fraction

import pandas as pd

from oracle.institutions import Institutions
from oracle.read_extracts import read_seed, records

# (present institution, year) -> staff FTE.
StaffFte = dict[tuple[str, int], Fraction]


def counting_day(year: str) -> str:
    """Return the day on which the staff of a year are counted."""
    return f"{year}-10-01"


def staff_fte(raw: dict[str, pd.DataFrame], institutions: Institutions) -> StaffFte:
    """Return the FTE of all staff but secondary positions, former institutions with those they became."""
    secondary = set(read_seed("institutions/secondary_position")["position_code"])
    total: StaffFte = {}
    for row in records(raw["dbh__staff_fte"]):
        if row["position_code"] not in secondary:
            counted = institutions.match({"dbh_code": row["institution_code"]}, counting_day(row["year"]))
            key = counted, int(row["year"])
            total[key] = total.get(key, Fraction(0)) + Fraction(row["fte"])
    return total


def stays_by_year(stays: pd.DataFrame) -> dict[tuple[str, int], int]:
    """Return (present institution, year of departure) -> number of stays."""
    pairs = zip(stays["institution_key"], stays["year"], strict=True)
    return Counter((str(institution_key), int(year)) for institution_key, year in pairs)


def yearly_rates(stays: pd.DataFrame, fte: StaffFte) -> dict[tuple[str, int], Fraction]:
    """Return stays per 100 FTE for each institution and year with FTE; without stays it is 0."""
    counts = stays_by_year(stays)
    return {key: Fraction(100 * counts.get(key, 0)) / amount for key, amount in fte.items() if amount > 0}


def mean(values: list[Fraction]) -> Fraction:
    """Return the exact mean of at least one value."""
    return sum(values, Fraction(0)) / len(values)


def institution_rates(stays: pd.DataFrame, fte: StaffFte) -> dict[str, Fraction]:
    """Return institution -> mean of its yearly rates."""
    by_institution: dict[str, list[Fraction]] = {}
    for (institution_key, _), rate in yearly_rates(stays, fte).items():
        by_institution.setdefault(institution_key, []).append(rate)
    return {institution_key: mean(rates) for institution_key, rates in by_institution.items()}


def years_with_fte(fte: StaffFte) -> dict[str, int]:
    """Return institution -> number of years that count in its rate."""
    return Counter(institution_key for (institution_key, _), amount in fte.items() if amount > 0)
