"""One reader of the campaign of publications: reads until a file appears, then tells what it has seen as JSON."""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

import duckdb  # noqa: E402
from postgres_session import PostgresSession  # noqa: E402
from small_warehouse import ANALYST_MART, PUBLIC_MARTS  # noqa: E402

from staff_mobility.publish.content import checksum_sql  # noqa: E402

SCHEMA = "staff_mobility"
MAXIMUM_READS = 5
TOLD_PROBLEMS = 20


@dataclass
class Seen:
    """What one reader has seen."""

    reads: int = 0
    connections: int = 0
    publications: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Read:
    """One read of all marts.

    Attributes:
        ids: Publication id before and after the marts were read.
        generations: Of all rows.
        differing: Marts whose rows are not those that the publication tells of.
    """

    ids: tuple[str, ...]
    generations: set[str]
    differing: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether all of it is of one publication."""
        return len(set(self.ids)) == 1 and len(self.generations) == 1 and not self.differing


@contextmanager
def duckdb_reader(published: str, _: random.Random) -> Iterator[Callable[[], Read]]:
    """Open the file that BI tools open; read all marts through one connection."""
    with duckdb.connect(f"{published}/marts.duckdb", read_only=True) as con:

        def read() -> Read:
            before = one(con, "select publication_id from publication")
            generations, differing = set(), []
            for mart in PUBLIC_MARTS:
                generations |= {
                    str(row[0]) for row in con.execute(f"select distinct generation from {mart}").fetchall()
                }
                told = con.execute(
                    "select n_rows, content_checksum from publication_mart where mart_name = ?", [mart]
                ).fetchone()
                if con.execute(checksum_sql(mart)).fetchone() != told:
                    differing.append(mart)
            after = one(con, "select publication_id from publication")
            return Read((before, after), generations, tuple(differing))

        yield read


@contextmanager
def parquet_reader(published: str, _: random.Random) -> Iterator[Callable[[], Read]]:
    """Resolve `current` once, as docs/publish.md says, then read the Parquet files there."""
    with duckdb.connect() as con:

        def read() -> Read:
            folder = (Path(published) / "current").resolve()
            manifest = json.loads((folder / "manifest.json").read_text())
            generations, differing, contents = set(), [], set()
            for mart in manifest["marts"]:
                file = str(folder / mart["parquet"])
                generations |= {
                    str(row[0]) for row in con.execute(f"select distinct generation from '{file}'").fetchall()
                }
                if one(con, f"select count(*) from '{file}'") != str(mart["rows"]):
                    differing.append(mart["name"])
                contents.add(
                    one(
                        con,
                        f"select decode(value) from parquet_kv_metadata('{file}') where key = 'content_id'",
                    )
                )
            if contents != {manifest["content_id"]}:
                differing.append("content_id")
            return Read((manifest["publication_id"],), generations, tuple(differing))

        yield read


@contextmanager
def postgres_reader(address: str, chance: random.Random) -> Iterator[Callable[[], Read]]:
    """Read all marts in one transaction of several statements, in another order each time."""
    with PostgresSession(address) as session:

        def read() -> Read:
            marts = [*PUBLIC_MARTS, ANALYST_MART]
            chance.shuffle(marts)
            session.query("begin")
            generations: set[str] = set()
            differing = []
            for mart in marts:
                generations |= set(session.query(f"select distinct generation from {SCHEMA}.{mart}"))
            before = session.query(f"select publication_id from {SCHEMA}.publication")[0]
            for mart in marts:
                if session.query(
                    f"select count(*) from {SCHEMA}.{mart} except"
                    f" select n_rows from {SCHEMA}.publication_mart where mart_name = '{mart}'"
                ):
                    differing.append(mart)
            # One statement that finds its tables one after the other.
            joined = " union all ".join(f"select generation from {SCHEMA}.{mart}" for mart in marts)
            generations |= set(session.query(f"select distinct generation from ({joined}) as every_mart"))
            after = session.query(f"select publication_id from {SCHEMA}.publication")[0]
            session.query("commit")
            # Outside of the transaction it may be the next publication's, but only one's.
            if len(session.query(f"select distinct generation from ({joined}) as every_mart")) != 1:
                differing.append("one statement over all marts")
            return Read((before, after), generations, tuple(differing))

        yield read


READERS = {"duckdb": duckdb_reader, "parquet": parquet_reader, "postgres": postgres_reader}


def one(con: duckdb.DuckDBPyConnection, sql: str) -> str:
    return str(con.execute(sql).fetchall()[0][0])


def look(kind: str, source: str, stop: Path, chance: random.Random, pause: float) -> Seen:
    """Read until `stop` is there; an error or a read that is not whole is a problem."""
    seen = Seen()
    # A campaign that was broken off takes its folder with it.
    while stop.parent.exists() and not stop.exists():
        try:
            with READERS[kind](source, chance) as read:
                seen.connections += 1
                for _ in range(chance.randint(1, MAXIMUM_READS)):
                    time.sleep(chance.uniform(0, pause))
                    found = read()
                    seen.publications |= set(found.ids)
                    if found.is_whole:
                        seen.reads += 1
                    else:
                        seen.problems.append(f"not of one publication: {found}")
        except Exception as error:  # noqa: BLE001 (whatever it is, it is what the campaign looks for)
            seen.problems.append(f"{type(error).__name__}: {error}")
    return seen


def main() -> None:
    """Read and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=READERS)
    parser.add_argument("source")
    parser.add_argument("stop", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pause", type=float, default=0, help="longest pause between two reads, in seconds")
    options = parser.parse_args()
    seen = look(options.kind, options.source, options.stop, random.Random(options.seed), options.pause)
    told = {
        **vars(seen),
        "publications": sorted(seen.publications),
        "problems": seen.problems[:TOLD_PROBLEMS],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
