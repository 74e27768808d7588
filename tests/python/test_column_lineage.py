"""The documentation in a publication: lineage of columns, dbt's page, and nothing of persons or of the machine."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from browser_page import opened
from playwright.sync_api import Browser
from sqlglot.schema import MappingSchema
from warehouse_build import PROJECT, Workplace

from staff_mobility.publish.column_lineage import ColumnName, column_parents, read_lineage
from staff_mobility.publish.docs_page import docs_page, read_manifest
from staff_mobility.publish.place import Publication

RAW = {
    "d": {"raw": {"staff": {"who": "VARCHAR", "fte": "DOUBLE", "day": "DATE"}, "stay": {"who": "VARCHAR"}}}
}
# From a mart back to the file, one column a step, as a person reads it in the models.
CHAINS = {
    "a rate back to the staff statistics": (
        "marts.mart_usage__institution.mobilities_per_100_fte",
        "marts.mart_usage__institution_year.mobilities_per_100_fte",
        "marts.fct_staff_fte.fte",
        "intermediate.int_staff_fte_versioned.fte",
        "intermediate.int_staff_fte_placed.fte",
        "staging.stg_dbh__staff_fte.fte",
        "raw.dbh__staff_fte.fte",
    ),
    "an institution's name back to its seed": (
        "marts.mart_usage__institution.name_nb",
        "marts.dim_institution.name_nb",
        "reference.institution.name_nb",
    ),
    "a coefficient back to the statistics step": (
        "marts.mart_statistics__regression_term.beta_std",
        "statistics.stat_regression_term.beta_std",
    ),
}
# Published columns and the column of a file, or of a seed, in which they must end.
ENDS = {
    "marts.mart_open_data__year.n_participants": "raw.eu_open_data__mobility.participants",
    "marts.mart_programme__progress.n_stays": "raw.mobility_tool__participant_report.start_date",
    "marts.mart_outcomes__institution.person_mean": "raw.mobility_tool__participant_report.outcome__good_practice",
    "marts.mart_strategy__institution.strategy_index": "reference.survey_answer_scale.normed_value",
}


def parents(sql: str) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    found, unread = column_parents(sql, MappingSchema(RAW, dialect="duckdb"))
    return {column: [str(each) for each in each_parents] for column, each_parents in found.items()}, unread


def test_a_column_is_followed_through_ctes_joins_unions_and_stars() -> None:
    found, unread = parents(
        "with staff as (select * from d.raw.staff), stays as (select * from d.raw.stay),"
        " summed as (select staff.who, sum(staff.fte) as total, count(*) as n from staff group by staff.who),"
        " final as (select summed.*, coalesce(summed.who, stays.who) as person, 1 as one,"
        " summed.total / nullif(summed.n, 0) as mean from summed left join stays on summed.who = stays.who)"
        " select * from final union all select who, fte, 2, who, 3, fte from staff"
    )
    assert found == {
        "who": ["raw.staff.who"],
        "total": ["raw.staff.fte"],
        "n": [],
        "person": ["raw.staff.who", "raw.stay.who"],
        "one": [],
        "mean": ["raw.staff.fte"],
    }
    assert unread == ()


def test_a_recursive_part_ends_where_its_beginning_does() -> None:
    found, unread = parents(
        "with recursive staff as (select * from d.raw.staff), steps as (select who, 1 as step from staff"
        " union all select who, step + 1 from steps where step < 3) select * from steps"
    )
    assert found == {"who": ["raw.staff.who"], "step": []}
    assert unread == ()


def test_a_column_that_cannot_be_read_is_named() -> None:
    found, unread = parents("select staff.fte, lost.fte as other from d.raw.staff as staff")
    assert (found["fte"], unread) == (["raw.staff.fte"], ("other",))


def test_a_model_in_python_names_what_it_reads() -> None:
    manifest = {
        "nodes": {
            "model.x.made": {
                **{"resource_type": "model", "language": "python", "schema": "s", "name": "made"},
                **{"database": "d", "depends_on": {"nodes": ["source.x.raw.staff"]}},
            },
            "model.x.shown": {
                **{"resource_type": "model", "language": "sql", "schema": "s", "name": "shown"},
                **{"database": "d", "depends_on": {"nodes": ["model.x.made"]}},
                "compiled_code": "select a * 2 as double_a from d.s.made",
            },
        },
        "sources": {
            "source.x.raw.staff": {
                **{"resource_type": "source", "schema": "raw", "name": "staff", "database": "d"},
                "identifier": "staff",
            }
        },
    }
    types = {
        ("s", "made"): {"a": "DOUBLE"},
        ("s", "shown"): {"double_a": "DOUBLE"},
        ("raw", "staff"): {"fte": "DOUBLE"},
    }
    lineage = read_lineage(manifest, types, ["model.x.shown"])
    assert {name: relation.kind for name, relation in lineage.relations.items()} == {
        "raw.staff": "source", "s.made": "python", "s.shown": "model",
    }  # fmt: skip
    assert lineage.relations["s.made"].reads == ("raw.staff",)
    assert lineage.origins(ColumnName("s", "shown", "double_a")) == (ColumnName("s", "made", "a"),)


@pytest.fixture(scope="module")
def docs(publication: Publication) -> Path:
    """The folder of the published demonstration build."""
    return publication.folder / "docs"


@pytest.fixture(scope="module")
def told(docs: Path) -> dict[str, Any]:
    """What the file for programs says."""
    content: dict[str, Any] = json.loads((docs / "column_lineage.json").read_text(encoding="utf-8"))
    return content


def direct(told: Mapping[str, Any], column: str) -> list[str]:
    relation, _, name = column.rpartition(".")
    found: list[str] = told["relations"][relation]["columns"][name]
    return found


@pytest.mark.parametrize("chain", CHAINS)
def test_a_number_leads_back_to_its_file(chain: str, told: dict[str, Any]) -> None:
    first, *others = CHAINS[chain]
    for column, parent in zip((first, *others), others, strict=False):
        assert parent in direct(told, column)
    assert others[-1] in told["origins"][first]
    assert direct(told, others[-1]) == []


@pytest.mark.parametrize("column", ENDS)
def test_a_published_column_ends_in_its_file(column: str, told: dict[str, Any]) -> None:
    assert ENDS[column] in told["origins"][column]


def test_the_lineage_is_of_all_published_columns_and_names_columns_that_there_are(
    told: dict[str, Any], publication: Publication, built_warehouse: Path
) -> None:
    with duckdb.connect(str(built_warehouse), read_only=True) as con:
        there = {
            f"{schema}.{table}.{column}"
            for schema, table, column in con.execute(
                "select schema_name, table_name, column_name from duckdb_columns() where not internal"
            ).fetchall()
        }
    published = {
        f"{mart['schema']}.{mart['name']}.{column}"
        for mart in publication.manifest["marts"]
        for column in mart["columns"]
    }
    assert set(told["origins"]) == published
    named = {column for column in published if told["origins"][column]}
    # The others are constants, or counts of rows.
    assert len(named) > 0.9 * len(published)
    for name, relation in told["relations"].items():
        assert "unread" not in relation, name
        for column, found in relation["columns"].items():
            assert {f"{name}.{column}", *found} <= there
        assert set(relation.get("reads", ())) <= set(told["relations"])


def test_links_of_the_page_lead_somewhere(docs: Path, publication: Publication, told: dict[str, Any]) -> None:
    page = (docs / "column_lineage.html").read_text(encoding="utf-8")
    anchors = re.findall(r' id="([^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    links = set(re.findall(r'href="#([^"!]+)"', page))
    assert links <= set(anchors)
    assert set(told["origins"]) <= set(anchors)
    assert publication.id in page
    nodes = set(re.findall(r'href="index.html#!/\w+/([^"]+)"', page))
    assert nodes == {relation["node"] for relation in told["relations"].values()}
    assert not re.search(r"<script|https?://", page)


def test_the_pages_are_among_the_files_of_the_manifest(publication: Publication, docs: Path) -> None:
    names = {f"docs/{name}" for name in ("index.html", "column_lineage.html", "column_lineage.json")}
    assert {name for name in publication.manifest["files"] if name.startswith("docs/")} == names
    assert {f"docs/{path.name}" for path in docs.iterdir()} == names
    assert publication.damage() == []


def test_the_pages_hold_nothing_of_persons_and_of_the_machine(docs: Path, demo_workplace: Workplace) -> None:
    whole = "".join(path.read_text(encoding="utf-8") for path in docs.iterdir())
    words = set(re.findall(r"[\w.@+/-]+", whole))
    with duckdb.connect(str(demo_workplace.warehouse), read_only=True) as con:
        secret = {
            str(row[0])
            for row in con.execute(
                "select person_key from marts.fct_mobility union select report_key from marts.fct_mobility"
                " union select file_name from raw.extract"
            ).fetchall()
        }
    assert len(secret) > 1000
    assert words & secret == set()
    for place in (PROJECT, demo_workplace.folder, Path.home()):
        assert f"{place}/" not in whole


def test_dbts_page_shows_models_and_leads_to_the_lineage(browser: Browser, docs: Path) -> None:
    fragment = "#!/model/model.staff_mobility.mart_usage__institution"
    for found in opened(browser, docs / "index.html", fragment):
        page = found.page
        page.get_by_text("Mean of the yearly rates", exact=False).first.wait_for()
        shown = page.locator("body").inner_text()
        assert {"mobilities_per_100_fte", "DOUBLE"} <= set(shown.split())
        assert "dim_institution" in shown
        page.evaluate("location.hash = '#!/overview'")
        page.get_by_role("link", name="column lineage").click()
        page.wait_for_url("**/column_lineage.html")
        assert page.locator("h1").inner_text() == "Column lineage"
        # dbt's own page asks for fonts, and for pictures in a way that browsers refuse to files.
        known = ("Unsafe attempt to load URL file:", "failed ", "Failed to load resource")
        assert [each for each in found.complaints if not each.startswith(known)] == []


@pytest.fixture
def parsed(demo_workplace: Workplace, tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """dbt's folder after a command that compiled nothing, such as `dbt parse`."""
    manifest = json.loads(demo_workplace.manifest.read_text(encoding="utf-8"))
    for node in manifest["nodes"].values():
        node.pop("compiled_code", None)
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    shutil.copytree(demo_workplace.manifest.parent / "compiled", tmp_path / "compiled")
    yield tmp_path / "manifest.json", tmp_path


def test_the_sql_is_found_after_a_command_that_compiles_nothing(
    parsed: tuple[Path, Path], demo_workplace: Workplace
) -> None:
    built = json.loads(demo_workplace.manifest.read_text(encoding="utf-8"))["nodes"]
    read = read_manifest(*parsed)["nodes"]
    models = {name for name, node in built.items() if node["resource_type"] == "model"}
    same = {
        name
        for name in models
        if read[name].get("compiled_code", "").strip() == built[name]["compiled_code"].strip()
    }
    # Python models are compiled with more around them; their code is not read.
    assert {name for name in models if built[name]["language"] == "sql"} <= same


def test_a_text_cannot_end_the_pages_script() -> None:
    manifest = {
        "nodes": {"model.x.a": {"resource_type": "model", "description": "</script><script>alert(1)"}}
    }
    page = docs_page(manifest, {}, "")
    assert "<\\/script><script>alert(1)" in page
    assert "</script><script>alert(1)" not in page
