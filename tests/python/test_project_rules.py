"""The manifest keeps the rules of dbt-bouncer.yml, every rule can fail, and every exception is explained and needed."""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from broken_manifests import BREAKS, Break, Manifest
from project_rules import PROJECT, load_manifest, needed, page, read_rules, run

from staff_mobility import coverage

RULES = read_rules()
NUMBER = re.compile(r"\| +\d+ +\|")


@pytest.fixture(scope="module", autouse=True)
def _cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """dbt-bouncer keeps a cache in the home folder, which processes side by side should not share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="module")
def manifest(dbt_manifest: Path) -> Manifest:
    return load_manifest(dbt_manifest)


def test_the_project_keeps_its_rules(manifest: Manifest) -> None:
    findings = run(manifest, RULES)
    assert [f"{finding.place}: {finding.message}" for finding in findings if finding.is_failure] == []
    checked = Counter(finding.rule.description for finding in findings)
    assert [rule.description for rule in RULES if not checked[rule.description]] == []


def test_every_exception_has_a_reason_and_is_needed(manifest: Manifest) -> None:
    unexempted = run(manifest, RULES, exceptions=False)
    exceptions = [(rule, exempt) for rule in RULES for exempt in rule.exceptions]
    assert [exempt for _, exempt in exceptions if not exempt.reason] == []
    assert [exempt for rule, exempt in exceptions if not needed(exempt, rule, unexempted)] == []
    # One file each, so that nothing new falls under an old exception.
    assert [
        e.value
        for _, e in exceptions
        if e.key == "exclude" and not re.fullmatch(r"\^[\w/]+\\\.\w+\$", e.value)
    ] == []


def test_every_rule_is_described_and_broken_once() -> None:
    descriptions = [rule.description for rule in RULES]
    assert sorted(descriptions) == sorted(set(descriptions)), "two rules of the same description"
    assert sorted(descriptions) == sorted(known.description for known in BREAKS)


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.description)
def test_a_broken_rule_is_reported_where_it_is_broken(manifest: Manifest, broken: Break) -> None:
    changed = copy.deepcopy(manifest)
    broken.apply(changed)
    failures = [finding for finding in run(changed, RULES) if finding.is_failure]
    assert {finding.rule.description for finding in failures} == {broken.description}
    places = {finding.place for finding in failures}
    assert broken.places <= places if broken.is_part else broken.places == places
    # A check that breaks down fails too, but says nothing.
    assert [
        finding.message for finding in failures if "encountered an error" in (finding.message or "")
    ] == []


def test_an_exception_that_is_no_longer_needed_is_noticed(manifest: Manifest) -> None:
    rule = next(rule for rule in RULES if rule.check == "check_lineage_source_cannot_be_used")
    mended = copy.deepcopy(manifest)
    parents = mended["nodes"]["model.staff_mobility.mart_quality__ledger"]["depends_on"]
    parents["nodes"] = [parent for parent in parents["nodes"] if not parent.startswith("source.")]
    assert not needed(rule.exceptions[0], rule, run(mended, RULES, exceptions=False))


def test_the_page_of_rules_is_up_to_date(manifest: Manifest) -> None:
    """Apart from the numbers, which are those of the day on which it was printed."""
    written = (PROJECT / "docs" / "project_rules.md").read_text(encoding="utf-8")
    today = page(RULES, run(manifest, RULES), coverage.measure(manifest, {}, frozenset()))
    assert NUMBER.sub("| |", written) == NUMBER.sub("| |", today)
