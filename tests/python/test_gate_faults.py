"""One file per check that has just the fault that the check looks for: it fails, and nothing else that matters does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from gate_faults import DAY, FOLDER, MODULE_FAULTS, PREVIOUS, REPORT_FAULTS, fault_name, write_all
from warehouse_build import PROJECT

from staff_mobility.gate.gate import Gate
from staff_mobility.gate.results import CheckResult, GateResult
from staff_mobility.gate.texts import check_names
from staff_mobility.landing.connection import gate_of
from staff_mobility.landing.land import Landing, land_file
from staff_mobility.landing.layouts import load_layouts
from staff_mobility.landing.pseudonyms import KeyChain
from staff_mobility.settings import load_settings

FAULTS = {name: (check, refused) for name, (check, refused, _, _) in REPORT_FAULTS.items()} | MODULE_FAULTS
HISTORY = {
    "rows_lost",
    "rows_multiplied",
    "reports_exchanged",
    "year_lost",
    "first_call_gone",
    "columns_exchanged",
    "item_no_longer_answered",
    "answers_reversed",
}
# A fault that cannot be without another: what is gone is gone from everything.
BESIDE = {
    "rows_lost": {"reports_are_kept", "years_are_kept"},
    "year_lost": {"cells_are_kept"},
    "item_no_longer_answered": {"cells_are_kept"},
    "answers_reversed": {"cells_are_kept"},
    "many_rows_set_aside": {"in_order"},
    "end_before_the_start": {"days_fit_dates"},
    "start_before_the_programme": {"days_fit_dates"},
    "stay_of_three_months": {"days_fit_dates"},
}
BESIDE["many_rows_set_aside"] |= {"days_fit_dates"}


@pytest.fixture(scope="module")
def landing() -> Landing:
    settings = load_settings()
    gate = gate_of(settings)
    assert gate.rules
    kept_nowhere = Gate(gate.rules, gate.lists, gate.own_country)
    return Landing(
        layouts=load_layouts(settings.layouts),
        key=lambda: KeyChain((bytes(range(32)),)),
        today=dt.date.fromisoformat(DAY) + dt.timedelta(days=1),
        gate=kept_nowhere,
        is_rehearsal=True,
    )


@pytest.fixture(scope="module")
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        yield con


@pytest.fixture(scope="module")
def after_previous(landing: Landing) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        stays = Landing(landing.layouts, landing.key, landing.today, landing.gate)
        (landed,) = land_file(con, FOLDER / "previous" / f"without_fault_{PREVIOUS}.csv", stays)
        assert (landed.status, failing(landed.result)) == ("landed", {})
        yield con


def failing(result: GateResult | None) -> dict[str, CheckResult]:
    assert result is not None
    return {check.check: check for check in result.failures}


def test_there_is_a_file_for_every_check() -> None:
    without = {"form_is_usual"}
    assert {check for check, _ in FAULTS.values()} == set(check_names()) - without


def test_the_committed_files_are_those_that_the_script_writes(tmp_path: Path) -> None:
    written = {path.relative_to(tmp_path / "x"): path.read_bytes() for path in write_all(tmp_path / "x")}
    committed = {path.relative_to(FOLDER): path.read_bytes() for path in FOLDER.rglob("*_*")}
    assert {
        name for name in written if name.suffix == ".csv" and written[name] != committed.get(name)
    } == set()
    assert written.keys() == committed.keys()


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_the_fault_is_found_and_nothing_else(
    name: str, landing: Landing, empty: duckdb.DuckDBPyConnection, request: pytest.FixtureRequest
) -> None:
    con = request.getfixturevalue("after_previous") if name in HISTORY else empty
    check, refused = FAULTS[name]
    (outcome,) = land_file(con, FOLDER / fault_name(name), landing)
    found = failing(outcome.result)
    grave = {each for each, result in found.items() if result.severity != "inform"} - {check}
    assert check in found
    assert grave <= BESIDE.get(name, set())
    assert (outcome.status == "refused") is refused
    assert found[check].message["nb"] and found[check].guidance["nb"]
    if refused:
        assert outcome.messages and all(message.startswith(fault_name(name)) for message in outcome.messages)
    assert con.execute("select count(*) from raw.extract").fetchone() == ((1,) if name in HISTORY else (0,))
    assert PROJECT.is_dir()
