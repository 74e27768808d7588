"""The bundle for Superset fits the published marts; Superset itself is tried by `make superset`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from page_blocks import blocks
from report_numbers import differences, report_numbers
from superset_bundle import NUMBERS, Bundle, chart_numbers, chart_sql, query_of, read_bundle
from warehouse_build import PROJECT

from staff_mobility.publish.place import Publication

BUNDLE = read_bundle()
PAGE = PROJECT / "docs" / "connect.md"


@pytest.fixture(scope="module")
def con(publication: Publication) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published marts."""
    with duckdb.connect(str(publication.marts), read_only=True) as opened:
        yield opened


def misfits(bundle: Bundle, con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """What the bundle names and the publication does not have, or has otherwise."""
    for dataset in bundle.datasets.values():
        table = dataset["table_name"]
        rows = con.execute(
            "select c.column_name, c.data_type, p.label_en from duckdb_columns() as c left join publication_column as p"
            " on c.table_name = p.mart_name and c.column_name = p.column_name where c.table_name = ?",
            [table],
        ).fetchall()
        there = {name: (kind, label) for name, kind, label in rows}
        for column in dataset["columns"]:
            told = (column["type"], column.get("verbose_name"))
            if (found := there.get(column["column_name"])) != told:
                yield f"{table}.{column['column_name']}: {told}, in the publication {found}"
        for metric in dataset["metrics"]:
            try:
                con.execute(f"select {metric['expression']} from {dataset['schema']}.{table}")
            except duckdb.Error as error:
                yield f"{table}: metric {metric['metric_name']}: {error}"


def test_tables_columns_labels_and_metrics_are_those_of_the_publication(
    con: duckdb.DuckDBPyConnection,
) -> None:
    assert len(BUNDLE.datasets) == 4
    assert list(misfits(BUNDLE, con)) == []


def test_a_column_or_metric_that_is_gone_is_named(con: duckdb.DuckDBPyConnection) -> None:
    (path,) = (path for path in BUNDLE.files if path.endswith("mart_programme__progress.yaml"))
    dataset = BUNDLE.files[path]
    other = {
        **dataset,
        "columns": [{**dataset["columns"][0], "column_name": "gone"}],
        "metrics": [{"metric_name": "stays", "expression": "sum(n_gone)"}],
    }
    found = list(misfits(Bundle({**BUNDLE.files, path: other}), con))
    assert [each.split(":")[0] for each in found] == [
        "mart_programme__progress.gone",
        "mart_programme__progress",
    ]


def test_parts_of_the_bundle_name_each_other() -> None:
    assert {each["database_uuid"] for each in BUNDLE.datasets.values()} == {BUNDLE.database["uuid"]}
    assert {each["dataset_uuid"] for each in BUNDLE.charts.values()} == set(BUNDLE.datasets)
    shown = {
        place["meta"]["uuid"]
        for place in BUNDLE.dashboard["position"].values()
        if isinstance(place, dict) and place["type"] == "CHART"
    }
    assert shown == {each["uuid"] for each in BUNDLE.charts.values()}
    assert set(BUNDLE.charts) == {*NUMBERS, "publication"}
    for chart in BUNDLE.charts.values():
        dataset = BUNDLE.datasets[chart["dataset_uuid"]]
        query = query_of(chart)
        named = {*query["columns"], *(each["col"] for each in query["filters"])}
        assert named <= {column["column_name"] for column in dataset["columns"]}
        assert set(query["metrics"]) <= {metric["metric_name"] for metric in dataset["metrics"]}
        # What the browser asks for is what the API asks for.
        params = chart["params"]
        assert [each["subject"] for each in params["adhoc_filters"]] == [
            each["col"] for each in query["filters"]
        ]
        assert params.get("metrics", []) == query["metrics"]
        assert set(columns_of(params)) == set(query["columns"])


def columns_of(params: dict[str, Any]) -> Iterator[str]:
    """The columns that a chart's settings name, whatever kind of chart it is."""
    yield from [params["x_axis"]] if "x_axis" in params else []
    for setting in ("groupby", "groupbyRows", "groupbyColumns", "all_columns"):
        yield from params.get(setting, [])


def test_the_charts_queries_give_the_numbers_of_the_report(
    con: duckdb.DuckDBPyConnection, publication: Publication, built_warehouse: Path
) -> None:
    answers = {}
    for name, chart in BUNDLE.charts.items():
        found = con.execute(chart_sql(chart, BUNDLE.datasets[chart["dataset_uuid"]]))
        names = [part[0] for part in found.description or ()]
        answers[name] = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    shown = chart_numbers(answers, publication.marts)
    assert differences(shown, report_numbers(built_warehouse), publication) == []


def test_the_bundles_database_is_the_one_of_the_page() -> None:
    uri = next(block.text.strip() for block in blocks(PAGE) if block.language == "text")
    extra = json.loads(next(block.text for block in blocks(PAGE) if block.language == "json"))
    assert BUNDLE.database["sqlalchemy_uri"] == uri
    assert BUNDLE.database["extra"]["engine_params"] == extra["engine_params"]
    assert extra["engine_params"]["connect_args"]["read_only"] is True
    assert not any(value for name, value in BUNDLE.database.items() if name.startswith("allow_"))
