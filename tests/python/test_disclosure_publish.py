"""The disclosure control as the verb publish uses it, on a small warehouse."""

from __future__ import annotations

import ctypes
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_warehouse import SmallPlace, make_place, write_warehouse
from typer.testing import CliRunner

from staff_mobility import cli
from staff_mobility.publish.suppression import solver
from staff_mobility.publish.suppression.settings import FILE

COUNTED = "mart_small__first"
SAID = {
    "counts": {
        **{"of": "mart_small__report", "person": "big", "weight": "generation", "by": ["row_name"]},
        "columns": {"amount": {}},
    }
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallPlace:
    """A small project whose first mart counts the rows of its mart for analysts: one person in k0 to k3, six in k4."""
    made = make_place(tmp_path)
    made.set_environment(monkeypatch)
    write_counts(made)
    say(made, COUNTED, SAID)
    return made


def write_counts(place: SmallPlace) -> None:
    with duckdb.connect(str(place.settings.warehouse)) as con:
        con.execute(
            "delete from marts.mart_small__report; insert into marts.mart_small__report"
            " select 'k' || least(n, 4), 1, n, n from range(10) as r(n);"
            f"delete from marts.{COUNTED}; insert into marts.{COUNTED}"
            " select row_name, 1, count(*), any_value(1) from marts.mart_small__report group by row_name"
        )


def say(place: SmallPlace, mart: str, said: Any) -> None:
    manifest = json.loads(place.manifest.read_text(encoding="utf-8"))
    meta = manifest["nodes"][f"model.x.{mart}"]["config"]["meta"]
    meta.pop("disclosure")
    if said is not None:
        meta["disclosure"] = said
    place.manifest.write_text(json.dumps(manifest), encoding="utf-8")


def answer(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(cli.app, [*arguments, "--json"])
    return {**json.loads(result.stdout), "code": result.exit_code}


def amounts(place: SmallPlace) -> dict[str, float | None]:
    with duckdb.connect(str(place.settings.published / "marts.duckdb"), read_only=True) as con:
        return dict(con.execute(f"select row_name, amount from {COUNTED}").fetchall())


def test_small_cells_are_null_and_the_file_says_how_many(place: SmallPlace) -> None:
    told = answer("publish")
    assert told["code"] == 0, told
    assert amounts(place) == {"k0": None, "k1": None, "k2": None, "k3": None, "k4": 6}
    with duckdb.connect(str(place.settings.published / "marts.duckdb"), read_only=True) as con:
        numbers = dict(con.execute("select mart_name, n_hidden_values from publication_mart").fetchall())
        rule = con.execute("select disclosure_control from publication").fetchone()
    assert numbers == {COUNTED: 4, "mart_small__second": 0, "mart_small__third": 0}
    assert rule is not None
    assert rule[0].startswith("cell suppression, version 1: 5 persons at least, dominance (2, 85 %)")


def test_what_is_hidden_is_listed_outside_of_the_publications(place: SmallPlace) -> None:
    told = answer("publish")
    records = place.settings.disclosure_records
    file = records / f"{told['content_id']}_hidden.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "mart,key,column,rule"
    assert lines[1] == f'{COUNTED},"{{""row_name"": ""k0""}}",amount,threshold'
    assert len(lines) == 5
    assert place.settings.published not in records.parents
    assert {path.stat().st_mode & 0o077 for path in records.iterdir()} == {0}


def test_a_mart_that_says_nothing_of_its_cells_is_refused(place: SmallPlace) -> None:
    say(place, "mart_small__second", None)
    told = answer("publish")
    assert told["code"] == 1
    assert "mart_small__second: is marked public and does not say what its cells are." in told["errors"][0]
    assert not (place.settings.published / "marts.duckdb").exists()


def test_a_project_without_rules_is_wrong_use(place: SmallPlace) -> None:
    (place.folder / FILE).unlink()
    assert answer("publish")["code"] == 2


def test_values_that_were_public_are_refused_until_that_is_accepted(place: SmallPlace) -> None:
    rules = (place.folder / FILE).read_text(encoding="utf-8")
    (place.folder / FILE).write_text(
        rules.replace("minimum_persons: 5", "minimum_persons: 2").replace("85", "100")
    )
    say(place, COUNTED, {"none": "not yet known to be counts"})
    assert answer("publish")["code"] == 0
    (place.folder / FILE).write_text(rules, encoding="utf-8")
    say(place, COUNTED, SAID)
    told = answer("publish")
    assert told["code"] == 1
    assert "4 values that must be hidden stand in the current publication" in told["errors"][0]
    (place.folder / FILE).write_text(rules.replace("already_public: refuse", "already_public: accept"))
    assert answer("publish")["code"] == 0
    assert amounts(place) == {"k0": None, "k1": None, "k2": None, "k3": None, "k4": 6}


def test_the_same_marts_are_not_published_twice(place: SmallPlace) -> None:
    first, again = answer("publish"), answer("publish")
    assert (again["is_new"], again["publication"]) == (False, first["publication"])


def test_records_of_removed_publications_are_removed(place: SmallPlace) -> None:
    contents = []
    for generation in range(1, 5):
        write_warehouse(place, generation)
        write_counts(place)
        told = answer("publish", "--keep", "2", "--max-change", "10")
        assert told["code"] == 0, told
        contents.append(told["content_id"])
    kept = {path.name.split("_")[0] for path in place.settings.disclosure_records.iterdir()}
    assert kept == set(contents[-2:])


def test_the_difference_counts_hidden_values_as_changes(place: SmallPlace) -> None:
    """k3 has five persons more in the next extract: its count comes, and the page names it."""
    assert answer("publish")["code"] == 0
    with duckdb.connect(str(place.settings.warehouse)) as con:
        con.execute(
            "insert into marts.mart_small__report select 'k3', 1, n, 100 + n from range(5) as r(n);"
            f"update marts.{COUNTED} set amount = 6 where row_name = 'k3'"
        )
    told = answer("publish", "--dry-run")
    assert told["code"] == 0, told
    assert [mart["changed_values"] for mart in told["difference"]["marts"] if mart["mart"] == COUNTED] == [
        {"amount": 1}
    ]


def test_the_solver_writes_nothing_to_standard_output(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """C code writes past Python, into a buffer of its own that is emptied whenever."""

    def talkative(*_: Any, **__: Any) -> str:
        ctypes.CDLL(None).printf(b"a remark of the solver\n")
        return "solved"

    monkeypatch.setattr(solver, "milp", talkative)
    assert solver.solve() == "solved"
    ctypes.CDLL(None).fflush(None)
    assert capfd.readouterr().out == ""
