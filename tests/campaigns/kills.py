"""Kills landings and builds again and again, at any moment, and sees the next run heal what is left.

A trial starts from a copy of a warehouse, runs a command in a process group of its own and ends all of it
with SIGKILL: after a time drawn from the command's own duration, or at a drawn write to the warehouse, which
puts more kills into landing and into DuckDB's checkpoints. What is left must open, hold whole extracts only,
and not take marts of two builds for whole; the same command, run again to its end, must give the raw tables,
marts and report tables of an undisturbed run. At the end two runs start at once.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

from exports import export_tables  # noqa: E402
from project_copy import copy_project  # noqa: E402
from warehouse_build import BIN, DEMO, WITHOUT_TESTS, Workplace  # noqa: E402
from warehouse_left import Left, look  # noqa: E402

from staff_mobility.warehouse_file import connect  # noqa: E402

LATER = (
    "mobility_tool/synthetic_mobility_tool_calls_2017-2020_2021-03-31.csv",
    "coordinator_survey/synthetic_coordinator_survey_late_2023-05-12.csv",
)
LAND, BUILD = (str(BIN / "staff-mobility"), "land"), (str(BIN / "staff-mobility"), "build")
PART = ("--select", "+fig_2_06_rate_by_institution", *WITHOUT_TESTS, "--exclude-resource-type", "seed")
# With a checkpoint after every 64 KB, most kills meet one.
SMALL_CHECKPOINTS = (
    "import sys, duckdb; from staff_mobility.cli import main; connect = duckdb.connect\n"
    "duckdb.connect = lambda path, **how: connect(path, **how, config={'wal_autocheckpoint': '64KB'})\n"
    "main()"
)
GIVE_UP_SECONDS = 300
# The gate's answers stand beside the warehouse.
GATE = ".gate"
# What the commands of a trial say.
WORDS = "words.txt"


@dataclass(frozen=True)
class Command:
    """What is killed.

    Attributes:
        start: Warehouse from which it starts: `empty`, `built` (all extracts but the later ones, landed and
            built) or `landed` (the same, and the later ones landed since).
        share: How many of a hundred trials it gets.
    """

    name: str
    line: tuple[str, ...]
    start: str
    share: int


COMMANDS = (
    Command("land", LAND, "empty", 24),
    Command("land", LAND, "built", 19),
    Command("land, small checkpoints", (sys.executable, "-c", SMALL_CHECKPOINTS, "land"), "empty", 22),
    Command("build of a part", (*BUILD, "--quiet", *PART), "landed", 22),
    Command("build", (*BUILD, "--quiet"), "landed", 4),
    Command("run", (str(BIN / "staff-mobility"), "run", "--quiet"), "empty", 4),
    Command("dbt build", (str(BIN / "dbt"), "--quiet", "build", *WITHOUT_TESTS), "built", 5),
)


def copy_warehouse(one: Path, other: Path) -> None:
    """Copy a warehouse with the gate's answers beside it."""
    shutil.copy(one, other)
    shutil.copytree(one.with_suffix(GATE), other.with_suffix(GATE))


class Campaign:
    """Warehouses to start from, undisturbed runs to compare with, and the trials."""

    def __init__(self, scratch: Path, extracts: Path = DEMO) -> None:
        self.scratch = scratch
        self.extracts = extracts
        self.project = copy_project(scratch)
        self.durations: dict[Command, float] = {}
        self.n_writes: dict[Command, int] = {}
        self.wanted: dict[Command, tuple[Left, dict[str, str]]] = {}

    def place(self, name: str, extracts: Path | None = None) -> Workplace:
        """Return a folder for a warehouse of its own."""
        place = Workplace(self.scratch / name, extracts or self.extracts, self.project)
        place.folder.mkdir(exist_ok=True)
        return place

    def start(self, command: Command | tuple[str, ...], place: Workplace) -> subprocess.Popen[bytes]:
        """Start a command in a process group of its own. dbt's target folder is shared, as a user's is."""
        environment = place.environment() | {"STAFF_MOBILITY_KEY": "00" * 32}
        del environment["DBT_TARGET_PATH"], environment["DBT_LOG_PATH"]
        with (place.folder / WORDS).open("ab") as words:
            return subprocess.Popen(
                command.line if isinstance(command, Command) else command,
                cwd=place.project,
                env=environment,
                stdout=words,
                stderr=words,
                start_new_session=True,
            )

    def run(self, command: Command | tuple[str, ...], place: Workplace) -> None:
        """Run a command to its end, which must be good."""
        if self.start(command, place).wait(GIVE_UP_SECONDS) != 0:
            raise SystemExit(words(place))

    @cached_property
    def starts(self) -> dict[str, Path]:
        """The warehouses to start from."""
        earlier = self.scratch / "earlier"
        shutil.copytree(self.extracts, earlier)
        for name in LATER:
            (earlier / name).unlink()
        built = self.place("start_built", earlier)
        self.run((str(BIN / "dbt"), "--quiet", "build"), built)
        landed = self.place("start_landed")
        copy_warehouse(built.warehouse, landed.warehouse)
        self.run(LAND, landed)
        return {"built": built.warehouse, "landed": landed.warehouse}

    def prepare(self, command: Command, name: str) -> Workplace:
        """Return a fresh place with the warehouse that a command starts from."""
        shutil.rmtree(self.scratch / name, ignore_errors=True)
        place = self.place(name)
        if command.start != "empty":
            copy_warehouse(self.starts[command.start], place.warehouse)
        return place

    def know(self, command: Command) -> None:
        """Run a command undisturbed once: how long it takes, how often it writes, what it gives."""
        place = self.prepare(command, "undisturbed")
        began = time.monotonic()
        process = self.start(command, place)
        self.n_writes[command] = max(1, sum(1 for _ in writes(process, place.warehouse)))
        self.durations[command] = time.monotonic() - began
        if process.wait() != 0:
            raise SystemExit(words(place))
        self.wanted[command] = (look(place.warehouse, self.scratch / "look"), self.exports(place.folder))

    def exports(self, folder: Path) -> dict[str, str]:
        """Return the hashes of all marts and report tables of the warehouse in a folder."""
        exported = self.scratch / "exports"
        shutil.rmtree(exported, ignore_errors=True)
        return export_tables(Workplace(folder).warehouse, exported)

    def kill(self, command: Command, place: Workplace, chance: random.Random) -> bool:
        """Start a command and kill it; whether it was still running."""
        process = self.start(command, place)
        if chance.random() < 0.5:
            time.sleep(chance.uniform(0, self.durations[command]))
        else:
            wanted, pause = chance.randint(1, self.n_writes[command]), chance.choice((0, 0.0005, 0.003))
            for number, _ in enumerate(writes(process, place.warehouse), start=1):
                if number == wanted:
                    time.sleep(pause)
                    break
        was_running = process.poll() is None
        os.killpg(process.pid, signal.SIGKILL) if was_running else None
        process.wait()
        return was_running

    def trial(self, command: Command, chance: random.Random) -> tuple[str, list[str]]:
        """Kill once and heal; return the state at the kill and what is wrong."""
        if command not in self.wanted:
            self.know(command)
        place = self.prepare(command, "trial")
        was_running = self.kill(command, place, chance)
        left = look(place.warehouse, self.scratch / "look")
        problems = [*left.problems]
        if left.is_whole and self.exports(self.scratch / "look") not in self.whole(command):
            problems.append("marts of two builds are taken for whole")
        process = self.start(command, place)
        if process.wait(GIVE_UP_SECONDS) == 0:
            problems += self.compare(command, place)
        else:
            problems.append(f"the next run ended with {process.returncode}: {words(place)}")
        return self._state(command, was_running, left), problems

    def whole(self, command: Command) -> list[dict[str, str]]:
        """Return the exports of the whole builds before and after a command."""
        before = [] if command.start == "empty" else [self.exports(self.starts["built"].parent)]
        return [*before, self.wanted[command][1]]

    def compare(self, command: Command, place: Workplace) -> list[str]:
        """Return in what a warehouse differs from that of the undisturbed run."""
        wanted, exports = self.wanted[command]
        healed, again = look(place.warehouse, self.scratch / "look"), self.exports(place.folder)
        problems = [*healed.problems]
        problems += [f"raw.{name} differs" for name in wanted.raw if healed.raw.get(name) != wanted.raw[name]]
        problems += [f"{name} differs" for name in again | exports if again.get(name) != exports.get(name)]
        if healed.is_whole != wanted.is_whole:
            problems.append(f"the marts are taken for {'whole' if healed.is_whole else 'half built'}")
        kept = place.warehouse.with_suffix(GATE)
        beside = {file.name for file in place.folder.iterdir()} - {place.warehouse.name, kept.name, WORDS}
        problems += [f"{name} is left beside the warehouse" for name in sorted(beside)]
        with connect(place.warehouse) as con:
            landed = {key for (key,) in con.execute("select extract_id from raw.extract").fetchall()}
        answered = {file.stem for file in kept.glob("*.json")}
        return problems + [f"the gate's answer about {key} is lost" for key in sorted(landed - answered)]

    def two_at_once(self) -> list[str]:
        """Start two runs at once into an empty warehouse; return what is wrong."""
        command = next(command for command in COMMANDS if command.name == "run")
        if command not in self.wanted:
            self.know(command)
        first = self.prepare(command, "at_once")
        processes = [self.start(command, first), self.start(command, first)]
        codes = [process.wait(GIVE_UP_SECONDS) for process in processes]
        return self.compare(command, first) + ([] if codes == [0, 0] else [f"exit codes {codes}"])

    def _state(self, command: Command, was_running: bool, left: Left) -> str:
        n_wanted = self.wanted[command][0].n_extracts
        n_before = {"empty": 0, "built": n_wanted - len(LATER)}.get(command.start, n_wanted)
        if not was_running:
            return "ended before the kill"
        if left.n_extracts < n_wanted:
            return "before landing" if left.n_extracts == n_before else "in landing"
        if "land" in command.name:
            return "landed, closing"
        return "in building" if left.outcome == "unfinished" else "between landing, building and end"


def writes(process: subprocess.Popen[bytes], warehouse: Path) -> Iterator[None]:
    """Yield at every write to the warehouse that can be seen from outside, until the process ends."""
    files = (warehouse, warehouse.with_name(f"{warehouse.name}.wal"))
    seen = [_size_and_time(file) for file in files]
    while process.poll() is None:
        now = [_size_and_time(file) for file in files]
        if now != seen:
            seen = now
            yield
        time.sleep(0.0005)


def _size_and_time(file: Path) -> tuple[int, int]:
    try:
        status = file.stat()
    except FileNotFoundError:
        return 0, 0
    return status.st_size, status.st_mtime_ns


def words(place: Workplace) -> str:
    """Return what the commands in a place have said."""
    return (place.folder / WORDS).read_text(errors="replace")


def plan(trials: int, only: str, chance: random.Random) -> list[Command]:
    """Return the commands of the trials by their shares, in a drawn order."""
    commands = [command for command in COMMANDS if only in command.name]
    total = sum(command.share for command in commands)
    counts = {command: round(trials * command.share / total) for command in commands}
    order = [command for command, count in counts.items() for _ in range(count)]
    chance.shuffle(order)
    return order


def main() -> int:
    """Print a line per trial and a table; 1 if a trial did not heal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only the commands whose name holds this text")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    table: Counter[tuple[str, str, str]] = Counter()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        campaign = Campaign(Path(scratch))
        for number, command in enumerate(plan(options.trials, options.only, chance), start=1):
            state, problems = campaign.trial(command, chance)
            outcome = "NOT RECOVERED" if problems else "recovered"
            table[f"{command.name} ({command.start})", state, outcome] += 1
            print(f"{number:>4}  {command.name} ({command.start}), {state}: {outcome}", flush=True)
            for problem in problems:
                print(f"      {problem}")
        at_once = campaign.two_at_once() if options.only in "run" else []
    print(f"\n{'command (warehouse at its start)':<40}{'state at the kill':<38}{'outcome':<15}trials")
    for (name, state, outcome), count in sorted(table.items()):
        print(f"{name:<40}{state:<38}{outcome:<15}{count:>6}")
    n_bad = sum(count for (_, _, outcome), count in table.items() if outcome != "recovered")
    n_trials = sum(table.values())
    print(f"{n_trials - n_bad} of {n_trials} recovered, in {(time.monotonic() - began) / 60:.0f} minutes")
    if options.only in "run":
        print(f"two runs at once: {', '.join(at_once) or 'both ended well, nothing is doubled'}")
    return 1 if n_bad or at_once else 0


if __name__ == "__main__":
    sys.exit(main())
