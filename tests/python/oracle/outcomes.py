"""What a stay brought: four indexes of a report, and their means at the institutions."""

from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from typing import NamedTuple

import pandas as pd

from oracle.answers import indicator_values, outcome_answers
from oracle.motives import motives_by_report
from oracle.read_extracts import read_seed
from oracle.strategy import strategy_by_institution, with_attributes
from oracle.world import World

# An index needs this share of the items asked.
LEAST_SHARE = Fraction(1, 2)
# Footnote 30: up to the dark limit a deviation is light; below the light one it is none.
LIGHT, DARK = Fraction(6, 100), Fraction(10, 100)
INDICATORS = (
    "publication_points_per_academic",
    "sector_share_students",
    "share_basic_research",
    "exchange_share",
)
OF_STRATEGY = (
    "strategy_index",
    "anchoring",
    "relative_priority",
    "leadership_signals",
    "facilitation",
    "strategic_use",
)
OF_MOTIVES = (
    "n_motives_ticked",
    "n_personal_motives_ticked",
    "n_quality_motives_ticked",
    "n_institution_motives_ticked",
    "personal_motive_share",
    "quality_motive_share",
    "institution_motive_share",
    "is_motive_tied",
    "dominating_motive",
)
OF_STAY = (
    "report_key",
    "institution_key",
    "year",
    "purpose_key",
    "duration_days",
    "duration_group",
    "country_code",
    "region_key",
    "stay_number",
    "is_reuse",
)


class Item(NamedTuple):
    """A statement's answer in one report."""

    item_key: str
    weight: int
    is_asked: bool
    value: int | None


def weighted_mean(pairs: Iterable[tuple[Fraction | int, int]]) -> Fraction | None:
    """Return the mean of (value, weight), nothing without values."""
    given = list(pairs)
    total = sum(weight for _, weight in given)
    return sum((Fraction(value) * weight for value, weight in given), Fraction(0)) / total if total else None


def answered_mean(items: list[Item]) -> Fraction | None:
    """Return the weighted mean of the answered items, however few they are."""
    return weighted_mean((item.value, item.weight) for item in items if item.value is not None)


def outcome_index(items: list[Item]) -> Fraction | None:
    """Return the weighted mean of the answered items, if enough of those asked are answered."""
    n_answered = sum(item.value is not None for item in items)
    enough = n_answered >= LEAST_SHARE * sum(item.is_asked for item in items)
    return answered_mean(items) if enough else None


def item_mean(items: Iterable[Item]) -> Fraction | None:
    """Return the weighted mean of the items' means; an item that nobody answered has none."""
    values: dict[tuple[str, int], list[int]] = {}
    for item in items:
        if item.value is not None:
            values.setdefault((item.item_key, item.weight), []).append(item.value)
    return weighted_mean((Fraction(sum(of), len(of)), weight) for (_, weight), of in values.items())


def deviation_level(deviation: Fraction | None) -> str | None:
    """Return how far a mean lies from that of all stays."""
    if deviation is None:
        return None
    if abs(deviation) < LIGHT:
        return "none"
    side = "above" if deviation > 0 else "below"
    return f"far_{side}" if abs(deviation) > DARK else side


def outcome_groups() -> list[str]:
    """Return the groups in the order in which they are shown."""
    groups = read_seed("questionnaire/outcome_group")
    return list(groups.sort_values("sort_order", key=lambda order: order.astype(int))["outcome_group"])


@cache
def items_by_report(world: World) -> dict[tuple[str, str], list[Item]]:
    """Return (report, group) -> its items."""
    seed = read_seed("questionnaire/outcome_item")
    weights = dict(zip(seed["item_key"], seed["item_weight"].astype(int), strict=True))
    found: dict[tuple[str, str], list[Item]] = {}
    for row in outcome_answers(world).itertuples(index=False):
        asked = row.answer_status != "not_asked"
        item = Item(row.item_key, weights[row.item_key], asked, row.answer_value)
        found.setdefault((row.report_key, row.outcome_group), []).append(item)
    return found


@cache
def current_indicators(world: World) -> dict[tuple[str, str], Fraction]:
    """Return (institution, indicator) -> value of the newest year that the institution has."""
    rows = indicator_values(world).sort_values("year")
    keys = zip(rows["institution_key"], rows["indicator_key"], strict=True)
    return dict(zip(keys, rows["indicator_value"], strict=True))


@cache
def outcomes_by_report(world: World) -> pd.DataFrame:
    """mart_outcomes__report, all but the person's key."""
    stays = world.stays
    rows = stays[[*OF_STAY]].astype(object)
    rows["call_year"] = stays["project_code"].str[:4].astype(int)
    rows["is_provisional"] = rows["year"].map(world.is_provisional)
    rows["source_system"] = stays["system"]
    rows["n_participants"] = 1
    rows["is_teaching"] = stays["purpose_key"].isin(["teaching", "combined"])
    rows["has_mobility_agreement"] = stays["has_mobility_agreement"].map({"YES": True, "NO": False})
    for group in outcome_groups():
        items = [items_by_report(world)[report, group] for report in rows["report_key"]]
        rows[f"{group}_index"] = column(rows, map(outcome_index, items))
        rows[f"{group}_answered_mean"] = column(rows, map(answered_mean, items))
        rows[f"n_{group}_items_asked"] = [sum(item.is_asked for item in of) for of in items]
        rows[f"n_{group}_items_answered"] = [sum(item.value is not None for item in of) for of in items]
    rows = rows.merge(motives_by_report(world)[["report_key", *OF_MOTIVES]], on="report_key", validate="1:1")
    keys = rows["institution_key"]
    strategy = strategy_by_institution(world).set_index("institution_key")
    for name in OF_STRATEGY:
        rows[name] = column(rows, map(strategy[name].to_dict().get, keys))
    rows["mobilities_per_100_fte"] = column(rows, map(world.rates.get, keys))
    indicators = current_indicators(world)
    for name in INDICATORS:
        rows[name] = column(rows, [indicators.get((key, name)) for key in keys])
    attributes = with_attributes(world, rows[["institution_key"]])
    return rows.assign(sector=attributes["sector"], cluster=attributes["cluster"])


def column(rows: pd.DataFrame, values: Iterable[object]) -> pd.Series:
    """Return values as a column that keeps them as they are."""
    return pd.Series(list(values), rows.index, object)


@cache
def outcomes_by_institution(world: World) -> pd.DataFrame:
    """mart_outcomes__institution."""
    reports = outcomes_by_report(world)
    items = items_by_report(world)
    rows = []
    for group in outcome_groups():
        of_all = mean_there(reports[f"{group}_index"])
        for institution, stays in reports.groupby("institution_key"):
            index = stays[f"{group}_index"]
            person_mean = mean_there(index)
            deviation = None if person_mean is None or of_all is None else person_mean - of_all
            rows.append(
                {
                    "institution_key": institution,
                    "outcome_group": group,
                    "n_stays": len(stays),
                    "n_reports": sum(value is not None for value in index),
                    "person_mean": person_mean,
                    "item_mean": item_mean(item for key in stays["report_key"] for item in items[key, group]),
                    "sector_mean": of_all,
                    "deviation": deviation,
                    "deviation_level": deviation_level(deviation),
                }
            )
    return with_attributes(world, pd.DataFrame(rows, dtype=object))


def mean_there(values: Iterable[Fraction | None]) -> Fraction | None:
    """Return the mean of the values that are there."""
    return weighted_mean((value, 1) for value in values if value is not None)


def outcomes_by_group(world: World) -> pd.DataFrame:
    """mart_outcomes__report_group."""
    rows = [
        {
            "report_key": report,
            "outcome_group": group,
            "n_items_asked": sum(item.is_asked for item in items),
            "n_items_answered": sum(item.value is not None for item in items),
            "answered_mean": answered_mean(items),
            "outcome_index": outcome_index(items),
        }
        for (report, group), items in items_by_report(world).items()
    ]
    return pd.DataFrame(rows, dtype=object)
