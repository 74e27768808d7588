"""The demonstration build, published: which marts get out, and that nobody's report does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from typer.testing import CliRunner
from warehouse_build import PROJECT, Workplace

from staff_mobility import cli

# Marts that tell of former builds: two builds of the same extracts would not give the same publication.
INSIDE = {"mart_statistics__estimate_history", "mart_statistics__estimate_difference"}
OF_PERSONS = {"person_key", "report_key", "row_key"}


@pytest.fixture(scope="module")
def published(demo_workplace: Workplace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the verb tells of a publication of the demonstration build."""
    folder = tmp_path_factory.mktemp("published")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in demo_workplace.environment().items():
            patch.setenv(name, value)
        patch.setenv("STAFF_MOBILITY_PUBLISHED", str(folder))
        result = CliRunner().invoke(cli.app, ["publish", "--json"])
    assert result.exit_code == 0, result.stdout
    return {**json.loads(result.stdout), "file": str(folder / "marts.duckdb")}


def marks() -> dict[str, str | None]:
    """Audience by mart, as the YAML beside the models has it."""
    found = {}
    for path in (PROJECT / "models" / "marts").rglob("mart_*.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            found[model["name"]] = ((model.get("config") or {}).get("meta") or {}).get("audience")
    return found


def test_every_mart_says_for_whom_it_is(published: dict[str, Any]) -> None:
    marked = marks()
    assert {name for name, audience in marked.items() if audience is None} == INSIDE
    public = {name for name, audience in marked.items() if audience == "public"}
    assert len(public) > 20
    assert public <= set(published["rows"])


def test_the_published_rows_are_those_of_the_build(
    published: dict[str, Any], demo_workplace: Workplace
) -> None:
    with duckdb.connect() as con:
        con.execute(f"attach '{demo_workplace.warehouse}' as working (read_only)")
        con.execute(f"attach '{published['file']}' as published (read_only)")
        manifest = json.loads((Path(published["folder"]) / "manifest.json").read_text(encoding="utf-8"))
        assert len(manifest["marts"]) == len(published["rows"])
        for mart in manifest["marts"]:
            working, copy = f"working.{mart['schema']}.{mart['name']}", f"published.main.{mart['name']}"
            for one, other in ((working, copy), (copy, working)):
                rows = con.execute(f"select count(*) from (from {one} except all from {other})").fetchone()
                assert rows == (0,), mart["name"]


def test_no_report_and_no_person_is_published(published: dict[str, Any], demo_workplace: Workplace) -> None:
    with duckdb.connect() as con:
        con.execute(f"attach '{demo_workplace.warehouse}' as working (read_only)")
        con.execute(f"attach '{published['file']}' as published (read_only)")
        columns = con.execute(
            "select table_name, column_name from duckdb_columns() where database_name = 'published'"
            " and data_type = 'VARCHAR' and table_name not like 'publication%'"
        ).fetchall()
        names = {column for _, column in columns}
        assert names & OF_PERSONS == set()
        assert len(names) > 20
        con.execute(
            "create table secret as select distinct person_key as told from working.marts.fct_mobility"
            " union select distinct report_key from working.marts.fct_mobility"
        )
        for table, column in columns:
            found = con.execute(
                f'select count(*) from published.main.{table} where "{column}" in (select told from secret)'
            ).fetchone()
            assert found == (0,), f"{table}.{column}"


def test_every_column_is_described_in_the_file(published: dict[str, Any]) -> None:
    with duckdb.connect(published["file"], read_only=True) as con:
        bare = con.execute(
            "select table_name, column_name from duckdb_columns() where not internal and comment is null"
        ).fetchall()
        labelled = con.execute(
            "select count(*) from publication_column where label_nb is not null and label_en is not null"
        ).fetchone()
        total = con.execute("select count(*) from publication_column").fetchone()
    assert bare == []
    assert labelled is not None
    assert total is not None
    assert labelled[0] > 0.5 * total[0]


def test_file_names_of_extracts_stay_inside(published: dict[str, Any], demo_workplace: Workplace) -> None:
    with duckdb.connect(str(demo_workplace.warehouse), read_only=True) as con:
        names = [row[0] for row in con.execute("select file_name from raw.extract").fetchall()]
    manifest = (Path(published["folder"]) / "manifest.json").read_text(encoding="utf-8")
    assert len(json.loads(manifest)["extracts"]) == len(names) > 0
    assert not any(name in manifest for name in names)
