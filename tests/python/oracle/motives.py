"""What motivates a stay: how much of each category of motives is ticked, and which category dominates."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache

import pandas as pd

from oracle.answers import motive_choices
from oracle.world import World

# The first of the tied categories wins.
TIE_ORDER = ("quality", "personal", "institution")

Shares = Mapping[str, Fraction | None]


def leaders(shares: Shares) -> list[str]:
    """Return the categories with the largest share, in the order in which ties are broken."""
    largest = max((share for share in shares.values() if share), default=None)
    return [category for category in TIE_ORDER if largest and shares[category] == largest]


def ticked_shares(choices: list[tuple[str, bool, bool | None]]) -> dict[str, Fraction | None]:
    """Return category -> ticked share of its options asked; choices are (category, asked, ticked)."""
    shares: dict[str, Fraction | None] = {}
    is_answered = any(ticked is not None for _, _, ticked in choices)
    for category in TIE_ORDER:
        asked = [ticked for of, is_asked, ticked in choices if of == category and is_asked]
        shares[category] = Fraction(sum(map(bool, asked)), len(asked)) if is_answered and asked else None
    return shares


def ticks_of(choices: list[tuple[str, bool, bool | None]], category: str) -> int | None:
    """Return how many of a category's options are ticked; nothing where none has an answer."""
    given = [ticked for of, _, ticked in choices if of == category and ticked is not None]
    return sum(given) if given else None


@cache
def motives_by_report(world: World) -> pd.DataFrame:
    """mart_motives__report."""
    by_report: dict[str, list[tuple[str, bool, bool | None]]] = {}
    ticks: dict[str, dict[str, bool | None]] = {}
    for row in motive_choices(world).itertuples(index=False):
        choice = row.motive_category, row.is_asked, row.is_ticked
        by_report.setdefault(row.report_key, []).append(choice)
        ticks.setdefault(row.report_key, {})[f"is_{row.motive_key}"] = row.is_ticked
    rows = []
    for report, institution in zip(world.stays["report_key"], world.stays["institution_key"], strict=True):
        choices = by_report[report]
        given = [ticked for _, _, ticked in choices if ticked is not None]
        shares = ticked_shares(choices)
        first = leaders(shares)
        rows.append(
            {
                "report_key": report,
                "institution_key": institution,
                "n_participants": 1,
                **ticks[report],
                "n_motives_ticked": sum(given) if given else None,
                **{f"n_{category}_motives_ticked": ticks_of(choices, category) for category in TIE_ORDER},
                **{f"{category}_motive_share": share for category, share in shares.items()},
                "is_motive_tied": len(first) > 1 if first else None,
                "dominating_motive": first[0] if first else None,
            }
        )
    return pd.DataFrame(rows, dtype=object)


def motives_by_category(world: World) -> pd.DataFrame:
    """mart_motives__report_category."""
    shares = motives_by_report(world).set_index("report_key")
    choices = motive_choices(world)
    ticked = choices["is_ticked"].map(bool)
    options = choices.assign(n_options_asked=choices["is_asked"], n_options_ticked=ticked)
    keys = ["report_key", "motive_category"]
    rows = options.groupby(keys)[["n_options_asked", "n_options_ticked"]].sum().reset_index()
    of = zip(rows["report_key"], rows["motive_category"], strict=True)
    columns = {category: shares[f"{category}_motive_share"].to_dict() for category in TIE_ORDER}
    rows["ticked_share"] = pd.Series([columns[category][key] for key, category in of], rows.index, object)
    rows["n_options_ticked"] = (
        rows["n_options_ticked"].astype(object).where(rows["ticked_share"].notna(), None)
    )
    return rows
