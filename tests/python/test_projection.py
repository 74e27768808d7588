"""The interval of the programme's projection holds in simulated periods, and its table of quantiles is right."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator

import duckdb
import numpy as np
import pytest
from scipy.stats import t as student_t
from warehouse_build import PROJECT

sys.path.insert(0, str(PROJECT / "tests" / "campaigns"))

import projection_coverage as coverage

TRIALS = 60


def test_quantiles_are_those_of_student() -> None:
    path = PROJECT / "seeds" / "programme" / "student_t_quantile.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {int(row["confidence_percent"]) for row in rows} == {80, 90, 95}
    for row in rows:
        part = (1 + int(row["confidence_percent"]) / 100) / 2
        expected = student_t.ppf(part, int(row["degrees_of_freedom"]))
        assert float(row["quantile"]) == pytest.approx(expected, rel=1e-12)


@pytest.fixture(scope="module")
def simulation() -> Iterator[tuple[duckdb.DuckDBPyConnection, list[str]]]:
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        yield connection, coverage.prepared(connection)


@pytest.mark.parametrize(
    ("scenario", "years", "least", "most"),
    [
        (coverage.Scenario("years vary", year_variation=0.1), "6 of the period before", 0.85, 1.0),
        (coverage.Scenario("calls vary", call_variation=0.1), "3 of the period", 0.85, 1.0),
        # What the interval does not know of must show: else the simulation proves nothing.
        (coverage.Scenario("another level", later_level=1.5), "6 of the period before", 0.0, 0.1),
    ],
)
def test_the_interval_holds_what_became_of_the_period(
    simulation: tuple[duckdb.DuckDBPyConnection, list[str]],
    scenario: coverage.Scenario,
    years: str,
    least: float,
    most: float,
) -> None:
    connection, statements = simulation
    rng = np.random.default_rng(1)
    held = []
    for _ in range(TRIALS):
        stays = coverage.simulated(scenario, rng)
        came = sum(number for (call, _), number in stays.items() if call > coverage.EXCEPTIONAL[0])
        _, low, high = coverage.trial(connection, statements, stays, coverage.EXTRACTS[years])[95]
        held.append(low <= came <= high)
    assert least <= np.mean(held) <= most
