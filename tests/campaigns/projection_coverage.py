"""Simulates calls, projects from the first years of each with the project's own SQL, and counts how often the
interval of mart_programme__progress holds what became of the period.

    python tests/campaigns/projection_coverage.py --trials 1000

A scenario says how many years are complete when the extract is taken and how the numbers vary: by chance alone,
or with good and bad years or calls besides. The last ones break the assumption that coming calls are like those known.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

from warehouse_build import PROJECT, Workplace  # noqa: E402

INTERMEDIATE = (
    "int_programme_starts_counted",
    "int_programme_bases_listed",
    "int_programme_lags_averaged",
    "int_programme_bases_measured",
)
MART = "mart_programme__progress"
SEEDS = (
    *("programme_period", "programme_target", "exceptional_year", "projection_method"),
    "student_t_quantile",
)
CONFIDENCES = (80, 95)
CALLS = range(2014, 2028)
# Shares of a call's stays that start in its year, the next and the one after.
START_SHARES = (0.40, 0.49, 0.11)
# Part of the usual stays that start in an exceptional year, and of a provisional year's that are reported.
EXCEPTIONAL_PART = 0.2
REPORTED_PART = 0.5
EXCEPTIONAL = (2020, 2021)
# Extracts: when taken, the last complete year then, and which years the projection then stands on.
EXTRACTS = {
    "6 of the period before": ("2023-05-31", 2021),
    "3 of the period": ("2026-05-31", 2024),
    "5 of the period": ("2028-05-31", 2026),
}


@dataclass(frozen=True)
class Scenario:
    """How the numbers vary: coefficients of variation of good and bad years and calls, the mean of a call,
    its growth from call to call, and the level of the later period against the earlier one."""

    name: str
    per_call: float = 650
    year_variation: float = 0
    call_variation: float = 0
    growth: float = 0
    later_level: float = 1


SCENARIOS = (
    Scenario("chance alone"),
    Scenario("years vary by 10 %", year_variation=0.1),
    Scenario("years vary by 20 %", year_variation=0.2),
    Scenario("calls vary by 10 %", call_variation=0.1),
    Scenario("years and calls vary by 15 %", year_variation=0.15, call_variation=0.15),
    Scenario("40 stays per call, chance alone", per_call=40),
    Scenario("40 stays per call, years vary by 20 %", per_call=40, year_variation=0.2),
    Scenario("broken: each call 3 % above the last, years vary by 10 %", year_variation=0.1, growth=0.03),
    Scenario(
        "broken: later period at 125 % of the earlier, years vary by 10 %",
        year_variation=0.1,
        later_level=1.25,
    ),
)


Models = dict[str, str]


def compiled(confidence: int) -> Models:
    """Return model -> its SQL as dbt compiles it, with bare names of relations."""
    models = (*INTERMEDIATE, MART)
    with tempfile.TemporaryDirectory() as scratch:
        empty = Path(scratch) / "extracts"
        empty.mkdir()
        place = Workplace(Path(scratch), extracts=empty)
        settings = f"projection_confidence_percent: {confidence}"
        run = place.dbt("compile", "--quiet", "--select", *models, "--vars", settings)
        if run.returncode != 0:
            raise SystemExit(run.stdout + run.stderr)
        folder = place.folder / "target" / "compiled"
        found = {model: next(folder.rglob(f"{model}.sql")).read_text(encoding="utf-8") for model in models}
    return {model: re.sub(r'"\w+"\."\w+"\."(\w+)"', r'"\1"', sql) for model, sql in found.items()}


def prepared(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Make the seeds and the empty inputs; return what makes the models from them, the marts last."""
    for name in SEEDS:
        path = PROJECT / "seeds" / "programme" / f"{name}.csv"
        connection.execute(f"create table {name} as from read_csv('{path}', header = true)")
    connection.execute(
        "create table fct_mobility (call_year integer, departure_year integer, n_participants decimal(18, 6))"
    )
    connection.execute("create table int_reports_derived (extract_date date)")
    by_confidence = {confidence: compiled(confidence) for confidence in CONFIDENCES}
    statements = [
        f"create or replace table {model} as {by_confidence[CONFIDENCES[0]][model]}" for model in INTERMEDIATE
    ]
    statements += [
        f"create or replace table mart_{confidence} as {models[MART]}"
        for confidence, models in by_confidence.items()
    ]
    return statements


def factors(rng: np.random.Generator, variation: float, size: int) -> np.ndarray:
    """Draw gamma factors with mean 1 and the coefficient of variation."""
    return rng.gamma(variation**-2, variation**2, size) if variation else np.ones(size)


def simulated(scenario: Scenario, rng: np.random.Generator) -> dict[tuple[int, int], int]:
    """Draw the stays of every call by year of departure."""
    last_year = CALLS[-1] + len(START_SHARES) - 1
    of_year = factors(rng, scenario.year_variation, last_year - CALLS[0] + 1)
    of_call = factors(rng, scenario.call_variation, len(CALLS))
    drawn = {}
    for number, call in enumerate(CALLS):
        level = scenario.later_level if call > EXCEPTIONAL[0] else 1
        mean = scenario.per_call * level * (1 + scenario.growth) ** number * of_call[number]
        for lag, part in enumerate(START_SHARES):
            year = call + lag
            usual = mean * part * of_year[year - CALLS[0]]
            drawn[call, year] = int(rng.poisson(usual * (EXCEPTIONAL_PART if year in EXCEPTIONAL else 1)))
    return drawn


def reported(stays: dict[tuple[int, int], int], taken: str, last_complete: int) -> list[tuple[int, int, int]]:
    """Return what an extract holds: all of the complete years, a part of those that have begun."""
    rows = []
    for (call, year), number in stays.items():
        known = number if year <= last_complete else int(number * REPORTED_PART)
        if known and year <= int(taken[:4]):
            rows.append((call, year, known))
    return rows


def trial(
    connection: duckdb.DuckDBPyConnection,
    statements: list[str],
    stays: dict[tuple[int, int], int],
    extract: tuple[str, int],
) -> dict[int, tuple[float, float, float]]:
    """Return confidence -> projected number of the whole period and its limits."""
    taken, last_complete = extract
    connection.execute("delete from fct_mobility")
    connection.execute("delete from int_reports_derived")
    values = ", ".join(str(row) for row in reported(stays, taken, last_complete))
    connection.execute(f"insert into fct_mobility values {values}")
    connection.execute("insert into int_reports_derived values (?)", [taken])
    for statement in statements:
        connection.execute(statement)
    found = {}
    for confidence in CONFIDENCES:
        row = connection.execute(
            "select n_stays_projected_so_far, projection_low, projection_high"
            f" from mart_{confidence} order by year desc limit 1"
        ).fetchone()
        if row is None or row[1] is None:
            raise SystemExit(f"no projection from {values}")
        found[confidence] = row
    return found


def main() -> int:
    """Print a table of how often the intervals hold."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=1000, help="simulated periods per scenario and extract")
    parser.add_argument("--seed", type=int, default=2021, help="of the random numbers")
    options = parser.parse_args()
    began = time.monotonic()
    connection = duckdb.connect()
    connection.execute("set threads = 1")
    statements = prepared(connection)
    print(
        "| The numbers | complete years | 80 % holds | 95 % holds | 95 % too low | 95 % too high | half width of 95 % |"
    )
    print("|---|---|---|---|---|---|---|")
    for scenario in SCENARIOS:
        for years, extract in EXTRACTS.items():
            rng = np.random.default_rng(options.seed)
            held: dict[int, list[int]] = {confidence: [] for confidence in CONFIDENCES}
            widths = []
            for _ in range(options.trials):
                stays = simulated(scenario, rng)
                came = sum(number for (call, _), number in stays.items() if call > EXCEPTIONAL[0])
                for confidence, (centre, low, high) in trial(connection, statements, stays, extract).items():
                    # -1: more came than the upper limit, 1: fewer than the lower one.
                    held[confidence].append(0 if low <= came <= high else 1 if came < low else -1)
                    if confidence == CONFIDENCES[-1]:
                        widths.append((high - centre) / centre)
            part = {confidence: np.mean(np.array(said) == 0) for confidence, said in held.items()}
            missed = np.array(held[CONFIDENCES[-1]])
            print(
                f"| {scenario.name} | {years} | {part[80]:.1%} | {part[95]:.1%} | {np.mean(missed < 0):.1%}"
                f" | {np.mean(missed > 0):.1%} | ±{np.median(widths):.0%} |",
                flush=True,
            )
    print(f"\n{options.trials} trials each, seed {options.seed}, {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
