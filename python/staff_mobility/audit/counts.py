"""Findings 5, 6, 7, 9, 14, 16 and 18: arithmetic of shares, counts, medians and means that the text prints side by side."""

from __future__ import annotations

from staff_mobility.audit.inputs import Study
from staff_mobility.audit.result import Outcome, Verdict
from staff_mobility.audit.systems import LinearSystem

HALF = 0.5


def median_system(study: Study, *, combined: float = 0.0) -> LinearSystem:
    """Return what shares and a median of the training stays demand of each other.

    Variables are shares of all stays: training and teaching stays of up to five days, and longer ones. A median beyond five
    days needs that at least half of the training stays are longer than five days.

    Args:
        study: The printed values.
        combined: Share of stays that are neither teaching nor training; the text calls it vanishing.
    """
    names = ("training short", "training long", "teaching short", "teaching long")
    system = LinearSystem(bounds=dict.fromkeys(names, (0.0, 1.0)))
    system.add(dict.fromkeys(names, 1.0), 1 - combined, 1 - combined)
    teaching, short, median = (
        study.value(part) for part in ("teaching_share", "short_share", "training_median")
    )
    system.add(
        {"teaching short": 1.0, "teaching long": 1.0},
        teaching.rounded.low / 100,
        teaching.rounded.high / 100,
        teaching.value_id,
    )
    system.add(
        {"training short": 1.0, "teaching short": 1.0}, short.low / 100 - combined, value_id=short.value_id
    )
    # Days are whole: 6.3 rounds no median of up to five days, nor one between five and six.
    if median.low > 5:
        system.add({"training long": 1.0, "training short": -1.0}, 0.0, value_id=median.value_id)
    return system


def check_medians(study: Study) -> Outcome:
    """Judge the medians of the duration."""
    training, teaching = study.value("training_median"), study.value("teaching_median")
    parts = [
        median for median in (training, teaching) if not _can_be_median_of_whole_days(median.low, median.high)
    ]
    system = median_system(study)
    least = system_least_short(study)
    needed = _combined_needed(study)
    conflict = system.smallest_conflict()
    impossible = bool(parts or conflict)
    return Outcome(
        Verdict.IMPOSSIBLE if impossible else Verdict.POSSIBLE,
        {
            "training_median": training.value,
            "short_word": study.value("short_share").value,
            "teaching_median": teaching.value,
            "not_of_whole_days": len(parts),
            "longest_training_share": least,
            "combined_needed": needed,
        },
        {"median_of_training": conflict} if conflict else {},
    )


def system_least_short(study: Study) -> float:
    """Return the greatest share of training stays that can be longer than five days."""
    teaching, short = study.value("teaching_share").rounded, study.value("short_share")
    return min(1.0, (1 - short.low / 100) / (1 - teaching.high / 100))


def check_large_country(study: Study) -> Outcome:
    """Judge a count beside its share."""
    count, share, total = (
        study.value(part) for part in ("large_country_count", "large_country_share", "all_reports")
    )
    percent = 100 * count.value / total.value
    sector = 100 * count.value / (total.value * study.value("sector_share").value / 100)
    strict = share.rounded.low <= percent < share.rounded.high
    return Outcome(
        Verdict.POSSIBLE if strict or share.low <= percent <= share.high else Verdict.IMPOSSIBLE,
        {
            "count": count.value,
            "percent": percent,
            "percent_of_sector": sector,
            "printed_percent": share.value,
            "count_needed": share.rounded.low / 100 * total.value,
        },
    )


def check_mentions(study: Study) -> Outcome:
    """Judge a number of institutions that mention a thing in either of two documents (inclusion and exclusion)."""
    main, sub, either, n = (study.value(part).value for part in ("in_main", "in_sub", "in_any", "answered"))
    low, high = max(main, sub), min(main + sub, n)
    return Outcome(
        Verdict.POSSIBLE if low <= either <= high else Verdict.IMPOSSIBLE,
        {"least": low, "most": high, "printed": either, "in_both": main + sub - either, "institutions": n},
    )


def check_years(study: Study) -> Outcome:
    """Judge the years in a figure's title beside those of the figures on staff that it needs."""
    said = study.statements
    missing = int(said["title_last_year"]) - int(said["staff_last_year"])
    return Outcome(
        Verdict.TEXT_DIFFERS if missing > 0 else Verdict.POSSIBLE,
        {
            "title_last_year": int(said["title_last_year"]),
            "staff_last_year": int(said["staff_last_year"]),
            "years_without_staff": missing,
        },
    )


def check_reusers(study: Study) -> Outcome:
    """Tell what a share of re-use says of the number of persons."""
    share = study.value("reuser_share")
    return Outcome(
        Verdict.NEEDS_RAW_DATA,
        {
            "institution": f"institution:{share.institution}",
            "reuser_share": share.value,
            "stays_per_person": 1 / (1 - share.value / 100),
            "reports": study.value("all_reports").value,
        },
    )


def region_system(study: Study) -> LinearSystem:
    """Return what shares of regions and of purposes demand of each other.

    Variables: `even` and `t even`, the share of stays in the two regions that the text calls evenly divided and that of
    teaching stays there; the same for the region of training and the region of teaching.
    """
    system = LinearSystem()
    parts = ("even", "training", "teaching")
    for part in parts:
        system.bounds[part] = (0.0, 1.0)
        system.bounds[f"t {part}"] = (0.0, 1.0)
        system.add({part: 1.0, f"t {part}": -1.0}, 0.0)
    system.add(dict.fromkeys(parts, 1.0), 1.0, 1.0)
    region, share = study.value("training_region"), study.value("training_region_share")
    system.add({"training": 1.0}, region.low / 100, region.high / 100, region.value_id)
    system.add({"t training": 1.0, "training": -(1 - share.low / 100)}, high=0.0, value_id=share.value_id)
    region, share = study.value("teaching_region"), study.value("teaching_region_share")
    system.add({"teaching": 1.0}, region.low / 100, region.high / 100, region.value_id)
    system.add({"t teaching": 1.0, "teaching": -share.high / 100}, high=0.0, value_id=share.value_id)
    total = study.value("teaching_share")
    system.add(
        {f"t {part}": 1.0 for part in parts},
        total.rounded.low / 100,
        total.rounded.high / 100,
        total.value_id,
    )
    return system


def check_regions(study: Study) -> Outcome:
    """Judge "relatively evenly divided" in two regions beside "a clear majority" in a third."""
    least = _least_ratio(region_system(study), "t even", "even")
    clear = study.value("training_region_share").value / 100
    even_share = sum(value.value for value in study.values("even_regions")) / 100
    north = (1 - clear) * study.value("training_region").value / 100
    east = study.value("teaching_region_share").value * study.value("teaching_region").value / 1e4
    central = (study.value("teaching_share").value / 100 - north - east) / even_share
    # Nearer to the share that the text calls a clear majority than to one half.
    differs = least - HALF > clear - least
    return Outcome(
        Verdict.TEXT_DIFFERS if differs else Verdict.POSSIBLE,
        {"least_teaching_share": least, "teaching_share": central, "clear_majority": clear},
    )


def check_rates(study: Study) -> Outcome:
    """Join the means of figures 3.1 and 3.3 with the rates of figure 2.6: both are sums over the same institutions."""
    n = study.value("answered").value
    mentioned = study.value("in_any").value
    by_document, by_place = study.value("rate_mentioned"), study.value("rate_central")
    without, neutral = study.value("rate_not_mentioned"), study.value("rate_neutral")
    first, second, last = study.value("rate_highest"), study.value("rate_second"), study.value("rate_lowest")
    system = LinearSystem(bounds={"first": (0.0, None), "second": (0.0, None), "peripheral": (0.0, None)})
    n_central, n_neutral = study.value("n_central").value, study.value("n_neutral").value
    for name in ("central", "neutral", "mentioned", "without"):
        system.bounds[name] = (0.0, None)
    for name, value in (
        ("central", by_place),
        ("neutral", neutral),
        ("mentioned", by_document),
        ("without", without),
        ("first", first),
        ("second", second),
    ):
        system.add({name: 1.0}, value.low, value.high, value.value_id)
    # No institution has a lower rate than the lowest.
    system.add({"peripheral": 1.0}, low=last.low, value_id=last.value_id)
    system.add(
        {
            "central": n_central,
            "neutral": n_neutral,
            "first": 1.0,
            "second": 1.0,
            "peripheral": study.value("n_peripheral").value,
            "mentioned": -mentioned,
            "without": -(n - mentioned),
        },
        0.0,
        0.0,
    )
    peripheral, highest = system.limits({"peripheral": 1.0}), system.limits({"first": 1.0})
    evidence: dict[str, float | int | str] = {
        "mean_rate": (mentioned * by_document.value + (n - mentioned) * without.value) / n,
        "printed_highest": first.value,
        "printed_lowest": last.value,
        "highest_institution": f"institution:{first.institution}",
        "lowest_institution": f"institution:{last.institution}",
    }
    if peripheral is None or highest is None:
        return Outcome(Verdict.IMPOSSIBLE, evidence, {"rates": system.smallest_conflict()})
    evidence |= {
        "peripheral_low": peripheral.low,
        "peripheral_high": peripheral.high,
        "highest_low": highest.low,
        "highest_high": highest.high,
        "ratio_low": highest.low / last.high,
        "ratio_high": highest.high / last.low,
    }
    return Outcome(Verdict.FOLLOWS, evidence)


def _can_be_median_of_whole_days(low: float, high: float) -> bool:
    """Tell whether a whole number or one half way between two is within limits."""
    return any(low <= half / 2 <= high for half in range(int(2 * low), int(2 * high) + 2))


def _combined_needed(study: Study) -> float:
    """Return the least share of combined stays with which a median beyond five days could be."""
    teaching, short = study.value("teaching_share").rounded, study.value("short_share")
    if study.value("training_median").low <= 5:
        return 0.0
    return max(0.0, 1 - teaching.high / 100 - 2 * (1 - short.low / 100))


def _least_ratio(system: LinearSystem, part: str, whole: str) -> float:
    """Return the least ratio of two variables; by halving, as `part - ratio * whole` is linear for a given ratio."""
    low, high = 0.0, 1.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        limits = system.limits({part: 1.0, whole: -middle})
        if limits is None or limits.low >= 0:
            low = middle
        else:
            high = middle
    return high
