"""The whole step: from a plan and the marts to the tables of results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from importlib.metadata import version
from typing import Any

import pyarrow as pa
from threadpoolctl import threadpool_limits

from staff_mobility.statistics import tables
from staff_mobility.statistics.analyses.clusters import cluster_rows
from staff_mobility.statistics.analyses.correlations import correlation_rows
from staff_mobility.statistics.analyses.curves import curve_rows
from staff_mobility.statistics.analyses.group_differences import group_difference_rows
from staff_mobility.statistics.analyses.missing_values import missing_rows
from staff_mobility.statistics.analyses.regressions import Rows, regression_rows
from staff_mobility.statistics.analyses.robustness import robustness_rows
from staff_mobility.statistics.analyses.variables import variable_rows
from staff_mobility.statistics.frames import Frames
from staff_mobility.statistics.marts import Marts
from staff_mobility.statistics.plan import Plan

_LIBRARIES = ("duckdb", "numpy", "pandas", "scikit-learn", "scipy", "statsmodels")


class Step:
    """One run of the statistics step; each table is computed when it is asked for."""

    def __init__(self, plan: Plan, marts: Marts) -> None:
        self._plan = plan
        self._marts = marts
        self._frames = Frames(plan, marts)

    def table(self, table: tables.Table) -> pa.Table:
        """Return one table of results."""
        makers: Mapping[str, Callable[[], list[dict[str, Any]]]] = {
            tables.RUN.name: self._run,
            tables.VARIABLE.name: lambda: variable_rows(self._plan, self._frames),
            tables.CORRELATION.name: lambda: correlation_rows(self._plan, self._frames),
            tables.GROUP_DIFFERENCE.name: lambda: group_difference_rows(self._plan, self._frames),
            tables.REGRESSION_MODEL.name: lambda: self._regressions.models,
            tables.REGRESSION_TERM.name: lambda: self._regressions.terms,
            tables.ROBUSTNESS.name: lambda: robustness_rows(self._plan, self._frames),
            tables.CLUSTER.name: lambda: self._clusters[0],
            tables.CLUSTER_MOTIVE.name: lambda: self._clusters[1],
            tables.SPECIFICATION_CURVE.name: lambda: curve_rows(self._plan, self._frames),
            tables.MISSING.name: lambda: missing_rows(self._plan, self._frames),
        }
        # Small matrices are quicker with one thread, and their sums then have one order.
        with threadpool_limits(1, user_api="blas"):
            return table.of(makers[table.name]())

    @cached_property
    def _regressions(self) -> Rows:
        return regression_rows(self._plan, self._frames)

    @cached_property
    def _clusters(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        return cluster_rows(self._plan, self._frames)

    def _run(self) -> list[dict[str, Any]]:
        extracts = self._marts.read(
            "select distinct extract_id from mart_quality__ledger where not is_refused order by all"
        )
        return [
            {
                "plan_version": self._plan.version,
                "plan_hash": self._plan.sha256,
                "code_version": version("staff-mobility"),
                "library_versions": ", ".join(f"{name} {version(name)}" for name in _LIBRARIES),
                "extract_ids": ", ".join(extracts["extract_id"]),
                "random_seed": self._plan.random_seed,
                "confidence": self._plan.confidence,
                "bootstrap_draws": self._plan.bootstrap_draws,
            }
        ]
