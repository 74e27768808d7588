"""What dbt's Python models call: the marts that `ref` has given in, one table of results out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from staff_mobility.settings import load_settings
from staff_mobility.statistics.marts import marts_of_relations
from staff_mobility.statistics.plan import load_plan
from staff_mobility.statistics.step import Step
from staff_mobility.statistics.tables import TABLES

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection


def result_table(name: str, session: DuckDBPyConnection, **relations: Any) -> pa.Table:
    """Return the table of results that a dbt model is named after.

    Args:
        name: Of the model.
        session: dbt's connection.
        relations: The marts that it reads, by their names.

    Raises:
        WrongUseError: The analysis plan is not valid.
    """
    plan = load_plan(load_settings().analysis_plan)
    table = next(table for table in TABLES if table.name == name)
    return Step(plan, marts_of_relations(session, relations)).table(table)
