"""The transcript of docs/erasure.md: a small project is made, a person erased, and the key changed.

.venv/bin/python tests/campaigns/erasure.py --write
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

from made_part import put_made_part  # noqa: E402
from small_project import PERSON, SmallProject, make_small_project  # noqa: E402
from warehouse_build import PROJECT  # noqa: E402

PAGE = PROJECT / "docs" / "erasure.md"
LEDGER = (
    "select n_file_rows, n_accounted_rows, n_erased_rows, is_balanced from quality.mart_quality__ledger_total"
)
# Lines of dbt begin with the time.
_OF_DBT = re.compile(r"(\x1b\[0m)?\d\d:\d\d:\d\d")
_PLAN = re.compile(r"--confirm ([0-9a-f]+)")


def run(project: SmallProject, *arguments: str) -> str:
    """Run a verb; return call, words and exit code."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STAFF_MOBILITY_")}
    done = subprocess.run(
        [sys.executable, "-m", "staff_mobility.cli", *arguments],
        env={**kept, **project.environment()},
        cwd=project.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    words = [line for line in f"{done.stdout}{done.stderr}".splitlines() if line and not _OF_DBT.match(line)]
    told = "\n".join(words).replace(f"{project.folder}/", "")
    return f"$ staff-mobility {' '.join(arguments)}\n{told}\n(exit code {done.returncode})"


def transcript(folder: Path) -> str:
    """Return all calls with their words."""
    project = make_small_project(folder / "project")
    for verb in ("land", "build", "publish"):
        run(project, verb)
    (project.folder / "person.txt").write_text(f"{PERSON}\n")
    asked = ("erase", "--person-from", "person.txt")
    parts = [run(project, *asked)]
    found = _PLAN.search(parts[0])
    if found is None:
        raise SystemExit(parts[0])
    parts += [
        run(project, *asked, "--confirm", found[1]),
        f"$ duckdb w.duckdb '{LEDGER}'\n{project.rows(LEDGER)[0]}",
    ]
    parts += [
        run(project, "rollback"),
        run(project, "land"),
        run(project, *asked),
        run(project, "rotate-key"),
    ]
    if PERSON in (told := "\n\n".join(parts)):
        raise SystemExit("The identifier stands in the transcript.")
    return told


def main() -> None:
    """Print the transcript, and store it if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="store it in docs/erasure.md")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        told = transcript(Path(folder))
    print(told)
    if arguments.write:
        put_made_part(PAGE, "erasure", f"```\n{told}\n```")


if __name__ == "__main__":
    main()
