"""Breaks every rule of the models once, in a copy of the project, and sees its unit test fail.

The list is broken_rules.yml. A rule whose break no test notices is reported, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

from project_copy import copy_project  # noqa: E402
from warehouse_build import Workplace  # noqa: E402

BREAKS = Path(__file__).with_suffix(".yml")


def break_rule(project: Path, rule: dict[str, str]) -> str:
    """Replace the rule's text; return the file's text as it was."""
    path = project / rule["file"]
    original = path.read_text(encoding="utf-8")
    if rule["from"] not in original:
        raise SystemExit(f"{rule['file']}: the text to break is not there any more: {rule['from']}")
    path.write_text(original.replace(rule["from"], rule["to"]), encoding="utf-8")
    return original


def main() -> int:
    """Print one line per break."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, help="only the first so many breaks")
    parser.add_argument("--only", default="", help="only breaks whose file or test holds this text")
    options = parser.parse_args()
    listed = yaml.safe_load(BREAKS.read_text(encoding="utf-8"))
    rules = [rule for rule in listed if options.only in rule["file"] or options.only in rule["test"]]
    rules = rules[: options.first]
    unnoticed = 0
    with tempfile.TemporaryDirectory() as scratch:
        place = Workplace(Path(scratch), project=copy_project(Path(scratch)))
        built = place.dbt("build", "--quiet")
        if built.returncode != 0:
            print(built.stdout + built.stderr)
            return 1
        for rule in rules:
            original = break_rule(place.project, rule)
            run = place.dbt(
                "test", "--select", f"{rule.get('model', Path(rule['file']).stem)},test_type:unit"
            )
            is_noticed = run.returncode != 0 and f"Failure in unit_test {rule['test']}" in run.stdout
            unnoticed += not is_noticed
            verdict = "noticed  " if is_noticed else "UNNOTICED"
            print(f"{verdict}  {rule['test']}: {rule['from'].splitlines()[0]}")
            (place.project / rule["file"]).write_text(original, encoding="utf-8")
    print(f"{len(rules) - unnoticed} of {len(rules)} broken rules were noticed by their test")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
