"""The bundle clients/superset/: what is in it, and its queries as SQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml
from report_numbers import Numbers
from warehouse_build import PROJECT

FOLDER = PROJECT / "clients" / "superset"
DATABASE = "databases/staff_mobility.yaml"
# Charts by the number that they show; the columns that say what each value is of, in the order of the examples' names.
NUMBERS: Mapping[str, tuple[str, ...]] = {
    "rate": ("short_name",),
    "beta": ("outcome_variable", "term"),
    "stays": ("year",),
}
PUBLICATION = "publication"


@dataclass(frozen=True)
class Bundle:
    """The files of the bundle by their path in it, as YAML reads them."""

    files: Mapping[str, dict[str, Any]]

    @property
    def database(self) -> dict[str, Any]:
        """The one database."""
        return self.files[DATABASE]

    @property
    def datasets(self) -> dict[str, dict[str, Any]]:
        """Datasets by uuid."""
        return {each["uuid"]: each for each in self._below("datasets/")}

    @property
    def charts(self) -> dict[str, dict[str, Any]]:
        """Charts by the name of their file."""
        return {Path(path).stem: each for path, each in self.files.items() if path.startswith("charts/")}

    @property
    def dashboard(self) -> dict[str, Any]:
        """The one dashboard."""
        (found,) = self._below("dashboards/")
        return found

    def _below(self, folder: str) -> list[dict[str, Any]]:
        return [each for path, each in self.files.items() if path.startswith(folder)]


def read_bundle(folder: Path = FOLDER) -> Bundle:
    """Read all files of the bundle."""
    return Bundle(
        {
            path.relative_to(folder).as_posix(): yaml.safe_load(path.read_text(encoding="utf-8"))
            for path in sorted(folder.rglob("*.yaml"))
        }
    )


def query_of(chart: Mapping[str, Any]) -> dict[str, Any]:
    """Return the one query of a chart."""
    (query,) = json.loads(chart["query_context"])["queries"]
    return dict(query)


def chart_sql(chart: Mapping[str, Any], dataset: Mapping[str, Any]) -> str:
    """Return the chart's query as SQL; Superset writes its own, which the campaign compares.

    Raises:
        KeyError: A metric that the dataset has not.
    """
    query = query_of(chart)
    metrics = {each["metric_name"]: each["expression"] for each in dataset["metrics"]}
    chosen = [*query["columns"], *(f"{metrics[name]} as {name}" for name in query["metrics"])]
    conditions = " and ".join(_condition(each) for each in query["filters"]) or "true"
    grouped = " group by all" if query["metrics"] else ""
    return (
        f"select {', '.join(chosen)} from {dataset['schema']}.{dataset['table_name']}"  # noqa: S608
        f" where {conditions}{grouped}"
    )


def _condition(each: Mapping[str, Any]) -> str:
    if each["op"] == "IS TRUE":
        return str(each["col"])
    value = f"'{each['val']}'" if isinstance(each["val"], str) else each["val"]
    return f"{each['col']} {each['op'].replace('==', '=')} {value}"


def chart_numbers(answers: Mapping[str, Iterable[Mapping[str, Any]]], marts: Path) -> Numbers:
    """Return what the charts show under the names that the examples give: institutions by key, with the publication's id."""
    with duckdb.connect(str(marts), read_only=True) as con:
        keys = dict(con.execute("select short_name, institution_key from dim_institution").fetchall())
    found: dict[tuple[str, str], float | None] = {
        (PUBLICATION, str(row["publication_id"])): None for row in answers[PUBLICATION]
    }
    for number, columns in NUMBERS.items():
        for row in answers[number]:
            of_what = " ".join(str(row[column]) for column in columns)
            value = row[number]
            found[number, keys.get(of_what, of_what)] = None if value is None else float(value)
    return found
