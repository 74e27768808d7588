"""Figures 2.1 to 2.10, cell by cell. A combination without stays has no row."""

from collections.abc import Callable
from fractions import Fraction

import pandas as pd

from oracle.answers import indicator_values
from oracle.labels import prefixed, with_institution, with_labels, with_purpose
from oracle.rates import mean, years_with_fte
from oracle.read_extracts import read_seed
from oracle.world import World

Measure = Callable[[World], pd.DataFrame]
Figure = tuple[Measure, tuple[str, ...]]
"""How to compute a report table, and the columns that name a row."""

MORE_STAYS_THAN = 30
EXCHANGE_INDICATOR = "exchange_share"


def counted(stays: pd.DataFrame, *keys: str) -> pd.DataFrame:
    """Return the number of stays for each combination of keys that occurs."""
    return stays.groupby(list(keys)).size().rename("n_stays").reset_index()


def share(part: pd.Series, whole: pd.Series | int) -> pd.Series:
    """Return exact shares of whole numbers; nothing has no shares."""
    wholes = whole if isinstance(whole, pd.Series) else pd.Series(whole, index=part.index)
    pairs = zip(part, wholes, strict=True)
    return pd.Series([Fraction(int(a), int(b)) if b else None for a, b in pairs], part.index, object)


def stays_by_year_and_purpose(world: World) -> pd.DataFrame:
    """Figure 2.1."""
    rows = counted(world.stays, "year", "purpose_key")
    rows["is_provisional"] = rows["year"].map(world.is_provisional)
    return with_purpose(rows)


def duration_by_purpose(world: World) -> pd.DataFrame:
    """Figure 2.2."""
    rows = counted(world.stays, "purpose_key", "duration_bin")
    days = world.stays.groupby("purpose_key")["duration_days"]
    of_purpose = rows["purpose_key"].map
    rows["purpose_share"] = share(rows["n_stays"], of_purpose(days.size()))
    rows["purpose_mean_days"] = share(of_purpose(days.sum()), of_purpose(days.size()))
    rows["purpose_median_days"] = of_purpose(days.median())
    bins = read_seed("questionnaire/duration_group")
    bins = bins[bins["grouping"] == "distribution"].set_index("duration_group")
    for column, name in prefixed("duration_bin").items():
        rows[name] = rows["duration_bin"].map(bins[column])
    rows["duration_bin_sort_order"] = rows["duration_bin_sort_order"].astype(int)
    return with_purpose(rows)


def countries_by_purpose(world: World) -> pd.DataFrame:
    """Figure 2.3."""
    rows = counted(world.stays, "country_code", "purpose_key")
    rows["n_country_stays"] = rows.groupby("country_code")["n_stays"].transform("sum")
    rows = rows[rows["n_country_stays"] > MORE_STAYS_THAN].reset_index(drop=True)
    rows["country_share"] = share(rows["n_country_stays"], len(world.stays))
    names = {"name_nb": "country_name_nb", "name_en": "country_name_en"}
    return with_purpose(with_labels(rows, "countries/country", "country_code", names))


def regions_by_purpose(world: World) -> pd.DataFrame:
    """Figure 2.4."""
    rows = counted(world.stays, "region_key", "purpose_key")
    rows["n_region_stays"] = rows.groupby("region_key")["n_stays"].transform("sum")
    rows["purpose_share"] = share(rows["n_stays"], rows["n_region_stays"])
    rows["region_share"] = share(rows["n_region_stays"], len(world.stays))
    return with_purpose(with_labels(rows, "countries/region", "region_key", prefixed("region")))


def receiving_countries(world: World) -> pd.DataFrame:
    """Table T.18, the largest first and those of one size by code."""
    rows = counted(world.stays, "country_code").sort_values(
        ["n_stays", "country_code"], ascending=[False, True], ignore_index=True
    )
    rows["country_rank"] = rows.index + 1
    rows["country_share"] = share(rows["n_stays"], len(world.stays))
    rows["cumulative_share"] = share(rows["n_stays"].cumsum(), len(world.stays))
    names = {"name_nb": "country_name_nb", "name_en": "country_name_en"}
    return with_labels(rows, "countries/country", "country_code", names)


def regions_by_year(world: World) -> pd.DataFrame:
    """Table T.19; the first exceptional year divides the years."""
    rows = counted(world.stays, "year", "region_key")
    rows["n_year_stays"] = rows.groupby("year")["n_stays"].transform("sum")
    rows["year_region_share"] = share(rows["n_stays"], rows["n_year_stays"])
    first = read_seed("programme/exceptional_year")["year"].astype(int).min()
    rows["has_exceptional_years_begun"] = rows["year"] >= first
    rows["is_provisional"] = rows["year"].map(world.is_provisional)
    return with_labels(rows, "countries/region", "region_key", prefixed("region"))


def stays_by_institution_and_purpose(world: World) -> pd.DataFrame:
    """Figure 2.5; shares are of the stays of all senders."""
    rows = counted(world.stays, "institution_key", "purpose_key")
    rows = rows[rows["institution_key"].isin(world.sector_institutions())].reset_index(drop=True)
    rows["n_institution_stays"] = rows.groupby("institution_key")["n_stays"].transform("sum")
    rows["institution_share"] = share(rows["n_institution_stays"], len(world.stays))
    return with_purpose(with_institution(rows))


def use_by_institution(world: World) -> pd.DataFrame:
    """Return stays, re-use and rate of each institution of the sector, with its names."""
    keys = world.sector_institutions()
    stays = world.stays.groupby("institution_key")["is_reuse"]
    rows = pd.DataFrame({"institution_key": keys})
    rows["n_stays"] = rows["institution_key"].map(stays.size()).fillna(0).astype(int)
    rows["n_reuse_stays"] = rows["institution_key"].map(stays.sum()).fillna(0).astype(int)
    rows["reuse_share"] = share(rows["n_reuse_stays"], rows["n_stays"])
    rows["n_years_with_fte"] = rows["institution_key"].map(years_with_fte(world.fte))
    rows["mobilities_per_100_fte"] = rows["institution_key"].map(world.rates)
    return with_institution(rows)


def rate_by_institution(world: World) -> pd.DataFrame:
    """Figure 2.6."""
    return use_by_institution(world).drop(columns=["n_reuse_stays", "reuse_share"])


def rate_by_reuse_share(world: World) -> pd.DataFrame:
    """Figure 2.7."""
    return use_by_institution(world).drop(columns=["n_years_with_fte"])


def rate_by_cluster(world: World) -> pd.DataFrame:
    """Figure 2.8: the mean over institutions, each counting once."""
    use = use_by_institution(world)
    clusters = world.clusters()
    # What has ceased to exist since has no cluster and is in no mean.
    use = use[use["institution_key"].isin(list(clusters))]
    use = use.assign(cluster=[clusters[key] for key in use["institution_key"]])
    rows = pd.DataFrame(
        {
            "cluster": str(cluster),
            "n_institutions": len(members),
            "n_stays": int(members["n_stays"].sum()),
            "mobilities_per_100_fte": mean(list(members["mobilities_per_100_fte"])),
        }
        for cluster, members in use.groupby("cluster")
    )
    names = {"label_nb": "cluster_label_nb", "label_en": "cluster_label_en"}
    return with_labels(rows, "indicators/cluster", "cluster", names).astype({"cluster": int})


def newest_indicator_values(world: World) -> pd.DataFrame:
    """Return the values of each indicator's newest year at the sector's institutions, beside their rates."""
    values = indicator_values(world)
    newest = values["year"] == values.groupby("indicator_key")["year"].transform("max")
    rows = values[newest & values["institution_key"].isin(world.sector_institutions())].reset_index(drop=True)
    rows["mobilities_per_100_fte"] = rows["institution_key"].map(world.rates)
    columns = ["indicator_key", "institution_key", "indicator_value", "mobilities_per_100_fte"]
    return with_institution(rows[columns])


def rate_by_indicator(world: World) -> pd.DataFrame:
    """Figure 2.9."""
    rows = newest_indicator_values(world)
    shown = read_seed("indicators/indicator").query("is_in_figure_2_09 == 'true'")["indicator_key"]
    rows = rows[rows["indicator_key"].isin(shown)].reset_index(drop=True)
    names = prefixed("indicator") | {"unit": "indicator_unit"}
    return with_labels(rows, "indicators/indicator", "indicator_key", names)


def rate_by_exchange_share(world: World) -> pd.DataFrame:
    """Figure 2.10: the percentage of graduates who have been on exchange, as a share."""
    rows = newest_indicator_values(world)
    rows = rows[rows["indicator_key"] == EXCHANGE_INDICATOR].drop(columns="indicator_key")
    rows["exchange_share"] = rows["indicator_value"].map(lambda percent: percent / 100)
    return rows.drop(columns="indicator_value")


FIGURES: dict[str, Figure] = {
    "fig_2_01_stays_by_year_and_purpose": (stays_by_year_and_purpose, ("year", "purpose_key")),
    "fig_2_02_duration_by_purpose": (duration_by_purpose, ("purpose_key", "duration_bin")),
    "fig_2_03_countries_by_purpose": (countries_by_purpose, ("country_code", "purpose_key")),
    "fig_2_04_regions_by_purpose": (regions_by_purpose, ("region_key", "purpose_key")),
    "tab_t_18_receiving_countries": (receiving_countries, ("country_code",)),
    "tab_t_19_regions_by_year": (regions_by_year, ("year", "region_key")),
    "fig_2_05_stays_by_institution_and_purpose": (
        stays_by_institution_and_purpose,
        ("institution_key", "purpose_key"),
    ),
    "fig_2_06_rate_by_institution": (rate_by_institution, ("institution_key",)),
    "fig_2_07_rate_by_reuse_share": (rate_by_reuse_share, ("institution_key",)),
    "fig_2_08_rate_by_cluster": (rate_by_cluster, ("cluster",)),
    "fig_2_09_rate_by_indicator": (rate_by_indicator, ("indicator_key", "institution_key")),
    "fig_2_10_rate_by_exchange_share": (rate_by_exchange_share, ("institution_key",)),
}
