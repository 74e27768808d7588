"""Run the search: `python -m staff_mobility.synthetic.calibration`, about half an hour; docs/calibration.md explains it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from numpy.random import default_rng

from staff_mobility.synthetic.answers import CATEGORIES, dominating
from staff_mobility.synthetic.calibrated import INSTITUTIONS_FILE, STAYS_FILE, institutions
from staff_mobility.synthetic.calibration import exchanges, items, sector
from staff_mobility.synthetic.calibration.changes import INDICATOR_DECIMALS
from staff_mobility.synthetic.calibration.drawn import slots_and_visits, start, stays_and_ticks
from staff_mobility.synthetic.calibration.following import walk
from staff_mobility.synthetic.calibration.indicators import counts_with_correlation, with_correlation
from staff_mobility.synthetic.calibration.misses import given_by
from staff_mobility.synthetic.calibration.moments import (
    INDICATORS,
    Moments,
    Problem,
    Start,
    moments,
    solve,
)
from staff_mobility.synthetic.calibration.motives import assign_ticks
from staff_mobility.synthetic.calibration.predictors import of_institutions
from staff_mobility.synthetic.calibration.published import INSTITUTIONS, STATEMENTS, Floats, place_of, value
from staff_mobility.synthetic.calibration.questions import QUESTIONS, Answers, components
from staff_mobility.synthetic.calibration.rates import fit_rates, rate_bounds
from staff_mobility.synthetic.calibration.stored import write_institutions, write_stays
from staff_mobility.synthetic.tables import indicator_values, table

# Second step: first and last temperature of the annealing, and of the walks that go on from there.
ANNEALING = (300.0, 1.0)
# Of each walk also Given.reach: at first near the plan, at last what is printed counts more than where the search began.
WALKS = ((20.0, 0.5, 1.0), (5.0, 0.05, 4.0))
PROMISING = 60  # changes of answers of which a walk makes the most promising
# Turns of the fourth step: first and last temperature, and what is near enough.
ITEM_TURNS = (
    (3.0, 0.003, items.ROUGH),
    (0.3, 0.0005, items.FINE),
    (0.3, 0.0005, items.AS_PRINTED),
)
TOLERANCE = 0.0003  # of correlations in the second step
# Reports with each outcome in relation to what the first step finds: its standard errors are a little too large for some p.
MORE_REPORTS = np.array([1.025, 1.035, 1.015, 1.035])
COMBINED_STAYS = 46  # of all teaching stays; the study says that they are very few
# Indicators of which the study prints the correlation with the strategy index, and the value of it.
WITH_INDEX = {
    "contract_income_share": "strategy_index_x_contract_income_share.r",
    "students_per_academic": "strategy_index_x_students_per_academic.r",
    "share_flexible_students": "strategy_index_x_share_flexible_students.r",
}
FUNDING = ("research_council_income_per_academic", "eu_income_per_academic")  # printed for the two together


@dataclass(frozen=True)
class Settings:
    """How long to search."""

    fit_rounds: int
    tries: int
    rounds: int
    exchange_tries: int
    item_tries: int
    seed: int
    stored: bool = False


def first_answers(stored: bool) -> tuple[Answers, Floats]:
    """Answers and rates to start from: invented ones, or those that an earlier run has stored."""
    if stored:
        rows = [institutions()[key] for key in INSTITUTIONS]
        answers = [[int(row[name]) for name in QUESTIONS] for row in rows]
        return np.array(answers), np.array([float(row["rate"]) for row in rows])
    answered = table("survey_answers")["respondents"]
    return np.array([answered[key]["answers"] for key in INSTITUTIONS]), planned_rates()


def planned_rates() -> Floats:
    """Return the rates of the plan, 20."""
    plan = table("plan")["state"]
    return np.array([plan[key]["rate"] for key in INSTITUTIONS])


def find_sector(given: Start, settings: Settings) -> tuple[Moments, sector.Sector]:
    """First and second step; the second begins each turn where the one before has ended."""
    answers, rates = first_answers(settings.stored)
    problem = Problem(given)
    vector, cost = solve(problem, settings.fit_rounds)
    print(f"moments: {cost:.2f} left", flush=True)
    found = moments(problem, vector)
    limits = sector.bounds(given, found.motives)
    aims = given_by(found, given, planned_rates(), TOLERANCE)
    best = sector.first_sector(found, answers, rates)
    if not settings.stored:
        hot, cold = ANNEALING
        best = sector.anneal(best, limits, aims, tries=settings.tries, seed=settings.seed, hot=hot, cold=cold)
        print(f"sector, annealed: {best.misfit}", flush=True)
    for number, (hot, cold, reach) in enumerate(WALKS):
        best = sector.Sector(
            *walk(
                best.answers, best.numbers, limits, aims._replace(reach=reach),
                rounds=settings.rounds, tries=PROMISING, seed=settings.seed + number, hot=hot, cold=cold,
            )
        )  # fmt: skip
        print(f"sector, walk {number + 1}: {best.misfit}", flush=True)
    return with_sector(found, best), best


def with_sector(found: Moments, best: sector.Sector) -> Moments:
    """Return the numbers of institutions with what the second step says of index, reports, means and spreads."""
    numbers, means = best.numbers, best.numbers.means.T
    mix = found.mix.copy()
    mix[:, 1] = numbers.personal
    return replace(
        found,
        weights=numbers.weights * MORE_REPORTS[:, None],
        index=components(best.answers)[0],
        indicators=numbers.indicators,
        mix=mix,
        spread=numbers.spread,
        means=means,
        complete_means=found.complete_means - found.means + means,
    )


def find_reports(
    given: Start, found: Moments, best: sector.Sector, settings: Settings
) -> tuple[exchanges.Reports, npt.NDArray[np.int64]]:
    """Third and fourth step: stays with motives and answered sections, and the answers."""
    slots, visits = slots_and_visits()
    reports = exchanges.first_reports(default_rng([settings.seed, 1]), found, slots, visits)
    own = of_institutions(found.index, found.indicators, given.cluster)
    outcomes = exchanges.outcomes_of(found, reports)
    exchanged = exchanges.exchange(
        reports, own, outcomes, tries=settings.exchange_tries, hot=50, cold=0.001, seed=settings.seed
    )
    print(f"exchanges: {exchanged.left.sum():.2f} left", flush=True)
    fixed = items.given(exchanged.reports, slots, found, own, components(best.answers))
    answers = items.first_answers(
        settings.seed,
        exchanged.reports,
        fixed,
        items.targets(fixed, exchanged.reports),
        exchanged.complete_means,
        found.spread,
    )
    for number, (hot, cold, aim) in enumerate(ITEM_TURNS):
        targets = items.targets(fixed, exchanged.reports, aim)
        answers, left = items.search(
            answers,
            fixed,
            targets,
            tries=settings.item_tries,
            hot=hot,
            cold=cold,
            seed=settings.seed + number,
        )
        by_part = dict(zip(items.PARTS, left.sum(0).round(2).tolist(), strict=True))
        print(f"items, turn {number + 1}: {by_part}", flush=True)
    return exchanged.reports, answers


def _combined(seed: int, reports: exchanges.Reports, answers: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Some teaching stays with good answers on quality, where the study finds the combined ones.

    None in the east, of which it prints the share of stays that only teach.
    """
    quality = [
        place for place, entry in enumerate(table("answers")["items"].values()) if entry[0] == "quality"
    ]
    teaching, region = (reports.properties[:, column] for column in (exchanges.TEACHING, exchanges.REGION))
    good = (answers[:, quality] >= 4).all(1) & (teaching == 1) & (region > 0)
    found = np.zeros(len(answers), dtype=bool)
    found[default_rng([seed, 2]).permutation(np.flatnonzero(good))[:COMBINED_STAYS]] = True
    return found


def _ticks(
    seed: int, reports: exchanges.Reports, found: Moments
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Ticks of each report and whether the section was skipped: those without motives, but for the share that ticks nothing."""
    _, pool = stays_and_ticks()
    kinds = dominating(pool)
    places = {
        exchanges.PERSONAL: 1 + CATEGORIES.index("personal"),
        exchanges.QUALITY: 1 + CATEGORIES.index("quality"),
        exchanges.INSTITUTION: 1 + CATEGORIES.index("institution"),
    }
    own_rng = default_rng([seed, 3])
    category = np.array([places.get(int(kind), 0) for kind in reports.motive])
    empty = kinds.count("") / len(kinds)
    nothing = np.flatnonzero(category == 0)
    skipped = own_rng.permutation(nothing)[round(empty * len(kinds)) :]
    category[skipped] = -1
    index = np.where(reports.institution >= 0, found.index[reports.institution], np.nan)
    return assign_ticks(own_rng, pool, kinds, category, index), category == -1


def _indicators(found: Moments) -> dict[str, dict[str, float]]:
    """Indicators that the search changes, by institution."""
    rows = {row["institution_key"]: row for row in indicator_values()}

    def column(name: str) -> Floats:
        return np.array([float(rows[key][name]) for key in INSTITUTIONS])

    changed = dict(zip(INDICATORS, found.indicators, strict=True))
    changed |= {
        name: with_correlation(column(name), found.index, value(value_id))
        for name, value_id in WITH_INDEX.items()
    }
    council, eu = (column(name) for name in FUNDING)
    both = with_correlation(
        council + eu, found.index, value("strategy_index_x_funding_research_council_eu.r")
    )
    changed[FUNDING[0]] = both * council / (council + eu)
    changed[FUNDING[1]] = both * eu / (council + eu)
    return {
        key: {name: round(float(values[place]), INDICATOR_DECIMALS) for name, values in changed.items()}
        for place, key in enumerate(INSTITUTIONS)
    }


def _reused(rates: dict[str, float]) -> dict[str, int]:
    """Stays of re-users by institution."""
    keys, plan = sorted(rates), table("plan")["state"]
    stays = np.array([plan[key]["stays"] for key in keys], dtype=float)
    planned = np.array([plan[key]["reuse"] for key in keys])
    counts = counts_with_correlation(
        np.rint(planned * stays),
        stays,
        np.array([rates[key] for key in keys]),
        value("rate_x_reuser_share.r"),
        0.0002,
        keys.index(STATEMENTS["extreme_rate"]),
    )
    return {key: int(count) for key, count in zip(keys, counts, strict=True)}


def run(settings: Settings, institutions_file: Path, stays_file: Path) -> None:
    """Search and write what was found."""
    given = start()
    found, best = find_sector(given, settings)
    store(given, found, best, settings, institutions_file, stays_file)


def store(
    given: Start,
    found: Moments,
    best: sector.Sector,
    settings: Settings,
    institutions_file: Path,
    stays_file: Path,
) -> None:
    """Third and fourth step, then everything that follows from them, to files."""
    reports, answers = find_reports(given, found, best, settings)
    ticks, skipped = _ticks(settings.seed, reports, found)
    plan = table("plan")["state"]
    exchange = found.indicators[INDICATORS.index("exchange_share")]
    fitted = fit_rates(
        best.answers, best.numbers.rates, rate_bounds(), exchange, given.cluster, given.other, settings.seed
    )
    rates = {
        key: float(fitted[place_of(key)]) if key in INSTITUTIONS else float(plan[key]["rate"]) for key in plan
    }
    write_institutions(institutions_file, rates, _reused(rates), _indicators(found), best.answers)
    write_stays(stays_file, reports, _combined(settings.seed, reports, answers), ticks, skipped, answers)
    print(
        f"wrote {institutions_file} and {stays_file}; `make extracts` writes the files that are made of them"
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m staff_mobility.synthetic.calibration",
        description="Search for a sector and reports in which the study's published numbers hold.",
    )
    parser.add_argument("--institutions", type=Path, default=INSTITUTIONS_FILE, help="file to write")
    parser.add_argument("--stays", type=Path, default=STAYS_FILE, help="file to write")
    parser.add_argument(
        "--fit-rounds", type=int, default=120, help="evaluations of the first least-squares fit"
    )
    parser.add_argument("--tries", type=int, default=12_000_000, help="changes that the annealing tries")
    parser.add_argument("--rounds", type=int, default=10_000, help="changes of answers that a walk makes")
    parser.add_argument("--exchange-tries", type=int, default=2_000_000, help="exchanges between stays")
    parser.add_argument(
        "--item-tries", type=int, default=25_000_000, help="changes of answers that a turn tries"
    )
    # Of 3 and 4, which were tried to the end, the one that comes farther.
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument(
        "--continue", action="store_true", dest="stored", help="start from the stored answers and rates"
    )
    arguments = parser.parse_args()
    settings = Settings(
        arguments.fit_rounds,
        arguments.tries,
        arguments.rounds,
        arguments.exchange_tries,
        arguments.item_tries,
        arguments.seed,
        arguments.stored,
    )
    run(settings, arguments.institutions, arguments.stays)


if __name__ == "__main__":
    main()
