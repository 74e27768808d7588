"""The warehouse as it stood on an earlier day, rebuilt from all extracts, is the one that was built then."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
from exports import export_tables
from warehouse_build import DEMO, WITHOUT_TESTS, Workplace

from staff_mobility.build_state import why_not_whole

EARLIER = "2021-03-31"
PART = ("+path:models/marts/core", "+path:models/marts/usage")
LANDED_BY_THEN = (
    "mobility_tool/synthetic_mobility_tool_calls_2014-2016_2018-06-30.csv",
    "mobility_tool/synthetic_mobility_tool_calls_2017-2020_2021-03-31.csv",
)


def place_of_then(folder: Path) -> Workplace:
    """Return a workplace with the extracts that there were on the earlier day."""
    then = Workplace(folder, extracts=folder / "extracts")
    for name in LANDED_BY_THEN:
        (then.extracts / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(DEMO / name, then.extracts / name)
    return then


def test_the_past_is_rebuilt_byte_for_byte(demo_workplace: Workplace, tmp_path: Path) -> None:
    now = Workplace(tmp_path / "now")
    now.folder.mkdir()
    demo_workplace.copy_warehouse(now.folder)
    then = place_of_then(tmp_path / "then")
    for place in (now, then):
        # One part of the marts with all that it is made of; `make rebuilds` compares all of them.
        variables = ("--vars", f"as_of: {EARLIER}") if place is now else ()
        run = place.dbt("build", *variables, *WITHOUT_TESTS, "--select", *PART)
        assert run.returncode == 0, run.stdout[-3000:]
    past = export_tables(now.warehouse, tmp_path / "a")
    as_then = export_tables(then.warehouse, tmp_path / "b")
    assert {"marts.fct_mobility", "marts.mart_usage__institution"} < set(as_then) < set(past)
    assert as_then == {name: past[name] for name in as_then}
    with duckdb.connect(str(demo_workplace.warehouse), read_only=True) as connection:
        gone = connection.execute(
            "select report_key from intermediate.int_reports_versioned where row_status = 'withdrawn'"
        ).fetchall()
    with duckdb.connect(str(now.warehouse), read_only=True) as connection:
        counted = connection.execute("select report_key from marts.fct_mobility").fetchall()
    assert len(gone) == 3
    assert set(gone) <= set(counted), "a report counts until the day on which it was withdrawn"
    for place in (now, then):
        with duckdb.connect(str(place.warehouse), read_only=True) as connection:
            assert why_not_whole(connection), "a part of the marts may not be published"


def test_a_day_before_the_first_extract_is_refused(demo_workplace: Workplace, tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    demo_workplace.copy_warehouse(tmp_path)
    run = place.dbt("test", "--vars", "as_of: 2018-06-29", "--select", "stg_landing__extracts")
    assert run.returncode != 0
    assert "Var as_of is 2018-06-29, and the first extract was taken on 2018-06-30" in run.stdout
    assert "name 2018-06-30 or a later day" in run.stdout
