"""Plain `dbt build` as a data engineer runs it: what a new, a bad or a missing file does."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import duckdb
import pytest
from exports import EXPORTED_SCHEMAS, export_tables
from warehouse_build import DEMO, ONLY_CORRELATIONS, WHOLE_PLAN, WITHOUT_TESTS, Workplace

OLDER_FORM = "mobility_tool/synthetic_mobility_tool_calls_2014-2016_2018-06-30.csv"
STAFF = "dbh/synthetic_dbh_staff_fte_2019-2022_2023-05-15.csv"


@pytest.fixture
def copied_workplace(demo_workplace: Workplace, tmp_path: Path) -> Workplace:
    """The built demonstration warehouse with a drop folder of its own."""
    place = Workplace(tmp_path, extracts=tmp_path / "extracts")
    shutil.copytree(DEMO, place.extracts)
    demo_workplace.copy_warehouse(tmp_path)
    return place


def count(warehouse: Path, table: str) -> int:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        row = connection.execute(f"select count(*) from {table}").fetchone()
    assert row is not None
    return int(row[0])


def test_build_on_an_empty_warehouse_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "extracts").mkdir()
    place = Workplace(tmp_path, extracts=tmp_path / "extracts")
    run = place.dbt("build")
    assert run.returncode != 0
    assert "No extract has landed in" in run.stdout
    assert f"put extract files into the drop folder '{place.extracts}'" in run.stdout
    assert "staff-mobility land <folder>" in run.stdout


def test_builds_take_up_the_parse_of_the_test_run(demo_workplace: Workplace) -> None:
    logs = "".join(file.read_text(encoding="utf-8") for file in (demo_workplace.folder / "logs").iterdir())
    assert "Partial parsing enabled, no changes found, skipping parsing" in logs
    assert "Unable to do partial parsing" not in logs


def test_rebuilds_with_another_key_give_the_same_bytes(demo_workplace: Workplace, tmp_path: Path) -> None:
    again = Workplace(tmp_path / "again", plan=WHOLE_PLAN)
    again.folder.mkdir()
    # The regressions know persons by number alone; `make rebuilds` compares them too.
    assert again.dbt("build", "--quiet", *WITHOUT_TESTS, *ONLY_CORRELATIONS).returncode == 0
    assert (again.folder / "warehouse.key").read_bytes() != (
        demo_workplace.folder / "warehouse.key"
    ).read_bytes()
    first = export_tables(demo_workplace.warehouse, tmp_path / "first")
    second = export_tables(again.warehouse, tmp_path / "second")
    nodes = json.loads(demo_workplace.manifest.read_text(encoding="utf-8"))["nodes"].values()
    shown = {
        f"{node['schema']}.{node['name']}"
        for node in nodes
        if node["resource_type"] == "model" and node["schema"] in (*EXPORTED_SCHEMAS, "quality")
    }
    assert set(first) == shown
    assert set(first) > set(second) > {"marts.fct_mobility", "report.tab_4_03_strategy_index_and_outcomes"}
    assert second == {name: first[name] for name in second}


def test_a_dropped_file_lands_and_counts_in_a_plain_build(copied_workplace: Workplace) -> None:
    before = count(copied_workplace.warehouse, "marts.fct_mobility")
    source = copied_workplace.extracts / OLDER_FORM
    text = source.read_text(encoding="cp1252")
    first = text.splitlines()[2]
    added = re.sub(r"SYN[0-9A-Fa-f]+", "SYNNEWSTAY1", first, count=1)
    assert added != first
    newer = source.with_name("synthetic_one_more_stay_2023-05-31.csv")
    # Extracts are cumulative: a file with the new stay alone would withdraw the others of its call.
    newer.write_text(text + added + "\n", encoding="cp1252")
    # The fact that is read here, and all that it is made of.
    run = copied_workplace.dbt("build", "--quiet", *WITHOUT_TESTS, "--select", "+fct_mobility")
    assert run.returncode == 0, run.stdout + run.stderr
    assert count(copied_workplace.warehouse, "marts.fct_mobility") == before + 1


def test_a_refused_file_stops_the_build_and_leaves_the_marts(copied_workplace: Workplace) -> None:
    bad = copied_workplace.extracts / STAFF
    bad.with_name("synthetic_dbh_staff_fte_bad_2023-05-20.csv").write_text(
        bad.read_text(encoding="utf-8").replace("Stillingskode", "Stillingkode", 1), encoding="utf-8"
    )
    before = export_tables(copied_workplace.warehouse, copied_workplace.folder / "before")
    run = copied_workplace.dbt("build")
    assert run.returncode != 0
    assert "Nothing was built" in run.stdout
    assert "synthetic_dbh_staff_fte_bad_2023-05-20.csv" in run.stdout
    assert "Stillingskode" in run.stdout
    assert export_tables(copied_workplace.warehouse, copied_workplace.folder / "after") == before


def test_an_unknown_institution_is_named_and_no_mart_is_rebuilt(copied_workplace: Workplace) -> None:
    source = copied_workplace.extracts / STAFF
    unknown = source.with_name("synthetic_dbh_staff_fte_unknown_2023-05-20.csv")
    text = source.read_text(encoding="utf-8")
    header, first = text.splitlines()[:2]
    row = [*first.split(",")]
    row[header.split(",").index("Institusjonskode")] = "9999"
    unknown.write_text("\n".join([header, ",".join(row)]) + "\n", encoding="utf-8")
    before = export_tables(copied_workplace.warehouse, copied_workplace.folder / "before")
    run = copied_workplace.dbt("build", "--exclude-resource-type", "unit_test")
    assert run.returncode != 0
    assert "FAIL: assert_every_institution_is_known" in run.stdout
    assert "dbh_code=9999" in run.stdout
    assert "add the code or spelling to seeds/institutions/institution_identifier.csv" in run.stdout
    after = export_tables(copied_workplace.warehouse, copied_workplace.folder / "after")
    assert after == before


def test_no_personal_data_reaches_the_warehouse_or_the_logs(demo_workplace: Workplace) -> None:
    personal = re.compile(r"[\w.+-]+@[\w.-]+|SYNTHETIC-(?:MT|BM|P)[\w-]+")
    delivered = (DEMO / OLDER_FORM).read_text(encoding="cp1252")
    assert len(set(personal.findall(delivered))) > 1000
    with duckdb.connect(str(demo_workplace.warehouse), read_only=True) as connection:
        columns = connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns "
            "where data_type = 'VARCHAR' and table_schema <> 'information_schema'"
        ).fetchall()
        assert len(columns) > 300
        for schema, table, column in columns:
            texts = connection.execute(f'select distinct "{column}" from {schema}."{table}"').fetchall()
            assert not [text for (text,) in texts if text and personal.search(text)], (table, column)
    logs = "".join(file.read_text(encoding="utf-8") for file in (demo_workplace.folder / "logs").iterdir())
    assert not set(personal.findall(delivered)) & set(personal.findall(logs))
