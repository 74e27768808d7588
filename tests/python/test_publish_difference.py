"""The report of `publish --dry-run`: rows and numbers by hand, on a small warehouse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_warehouse import PUBLIC_MARTS, SmallPlace, make_place, write_manifest
from typer.testing import CliRunner

from staff_mobility import cli

FIRST, SECOND, THIRD = PUBLIC_MARTS


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallPlace:
    """A project with a publication of ten rows in the first mart: row kN has the amount N + 0.5."""
    made = make_place(tmp_path, rows=9)
    made.set_environment(monkeypatch)
    assert CliRunner().invoke(cli.app, ["publish"]).exit_code == 0
    return made


def change(place: SmallPlace, *statements: str) -> None:
    with duckdb.connect(str(place.settings.warehouse)) as con:
        for statement in statements:
            con.execute(statement)


def rehearse() -> dict[str, Any]:
    result = CliRunner().invoke(cli.app, ["publish", "--dry-run", "--json"])
    assert result.exit_code == 0, result.stdout
    return dict(json.loads(result.stdout))


def test_rows_added_removed_and_changed_are_counted(place: SmallPlace) -> None:
    change(
        place,
        f"update marts.{FIRST} set amount = amount + 1 where row_name in ('k1', 'k2')",
        f"update marts.{FIRST} set amount = null where row_name = 'k3'",
        f"delete from marts.{FIRST} where row_name = 'k4'",
        f"insert into marts.{FIRST} values ('new', 1, 0.5, 1), ('newer', 1, null, 1)",
    )
    told = rehearse()["difference"]
    assert told["unchanged_marts"] == [SECOND, THIRD]
    assert told["marts"] == [
        {
            **{"mart": FIRST, "n_before": 10, "n_after": 11},
            **{"n_added": 2, "n_removed": 1, "n_changed": 3, "new_columns": [], "gone_columns": []},
            "changed_values": {"amount": 3},
        }
    ]


def test_the_largest_change_of_a_number_comes_first_in_units_of_its_column(place: SmallPlace) -> None:
    """Amounts 0.5 to 9.5 spread by sqrt(99 / 12) = 2.8723; generation is 1 in all rows, so 2 there is 1 of 1."""
    change(
        place,
        f"update marts.{FIRST} set amount = amount - 1 where row_name = 'k2'",
        f"update marts.{FIRST} set amount = amount + 28.722813 where row_name = 'k5'",
        f"update marts.{FIRST} set generation = 2 where row_name = 'k7'",
    )
    told = rehearse()
    changes = told["difference"]["largest_changes"]
    assert [(each["column"], each["key"]) for each in changes] == [
        ("amount", {"row_name": "k5"}),
        ("generation", {"row_name": "k7"}),
        ("amount", {"row_name": "k2"}),
    ]
    assert [each["size"] for each in changes] == pytest.approx([10.0, 1.0, 0.348155], rel=1e-6)
    assert (changes[0]["before"], changes[0]["after"]) == pytest.approx((5.5, 34.222813))
    page = Path(told["page"]).read_text(encoding="utf-8")
    assert f"| 10.00 | {FIRST} | amount | row_name k5 | 5.5 | 34.2228 |" in page
    assert f"| {FIRST} | 10 | 10 | 0 | 0 | 3 | generation in 1, amount in 2 |" in page
    assert "| ledger_adds_up | yes | 9 rows delivered, 9 accounted for |" in page
    plain = CliRunner().invoke(cli.app, ["publish", "--dry-run"]).stdout
    assert f"     10.00  {FIRST}.amount row_name k5: 5.5 -> 34.2228\n" in plain
    assert f"{FIRST}: 10 -> 10 rows; 0 added, 0 removed, 3 changed; generation in 1, amount in 2\n" in plain
    assert "\n2 of 3 marts do not change.\n" in plain


def test_columns_and_marts_that_come_and_go_are_named(place: SmallPlace) -> None:
    manifest = place.manifest
    change(
        place,
        f"alter table marts.{FIRST} add column fee integer",
        f"alter table marts.{FIRST} drop column big",
    )
    content = json.loads(manifest.read_text())
    columns = content["nodes"][f"model.x.{FIRST}"]["columns"]
    del columns["big"]
    columns["fee"] = {"name": "fee", "description": "A fee."}
    manifest.write_text(json.dumps(content))
    told = rehearse()["difference"]["marts"]
    assert [(each["mart"], each["new_columns"], each["gone_columns"]) for each in told] == [
        (FIRST, ["fee"], ["big"])
    ]
    write_manifest(place, mart_small__report="public", mart_small__third=None)
    change(
        place,
        f"alter table marts.{FIRST} drop column fee",
        f"alter table marts.{FIRST} add column big hugeint",
    )
    result = CliRunner().invoke(cli.app, ["publish", "--dry-run", "--json"])
    assert result.exit_code == 1
    marts = {each["mart"]: each for each in json.loads(result.stdout)["difference"]["marts"]}
    assert (marts["mart_small__report"]["n_before"], marts["mart_small__report"]["n_after"]) == (None, 13)
    assert (marts[THIRD]["n_before"], marts[THIRD]["n_after"]) == (12, None)


def test_another_key_makes_all_rows_new(place: SmallPlace) -> None:
    content = json.loads(place.manifest.read_text())
    content["nodes"][f"model.x.{FIRST}"]["columns"]["row_id"] = {"name": "row_id", "description": "Key."}
    content["nodes"][f"test.x.unique_{FIRST}"]["test_metadata"]["kwargs"]["column_name"] = "row_id"
    place.manifest.write_text(json.dumps(content))
    change(
        place,
        f"alter table marts.{FIRST} add column row_id varchar",
        f"update marts.{FIRST} set row_id = row_name",
    )
    told = rehearse()["difference"]["marts"]
    assert [(each["n_added"], each["n_removed"], each["n_changed"]) for each in told] == [(10, 10, 0)]


def test_nothing_is_written_but_the_page(place: SmallPlace) -> None:
    published = place.settings.published
    before = {path: path.lstat().st_mtime_ns for path in published.rglob("*")}
    change(place, f"update marts.{FIRST} set amount = 7")
    assert rehearse()["difference"]["former"] == (published / "current").readlink().name
    assert {path: path.lstat().st_mtime_ns for path in published.rglob("*")} == before


def test_before_the_first_publication_all_is_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_place(tmp_path / "other")
    made.set_environment(monkeypatch)
    result = CliRunner().invoke(cli.app, ["publish", "--dry-run"])
    assert result.exit_code == 0
    assert result.stdout.startswith("There is no publication yet: all is new.\n")
    assert f"\n{FIRST}: new, 101 rows\n" in result.stdout
    assert not made.settings.published.exists()
