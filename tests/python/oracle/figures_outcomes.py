"""Chapter 4: the figures and tables on motives and outcomes, cell by cell."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import combinations

import pandas as pd

from oracle.answers import motive_choices, outcome_answers
from oracle.correlation import p_value, pearson
from oracle.figures import Figure, share
from oracle.figures_strategy import of_sector
from oracle.labels import prefixed, with_institution, with_labels, with_purpose
from oracle.motives import TIE_ORDER, leaders, motives_by_report
from oracle.outcomes import (
    item_mean,
    items_by_report,
    mean_there,
    outcome_groups,
    outcomes_by_institution,
    outcomes_by_report,
)
from oracle.rates import mean
from oracle.read_extracts import read_seed, records
from oracle.strategy import component_questions, strategy_by_institution
from oracle.world import World


def with_group(rows: pd.DataFrame) -> pd.DataFrame:
    """Join the labels of the outcome group."""
    return with_labels(rows, "questionnaire/outcome_group", "outcome_group", prefixed("outcome_group"))


def with_category(rows: pd.DataFrame, name: str = "motive_category") -> pd.DataFrame:
    """Join the labels of a category of motives, whatever its column is called."""
    names = {**prefixed(name), "motive_category": name}
    return with_labels(rows, "questionnaire/motive_category", "motive_category", names)


def surveyed(world: World) -> set[str]:
    """Return the institutions of the sector that answered the survey."""
    return set(of_sector(world, strategy_by_institution(world))["institution_key"])


def motives(world: World) -> pd.DataFrame:
    """Figure 4.1."""
    reports = motives_by_report(world)
    answered = set(reports.loc[reports["n_motives_ticked"].notna(), "report_key"])
    choices = motive_choices(world)
    asked = choices[choices["is_asked"] & choices["report_key"].isin(answered)]
    ticked = asked[asked["is_ticked"].map(bool)]
    rows = asked.groupby(["motive_key", "motive_category"]).size().rename("n_reports").reset_index()
    rows["n_answered_reports"] = len(answered)
    rows["n_ticked_reports"] = rows["motive_key"].map(ticked.groupby("motive_key").size()).fillna(0)
    rows["ticking_share"] = share(rows["n_ticked_reports"], rows["n_reports"])
    return with_category(with_labels(rows, "questionnaire/motive", "motive_key", prefixed("motive")))


def motives_by_institution(world: World) -> pd.DataFrame:
    """Figure 4.2."""
    reports = motives_by_report(world).dropna(subset="dominating_motive")
    reports = reports[reports["institution_key"].isin(surveyed(world))]
    rows = []
    for institution, dominating in reports.groupby("institution_key")["dominating_motive"]:
        for category in TIE_ORDER:
            count = int((dominating == category).sum())
            rows.append(
                {
                    "institution_key": institution,
                    "motive_category": category,
                    "n_reports": count,
                    "n_institution_reports": len(dominating),
                    "motive_category_share": Fraction(count, len(dominating)),
                }
            )
    order = [
        key
        for _, key in sorted(
            (row["motive_category_share"], row["institution_key"])
            for row in rows
            if row["motive_category"] == "institution"
        )
    ]
    found = pd.DataFrame(rows, dtype=object)
    found["institution_sort_order"] = [order.index(key) + 1 for key in found["institution_key"]]
    return with_category(with_institution(found))


def index_by_motive(world: World) -> pd.DataFrame:
    """Figure 4.3."""
    reports = outcomes_by_report(world).dropna(subset=["dominating_motive", "strategy_index"])
    groups = reports.groupby("dominating_motive")["strategy_index"]
    rows = groups.agg(n_reports=len, strategy_index=lambda values: mean(list(values))).reset_index()
    return with_category(rows, "dominating_motive")


def item_means(world: World) -> pd.DataFrame:
    """Return number and mean of the answers to each statement."""
    answered = outcome_answers(world).dropna(subset="answer_value")
    values = answered.groupby("item_key")["answer_value"]
    rows = values.agg(n_answers=len, mean_answer_value=lambda of: Fraction(sum(of), len(of))).reset_index()
    seed = read_seed("questionnaire/outcome_item")
    columns = ["item_key", "battery", "outcome_group", "change_theme", "change_tense"]
    return rows.merge(seed[columns], on="item_key", validate="1:1")


def outcome_items(world: World) -> pd.DataFrame:
    """Figure 4.4."""
    rows = item_means(world)
    rows = rows[rows["battery"] == "participant_outcome"].drop(
        columns=["battery", "change_theme", "change_tense"]
    )
    return with_group(with_labels(rows, "questionnaire/outcome_item", "item_key", prefixed("item")))


def change_items(world: World) -> pd.DataFrame:
    """Figure 4.5."""
    rows = item_means(world)
    rows = rows[rows["battery"] == "institutional_change"]
    rows = rows.drop(columns=["battery", "item_key", "outcome_group"])
    for name in ("change_theme", "change_tense"):
        rows = with_labels(rows, f"questionnaire/{name}", name, prefixed(name))
    return rows


def outcomes_by(key: str, world: World) -> pd.DataFrame:
    """Return number of reports and mean of the index of each outcome group, by a column of the reports."""
    reports = outcomes_by_report(world).dropna(subset=key)
    rows = []
    for value, members in reports.groupby(key):
        for group in outcome_groups():
            there = members[f"{group}_index"].dropna()
            if len(there):
                of_group = {"outcome_group": group, "n_reports": len(there), "person_mean": mean(list(there))}
                rows.append({key: value, **of_group})
    return with_group(pd.DataFrame(rows, dtype=object))


def outcomes_by_purpose(world: World) -> pd.DataFrame:
    """Figure 4.6."""
    return with_purpose(outcomes_by("purpose_key", world))


def outcomes_by_duration(world: World) -> pd.DataFrame:
    """Figure 4.7."""
    rows = outcomes_by("duration_group", world)
    groups = read_seed("questionnaire/duration_group")
    groups = groups[groups["grouping"] == "outcome"].set_index("duration_group")
    for column, name in prefixed("duration_group").items():
        rows[name] = rows["duration_group"].map(groups[column])
    return rows.astype({"duration_group_sort_order": int})


def outcomes_by_region(world: World) -> pd.DataFrame:
    """Figure 4.8."""
    return with_labels(outcomes_by("region_key", world), "countries/region", "region_key", prefixed("region"))


def outcomes_by_motive(world: World) -> pd.DataFrame:
    """Figure 4.9."""
    return with_category(outcomes_by("dominating_motive", world), "dominating_motive")


def outcomes_by_cluster(world: World) -> pd.DataFrame:
    """Figure 4.10."""
    rows = outcomes_by("cluster", world)
    rows = rows.assign(cluster=rows["cluster"].map(str), cluster_sort_order=rows["cluster"].map(int))
    names = {"label_nb": "cluster_label_nb", "label_en": "cluster_label_en"}
    return with_labels(rows, "indicators/cluster", "cluster", names).astype({"cluster": int})


def outcome_correlations(world: World) -> pd.DataFrame:
    """Table 4.1."""
    reports = outcomes_by_report(world)
    rows = []
    for other, group in combinations(outcome_groups(), 2):
        n, r = pearson(zip(reports[f"{group}_index"], reports[f"{other}_index"], strict=True))
        row = {"outcome_group": group, "other_outcome_group": other, "n_reports": n, "pearson_r": r}
        rows.append(row | {"p_value": p_value(n, r)})
    names = {**prefixed("other_outcome_group"), "outcome_group": "other_outcome_group"}
    found = with_group(pd.DataFrame(rows, dtype=object))
    return with_labels(found, "questionnaire/outcome_group", "outcome_group", names)


def table_of_institutions(world: World) -> pd.DataFrame:
    """Table 4.2."""
    rows = outcomes_by_institution(world)
    rows = rows[rows["institution_key"].isin(surveyed(world))]
    rows = rows.drop(columns=["short_name", "name_nb", "name_en", "sector", "cluster", "n_stays"])
    means = {key: mean_there(values) for key, values in rows.groupby("institution_key")["person_mean"]}
    order = sorted(means, key=lambda key: (means[key] is None, -(means[key] or 0), key))
    places = [order.index(key) + 1 for key in rows["institution_key"]]
    return with_group(with_institution(rows.assign(institution_sort_order=places)))


def correlations_with(names: Iterable[str], world: World) -> list[dict[str, object]]:
    """Return the correlation of each named column of the reports with each outcome."""
    reports = outcomes_by_report(world)
    rows: list[dict[str, object]] = []
    for name in names:
        for group in outcome_groups():
            n, r = pearson(zip(reports[name], reports[f"{group}_index"], strict=True))
            row = {"strategy_component": name, "outcome_group": group, "n_reports": n, "pearson_r": r}
            rows.append(row | {"p_value": p_value(n, r)})
    return rows


def index_and_outcomes(world: World) -> pd.DataFrame:
    """Table 4.3."""
    rows = pd.DataFrame(correlations_with(["strategy_index"], world), dtype=object)
    return with_group(rows.drop(columns="strategy_component"))


def components_and_outcomes(world: World) -> pd.DataFrame:
    """Table 4.4."""
    rows = with_group(pd.DataFrame(correlations_with(component_questions(), world), dtype=object))
    names = prefixed("strategy_component")
    return with_labels(rows, "questionnaire/strategy_component", "strategy_component", names)


def placed_by(rule: dict[str, str], tied: list[str]) -> str | None:
    """Return the category that a rule gives a report; `tied` are those with the largest share, as set."""
    if rule["tie_rule"] == "no_rule" and len(tied) > 1:
        return None
    return rule["first_category"] if rule["first_category"] in tied else tied[0]


def motives_by_rule(world: World) -> pd.DataFrame:
    """Table T.3."""
    reports = motives_by_report(world)
    columns = {category: reports[f"{category}_motive_share"] for category in TIE_ORDER}
    shares = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    ticked = [first for first in map(leaders, shares) if first]
    n_tied = sum(len(first) > 1 for first in ticked)
    rows = []
    for rule in records(read_seed("questionnaire/motive_tie_rule")):
        placed = [placed_by(rule, first) for first in ticked]
        there = [category for category in placed if category]
        decided = sum(len(first) > 1 for first, to in zip(ticked, placed, strict=True) if to)
        for category in TIE_ORDER:
            rows.append(
                {
                    "tie_rule": rule["tie_rule"],
                    "motive_category": category,
                    "n_reports": there.count(category),
                    "motive_category_share": Fraction(there.count(category), len(there)) if there else None,
                    "n_rule_reports": len(there),
                    "n_tied_reports": n_tied,
                    "n_decided_reports": decided,
                }
            )
    labelled = with_category(pd.DataFrame(rows, dtype=object))
    return with_labels(labelled, "questionnaire/motive_tie_rule", "tie_rule", prefixed("tie_rule"))


def outcome_means(world: World) -> pd.DataFrame:
    """Table T.4."""
    reports = outcomes_by_report(world)
    rows = []
    for group in outcome_groups():
        items = [item for (_, of), found in items_by_report(world).items() if of == group for item in found]
        persons, of_items = mean_there(reports[f"{group}_index"]), item_mean(items)
        rows.append(
            {
                "outcome_group": group,
                "n_reports": int(reports[f"{group}_index"].notna().sum()),
                "person_mean": persons,
                "n_answers": sum(item.value is not None for item in items),
                "item_mean": of_items,
                "means_difference": None if persons is None or of_items is None else persons - of_items,
            }
        )
    return with_group(pd.DataFrame(rows, dtype=object))


def motives_ticked(world: World) -> pd.DataFrame:
    """Table T.5."""
    ticked = motives_by_report(world)["n_motives_ticked"]
    answered = [int(count) for count in ticked.dropna()]
    row = {
        "n_reports": len(ticked),
        "n_answered_reports": len(answered),
        "n_unanswered_reports": len(ticked) - len(answered),
        "n_reports_without_motive": answered.count(0),
        "mean_motives_ticked": Fraction(sum(answered), len(answered)) if answered else None,
    }
    return pd.DataFrame([row], dtype=object)


FIGURES: dict[str, Figure] = {
    "fig_4_01_motives": (motives, ("motive_key",)),
    "fig_4_02_dominating_motive_by_institution": (
        motives_by_institution,
        ("institution_key", "motive_category"),
    ),
    "fig_4_03_strategy_index_by_dominating_motive": (index_by_motive, ("dominating_motive",)),
    "fig_4_04_outcome_items": (outcome_items, ("item_key",)),
    "fig_4_05_institutional_change_items": (change_items, ("change_theme", "change_tense")),
    "fig_4_06_outcomes_by_purpose": (outcomes_by_purpose, ("purpose_key", "outcome_group")),
    "fig_4_07_outcomes_by_duration": (outcomes_by_duration, ("duration_group", "outcome_group")),
    "fig_4_08_outcomes_by_region": (outcomes_by_region, ("region_key", "outcome_group")),
    "fig_4_09_outcomes_by_dominating_motive": (outcomes_by_motive, ("dominating_motive", "outcome_group")),
    "fig_4_10_outcomes_by_cluster": (outcomes_by_cluster, ("cluster", "outcome_group")),
    "tab_4_01_outcome_correlations": (outcome_correlations, ("outcome_group", "other_outcome_group")),
    "tab_4_02_outcomes_by_institution": (table_of_institutions, ("institution_key", "outcome_group")),
    "tab_4_03_strategy_index_and_outcomes": (index_and_outcomes, ("outcome_group",)),
    "tab_4_04_strategy_components_and_outcomes": (
        components_and_outcomes,
        ("strategy_component", "outcome_group"),
    ),
    "tab_t_03_dominating_motives": (motives_by_rule, ("tie_rule", "motive_category")),
    "tab_t_04_outcome_means": (outcome_means, ("outcome_group",)),
    "tab_t_05_motives_ticked": (motives_ticked, ("n_reports",)),
}
