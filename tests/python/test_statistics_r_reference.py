"""Every analysis of the plan on the demonstration marts, beside R: lm, clubSandwich, lme4, cor.test, anova, p.adjust.

The reference values are those of tests/reference/demo_marts.csv; `make r-reference` computes them again.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest
from plain_variables import analyses_of, read_plan
from warehouse_build import PROJECT

REFERENCE = PROJECT / "tests" / "reference" / "demo_marts.csv"
# How far a value may be from R's, relative to it (absolute below 1), and why it may be.
TOLERANCES = {
    # Both are exact up to rounding.
    "pearson": 1e-8, "spearman": 1e-8, "kendall": 1e-8, "anova": 1e-8, "ols": 1e-8, "cr1": 1e-8, "cr2": 1e-7, "cr3": 1e-8,
    "holm": 1e-8, "BH": 1e-8,
    # Both search for the top of a flat likelihood.
    "mixed_institution": 1e-4, "mixed_institution_person": 1e-4,
}  # fmt: skip


def _long(
    table: pd.DataFrame, method: str, columns: dict[str, str], term: str | None = "term"
) -> pd.DataFrame:
    made = table.assign(term=table[term].fillna("") if term else "")[
        ["analysis_id", "term", *columns.values()]
    ]
    made = made.rename(columns={column: statistic for statistic, column in columns.items()})
    made = made.melt(["analysis_id", "term"], var_name="statistic", value_name="ours")
    return made.assign(method=method)


@pytest.fixture(scope="module")
def compared(built_warehouse: Path) -> pd.DataFrame:
    """R's values with ours beside them, where ours are missing as gaps."""
    with duckdb.connect(str(built_warehouse), read_only=True) as con:
        tables = {
            name: con.sql(f"from statistics.stat_{name}").df()
            for name in (
                "correlation",
                "group_difference",
                "regression_model",
                "regression_term",
                "robustness",
            )
        }
    pairs, groups, terms = tables["correlation"], tables["group_difference"], tables["regression_term"]
    adjusted = {"holm": "p_holm", "BH": "p_benjamini_hochberg"}
    bounds = {"low": "ci_low", "high": "ci_high", "p": "p_value"}
    parts = [
        _long(pairs, "pearson", {"n": "n_observations", "estimate": "pearson_r", **bounds}, None),
        _long(pairs, "spearman", {"estimate": "spearman_rho", "p": "spearman_p_value"}, None),
        _long(pairs, "kendall", {"estimate": "kendall_tau", "p": "kendall_p_value"}, None),
        _long(
            groups,
            "anova",
            {
                "n": "n_observations",
                "f": "f_value",
                "df_between": "df_between",
                "df_within": "df_within",
                "p": "p_value",
            },
            None,
        ),
        _long(
            tables["regression_model"],
            "ols",
            {"n": "n_observations", "adjusted_r2": "adjusted_r_squared"},
            None,
        ),
        _long(
            terms,
            "ols",
            {
                "estimate": "beta_std",
                "coefficient": "coefficient",
                "se": "std_error",
                "vif": "variance_inflation",
            }
            | bounds,
        ),
    ]
    for method, column in adjusted.items():
        parts += [_long(table, method, {"p": column}, None) for table in (pairs, groups)]
        parts.append(_long(terms, method, {"p": column}))
    robust = tables["robustness"]
    for method, ours, statistics in (
        ("cr1", "cluster_normal", {"se": "std_error", "p": "p_value"}),
        ("cr2", "cluster_cr2", {"se": "std_error", "df": "degrees_of_freedom", "p": "p_value"}),
        ("cr3", "cluster_cr3", {"se": "std_error"}),
        ("mixed_institution", "mixed_institution", {"estimate": "estimate", "se": "std_error"}),
        ("mixed_institution_person", "mixed_institution_person", {"estimate": "estimate", "se": "std_error"}),
    ):
        parts.append(_long(robust[robust["method"] == ours], method, statistics))
    keys = ["analysis_id", "term", "method", "statistic"]
    reference = pd.read_csv(REFERENCE, keep_default_na=False, dtype={"value": float})
    # Only tested terms have robust results.
    tested = {
        (a["id"], term) for a in analyses_of(read_plan(PROJECT / "analysis_plan.yml")) for term in a["tested"]
    }
    of_all = reference["method"].isin(["ols", "pearson", "spearman", "kendall", "anova"])
    keyed = zip(reference["analysis_id"], reference["term"], strict=True)
    is_tested = pd.Series([key in tested for key in keyed], index=reference.index)
    return reference[of_all | is_tested].merge(pd.concat(parts), on=keys, how="left", validate="one_to_one")


def test_every_value_of_r_is_ours(compared: pd.DataFrame) -> None:
    tolerance = compared["method"].map(TOLERANCES)
    distance = (compared["ours"].astype(float) - compared["value"]).abs()
    far = compared[~(distance <= tolerance * compared["value"].abs().clip(lower=1))]
    assert far.empty, (
        f"run `make r-reference` if the demonstration or the plan has changed\n{far.to_string()}"
    )


def test_small_p_values_agree_too(compared: pd.DataFrame) -> None:
    """Relative, because an absolute tolerance says nothing of a p of 1e-12."""
    exact = compared["method"].isin(
        ["pearson", "spearman", "kendall", "anova", "ols", "cr1", "cr2", "holm", "BH"]
    )
    p = compared[exact & (compared["statistic"] == "p") & (compared["value"] > 1e-200)]
    far = p[(p["ours"].astype(float) / p["value"] - 1).abs() > 1e-6]
    assert len(p) > 300
    assert far.empty, far.to_string()


def test_the_reference_has_all_analyses_and_methods(compared: pd.DataFrame) -> None:
    planned = {analysis["id"] for analysis in analyses_of(read_plan(PROJECT / "analysis_plan.yml"))}
    assert set(compared["analysis_id"]) == planned
    assert set(compared["method"]) == set(TOLERANCES)


def test_table_4_5_shows_what_r_gives(built_warehouse: Path) -> None:
    with duckdb.connect(str(built_warehouse), read_only=True) as con:
        shown = con.sql("from report.tab_4_05_outcome_regressions").df()
    reference = pd.read_csv(REFERENCE, keep_default_na=False, dtype={"value": float})
    values = reference[reference["method"] == "ols"].set_index(["analysis_id", "term", "statistic"])["value"]
    assert len(shown) == 48
    for row in shown.to_dict("records"):
        model = f"table_4_5.{row['outcome_variable']}"
        assert row["beta_std"] == pytest.approx(values[model, row["term"], "estimate"], rel=1e-8)
        assert row["p_value"] == pytest.approx(values[model, row["term"], "p"], rel=1e-6)
        assert row["adjusted_r_squared"] == pytest.approx(values[model, "", "adjusted_r2"], rel=1e-8)
        assert row["n_observations"] == values[model, "", "n"]
