"""What a killed run leaves beside its work is cleared away, what another run works on is not."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from staff_mobility.gate.result_files import write_atomically
from staff_mobility.leftovers import sweep_leftovers, workplace

HOURS_AGO = time.time() - 2 * 3600


def left(path: Path, *, is_old: bool) -> Path:
    if path.suffix:
        path.write_text("half", encoding="utf-8")
    else:
        path.mkdir()
        (path / "extract.csv").write_text("half", encoding="utf-8")
    if is_old:
        os.utime(path, (HOURS_AGO, HOURS_AGO))
    return path


def test_only_old_leftovers_of_that_name_go(tmp_path: Path) -> None:
    gone = [left(tmp_path / name, is_old=True) for name in (".site-a1", ".site-b2.tmp")]
    stay = [left(tmp_path / ".site-c3", is_old=False), left(tmp_path / "site", is_old=True)]
    sweep_leftovers(tmp_path, ".site-*")
    assert not any(path.exists() for path in gone)
    assert all(path.exists() for path in stay)


def test_a_link_goes_and_what_it_points_to_stays(tmp_path: Path) -> None:
    kept = left(tmp_path / "kept", is_old=True)
    link = tmp_path / ".site-link"
    link.symlink_to(kept)
    os.utime(link, (HOURS_AGO, HOURS_AGO), follow_symlinks=False)
    sweep_leftovers(tmp_path, ".site-*")
    assert not link.is_symlink()
    assert (kept / "extract.csv").is_file()


@pytest.mark.parametrize("own", [".site-of-mine", ".site-unfinished", "site", "staff-mobility-main"])
def test_a_workplace_clears_those_of_killed_runs_and_nobodys_own_folder(tmp_path: Path, own: str) -> None:
    with workplace(tmp_path, "site") as folder:
        name = folder.name
        (folder / "half.html").write_text("half", encoding="utf-8")
    assert not folder.exists()
    killed, mine = left(tmp_path / name, is_old=True), left(tmp_path / own, is_old=True)
    other = left(tmp_path / name.replace(".site", ".other"), is_old=True)
    with workplace(tmp_path, "site") as folder:
        assert folder.is_dir()
        assert not killed.exists()
    assert mine.is_dir()
    assert other.is_dir()


def test_a_missing_folder_is_nothing_to_sweep(tmp_path: Path) -> None:
    sweep_leftovers(tmp_path / "none", "*")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["page.html", "odd[1].json"])
def test_a_file_written_anew_clears_its_own_unfinished_forms(tmp_path: Path, name: str) -> None:
    gone = left(tmp_path / f".{name}.4711.tmp", is_old=True)
    other = left(tmp_path / ".other.html.4711.tmp", is_old=True)
    write_atomically(tmp_path / name, "whole")
    assert (tmp_path / name).read_text(encoding="utf-8") == "whole"
    assert not gone.exists()
    assert other.exists()
