"""The tables of results are described as the statistics step writes them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from warehouse_build import PROJECT

from staff_mobility.statistics.tables import TABLES, Table

FOLDER = PROJECT / "models" / "statistics"


def described(table: Table) -> dict[str, Any]:
    text = (FOLDER / f"{table.name}.yml").read_text(encoding="utf-8")
    (model,) = yaml.safe_load(text)["models"]
    return dict(model)


def grain(model: dict[str, Any]) -> list[str]:
    """Columns of the test on the grain."""
    for test in model.get("data_tests", []):
        if "unique_combination" in test:
            return list(test["unique_combination"]["arguments"]["columns"])
    return [column["name"] for column in model["columns"] if "unique" in column.get("data_tests", [])]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_is_described_with_its_columns_and_its_grain(table: Table) -> None:
    model = described(table)
    assert model["name"] == table.name
    assert [column["name"] for column in model["columns"]] == list(table.columns)
    assert grain(model) == list(table.grain)


def test_every_table_has_a_model_and_every_model_a_table() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == {table.name for table in TABLES}
