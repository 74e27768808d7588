"""Follows the package's own instructions on a copy of it, and compares all outputs byte for byte.

    make replication-package

Needs a built warehouse. The copy is run by this interpreter and its packages: installing them again would test `pip`.
"""

from __future__ import annotations

import argparse
import filecmp
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).parents[2]
STAFF_MOBILITY = (sys.executable, "-m", "staff_mobility.cli")


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
    """Run a command in a folder; end with its words if it fails."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("STAFF_MOBILITY_")}
    done = subprocess.run(  # noqa: S603
        command, cwd=folder, env={**plain, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(
            f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        )


def differing(one: Path, other: Path) -> list[str]:
    """Return the files that differ between two folders, or that one of them lacks."""
    names = sorted({path.name for folder in (one, other) for path in folder.iterdir()})
    return [
        name
        for name in names
        if not ((one / name).is_file() and (other / name).is_file())
        or not filecmp.cmp(one / name, other / name, shallow=False)
    ]


def main() -> None:
    """Write the package, run the copy in it, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="where to work; kept")
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="replication-"))
    package, again = folder / "package", folder / "again"
    run([*STAFF_MOBILITY, "replicate", "--out", str(package)], PROJECT, {})
    run(["sha256sum", "--check", "--quiet", "CHECKSUMS.sha256"], package, {})
    code = package / "code"
    copied = {
        "PYTHONPATH": str(code / "python"),
        "STAFF_MOBILITY_PROJECT": str(code),
        "STAFF_MOBILITY_EXTRACTS": str(package / "data" / "extracts"),
    }
    run([*STAFF_MOBILITY, "run"], code, copied)
    run([*STAFF_MOBILITY, "replicate", "--out", str(again)], code, copied)
    differences = differing(package / "outputs", again / "outputs")
    if differences:
        sys.exit(f"{len(differences)} outputs differ, the first is {differences[0]} ({folder})")
    print(f"{len(list((again / 'outputs').iterdir()))} outputs are the same, byte for byte")


if __name__ == "__main__":
    main()
