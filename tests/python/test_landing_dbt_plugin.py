"""The plugin: what dbt's connection finds after it was opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from dbt_common.exceptions import DbtRuntimeError
from landing_desk import ANNA, BO, Desk, stays

from staff_mobility.landing import dbt_plugin


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A project whose dbt runs `build`."""
    (tmp_path / "dbt_project.yml").write_text("name: x\n")
    monkeypatch.setenv("STAFF_MOBILITY_PROJECT", str(tmp_path))
    monkeypatch.setenv("STAFF_MOBILITY_EXTRACTS", "drop")
    monkeypatch.delenv("STAFF_MOBILITY_KEY", raising=False)
    monkeypatch.setattr(dbt_plugin, "_command", lambda: "build")
    desk = Desk(tmp_path)
    yield desk
    desk.con.close()


def open_as_dbt(con: duckdb.DuckDBPyConnection) -> None:
    dbt_plugin.Plugin(name="landing", plugin_config={}).configure_connection(con)


def test_new_files_land_and_the_key_is_beside_dbts_own_warehouse(desk: Desk) -> None:
    (desk.drop / "stays_2020-07-01.csv").write_bytes(stays())
    open_as_dbt(desk.con)
    assert desk.rows("select count(*) from raw.tool__stay") == [(2,)]
    assert (desk.place / "w.key").is_file()
    before = desk.dump()
    open_as_dbt(desk.con)
    assert desk.dump() == before


def test_a_refused_file_stops_dbt_with_the_full_message(desk: Desk) -> None:
    (desk.drop / "a_2020-07-01.csv").write_bytes(stays(ANNA.replace(";5;", ";x;")))
    (desk.drop / "b.csv").write_bytes(stays(BO))
    with pytest.raises(DbtRuntimeError) as told:
        open_as_dbt(desk.con)
    message = str(told.value)
    assert "Nothing was built, because 2 file(s) were refused:\n" in message
    assert "  a_2020-07-01.csv, line 3, column 'Days': 'x' is not a whole number such as 12." in message
    assert "  b.csv: the file's name holds no date" in message


@pytest.mark.parametrize("drop", ["drop", "no_such_folder"])
def test_an_empty_or_missing_folder_is_no_error(
    desk: Desk, drop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAFF_MOBILITY_EXTRACTS", drop)
    open_as_dbt(desk.con)
    assert desk.rows("select * from raw.extract") == []
    assert not (desk.place / "w.key").exists()


def test_it_keeps_still_when_switched_off_and_for_commands_that_only_look(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.drop / "stays_2020-07-01.csv").write_bytes(stays())
    monkeypatch.setattr(dbt_plugin, "_command", lambda: "test")
    open_as_dbt(desk.con)
    monkeypatch.setattr(dbt_plugin, "_command", lambda: "build")
    monkeypatch.setenv("STAFF_MOBILITY_LANDING", "off")
    open_as_dbt(desk.con)
    assert desk.dump() == {}


def test_a_wrong_setting_stops_dbt(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAFF_MOBILITY_KEY", "short")
    (desk.drop / "stays_2020-07-01.csv").write_bytes(stays())
    with pytest.raises(DbtRuntimeError, match="at least 16 are needed"):
        open_as_dbt(desk.con)
