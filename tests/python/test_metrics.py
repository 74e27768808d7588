"""Metrics asked by name give the numbers of the report models, and another number when the warehouse holds another.

MetricFlow starts slowly, so all questions go to one process.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from warehouse_build import BIN, PROJECT, Workplace

# Sums of doubles may differ in the last digits, because their order does.
TOLERANCE = 1e-9
STATE = ["{{ Dimension('institution__sector') }} = 'state'"]

COMPONENTS = ("anchoring", "relative_priority", "leadership_signals", "facilitation", "strategic_use")

Table = dict[tuple[Any, ...], tuple[float | None, ...]]


@dataclass(frozen=True)
class Comparison:
    """Metrics by dimensions, and the query of a report model that gives the same groups and numbers."""

    metrics: tuple[str, ...]
    group_by: tuple[str, ...]
    model: str
    columns: str
    where: tuple[str, ...] = ()

    def request(self) -> dict[str, Any]:
        """The arguments of `mf query`."""
        return {"metrics": self.metrics, "group_by": self.group_by, "where": list(self.where) or None}


COMPARISONS = {
    "fig_2_01": Comparison(
        ("stays",),
        ("metric_time__year", "stay__purpose"),
        "report.fig_2_01_stays_by_year_and_purpose",
        "make_date(year, 1, 1), purpose_key, n_stays",
    ),
    "fig_2_04": Comparison(
        ("stays",),
        ("country__region", "stay__purpose"),
        "report.fig_2_04_regions_by_purpose",
        "region_key, purpose_key, n_stays",
    ),
    "fig_2_06": Comparison(
        ("stays", "mobilities_per_100_fte"),
        ("institution",),
        "report.fig_2_06_rate_by_institution",
        "institution_key, n_stays, mobilities_per_100_fte",
        tuple(STATE),
    ),
    "fig_2_06 from the yearly rates": Comparison(
        ("yearly_mobilities_per_100_fte",),
        ("institution",),
        "report.fig_2_06_rate_by_institution",
        "institution_key, mobilities_per_100_fte",
        tuple(STATE),
    ),
    "fig_2_07": Comparison(
        ("reuse_stays", "reuse_share", "mobilities_per_100_fte"),
        ("institution__short_name",),
        "report.fig_2_07_rate_by_reuse_share",
        "short_name, n_reuse_stays, reuse_share, mobilities_per_100_fte",
        tuple(STATE),
    ),
    "fig_2_08": Comparison(
        ("stays", "mobilities_per_100_fte"),
        ("institution__cluster",),
        "report.fig_2_08_rate_by_cluster",
        "cluster, n_stays, mobilities_per_100_fte",
        tuple(STATE),
    ),
    "staff FTE and rate of each year": Comparison(
        ("staff_fte", "yearly_mobilities_per_100_fte"),
        ("institution", "metric_time__year"),
        "marts.mart_usage__institution_year where staff_fte is not null",
        "institution_key, make_date(year, 1, 1), staff_fte, mobilities_per_100_fte",
    ),
    "staff FTE of the last year": Comparison(
        ("staff_fte",),
        ("institution__sector",),
        "marts.mart_usage__institution_year where year = (select max(year) from marts.dim_period where has_staff_fte) group by 1",
        "sector, sum(staff_fte)",
    ),
    "persons": Comparison(
        ("persons",),
        ("stay__purpose",),
        "marts.fct_mobility group by 1",
        "purpose_key, count(distinct person_key)",
    ),
}
INDICES = ("staff_index", "quality_index", "institution_index", "institutional_change_index")


def index_columns(key: str, value: str) -> str:
    """The rows of one outcome group each, side by side as metrics are."""
    values = (
        f"max({value}) filter (where outcome_group = '{index.removesuffix('_index')}')" for index in INDICES
    )
    return ", ".join((key, *values))


OUTCOMES = {
    "fig_3_08": Comparison(
        ("strategy_index", "strategy_institutions"),
        ("institution__cluster",),
        "report.fig_3_08_strategy_index_by_cluster",
        "cluster, strategy_index, n_institutions",
        tuple(STATE),
    ),
    "strategy components": Comparison(
        tuple(f"strategy_{component}" for component in COMPONENTS),
        ("institution",),
        "marts.mart_strategy__institution",
        ", ".join(("institution_key", *COMPONENTS)),
    ),
    "fig_4_01": Comparison(
        ("motive_answers", "motive_ticks", "motive_share"),
        ("motive", "motive__category"),
        "report.fig_4_01_motives",
        "motive_key, motive_category, n_reports, n_ticked_reports, ticking_share",
    ),
    **{
        f"fig_4_02 {category}": Comparison(
            (f"dominating_motive_share_{category}", "dominating_motive_reports"),
            ("institution",),
            f"report.fig_4_02_dominating_motive_by_institution where motive_category = '{category}'",
            "institution_key, motive_category_share, n_institution_reports",
            (*STATE, "{{ Dimension('institution__has_answered_survey') }}"),
        )
        for category in ("personal", "quality", "institution")
    },
    **{
        figure: Comparison(
            INDICES, (group_by,), f"report.{model} group by {key}", index_columns(key, "person_mean"), where
        )
        for figure, group_by, model, key, where in (
            ("fig_4_06", "stay__purpose", "fig_4_06_outcomes_by_purpose", "purpose_key", ()),
            ("fig_4_07", "stay__duration_group", "fig_4_07_outcomes_by_duration", "duration_group", ()),
            ("fig_4_08", "country__region", "fig_4_08_outcomes_by_region", "region_key", ()),
            (
                "fig_4_09",
                "stay__dominating_motive",
                "fig_4_09_outcomes_by_dominating_motive",
                "dominating_motive",
                ("{{ Dimension('stay__dominating_motive') }} is not null",),
            ),
            (
                "fig_4_10",
                "institution__cluster",
                "fig_4_10_outcomes_by_cluster",
                "cluster",
                ("{{ Dimension('institution__cluster') }} is not null",),
            ),
        )
    },
    "outcomes of institutions": Comparison(
        (*INDICES, "staff_index_reports"),
        ("institution",),
        "marts.mart_outcomes__institution group by institution_key",
        index_columns("institution_key", "person_mean")
        + ", max(nullif(n_reports, 0)) filter (where outcome_group = 'staff')",
    ),
}
COMPARISONS |= OUTCOMES
OTHER_REQUESTS: dict[str, dict[str, Any]] = {
    "wrong name": {"metrics": ["mobilities_per_1000_fte"], "group_by": ["institution"]},
    "rate of a period": {
        "metrics": ["mobilities_per_100_fte", "yearly_mobilities_per_100_fte"],
        "group_by": ["institution"],
        "where": STATE,
        "start_time": "2019-01-01",
        "end_time": "2020-12-31",
    },
}


@dataclass(frozen=True)
class MetricsPlace:
    """A warehouse copy and a project of its own: two settings files and dbt's semantic manifest."""

    workplace: Workplace

    @classmethod
    def copied(cls, demo: Workplace, folder: Path) -> MetricsPlace:
        """Copy what a query reads; nothing of the shared workplace is opened or written."""
        project = folder / "project"
        (project / "target").mkdir(parents=True)
        for name in ("dbt_project.yml", "profiles.yml"):
            shutil.copy(PROJECT / name, project)
        shutil.copy(demo.manifest.with_name("semantic_manifest.json"), project / "target")
        demo.copy_warehouse(folder)
        return cls(Workplace(folder, project=project))

    def run(self, *command: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command in the project."""
        environment = {
            **self.workplace.environment(),
            # The command line asks PyPI for a newer version; there is nobody at this address.
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "PYTHONPATH": os.pathsep.join([str(PROJECT / "python"), str(Path(__file__).parent)]),
        }
        return subprocess.run(
            command,
            cwd=self.workplace.project,
            env=environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )

    def answers(self, requests: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """Ask many questions in one process."""
        run = self.run(sys.executable, "-m", "metric_queries", given=json.dumps(requests))
        assert run.returncode == 0, run.stdout + run.stderr
        answers: dict[str, dict[str, Any]] = json.loads(run.stdout)
        return answers


@pytest.fixture(scope="module")
def place(demo_workplace: Workplace, tmp_path_factory: pytest.TempPathFactory) -> MetricsPlace:
    return MetricsPlace.copied(demo_workplace, tmp_path_factory.mktemp("metrics"))


@pytest.fixture(scope="module")
def saved_queries(demo_workplace: Workplace) -> tuple[str, ...]:
    manifest = json.loads(demo_workplace.manifest.read_text(encoding="utf-8"))
    return tuple(query["name"] for query in manifest["saved_queries"].values())


@pytest.fixture(scope="module")
def answers(place: MetricsPlace, saved_queries: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    return place.answers(
        {name: comparison.request() for name, comparison in COMPARISONS.items()}
        | {name: {"saved_query": name} for name in saved_queries}
        | OTHER_REQUESTS
    )


def expected(warehouse: Path, comparison: Comparison) -> Table:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(f"select {comparison.columns} from {comparison.model}").fetchall()
    return keyed(rows, len(comparison.group_by))


def keyed(rows: Any, n_keys: int) -> Table:
    """Numbers by group; groups without any number are none."""
    return {
        tuple(str(cell) for cell in row[:n_keys]): tuple(
            None if cell is None else float(cell) for cell in row[n_keys:]
        )
        for row in rows
        if any(cell is not None for cell in row[n_keys:])
    }


def differences(found: Table, wanted: Table) -> list[str]:
    """The groups that one side lacks or that have another number."""
    return [
        f"{key}: {found.get(key)} instead of {wanted.get(key)}"
        for key in sorted(found.keys() | wanted.keys())
        if found.get(key, ()) != pytest.approx(wanted.get(key, ()), abs=TOLERANCE, rel=TOLERANCE)
    ]


def found(answer: dict[str, Any], comparison: Comparison) -> Table:
    assert "error" not in answer, answer["error"]
    # MetricFlow has an order of its own.
    places = [answer["columns"].index(name) for name in (*comparison.group_by, *comparison.metrics)]
    rows = [[row[place] for place in places] for row in answer["rows"]]
    return keyed(rows, len(comparison.group_by))


@pytest.mark.parametrize("name", COMPARISONS)
def test_metric_gives_the_numbers_of_its_figure(
    name: str, answers: dict[str, dict[str, Any]], built_warehouse: Path
) -> None:
    comparison = COMPARISONS[name]
    wanted = expected(built_warehouse, comparison)
    assert wanted
    assert differences(found(answers[name], comparison), wanted) == []


def test_changed_values_are_seen(demo_workplace: Workplace, tmp_path: Path, built_warehouse: Path) -> None:
    """The comparison can fail: one more stay and one other rate give other numbers in the figures that show them."""
    changed = MetricsPlace.copied(demo_workplace, tmp_path)
    with duckdb.connect(str(changed.workplace.warehouse)) as connection:
        connection.execute(
            """
            update marts.fct_mobility set n_participants = 2
            where report_key = (
                select min(report_key) from marts.fct_mobility
                inner join report.fig_2_06_rate_by_institution using (institution_key)
            )
            """
        )
        connection.execute(
            """
            update marts.mart_usage__institution set mobilities_per_100_fte = mobilities_per_100_fte + 1e-8
            where institution_key = (select min(institution_key) from report.fig_2_06_rate_by_institution)
            """
        )
    asked = {name: COMPARISONS[name] for name in ("fig_2_01", "fig_2_06", "fig_2_08")}
    answers = changed.answers({name: comparison.request() for name, comparison in asked.items()})
    for name, comparison in asked.items():
        assert differences(found(answers[name], comparison), expected(built_warehouse, comparison)), name


def test_wrong_name_is_refused_with_the_names_that_are_near(answers: dict[str, dict[str, Any]]) -> None:
    error = answers["wrong name"]["error"]
    assert "mobilities_per_1000_fte" in error
    assert "'mobilities_per_100_fte'" in error


def test_rate_over_all_years_is_empty_for_a_period(answers: dict[str, dict[str, Any]]) -> None:
    rows = answers["rate of a period"]["rows"]
    assert len(rows) > 1
    assert all(over_all_years is None and of_period is not None for _, over_all_years, of_period in rows)


def test_saved_queries_run(answers: dict[str, dict[str, Any]], saved_queries: tuple[str, ...]) -> None:
    assert saved_queries
    for name in saved_queries:
        assert answers[name].get("rows"), answers[name]


def test_command_line_answers_alike_and_changes_nothing(
    place: MetricsPlace, answers: dict[str, dict[str, Any]]
) -> None:
    warehouse = place.workplace.warehouse
    before = warehouse.read_bytes()
    run = place.run(str(BIN / "mf"), "query", "--saved-query", "use_by_institution", "--csv", "answer.csv")
    assert run.returncode == 0, run.stdout + run.stderr
    with (place.workplace.project / "answer.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    answer = answers["use_by_institution"]
    assert header == answer["columns"]
    assert differences(keyed(rows, 2), keyed(answer["rows"], 2)) == []
    assert warehouse.read_bytes() == before


def test_page_on_metrics_names_every_metric_and_saved_query(dbt_manifest: Path) -> None:
    manifest = json.loads(dbt_manifest.read_text(encoding="utf-8"))
    page = (PROJECT / "docs" / "metrics.md").read_text(encoding="utf-8")
    # "`staff_index_sum` and so on", "`_quality`": the page shortens names that differ by one word.
    named = set(re.findall(r"`(\w+)`", page))
    for metric in manifest["metrics"].values():
        name = metric["name"]
        stem = re.sub(r"^(quality|institution|institutional_change)_index_", "staff_index_", name)
        stem = re.sub(r"_(quality|institution)$", "_personal", stem)
        assert stem in named, name
    assert {query["name"] for query in manifest["saved_queries"].values()} <= named


def test_report_depends_on_every_report_model(dbt_manifest: Path) -> None:
    manifest = json.loads(dbt_manifest.read_text(encoding="utf-8"))
    shown = {key for key, node in manifest["nodes"].items() if node["schema"] == "report"}
    listed = set(manifest["exposures"]["exposure.staff_mobility.report_site"]["depends_on"]["nodes"])
    assert listed == shown, "add the missing models to report_site in models/exposures.yml"


def test_every_metric_says_what_it_is_and_how_it_is_made(dbt_manifest: Path) -> None:
    manifest = json.loads(dbt_manifest.read_text(encoding="utf-8"))
    for metric in manifest["metrics"].values():
        assert metric["label"] and metric["description"], metric["name"]
        assert metric["config"]["meta"]["methodology"], metric["name"]
        assert metric["config"]["meta"]["model"] in {node["name"] for node in manifest["nodes"].values()}
    for exposure in manifest["exposures"].values():
        assert exposure["depends_on"]["nodes"], exposure["name"]
        assert exposure["config"]["meta"]["methodology"], exposure["name"]
