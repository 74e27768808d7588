"""The demonstration build, published: which marts get out, and that nobody's report does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from disclosure_attacker import Published, attack, hidden_counts, mean_ranges
from warehouse_build import PROJECT, Workplace

# Marts that tell of former builds: two builds of the same extracts would not give the same publication.
INSIDE = {"mart_statistics__estimate_history", "mart_statistics__estimate_difference"}
RATES = {"mobilities_per_100_fte", "variable_value"}
OF_PERSONS = {"person_key", "report_key", "row_key"}


@pytest.fixture(scope="module")
def published(demo_publication: dict[str, Any]) -> dict[str, Any]:
    """What the verb tells of a publication of the demonstration build."""
    return demo_publication


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


def test_the_published_rows_are_those_of_the_build_but_for_hidden_values(
    published: dict[str, Any], demo_workplace: Workplace
) -> None:
    """A value is that of the build, hidden, or a rate with one decimal; as many are hidden as the publication says."""
    with duckdb.connect() as con:
        con.execute(f"attach '{demo_workplace.warehouse}' as working (read_only)")
        con.execute(f"attach '{published['file']}' as published (read_only)")
        manifest = json.loads((Path(published["folder"]) / "manifest.json").read_text(encoding="utf-8"))
        assert len(manifest["marts"]) == len(published["rows"])
        hidden = manifest["disclosure_control"]["values_hidden"]
        told = con.execute(
            "select mart_name, n_hidden_values from published.main.publication_mart"
        ).fetchall()
        assert {name: number for name, number in told if number} == hidden
        assert {"mart_usage__institution_year", "mart_outcomes__institution"} <= hidden.keys()
        for mart in manifest["marts"]:
            working, copy = f"working.{mart['schema']}.{mart['name']}", f"published.main.{mart['name']}"
            if mart["name"] not in hidden:
                for one, other in ((working, copy), (copy, working)):
                    rows = con.execute(
                        f"select count(*) from (from {one} except all from {other})"
                    ).fetchone()
                    assert rows == (0,), mart["name"]
                continue
            on = " and ".join(f'w."{key}" is not distinct from c."{key}"' for key in mart["grain"])
            n_rows, n_hidden = 0, 0
            for column in mart["columns"]:
                same = f'(c."{column}" is not distinct from w."{column}"'
                if column in RATES:
                    same += f' or c."{column}" = round(w."{column}", 1)'
                rows = con.execute(
                    "select count(*),"
                    f' count(*) filter (c."{column}" is null and w."{column}" is not null),'
                    f' count(*) filter (c."{column}" is not null and not {same}))'
                    f" from {working} as w inner join {copy} as c on {on}"
                ).fetchone()
                assert rows is not None
                n_rows, n_hidden = rows[0], n_hidden + rows[1]
                assert rows[2] == 0, f"{mart['name']}.{column}"
            assert (n_rows, n_hidden) == (mart["rows"], hidden[mart["name"]]), mart["name"]


def test_no_small_cell_is_shown(published: dict[str, Any]) -> None:
    with duckdb.connect(published["file"], read_only=True) as con:
        small = con.execute(
            "select count(*) from mart_usage__institution_year where least(nullif(n_stays, 0), nullif(n_reuse_stays, 0),"
            " nullif(n_teaching_stays, 0), nullif(n_training_stays, 0), nullif(n_combined_stays, 0)) < 5"
        ).fetchone()
        means = con.execute(
            "select count(*) from mart_outcomes__institution where n_reports < 5 and person_mean is not null"
        ).fetchone()
    assert (small, means) == ((0,), (0,))


def test_no_hidden_count_of_the_demonstration_can_be_computed(
    published: dict[str, Any], demo_workplace: Workplace
) -> None:
    """From all marts of stays and the country's totals by year and purpose, which the report's site shows."""
    with duckdb.connect(str(demo_workplace.warehouse), read_only=True) as con:
        national = con.execute(
            "select year, purpose_key, cast(sum(n_participants) as double) as n_stays from marts.fct_mobility group by all"
        ).df()
    shown = Published.read(Path(published["file"]), national)
    hidden = list(hidden_counts(0, shown))
    assert len(hidden) > 100
    assert attack([shown]).recovered(hidden) == {}


def test_no_hidden_mean_of_the_demonstration_is_known_to_half_a_point(
    published: dict[str, Any], demo_workplace: Workplace
) -> None:
    """Not even by somebody who knows how many reports there are of each institution."""
    with duckdb.connect(str(demo_workplace.warehouse), read_only=True) as con:
        counts = con.execute(
            "select institution_key, outcome_group, n_reports from marts.mart_outcomes__institution"
        ).fetchall()
    with duckdb.connect(published["file"], read_only=True) as con:
        outcomes = con.execute("select * from mart_outcomes__institution").df()
    known = {(institution, group): number for institution, group, number in counts}
    ranges = mean_ranges(outcomes, known, 1, 5)
    without = outcomes.loc[outcomes["person_mean"].isna(), ["institution_key", "outcome_group"]]
    assert (
        set(ranges) == {key for key in without.itertuples(index=False, name=None) if known[key] > 0} != set()
    )
    assert min(high - low for low, high in ranges.values()) >= 0.5


def test_what_is_hidden_is_on_the_agencys_side_only(published: dict[str, Any]) -> None:
    folder = Path(published["file"]).parent
    record = folder.with_name(f"{folder.name}_disclosure") / f"{published['content_id']}_hidden.csv"
    hidden = json.loads((Path(published["folder"]) / "manifest.json").read_text())["disclosure_control"][
        "values_hidden"
    ]
    with duckdb.connect() as con:
        listed = con.execute(f"select mart, count(*) from '{record}' group by 1").fetchall()
    assert dict(listed) == hidden
    assert record.stat().st_mode & 0o077 == 0


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
