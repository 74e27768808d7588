"""The list of breaks of the campaign on broken rules fits the project: its texts and its tests are there."""

from __future__ import annotations

import pytest
from quick_yaml import read_yaml
from warehouse_build import PROJECT

BREAKS = read_yaml(PROJECT / "tests" / "campaigns" / "broken_rules.yml")


def models_with_unit_tests() -> set[tuple[str, str]]:
    """Every unit test with the model that it is of."""
    return {
        (test["model"], test["name"])
        for path in (PROJECT / "models").rglob("*.yml")
        for test in read_yaml(path).get("unit_tests", [])
    }


def test_every_text_to_break_is_there() -> None:
    gone = [
        f"{rule['file']}: {rule['from']}"
        for rule in BREAKS
        if rule["from"] not in (PROJECT / rule["file"]).read_text(encoding="utf-8")
    ]
    assert gone == []


def test_every_break_has_the_test_that_must_fail() -> None:
    tests = models_with_unit_tests()
    named = {
        (rule.get("model", rule["file"].rsplit("/", 1)[-1].removesuffix(".sql")), rule["test"])
        for rule in BREAKS
    }
    assert named - tests == set()


@pytest.mark.parametrize("key", ["file", "from", "to", "test"])
def test_every_break_says_all(key: str) -> None:
    assert all(key in rule for rule in BREAKS)
