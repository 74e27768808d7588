"""Answers many metric queries in one process: what `mf query` does, without starting it anew for each.

Reads requests (name to the arguments of `mf query`) as JSON from stdin and writes answers as JSON to stdout. Runs in the
folder of a dbt project whose target folder holds a semantic manifest.
"""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from dbt_metricflow.cli.cli_configuration import CLIConfiguration
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest


def answer(engine: MetricFlowEngine, request: dict[str, Any]) -> dict[str, Any]:
    """Columns and rows, or the error."""
    try:
        result = engine.query(
            MetricFlowQueryRequest.create(
                saved_query_name=request.get("saved_query"),
                metric_names=request.get("metrics"),
                group_by_names=request.get("group_by"),
                where_constraints=request.get("where"),
                time_constraint_start=_day(request.get("start_time")),
                time_constraint_end=_day(request.get("end_time")),
            )
        )
    except Exception as error:
        return {"error": str(error)}
    table = result.result_df
    return {
        "columns": list(table.column_names),
        "rows": [[_plain(cell) for cell in row] for row in table.rows],
    }


def _day(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _plain(cell: Any) -> Any:
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, date):
        return cell.isoformat()[:10]
    return cell


def main() -> None:
    """Answer all requests."""
    configuration = CLIConfiguration()
    configuration.setup(
        dbt_profiles_path=Path.cwd(), dbt_project_path=Path.cwd(), configure_file_logging=False
    )
    requests = json.load(sys.stdin)
    json.dump({name: answer(configuration.mf, request) for name, request in requests.items()}, sys.stdout)


if __name__ == "__main__":
    main()
