"""Finding 1: under which heading each column of table 4.2 belongs; all orders of the headings are tried.

Three tests that do not rest on each other: the means over all reports that the text prints; the shading of footnote 30, because
the institutions that the text names as shaded fix the mean of all reports within a hundredth or two; and what the text on
figure 4.10 and footnotes 26 to 28 says of clusters. Volumes of institutions are unknown, so bounds hold for any volumes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from statistics import mean

from staff_mobility.audit.inputs import OUTCOMES, Study
from staff_mobility.audit.published import Limits, Value
from staff_mobility.audit.result import Outcome, Verdict
from staff_mobility.audit.systems import LinearSystem

SCALE = Limits(1.0, 5.0)


@dataclass(frozen=True)
class Named:
    """Institutions that the text names as deviating by more than a shade's threshold, and no others of the column do."""

    column: str
    is_above: bool
    threshold: float
    institutions: frozenset[str]


def orders() -> Iterable[Mapping[str, str]]:
    """Yield every order of the headings: outcome that a column holds, by its heading as printed."""
    for order in permutations(OUTCOMES):
        yield dict(zip(OUTCOMES, order, strict=True))


def distance(
    columns: Mapping[str, Mapping[str, Value]], means: Mapping[str, Value], order: Mapping[str, str]
) -> float:
    """Return the largest distance of a column's unweighted mean to the printed mean of its outcome."""
    return max(
        abs(mean(value.value for value in column.values()) - means[order[heading]].value)
        for heading, column in columns.items()
    )


def shaded_mean(column: Mapping[str, Value], named: Sequence[Named]) -> Limits:
    """Return what the mean over all reports must be for the named institutions, and no others, to be shaded.

    Args:
        column: Values by institution.
        named: Of this column.
    """
    low, high = SCALE.low, SCALE.high
    for group in named:
        inside = [value for key, value in column.items() if key in group.institutions]
        outside = [value for key, value in column.items() if key not in group.institutions]
        if group.is_above:
            high = min(high, min(value.high for value in inside) - group.threshold)
            low = max(low, max(value.low for value in outside) - group.threshold)
        else:
            low = max(low, max(value.low for value in inside) + group.threshold)
            high = min(high, min(value.high for value in outside) + group.threshold)
    return Limits(low, high)


def volumes(study: Study, institutions: Iterable[str]) -> LinearSystem:
    """Return what is printed of shares of all stays: a variable `w <key>` per institution, `w other` for all others."""
    system = LinearSystem()
    keys = list(institutions)
    for key in [*keys, "other"]:
        system.bounds[f"w {key}"] = (0.0, 1.0)
    share, count, total = (
        study.value("sector_share"),
        study.value("largest_count"),
        study.value("all_reports"),
    )
    system.add({f"w {key}": 1.0 for key in [*keys, "other"]}, 1.0, 1.0)
    # An institution of the sector that is not in the table has stays too, and so may be among the others.
    system.add({"w other": 1.0}, 1 - share.rounded.high / 100, 1 - share.rounded.low / 100, share.value_id)
    largest = study.statements["largest_users"]
    system.add(
        {f"w {count.institution}": 1.0}, count.low / total.high, count.high / total.low, count.value_id
    )
    for key in keys:
        if key not in largest:
            system.add({f"w {largest[-1]}": 1.0, f"w {key}": -1.0}, 0.0)
    for more in largest[1:]:
        system.add({f"w {largest[0]}": 1.0, f"w {more}": -1.0}, 0.0)
    order = study.statements["order_of_users"]
    for more, less in zip(order, order[1:], strict=False):
        system.add({f"w {more}": 1.0, f"w {less}": -1.0}, 0.0)
    return system


def column_system(
    study: Study, column: Mapping[str, Value], total: Value, *, others: Limits = SCALE
) -> LinearSystem:
    """Return the conditions that a column's values and the mean over all reports put on volumes.

    `t <key>` is an institution's share of the stays times its mean; so products of unknowns become linear. A mean of a value
    that is left out may be anything on the scale.
    """
    system = volumes(study, column)
    for key, value in column.items():
        pair = {f"t {key}": 1.0}
        system.add(pair | {f"w {key}": -SCALE.low}, 0.0)
        system.add(pair | {f"w {key}": -SCALE.high}, high=0.0)
        system.add(pair | {f"w {key}": -value.low}, 0.0, value_id=value.value_id)
        system.add(pair | {f"w {key}": -value.high}, high=0.0, value_id=value.value_id)
    system.add({"t other": 1.0, "w other": -others.low}, 0.0)
    system.add({"t other": 1.0, "w other": -others.high}, high=0.0)
    system.add({f"t {key}": 1.0 for key in [*column, "other"]}, total.low, total.high, total.value_id)
    return system


def cluster_means(
    column: Mapping[str, Value], clusters: Mapping[str, str], few_stays: Collection[str]
) -> dict[str, float]:
    """Return the unweighted means of a column by cluster, without institutions that the text says have few stays."""
    found: dict[str, list[float]] = {}
    for key, value in column.items():
        if key in few_stays:
            continue
        found.setdefault(clusters[key], []).append(value.value)
    return {cluster: mean(values) for cluster, values in found.items()}


def agrees_with_clusters(study: Study, column: Mapping[str, Value], outcome: str) -> bool:
    """Tell whether the cluster that the text calls lowest is lowest, and cluster 1 on the side that footnotes 26 to 28 say."""
    means = cluster_means(column, study.clusters, study.statements["few_stays"])
    lowest = study.statements["lowest_cluster"].get(outcome)
    sign = study.statements["sign_of_cluster_1"].get(outcome)
    first = means["1"] - mean(value.value for key, value in column.items() if study.clusters[key] != "1")
    return (lowest is None or min(means, key=lambda cluster: means[cluster]) == lowest) and (
        sign is None or sign * first > 0
    )


def check(study: Study) -> Outcome:
    """Judge the headings of table 4.2 as printed."""
    columns = {outcome: study.column(outcome) for outcome in OUTCOMES}
    means = {outcome: study.outcome_mean(outcome) for outcome in OUTCOMES}
    shaded = {heading: shaded_mean(column, _named(study, heading)) for heading, column in columns.items()}
    fits_volumes = {
        (heading, outcome): column_system(study, columns[heading], means[outcome]).is_possible()
        for heading in OUTCOMES
        for outcome in OUTCOMES
    }
    fits_shades = {
        (heading, outcome): shaded[heading].meets(means[outcome].rounded)
        for heading in OUTCOMES
        for outcome in OUTCOMES
    }
    tried = list(orders())
    by_volumes = [order for order in tried if all(fits_volumes[pair] for pair in order.items())]
    by_shades = [order for order in tried if all(fits_shades[pair] for pair in order.items())]
    by_clusters = [
        order
        for order in tried
        if all(agrees_with_clusters(study, columns[heading], outcome) for heading, outcome in order.items())
    ]
    best = min(tried, key=lambda order: distance(columns, means, order))
    printed = {outcome: outcome for outcome in OUTCOMES}
    read = {heading: next(iter(column.values())).read_as for heading, column in columns.items()}
    evidence: dict[str, float | int | str] = {
        "orders": len(tried),
        "orders_by_volumes": len(by_volumes),
        "orders_by_shades": len(by_shades),
        "orders_by_clusters": len(by_clusters),
        "orders_by_all": sum(order in by_shades and order in by_clusters for order in by_volumes),
        "printed_distance": distance(columns, means, printed),
        "best_distance": distance(columns, means, best),
        "best_fits_shades": int(best in by_shades),
        "read_distance": distance(columns, means, read),
        "read_fits_shades": int(read in by_shades),
    }
    for heading in OUTCOMES:
        evidence[f"mean_{heading}"] = mean(value.value for value in columns[heading].values())
        evidence[f"shaded_low_{heading}"] = shaded[heading].low
        evidence[f"shaded_high_{heading}"] = shaded[heading].high
        evidence[f"best_{heading}"] = f"outcome:{best[heading]}"
        evidence[f"printed_mean_{heading}"] = means[heading].value
    conflicts = {
        f"heading_{heading}": column_system(study, columns[heading], means[heading]).smallest_conflict()
        for heading in OUTCOMES
        if not fits_volumes[heading, heading]
    }
    if printed not in by_volumes:
        verdict = Verdict.IMPOSSIBLE
    elif printed not in by_shades or printed not in by_clusters:
        verdict = Verdict.TEXT_DIFFERS
    else:
        verdict = Verdict.POSSIBLE
    return Outcome(verdict, evidence, conflicts)


def best_order(study: Study) -> Mapping[str, str]:
    """Return the order of headings that comes nearest to the means over all reports."""
    columns = {outcome: study.column(outcome) for outcome in OUTCOMES}
    means = {outcome: study.outcome_mean(outcome) for outcome in OUTCOMES}
    return min(orders(), key=lambda order: distance(columns, means, order))


def _named(study: Study, heading: str) -> list[Named]:
    return [
        Named(
            heading,
            row["side"] == "above",
            study.value(f"shade_{row['shade']}").value,
            frozenset(row["institutions"]),
        )
        for row in study.statements["named"]
        if row["column"] == heading
    ]
