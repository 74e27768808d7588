"""Builds the warehouse again and again and compares the exports of all marts byte for byte.

Every second build starts from an empty warehouse with a pseudonym key of its own; the others rebuild
in place. At last the warehouse as it stood on an earlier day, from all extracts and from those of then.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

from exports import OF_FORMER_BUILDS, export_tables  # noqa: E402
from test_as_of import EARLIER, place_of_then  # noqa: E402
from warehouse_build import WITHOUT_TESTS, Workplace  # noqa: E402


def past_differs(scratch: Path) -> list[str]:
    """Tables that differ between the past from all extracts, which passes all tests of data, and from those of then."""
    now = Workplace(scratch / "now")
    now.folder.mkdir()
    exports = []
    as_of = ("--vars", f"as_of: {EARLIER}", "--exclude-resource-type", "unit_test")
    for place, options in ((now, as_of), (place_of_then(scratch / "then"), WITHOUT_TESTS)):
        run = place.dbt("build", "--quiet", *options)
        if run.returncode != 0:
            return [f"(failed: {run.stdout}{run.stderr})"]
        exports.append(export_tables(place.warehouse, place.folder / "export", OF_FORMER_BUILDS))
    past, as_then = exports
    return sorted(name for name in past | as_then if past.get(name) != as_then.get(name))


def main() -> int:
    """Print one line per build; 1 as soon as a build fails or differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--builds", type=int, default=10)
    builds = parser.parse_args().builds
    with tempfile.TemporaryDirectory() as scratch:
        first: dict[str, str] = {}
        for number in range(1, builds + 1):
            place = Workplace(Path(scratch) / f"warehouse_{(number + 1) // 2}")
            place.folder.mkdir(exist_ok=True)
            run = place.dbt("build", "--quiet")
            if run.returncode != 0:
                print(f"build {number}: failed\n{run.stdout}{run.stderr}")
                return 1
            hashes = export_tables(place.warehouse, Path(scratch) / f"export_{number}")
            first = first or hashes
            differing = sorted(name for name in first | hashes if first.get(name) != hashes.get(name))
            print(f"build {number}: {len(hashes)} exports, {len(differing)} differ {' '.join(differing)}")
            if differing:
                return 1
        differing = past_differs(Path(scratch))
        if differing:
            print(f"as of {EARLIER}: differ {' '.join(differing)}")
            return 1
    print(f"{builds} builds, {len(first)} exports each, all byte-identical; so is the past as of {EARLIER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
