"""The step on faulty input: every analysis leaves a row, with a status and a reason where there is no result."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml
from warehouse_build import SHORT_PLAN

from staff_mobility.statistics import tables
from staff_mobility.statistics.marts import SCHEMAS, Marts, marts_of_database, marts_of_parquet
from staff_mobility.statistics.plan import load_plan
from staff_mobility.statistics.step import Step


@pytest.fixture
def marts(built_warehouse: Path) -> Marts:
    """Marts of the demonstration, which a test may replace by views of its own."""
    con = duckdb.connect()
    con.execute(f"attach '{built_warehouse}' as demo (read_only)")
    return marts_of_database(con, "demo")


def _step(marts: Marts, tmp_path: Path, change: Callable[[dict], None] = lambda _: None) -> Step:
    plan = yaml.safe_load(SHORT_PLAN.read_text(encoding="utf-8"))
    change(plan)
    path = tmp_path / "analysis_plan.yml"
    path.write_text(yaml.safe_dump(plan), encoding="utf-8")
    return Step(load_plan(path), marts)


def _replace(marts: Marts, mart: str, sql: str) -> None:
    marts.connection.execute(f"create table changed as {sql.format(mart=mart)}")
    marts.connection.execute(f"create or replace temporary view {mart} as from changed")


def _rows(step: Step, table: tables.Table, analysis: str) -> pd.DataFrame:
    made = step.table(table).to_pandas()
    found = made[made["analysis_id"] == analysis]
    assert len(found), f"no row of {analysis}"
    return found


@pytest.mark.parametrize(
    ("sql", "status", "words"),
    [
        ("select * replace (null::double as staff_index) from {mart}", "empty_subset", "No observation"),
        ("select * replace (3.5 as staff_index) from {mart}", "constant_column", "staff"),
        ("select * replace ('infinity'::double as staff_index) from {mart}", "infinite_value", "finite"),
        (
            "from {mart} where staff_index is not null and institution_key in ('uib', 'uio') limit 3",
            "too_few_observations",
            "3 observations",
        ),
        ("select * exclude (staff_index) from {mart}", "unknown_variable", "staff_index is no column"),
    ],
)
def test_reports_that_allow_no_correlation_say_why(
    marts: Marts, tmp_path: Path, sql: str, status: str, words: str
) -> None:
    _replace(marts, "mart_outcomes__report", sql)
    row = _rows(_step(marts, tmp_path), tables.CORRELATION, "table_4_3.staff").iloc[0]
    assert (row["status"], pd.isna(row["pearson_r"])) == (status, True)
    assert words in row["reason"]


def test_one_institution_allows_r_and_nothing_between_institutions(marts: Marts, tmp_path: Path) -> None:
    _replace(marts, "mart_statistics__predictor_cell", "from {mart} where institution_key = 'oslomet'")
    step = _step(marts, tmp_path)
    row = _rows(step, tables.REGRESSION_MODEL, "table_4_5.staff").iloc[0]
    assert row["status"] == "constant_column"
    assert "strategy_index" in row["reason"]
    robust = _rows(step, tables.ROBUSTNESS, "table_4_5.staff").set_index("method")
    assert robust.loc["cluster_cr2", "status"] == "constant_column"


def test_a_predictor_that_follows_from_others_is_named(marts: Marts, tmp_path: Path) -> None:
    def add(plan: dict) -> None:
        plan["variables"]["twice"] = {
            "institution_variable": ["publication_points_per_academic", "strategy_index"]
        }
        plan["regressions"][0]["x"].append("twice")

    terms = _rows(_step(marts, tmp_path, add), tables.REGRESSION_TERM, "table_4_5.staff")
    assert set(terms["status"]) == {"perfect_collinearity"}
    assert terms["reason"].str.contains("twice").all()


def test_an_institution_that_is_not_there_is_named(marts: Marts, tmp_path: Path) -> None:
    def leave_out(plan: dict) -> None:
        plan["subsets"]["without_x"] = {"leave_out": ["atlantis"], "label": {"nb": "uten", "en": "without"}}
        plan["correlations"][0]["subset"] = "without_x"

    made = _step(marts, tmp_path, leave_out).table(tables.CORRELATION).to_pandas()
    row = made[made["subset"] == "without_x"].iloc[0]
    assert row["status"] == "unknown_institution"
    assert "atlantis" in row["reason"]


def test_no_row_has_a_gap_without_a_reason(marts: Marts, tmp_path: Path) -> None:
    """Whatever is missing: a row is either ok, with its estimate, or has a status and a reason."""
    _replace(marts, "mart_outcomes__report", "from {mart} where hash(report_key) % 40 = 0")
    step = _step(marts, tmp_path)
    for table, column in (
        (tables.CORRELATION, "pearson_r"),
        (tables.GROUP_DIFFERENCE, "f_value"),
        (tables.REGRESSION_TERM, "beta_std"),
        (tables.SPECIFICATION_CURVE, "estimate"),
    ):
        for row in step.table(table).to_pandas().to_dict("records"):
            is_told = isinstance(row["reason"], str) and row["reason"] != ""
            assert (row["status"] == "ok") == (not is_told), row
            assert (row["status"] == "ok") == math.isfinite(row[column]), row


def test_parquet_gives_the_same_as_the_warehouse(marts: Marts, tmp_path: Path) -> None:
    for name in SCHEMAS:
        marts.connection.execute(f"copy (from {name}) to '{tmp_path / name}.parquet'")
    of_files = _step(marts_of_parquet(duckdb.connect(), tmp_path), tmp_path)
    of_warehouse = _step(marts, tmp_path)
    for table in tables.TABLES:
        assert of_files.table(table).equals(of_warehouse.table(table)), table.name


def test_cells_of_the_mart_and_of_the_reports_give_the_same_fit(marts: Marts, tmp_path: Path) -> None:
    """The mart of cells lacks a column: the reports are grouped in its place."""
    whole = _step(marts, tmp_path).table(tables.REGRESSION_TERM).to_pandas()
    _replace(marts, "mart_statistics__predictor_cell", "select * exclude (duration_days) from {mart}")
    grouped = _step(Marts(marts.connection), tmp_path).table(tables.REGRESSION_TERM).to_pandas()
    numbers = whole.select_dtypes("number").columns
    pd.testing.assert_frame_equal(whole[numbers], grouped[numbers], rtol=1e-8, atol=1e-10)
