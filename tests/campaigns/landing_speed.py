"""Time and peak memory of gate and landing beside a bare ``read_csv`` of the same file by DuckDB, as ratios.

Run by hand: ``make landing-speed`` (4 thousand and 400 thousand reports), or with ``--rows 4000000``, which takes about half
an hour and 6 GB of disk. Every measurement is a process of its own; the peer loads the file as text into a table of a
DuckDB file, which is the least that landing has to do.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).parents[2]
DEMO = PROJECT / "extracts/demo/mobility_tool/synthetic_mobility_tool_calls_2017-2020_2023-05-31.csv"
HEADER_ROWS = 2


def write_extract(path: Path, rows: int) -> None:
    """Write an extract of so many reports: those of the demonstration again and again, each with an id of its own."""
    with DEMO.open(encoding="utf-8-sig", newline="") as file:
        delivered = list(csv.reader(file, delimiter=";"))
    header, reports = delivered[:HEADER_ROWS], delivered[HEADER_ROWS:]
    at = header[0].index("Mobility ID")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerows(header)
        for number in range(rows):
            report = reports[number % len(reports)].copy()
            report[at] = f"SYN{number:010d}"
            writer.writerow(report)


def land(path: Path, warehouse: Path) -> None:
    """Gate and land one file, as the command line does."""
    from staff_mobility.landing.connection import land_into, open_warehouse
    from staff_mobility.settings import load_settings

    with open_warehouse(load_settings().with_warehouse(warehouse)) as con:
        outcome = land_into(con, load_settings(), path.parent)
    if outcome.refused:
        raise SystemExit("\n".join(outcome.refused[0].messages))


def read(path: Path, warehouse: Path) -> None:
    """Load the same file with nothing but DuckDB."""
    import duckdb

    with duckdb.connect(str(warehouse)) as con:
        con.execute(
            "create table t as select * from read_csv(?, delim = ';', header = true, all_varchar = true)",
            [str(path)],
        )


def measure(what: str, path: Path) -> tuple[float, float]:
    """Return seconds and peak MB of a measurement in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--child", what, str(path), str(Path(folder) / "w.duckdb")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    seconds, peak = json.loads(done.stdout.splitlines()[-1])
    return seconds, peak


def child(what: str, path: Path, warehouse: Path) -> None:
    """Run one measurement and print it."""
    started = time.perf_counter()
    {"land": land, "read": read}[what](path, warehouse)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([time.perf_counter() - started, peak]))


def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    if arguments[:1] == ["--child"]:
        child(arguments[1], Path(arguments[2]), Path(arguments[3]))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[4_000, 400_000])
    options = parser.parse_args(arguments)
    print("| reports | file, MB | landing, s | MB | read_csv, s | MB | time ratio | memory ratio |")
    print("|---|---|---|---|---|---|---|---|")
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "speed_2023-05-31.csv"
            write_extract(path, rows)
            size = path.stat().st_size / 1e6
            landing, peer = measure("land", path), measure("read", path)
        print(
            f"| {rows:,} | {size:,.0f} | {landing[0]:.1f} | {landing[1]:,.0f} | {peer[0]:.1f} | {peer[1]:,.0f} |"
            f" {landing[0] / peer[0]:.1f} | {landing[1] / peer[1]:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
