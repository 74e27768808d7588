"""The study as the seed files have it, for commands and tests that run without a warehouse."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from staff_mobility.audit.inputs import Study, read_inputs
from staff_mobility.audit.published import published_of_rows

Rows = Iterable[Mapping[str, Any]]


def study_of_rows(values: Rows, comparators: Rows, institutions: Rows, clusters: Rows, level: float) -> Study:
    """Return the study of the rows of four seeds: published_value, comparator, institution, institution_cluster.

    Args:
        values: Printed values.
        comparators: Words before them.
        institutions: Names.
        clusters: Memberships; an institution that changed its cluster counts by the first.
        level: Below it a p value is called significant.
    """
    inputs = read_inputs()
    by_institution: dict[str, str] = {}
    for row in clusters:
        by_institution.setdefault(row["institution_key"], str(row["cluster"]))
    return Study(
        published_of_rows(values, comparators),
        by_institution,
        {row["institution_key"]: row["short_name"] for row in institutions},
        inputs["values"],
        inputs["statements"],
        level,
        simulated_rejections(),
    )


def study_of_seeds(project: Path) -> Study:
    """Return the study of the seed files of a project."""
    variables = yaml.safe_load((project / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    seeds = project / "seeds"
    return study_of_rows(
        _rows(seeds / "published" / "published_value.csv"),
        _rows(seeds / "published" / "comparator.csv"),
        _rows(seeds / "institutions" / "institution.csv"),
        _rows(seeds / "institutions" / "institution_cluster.csv"),
        float(variables["significance_level"]),
    )


def simulated_rejections() -> dict[tuple[str, str, float, str], float]:
    """Return the rates of docs/cluster_inference.md, by design, term, share between institutions, and method."""
    text = files("staff_mobility.statistics").joinpath("cluster_inference.csv").read_text(encoding="utf-8")
    return {
        (row["design"], row["term"], float(row["icc"]), row["method"]): float(row["rejection_rate"])
        for row in csv.DictReader(text.splitlines())
    }


def _rows(path: Path) -> list[dict[str, str | None]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [{key: value or None for key, value in row.items()} for row in csv.DictReader(file)]
