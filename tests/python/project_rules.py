"""The rules of dbt-bouncer.yml: read with the reasons of their exceptions, run on a manifest, printed as a table.

Anyone can print docs/project_rules.md anew after a build:

    .venv/bin/python tests/python/project_rules.py target/manifest.json warehouse/staff_mobility.duckdb \\
        > docs/project_rules.md
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from staff_mobility import coverage

PROJECT = Path(__file__).parents[2]
CONFIG = PROJECT / "dbt-bouncer.yml"
OWN_CHECKS = PROJECT / "tests" / "project_rules"
EXCEPTION_KEYS = ("exclude", "further_readers", "shared_parents")
AREA = re.compile(r"# == (.+) ==")
REASON = re.compile(r"\s+# (.+)")


@dataclass(frozen=True)
class Exempt:
    """An exception from a rule: the pattern or name that is left out, and why."""

    key: str
    value: str
    reason: str | None

    @property
    def name(self) -> str:
        """What is left out, as a reader knows it: the model, seed or file."""
        return Path(self.value.replace("\\", "").strip("^$")).stem


@dataclass(frozen=True)
class Rule:
    """An entry of dbt-bouncer.yml."""

    area: str
    check: str
    description: str
    settings: Mapping[str, Any]
    exceptions: tuple[Exempt, ...]

    @property
    def is_own(self) -> bool:
        """True for a check of this project, False for one of dbt-bouncer."""
        return any(f"def {self.check}(" in path.read_text("utf-8") for path in OWN_CHECKS.glob("*/*.py"))

    @property
    def without_exceptions(self) -> dict[str, Any]:
        """The entry as it would stand if there were no exceptions."""
        emptied = {key: [] for key in EXCEPTION_KEYS if key in self.settings and key != "exclude"}
        return {key: value for key, value in self.settings.items() if key != "exclude"} | emptied


@dataclass(frozen=True)
class Finding:
    """What one rule says of one thing."""

    rule: Rule
    place: str
    path: str
    message: str | None

    @property
    def is_failure(self) -> bool:
        """True where the rule is broken."""
        return self.message is not None


def read_rules(config: Path = CONFIG) -> list[Rule]:
    """Read the rules in their order, each with the area whose heading it stands under."""
    text = config.read_text(encoding="utf-8")
    lines = text.splitlines()
    areas = [(number, match[1]) for number, line in enumerate(lines) if (match := AREA.search(line))]
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    entries = next(value for key, value in root.value if key.value == "manifest_checks")
    settings = yaml.safe_load(text)["manifest_checks"]
    return [
        Rule(
            area=[name for number, name in areas if number < node.start_mark.line][-1],
            check=setting["name"],
            description=setting["description"],
            settings=setting,
            exceptions=tuple(_exceptions(node, lines)),
        )
        for node, setting in zip(entries.value, settings, strict=True)
    ]


def _exceptions(entry: yaml.MappingNode, lines: Sequence[str]) -> Iterator[Exempt]:
    for key, value in entry.value:
        if key.value in EXCEPTION_KEYS:
            for item in value.value:
                reason = REASON.fullmatch(lines[item.end_mark.line][item.end_mark.column :])
                yield Exempt(key.value, item.value, reason[1] if reason else None)


def load_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest without what no rule is about and which is most of it: dbt's own macros, compiled SQL, test rows."""
    manifest = json.loads(path.read_text(encoding="utf-8"))
    project = manifest["metadata"]["project_name"]
    manifest["macros"] = {
        key: macro for key, macro in manifest["macros"].items() if macro["package_name"] == project
    }
    manifest |= {key: {} for key in ("docs", "disabled", "parent_map", "child_map", "group_map")}
    for node in manifest["nodes"].values():
        node.pop("compiled_code", None)
    for test in manifest["unit_tests"].values():
        test |= {"given": [], "expect": {"rows": []}}
    return manifest


def run(manifest: Mapping[str, Any], rules: Sequence[Rule], exceptions: bool = True) -> list[Finding]:
    """Run dbt-bouncer on a manifest.

    Args:
        manifest: dbt's manifest.json.
        rules: the rules to run.
        exceptions: False runs the rules as if there were no exceptions.
    """
    from dbt_bouncer.cli.run.utils import run_bouncer

    entries = [dict(rule.settings) if exceptions else rule.without_exceptions for rule in rules]
    with TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        place = Path(folder)
        (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        config = {
            "custom_checks_dir": str(OWN_CHECKS),
            "dbt_artifacts_dir": ".",
            "manifest_checks": entries,
        }
        (place / "dbt-bouncer.yml").write_text(json.dumps(config), encoding="utf-8")
        logging.disable(logging.ERROR)
        try:
            run_bouncer(config_file=place / "dbt-bouncer.yml", output_file=place / "results.json")
        finally:
            logging.disable(logging.NOTSET)
        results = json.loads((place / "results.json").read_text(encoding="utf-8"))
    return [_finding(result, rules) for result in results]


def _finding(result: Mapping[str, Any], rules: Sequence[Rule]) -> Finding:
    index = int(result["check_run_id"].split(":")[1])
    parts = result["unique_id"].split(".")
    return Finding(
        rule=rules[index],
        place=parts[2] if parts[0] == "test" else parts[-1],
        path=result["file_path"] or "",
        message=None if result["outcome"] == "success" else result["failure_message"],
    )


def needed(exempt: Exempt, rule: Rule, unexempted: Sequence[Finding]) -> bool:
    """Tell whether the rule, run without exceptions, is broken where the exception stands."""
    failures = [finding for finding in unexempted if finding.rule == rule and finding.is_failure]
    if exempt.key == "exclude":
        return any(re.match(exempt.value, finding.path) for finding in failures)
    return any(f"'{exempt.value}'" in (finding.message or "") for finding in failures)


def page(rules: Sequence[Rule], findings: Sequence[Finding], promises: Sequence[coverage.Promise]) -> str:
    """The page of all rules in Markdown."""
    counts = Counter(finding.rule.description for finding in findings)
    lines = [INTRODUCTION]
    for area in dict.fromkeys(rule.area for rule in rules):
        lines += [
            f"## {area}",
            "",
            "| Rule | Checked by | Things checked | Exceptions |",
            "|---|---|---:|---|",
        ]
        lines += [
            f"| {rule.description} | {_checked_by(rule)} | {counts[rule.description]} | {_explained(rule)} |"
            for rule in rules
            if rule.area == area
        ]
        lines.append("")
    lines += [PROMISES, "", "| Promise | Things checked |", "|---|---:|"]
    lines += [f"| {promise.name} | {promise.total} |" for promise in promises]
    return "\n".join(lines) + "\n"


def _checked_by(rule: Rule) -> str:
    return f"`{rule.check}`{' (own)' if rule.is_own else ''}"


def _explained(rule: Rule) -> str:
    return "<br>".join(f"`{exempt.name}`: {exempt.reason}" for exempt in rule.exceptions)


INTRODUCTION = """# Rules of the project

The rules of dbt-project-evaluator, in the form that this project gives them. They are stated in `dbt-bouncer.yml` and
checked on dbt's manifest by [dbt-bouncer](https://github.com/godatadriven/dbt-bouncer); checks marked "own" stand in
`tests/project_rules/`.

    .venv/bin/dbt parse          # or any build
    .venv/bin/dbt-bouncer run    # says in two seconds which model breaks which rule

`make test` does the same. It also breaks every rule once in a copy of the manifest and sees that this rule, and no other,
names the place; and it fails when an exception has no reason or is no longer needed. All exceptions stand in these tables.

A new model keeps most rules by its name and folder. What is easily forgotten: a model of `models/report/` is named in
`models/exposures.yml`, a key of a fact has a relationships test, a macro has a description.

This page is printed by `.venv/bin/python tests/python/project_rules.py target/manifest.json
warehouse/staff_mobility.duckdb`; the numbers of things checked are those of that day.
"""

PROMISES = """## At 100 % in the warehouse

Measured by `python -m staff_mobility.coverage target/manifest.json warehouse/staff_mobility.duckdb`, which has no exceptions."""


def main(manifest_path: str, warehouse: str) -> int:
    """Print the page; 1 when a rule is broken, with the places on standard error."""
    manifest = json.loads(Path(manifest_path).read_text(encoding="utf-8"))
    rules = read_rules()
    findings = run(manifest, rules)
    labels = coverage.read_labels(PROJECT / coverage.LABELS)
    promises = coverage.measure(manifest, coverage.read_columns(Path(warehouse)), labels)
    sys.stdout.write(page(rules, findings, promises))
    failures = [finding for finding in findings if finding.is_failure]
    for finding in failures:
        sys.stderr.write(f"{finding.place}: {finding.message}\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
