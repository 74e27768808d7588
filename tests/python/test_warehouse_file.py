"""Opening the warehouse: who holds it, what a killed process left, and whether its marts are whole."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from dbt_common.exceptions import DbtRuntimeError
from warehouse_build import Workplace

from staff_mobility.build_state import why_not_whole
from staff_mobility.full_disk import full_disk_explained
from staff_mobility.landing.dbt_plugin import Plugin
from staff_mobility.lock_holder import holder_told_by
from staff_mobility.settings import StepError, load_pseudonym_key, load_settings
from staff_mobility.warehouse_file import (
    WAIT_ENV,
    Patience,
    WarehouseInUseError,
    connect,
    remove_spilled,
    wait_from_environment,
)

HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"


@contextmanager
def held(warehouse: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the warehouse open for the length of the block."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(warehouse)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        try:
            yield holder
        finally:
            holder.kill()


def test_it_waits_for_a_holder_and_goes_on_when_that_is_killed(tmp_path: Path) -> None:
    said: list[str] = []
    with held(tmp_path / "w.duckdb") as holder:

        def say(text: str) -> None:
            said.append(text)
            threading.Timer(0.3, holder.send_signal, [signal.SIGKILL]).start()

        connect(tmp_path / "w.duckdb", Patience(30, say)).close()
    (only,) = said
    assert f"w.duckdb is in use by process {holder.pid} (" in only
    assert ", running since 2" in only
    assert only.endswith("). Waiting up to 30 seconds for it.")


def test_it_gives_up_when_its_patience_has_run_out(tmp_path: Path) -> None:
    said: list[str] = []
    with (
        held(tmp_path / "w.duckdb") as holder,
        pytest.raises(WarehouseInUseError, match=f"in use by process {holder.pid}"),
    ):
        connect(tmp_path / "w.duckdb", Patience(0.5, said.append), read_only=True)
    assert len(said) == 1


def test_dbt_says_who_holds_the_warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WAIT_ENV, "0")
    plugin = Plugin(name="landing", plugin_config={})
    with (
        held(tmp_path / "w.duckdb") as holder,
        pytest.raises(DbtRuntimeError, match=f"w.duckdb is in use by process {holder.pid} "),
    ):
        plugin.update_connection_config(SimpleNamespace(path=str(tmp_path / "w.duckdb")), {})
    plugin.update_connection_config(SimpleNamespace(path=":memory:"), {})


def test_arguments_that_may_hold_data_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    error = duckdb.IOException(f"Could not set lock on file: Conflicting lock is held (PID {os.getpid()})")
    words = ["/usr/bin/duckdb", "w.duckdb", "-c", "select 'Anna'", "anna@uni.example"]
    monkeypatch.setattr(Path, "read_bytes", lambda _: "\0".join([*words, ""]).encode())
    shown = str(holder_told_by(error))
    assert f"process {os.getpid()} (duckdb w.duckdb -c …, running since " in shown
    assert holder_told_by(duckdb.IOException("Cannot open file 'lock'")) is None
    gone = duckdb.IOException("Could not set lock on file: Conflicting lock is held (PID 99999999)")
    monkeypatch.undo()
    assert str(holder_told_by(gone)) == "process 99999999"


def test_the_wait_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WAIT_ENV, raising=False)
    assert wait_from_environment() == 60
    monkeypatch.setenv(WAIT_ENV, "2.5")
    assert wait_from_environment() == 2.5
    monkeypatch.setenv(WAIT_ENV, "long")
    with pytest.raises(StepError, match="STAFF_MOBILITY_WAIT is 'long'"):
        wait_from_environment()


@pytest.mark.parametrize("size", [0, 4096, 8192])
def test_a_file_that_was_cut_off_while_it_was_made_is_made_again(tmp_path: Path, size: int) -> None:
    warehouse = tmp_path / "w.duckdb"
    duckdb.connect(str(warehouse)).close()
    warehouse.write_bytes(warehouse.read_bytes()[:size])
    with connect(warehouse) as con:
        con.execute("create table kept as select 1")
    with connect(warehouse, read_only=True) as con:
        assert con.execute("from kept").fetchall() == [(1,)]


def test_a_file_that_is_no_warehouse_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("These are my notes, and nobody's database.")
    with pytest.raises(duckdb.IOException, match="not a valid DuckDB database file"):
        connect(tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text().startswith("These are my notes")


def test_what_a_killed_process_had_spilled_is_removed(tmp_path: Path) -> None:
    spilled = tmp_path / "w.duckdb.tmp"
    remove_spilled(tmp_path / "w.duckdb")
    spilled.mkdir()
    (spilled / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"x" * 1000)
    (spilled / "mine.txt").write_text("mine")
    remove_spilled(tmp_path / "w.duckdb")
    assert [file.name for file in spilled.iterdir()] == ["mine.txt"]
    (spilled / "mine.txt").unlink()
    remove_spilled(tmp_path / "w.duckdb")
    assert not spilled.exists()


def test_a_full_disk_leaves_no_half_key(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    settings = load_settings({"STAFF_MOBILITY_PROJECT": str(project), "STAFF_MOBILITY_WAREHOUSE": "w.duckdb"})
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(StepError, match=r"The disk is full: .*w\.key could not be written"):
            load_pseudonym_key(settings, {})
    assert not list(project.glob("*key*")) + list(project.glob(".*key*"))
    assert load_pseudonym_key(settings, {}) == load_pseudonym_key(settings, {})
    assert [file.name for file in project.glob("*key*")] == ["w.key"]
    assert not list(project.glob(".*key*"))


def test_only_errors_of_a_full_disk_are_told_as_such(tmp_path: Path) -> None:
    warehouse = tmp_path / "w.duckdb"
    named = f'IO Error: Could not write file "{warehouse}.wal": No space left on device'
    said = full_disk_explained(f"first line\n{named}\n'/last/line'", Path("/elsewhere"))
    assert said is not None
    assert said.startswith(
        f"The disk is full: {warehouse}.wal could not be written (No space left on device; "
    )
    assert f"Make room on the disk of {tmp_path} and run the same command again." in said
    unnamed = full_disk_explained("[Errno 122] Disk quota exceeded", tmp_path)
    assert unnamed is not None
    assert unnamed.startswith(
        f"The disk is full: a file, probably in {tmp_path}, could not be written (Disk quota "
    )
    assert full_disk_explained("IO Error: Permission denied", tmp_path) is None


WHOLE = (True, "{}", "a 1", "2024-01-01 10:00:00", "done")
NOT_WHOLE = "The warehouse has not been built as a whole yet. Run: staff-mobility build"
CASES = [
    ([], NOT_WHOLE),
    ([WHOLE], None),
    ([(False, "{}", "a 1", "2024-01-01 10:00:00", "done")], NOT_WHOLE),
    (
        [(True, "{}", "a 1", "2024-01-01 10:00:00", None)],
        "that started at 2024-01-01 10:00:00 UTC did not end",
    ),
    (
        [(True, "{}", "a 1", "2024-01-01 10:00:00", "failed")],
        "10:00:00 UTC failed, so some marts may be newer",
    ),
    ([WHOLE, (True, "{}", "a 1", "2024-01-02 10:00:00", None)], "2024-01-02 10:00:00 UTC did not end"),
    ([WHOLE, (False, "{}", "a 1", "2024-01-02 10:00:00", "failed")], "2024-01-02 10:00:00 UTC failed"),
    ([WHOLE, (False, "{}", "a 1", "2024-01-02 10:00:00", "done")], None),
    ([WHOLE, (False, "{as_of}", "a 1", "2024-01-02 10:00:00", "done")], "so the marts are of two kinds"),
    ([WHOLE, (False, "{}", "b 2", "2024-01-02 10:00:00", "done")], "so the marts are of two kinds"),
    (
        [(True, "{}", "b 2", "2024-01-01 10:00:00", "done")],
        "Extracts have landed since the marts were built.",
    ),
]


@pytest.mark.parametrize(("builds", "reason"), CASES)
def test_marts_are_whole_if_one_whole_build_of_all_extracts_ended_well(
    builds: list[tuple[object, ...]], reason: str | None
) -> None:
    with duckdb.connect() as con:
        con.execute("create schema quality; create schema raw")
        con.execute("create table raw.extract as select 'a' as extract_id, 1 as landed_at")
        con.execute(
            "create table quality.build_state (is_whole boolean, settings varchar, extracts varchar,"
            " started_at timestamp, outcome varchar, invocation_id varchar default 'x')"
        )
        for build in builds:
            con.execute("insert into quality.build_state values (?, ?, ?, ?, ?, 'x')", list(build))
        said = why_not_whole(con)
    if reason is None:
        assert said is None
    else:
        assert said is not None
        assert reason in said
        assert said.endswith("Run: staff-mobility build")


def test_the_demonstration_build_is_whole(demo_workplace: Workplace) -> None:
    with duckdb.connect(str(demo_workplace.warehouse), read_only=True) as con:
        assert why_not_whole(con) is None
    with duckdb.connect() as con:
        assert why_not_whole(con) == NOT_WHOLE
