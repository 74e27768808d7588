"""The page of definitions names models and unit tests that exist, and every unit test on a measure is on it."""

from __future__ import annotations

import re

from quick_yaml import read_yaml
from warehouse_build import PROJECT

PAGE = PROJECT / "docs" / "definitions.md"
# What is measured; checks on quality and on the page's own marts are described beside their models.
MEASURING = ("marts", "intermediate/reports", "intermediate/survey", "intermediate/programme", "report")


def rows() -> list[list[str]]:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[0] != "Measure"]


def unit_tests(folder: str) -> dict[str, str]:
    """Unit test -> model."""
    found = {}
    for path in (PROJECT / "models" / folder).rglob("*.yml"):
        for test in read_yaml(path).get("unit_tests", []):
            found[test["name"]] = test["model"]
    return found


def test_every_row_names_model_and_unit_test_that_exist() -> None:
    tests, models = unit_tests(""), {path.stem for path in (PROJECT / "models").rglob("*.sql")}
    macros = (PROJECT / "macros" / "corrections.sql").read_text(encoding="utf-8")
    for row in rows():
        assert len(row) == 5, row
        named = re.findall(r"`(\w+)`", row[3])
        assert named and all(name in models or f"macro {name}(" in macros for name in named), row
        tested = re.findall(r"`(\w+)`", row[4])
        assert tested and all(name in tests for name in tested), row


def test_every_unit_test_on_a_measure_is_on_the_page() -> None:
    named = set(re.findall(r"`(\w+)`", PAGE.read_text(encoding="utf-8")))
    missing = {
        name: model for folder in MEASURING for name, model in unit_tests(folder).items() if name not in named
    }
    assert missing == {}
