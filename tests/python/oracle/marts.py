"""The marts that the figures stand on, and the facts."""

from fractions import Fraction

import pandas as pd

from oracle.figures import share
from oracle.rates import counting_day, stays_by_year, yearly_rates, years_with_fte
from oracle.read_extracts import read_seed, records
from oracle.stays import region_of
from oracle.world import World

PURPOSES = ("teaching", "training", "combined")
# Columns of fct_mobility that the oracle knows under the same name.
SAME_IN_FACT = (
    "report_key",
    "reporting_institution_key",
    "institution_key",
    "country_code",
    "year",
    "start_date",
    "end_date",
    "submitted_date",
    "purpose_key",
    "duration_group",
    "duration_bin",
    "stay_number",
    "is_reuse",
    "duration_days",
)


def active_institutions(world: World) -> pd.DataFrame:
    """Return every present institution with stays or staff, of whatever sector, with its attributes."""
    active = set(world.stays["institution_key"]) | {institution_key for institution_key, _ in world.fte}
    rows = read_seed("institutions/institution")
    rows = rows[rows["institution_key"].isin(active)].reset_index(drop=True)
    clusters = world.clusters()
    rows["cluster"] = pd.Series([clusters.get(key) for key in rows["institution_key"]], rows.index, object)
    return rows[["institution_key", "short_name", "name_nb", "name_en", "sector", "cluster"]]


def usage_by_institution(world: World) -> pd.DataFrame:
    """mart_usage__institution."""
    rows = active_institutions(world)
    grouped = world.stays.groupby("institution_key")["is_reuse"]
    keys = rows["institution_key"]
    rows["n_stays"] = keys.map(grouped.size()).fillna(0).astype(int)
    rows["n_reuse_stays"] = keys.map(grouped.sum()).fillna(0).astype(int)
    rows["stay_share"] = share(rows["n_stays"], len(world.stays))
    rows["reuse_share"] = share(rows["n_reuse_stays"], rows["n_stays"])
    years = years_with_fte(world.fte)
    rows["n_years_with_fte"] = [years.get(key, 0) for key in keys]
    rows["mobilities_per_100_fte"] = pd.Series([world.rates.get(key) for key in keys], rows.index, object)
    return rows


def usage_by_institution_and_year(world: World) -> pd.DataFrame:
    """mart_usage__institution_year: every institution and year with stays or staff."""
    counts, rates = stays_by_year(world.stays), yearly_rates(world.stays, world.fte)
    by_purpose = world.stays.groupby(["institution_key", "year", "purpose_key"]).size().to_dict()
    reuse = world.stays.groupby(["institution_key", "year"])["is_reuse"].sum().to_dict()
    rows = [
        {
            "institution_key": key[0],
            "year": key[1],
            "n_stays": counts.get(key, 0),
            **{f"n_{purpose}_stays": by_purpose.get((*key, purpose), 0) for purpose in PURPOSES},
            "n_reuse_stays": reuse.get(key, 0),
            "staff_fte": world.fte.get(key),
            "mobilities_per_100_fte": rates.get(key),
            "is_provisional": world.is_provisional(key[1]),
        }
        for key in sorted(set(counts) | set(world.fte))
    ]
    attributes = active_institutions(world)[["institution_key", "short_name", "sector", "cluster"]]
    return pd.DataFrame(rows, dtype=object).merge(attributes, on="institution_key", validate="m:1")


def mobilities(world: World) -> pd.DataFrame:
    """fct_mobility, all but the keys that only the warehouse has."""
    stays = world.stays
    rows = stays[[*SAME_IN_FACT]].copy()
    rows["source_system"] = stays["system"]
    rows["departure_year"] = stays["year"]
    rows["call_year"] = stays["project_code"].str[:4].astype(int)
    rows["is_teaching"] = stays["purpose_key"].isin(["teaching", "combined"])
    rows["has_mobility_agreement"] = stays["has_mobility_agreement"].map({"YES": True, "NO": False})
    rows["n_participants"] = 1
    return rows


def staff_sums(world: World) -> pd.DataFrame:
    """Sums of fct_staff_fte by year, present institution and kind of position."""
    secondary = set(read_seed("institutions/secondary_position")["position_code"])
    sums: dict[tuple[int, str, bool], Fraction] = {}
    for row in records(world.raw["dbh__staff_fte"]):
        code, day = {"dbh_code": row["institution_code"]}, counting_day(row["year"])
        institution_key = world.institutions.match(code, day)
        key = int(row["year"]), institution_key, row["position_code"] in secondary
        sums[key] = sums.get(key, Fraction(0)) + Fraction(row["fte"])
    names = ("year", "institution_key", "is_secondary_position")
    return pd.DataFrame([dict(zip(names, key, strict=True), fte=fte) for key, fte in sums.items()])


def regions(world: World) -> pd.DataFrame:
    """Region of every country of dim_country."""
    return pd.DataFrame(region_of().items(), columns=["country_code", "region_key"])
