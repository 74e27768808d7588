"""The tables that the statistics step writes: their columns, types and grain, in one place.

dbt's Python models and the command line write the same tables. Contracts cannot be put on Python models, so the
contracted SQL models of models/marts/statistics stand after them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

TEXT, WHOLE, NUMBER = pa.string(), pa.int64(), pa.float64()

Row = Mapping[str, Any]

# What every result says of itself: the analysis of the plan, its specification and what became of it.
_RECORD: dict[str, pa.DataType] = {
    "analysis_id": TEXT,
    "place": TEXT,
    "family": TEXT,
    "level": TEXT,
    "subset": TEXT,
    "formula": TEXT,
    "covariance": TEXT,
    "correction": TEXT,
    "n_observations": NUMBER,
    "n_clusters": WHOLE,
    "status": TEXT,
    "reason": TEXT,
}


@dataclass(frozen=True)
class Table:
    """One table of results.

    Attributes:
        name: Of the dbt Python model.
        grain: Columns that together name a row.
        columns: Types by name, in order.
    """

    name: str
    grain: tuple[str, ...]
    columns: Mapping[str, pa.DataType]

    def of(self, rows: Iterable[Row]) -> pa.Table:
        """Return rows as a table in the order of its grain; a column that a row lacks is null.

        Floats keep twelve significant digits: what is behind them differs between processors, and two builds
        must give the same bytes.

        Raises:
            KeyError: A row has a column that the table has not.
        """
        listed = [dict(row) for row in rows]
        for row in listed:
            if foreign := set(row) - set(self.columns):
                raise KeyError(f"{self.name} has no column {sorted(foreign)[0]}")
        listed.sort(key=lambda row: tuple(str(row[column]) for column in self.grain))
        schema = pa.schema([pa.field(name, kind) for name, kind in self.columns.items()])
        made = [{name: _plain(row.get(name), kind) for name, kind in self.columns.items()} for row in listed]
        return pa.Table.from_pylist(made, schema=schema)


def _plain(value: Any, kind: pa.DataType) -> Any:
    if value is None or kind == TEXT:
        return None if value is None or value == "" else str(value)
    if kind == WHOLE:
        return int(value)
    # An infinite number of degrees of freedom, and what could not be had, are nulls: the status tells.
    return float(f"{value:.12g}") if -1e300 < float(value) < 1e300 else None


RUN = Table(
    "stat_run",
    ("plan_hash",),
    {
        "plan_version": WHOLE,
        "plan_hash": TEXT,
        "code_version": TEXT,
        "library_versions": TEXT,
        "extract_ids": TEXT,
        "random_seed": WHOLE,
        "confidence": NUMBER,
        "bootstrap_draws": WHOLE,
    },
)

CORRELATION = Table(
    "stat_correlation",
    ("analysis_id",),
    {
        **_RECORD,
        "x_variable": TEXT,
        "y_variable": TEXT,
        "pearson_r": NUMBER,
        "p_value": NUMBER,
        "ci_low": NUMBER,
        "ci_high": NUMBER,
        "spearman_rho": NUMBER,
        "spearman_p_value": NUMBER,
        "kendall_tau": NUMBER,
        "kendall_p_value": NUMBER,
        "p_holm": NUMBER,
        "p_benjamini_hochberg": NUMBER,
        "published_value_id": TEXT,
    },
)

GROUP_DIFFERENCE = Table(
    "stat_group_difference",
    ("analysis_id",),
    {
        **_RECORD,
        "group_variable": TEXT,
        "outcome_variable": TEXT,
        "n_groups": WHOLE,
        "f_value": NUMBER,
        "df_between": NUMBER,
        "df_within": NUMBER,
        "p_value": NUMBER,
        "eta_squared": NUMBER,
        "p_holm": NUMBER,
        "p_benjamini_hochberg": NUMBER,
        "published_value_id": TEXT,
    },
)

REGRESSION_MODEL = Table(
    "stat_regression_model",
    ("analysis_id",),
    {
        **_RECORD,
        "model_type": TEXT,
        "outcome_variable": TEXT,
        "n_predictors": WHOLE,
        "n_left_out_by_missing": NUMBER,
        "r_squared": NUMBER,
        "adjusted_r_squared": NUMBER,
        "f_value": NUMBER,
        "f_p_value": NUMBER,
        "residual_std_error": NUMBER,
        "condition_number": NUMBER,
        "log_likelihood": NUMBER,
        "published_value_id": TEXT,
    },
)

REGRESSION_TERM = Table(
    "stat_regression_term",
    ("analysis_id", "term"),
    {
        **_RECORD,
        "model_type": TEXT,
        "outcome_variable": TEXT,
        "term": TEXT,
        "term_order": WHOLE,
        "beta_std": NUMBER,
        "coefficient": NUMBER,
        "std_error": NUMBER,
        "t_value": NUMBER,
        "p_value": NUMBER,
        "ci_low": NUMBER,
        "ci_high": NUMBER,
        "variance_inflation": NUMBER,
        "p_holm": NUMBER,
        "p_benjamini_hochberg": NUMBER,
        "published_beta_id": TEXT,
        "published_p_id": TEXT,
    },
)

ROBUSTNESS = Table(
    "stat_robustness",
    ("analysis_id", "term", "method"),
    {
        **_RECORD,
        "term": TEXT,
        "method": TEXT,
        "left_out_institution": TEXT,
        "estimate": NUMBER,
        "std_error": NUMBER,
        "statistic": NUMBER,
        "degrees_of_freedom": NUMBER,
        "p_value": NUMBER,
        "ci_low": NUMBER,
        "ci_high": NUMBER,
    },
)

CLUSTER = Table(
    "stat_cluster",
    ("analysis_id", "cluster_number"),
    {
        **_RECORD,
        "cluster_number": WHOLE,
        "linkage": TEXT,
        "distance": TEXT,
        "n_patterns": WHOLE,
        "mean_motives_ticked": NUMBER,
        "min_motives_ticked": WHOLE,
        "max_motives_ticked": WHOLE,
        "merge_height": NUMBER,
        "adjusted_rand_mean": NUMBER,
        "adjusted_rand_min": NUMBER,
    },
)

CLUSTER_MOTIVE = Table(
    "stat_cluster_motive",
    ("analysis_id", "cluster_number", "motive_key"),
    {"analysis_id": TEXT, "cluster_number": WHOLE, "motive_key": TEXT, "ticked_share": NUMBER},
)

SPECIFICATION_CURVE = Table(
    "stat_specification_curve",
    ("analysis_id", "specification_number"),
    {
        **_RECORD,
        "specification_number": WHOLE,
        "outcome_variable": TEXT,
        "tie_rule": TEXT,
        "minimum_answered_share": NUMBER,
        "index_version": TEXT,
        "institutions": TEXT,
        "duration_form": TEXT,
        "controls": TEXT,
        "estimate": NUMBER,
        "std_error": NUMBER,
        "p_value": NUMBER,
        "cr2_std_error": NUMBER,
        "cr2_degrees_of_freedom": NUMBER,
        "cr2_p_value": NUMBER,
        "ci_low": NUMBER,
        "ci_high": NUMBER,
    },
)

MISSING = Table(
    "stat_missing",
    ("analysis_id", "variable"),
    {
        "analysis_id": TEXT,
        "place": TEXT,
        "level": TEXT,
        "subset": TEXT,
        "variable": TEXT,
        "n_observations": NUMBER,
        "n_missing": NUMBER,
        "missing_share": NUMBER,
        "n_lost_by_it_alone": NUMBER,
        "status": TEXT,
        "reason": TEXT,
    },
)

VARIABLE = Table(
    "stat_variable",
    ("variable",),
    {"variable": TEXT, "variable_key": TEXT, "label_nb": TEXT, "label_en": TEXT},
)

TABLES = (
    RUN,
    VARIABLE,
    CORRELATION,
    GROUP_DIFFERENCE,
    REGRESSION_MODEL,
    REGRESSION_TERM,
    ROBUSTNESS,
    CLUSTER,
    CLUSTER_MOTIVE,
    SPECIFICATION_CURVE,
    MISSING,
)
