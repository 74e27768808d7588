"""Compares chapters 3 and 4 with the oracle on many changed copies of the extracts.

Each copy is drawn from its number, written as real files, landed, built, and compared cell by cell.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

from extract_copy_runs import Compared, run_copy  # noqa: E402
from project_copy import copy_project  # noqa: E402


def line(compared: Compared) -> str:
    """Return a row of the table that is printed."""
    equal = len(compared.differences) - len(compared.unequal)
    return f"| {compared.number} | {', '.join(compared.said)} | {equal} of {len(compared.differences)} |"


def main() -> None:
    """Run the copies and end with code 1 when one of them differs."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--copies", type=int, default=20)
    arguments.add_argument("--first", type=int, default=1, help="number of the first copy")
    chosen = arguments.parse_args()
    print("| copy | changes | tables equal |\n|---|---|---|", flush=True)
    unequal: dict[int, dict[str, list[str]]] = {}
    started = time.monotonic()
    for number in range(chosen.first, chosen.first + chosen.copies):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            compared = run_copy(folder, copy_project(folder), number)
        print(line(compared), flush=True)
        if compared.unequal:
            unequal[number] = compared.unequal
    print(f"\n{chosen.copies} copies in {time.monotonic() - started:.0f} s")
    for number, tables in unequal.items():
        for table, said in tables.items():
            print(f"copy {number}, {table}: {len(said)} differences, the first:", *said[:3], sep="\n  ")
    sys.exit(1 if unequal else 0)


if __name__ == "__main__":
    main()
