"""A landing or build that is killed, interrupted, or met by a full disk or a second one.

`make kills` tries many more moments.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from parsed_project import hand_on
from warehouse_build import BIN, DEMO, Workplace
from warehouse_left import look

from staff_mobility.landing.drop_folder import drop_files
from staff_mobility.warehouse_file import connect

sys.path.insert(0, str(Path(__file__).parents[1] / "campaigns"))

from kills import COMMANDS, Campaign  # noqa: E402

FEW = (
    "dbh/synthetic_dbh_institution_2023-05-15.json",
    "dbh/synthetic_dbh_staff_fte_2014-2018_2023-05-15.json",
    "mobility_tool/synthetic_mobility_tool_calls_2014-2016_2018-06-30.csv",
)
LIMITED = (
    "import resource, sys; from staff_mobility.cli import main\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2); del sys.argv[1]; main()"
)


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A drop folder with three of the demonstration extracts."""
    for name in FEW:
        (tmp_path / "few" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(DEMO / name, tmp_path / "few" / name)
    return tmp_path / "few"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of one megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or resize(disk, "1m", "-t", "tmpfs", "tmpfs").returncode != 0:
        pytest.skip("only root can mount a disk, and not in every container")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def resize(disk: Path, size: str, *how: str) -> subprocess.CompletedProcess[bytes]:
    options = f"size={size}" if how else f"remount,size={size}"
    return subprocess.run(["mount", *how, "-o", options, disk], capture_output=True, check=False)


def start(place: Workplace, *arguments: str) -> subprocess.Popen[str]:
    """Start the project's command in a process group of its own."""
    return subprocess.Popen(
        [BIN / "staff-mobility", *arguments],
        cwd=place.project,
        env=place.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def copy_of(built: Workplace, folder: Path) -> Workplace:
    """The built demonstration warehouse in another folder."""
    place = Workplace(folder)
    shutil.copy(built.warehouse, place.warehouse)
    return place


def test_killed_landings_heal(tmp_path: Path, few: Path) -> None:
    campaign, chance = Campaign(tmp_path, few), random.Random(2)
    command = next(command for command in COMMANDS if "small checkpoints" in command.name)
    for _ in range(3):
        state, problems = campaign.trial(command, chance)
        assert not problems, state


def test_after_a_killed_build_no_report_is_written(demo_workplace: Workplace, tmp_path: Path) -> None:
    place = copy_of(demo_workplace, tmp_path)
    hand_on(place)
    build = start(place, "build", "--select", "dim_institution")
    assert build.stdout is not None
    next(line for line in build.stdout if "START sql table model" in line)
    os.killpg(build.pid, signal.SIGKILL)
    build.communicate()
    left = look(place.warehouse, tmp_path / "look")
    assert (left.problems, left.outcome, left.is_whole) == ((), "unfinished", False)
    manifest = place.project / "target" / "manifest.json"
    if not manifest.is_file():
        manifest.parent.mkdir(exist_ok=True)
        shutil.copy(demo_workplace.manifest, manifest)
    report = place.staff_mobility("report")
    assert report.returncode == 3
    assert report.stderr.startswith("No report was written. The build that started at ")
    assert report.stderr.endswith(
        " UTC did not end, so some marts may be newer than others. Run: staff-mobility build\n"
    )


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_landing_leaves_whole_extracts(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    place = Workplace(tmp_path)
    landing = start(place, "land")
    wal = tmp_path / "warehouse.duckdb.wal"
    while not (wal.is_file() and wal.stat().st_size > 100_000):
        assert landing.poll() is None
        time.sleep(0.001)
    landing.send_signal(number)
    _, said = landing.communicate()
    assert landing.returncode == code
    assert said.endswith(
        f"Interrupted ({number.name}). The warehouse holds what was complete before; the same command goes on"
        " from there.\n"
    )
    left = look(place.warehouse, tmp_path / "look")
    assert left.problems == ()
    assert 0 < left.n_extracts < 11


def test_an_interrupted_build_takes_dbt_with_it(demo_workplace: Workplace, tmp_path: Path) -> None:
    place = copy_of(demo_workplace, tmp_path)
    build = start(place, "build")
    assert build.stdout is not None
    next(line for line in build.stdout if "Running with dbt" in line)
    # To the command alone, as a scheduler does; dbt is its child.
    build.send_signal(signal.SIGTERM)
    assert build.wait(30) == 143
    wait_for_the_end_of_all(build.pid)
    _, said = build.communicate()
    assert "Interrupted (SIGTERM). The warehouse holds what was complete before" in said
    connect(place.warehouse).close()


def wait_for_the_end_of_all(group: int, seconds: float = 5) -> None:
    """Wait until a process group is empty: Python's own helper processes end a moment after their parent."""
    deadline = time.monotonic() + seconds
    with pytest.raises(ProcessLookupError):
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.05)


def test_of_two_landings_at_once_the_second_waits_and_nothing_is_doubled(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    landings = [start(place, "land") for _ in range(2)]
    said = [landing.communicate() for landing in landings]
    assert [landing.returncode for landing in landings] == [0, 0]
    n_files = sum(1 for _ in drop_files(DEMO))
    counts = sorted(line for output, _ in said for line in output.splitlines() if line[0].isdigit())
    assert counts == [f"{n_files} already landed", f"{n_files} landed"]
    waiting = [errors for _, errors in said if "is in use by process" in errors]
    assert len(waiting) == 1
    assert any(f"process {landing.pid} (" in waiting[0] for landing in landings)
    assert "staff-mobility land, running since " in waiting[0]
    assert look(place.warehouse, tmp_path / "look").problems == ()


def test_a_landing_that_does_not_fit_leaves_what_was_there(tmp_path: Path, few: Path) -> None:
    """With a limit of file size in place of a full disk, because that needs no rights."""
    place = Workplace(tmp_path, extracts=few)
    assert place.staff_mobility("land", str(few / "dbh")).returncode == 0
    before = look(place.warehouse, tmp_path / "look")
    # Less than the write-ahead log of the file that is still to land.
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, "100000", "land"],
        env=place.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 3
    assert "The disk is full: " in run.stderr
    assert str(tmp_path) in run.stderr
    assert "(File too large; " in run.stderr
    assert look(place.warehouse, tmp_path / "look") == before


def test_a_landing_on_a_full_disk_leaves_what_was_there(small_disk: Path, few: Path, tmp_path: Path) -> None:
    place = Workplace(small_disk, extracts=few)
    resize(small_disk, "64k")
    (small_disk / "filling").write_bytes(b"x" * 65536)
    nothing = place.staff_mobility("land")
    assert (nothing.returncode, nothing.stdout) == (3, "")
    assert nothing.stderr.startswith(
        f"The disk is full: {place.warehouse} could not be written (No space left "
    )
    (small_disk / "filling").unlink()
    resize(small_disk, "8m")
    assert place.staff_mobility("land", str(few / "dbh")).returncode == 0
    before = look(place.warehouse, tmp_path / "look")
    resize(small_disk, str(shutil.disk_usage(small_disk).used + 4096 * 8))
    run = place.staff_mobility("land")
    assert run.returncode == 3
    # Which file meets the end of the disk first, the warehouse or one of the gate's, is chance.
    assert run.stderr.splitlines()[-1].startswith("The disk is full: ")
    assert f"Make room on the disk of {small_disk} and run the same command again." in run.stderr
    assert look(place.warehouse, tmp_path / "look") == before
    resize(small_disk, "64m")
    assert "\n1 landed, 2 already landed\n" in place.staff_mobility("land").stdout


def test_a_build_on_a_full_disk_says_so_last(small_disk: Path, demo_workplace: Workplace) -> None:
    resize(small_disk, "256m")
    place = copy_of(demo_workplace, small_disk)
    (small_disk / "filling").write_bytes(b"x" * (shutil.disk_usage(small_disk).free - 3_000_000))
    run = place.staff_mobility("build", "--quiet", "--select", "+fct_mobility")
    assert run.returncode == 3
    assert run.stderr.splitlines()[-1].startswith("The disk is full: ")
    assert str(small_disk) in run.stderr.splitlines()[-1]
    (small_disk / "filling").unlink()
    with connect(place.warehouse) as con:
        assert con.execute("select count(*) > 0 from marts.fct_mobility").fetchone() == (True,)
