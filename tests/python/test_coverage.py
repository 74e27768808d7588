"""The project keeps its own promises, and the script that measures them notices when it does not."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from staff_mobility import coverage

LABELS = Path(__file__).parents[2] / "seeds" / "labels" / "column_label.csv"
MART = "model.staff_mobility.mart_usage__institution"
SOURCE = "source.staff_mobility.dbh.dbh__staff_fte"


@pytest.fixture(scope="module")
def manifest(dbt_manifest: Path) -> dict[str, Any]:
    return json.loads(dbt_manifest.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def columns(built_warehouse: Path) -> dict[tuple[str, str], list[str]]:
    return coverage.read_columns(built_warehouse)


def percent(manifest: dict[str, Any], columns: Any, labels: frozenset[str] | None = None) -> dict[str, float]:
    known = coverage.read_labels(LABELS) if labels is None else labels
    return {promise.name: promise.percent for promise in coverage.measure(manifest, columns, known)}


def test_every_promise_is_kept_to_100_percent(
    dbt_manifest: Path, built_warehouse: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = coverage.main([str(dbt_manifest), str(built_warehouse), "--labels", str(LABELS)])
    printed = capsys.readouterr().out
    assert status == 0, printed
    assert printed.count("100.00 %") == 6


def test_one_removed_description_is_named_and_fails(
    manifest: dict[str, Any],
    built_warehouse: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    broken = copy.deepcopy(manifest)
    broken["nodes"][MART]["columns"]["reuse_share"]["description"] = " "
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(broken), encoding="utf-8")
    status = coverage.main([str(path), str(built_warehouse), "--labels", str(LABELS)])
    assert status == 1
    assert "missing: mart_usage__institution.reuse_share" in capsys.readouterr().out


def test_each_kind_of_gap_lowers_its_own_promise(manifest: dict[str, Any], columns: Any) -> None:
    undescribed = copy.deepcopy(manifest)
    undescribed["nodes"][MART]["description"] = ""
    assert percent(undescribed, columns)["models and seeds described"] < 100

    undocumented = {**columns, ("marts", "dim_country"): [*columns[("marts", "dim_country")], "new_column"]}
    measured = percent(manifest, undocumented)
    assert measured["columns described"] < 100
    assert measured["column labels in nb and en"] < 100

    unnamed = copy.deepcopy(manifest)
    unnamed["sources"][SOURCE]["columns"]["fte"]["description"] = ""
    assert percent(unnamed, columns)["columns of sources described"] < 100

    untested = copy.deepcopy(manifest)
    untested["nodes"] = {
        key: node
        for key, node in untested["nodes"].items()
        if not (node["resource_type"] == "test" and node.get("attached_node") == MART)
    }
    assert percent(untested, columns)["grain tests"] < 100

    loose = copy.deepcopy(manifest)
    loose["nodes"][MART]["config"]["contract"]["enforced"] = False
    assert percent(loose, columns)["contracts on marts and report models"] < 100

    assert percent(manifest, columns, frozenset())["column labels in nb and en"] == 0
