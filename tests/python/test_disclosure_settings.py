"""The rules of disclosure_control.yml, and what marts say of their cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from warehouse_build import PROJECT

from staff_mobility.publish.marts import Audience, Column, Mart
from staff_mobility.publish.suppression.settings import FILE, Rules, read_rules
from staff_mobility.publish.suppression.statement import read_statements
from staff_mobility.settings import WrongUseError


def rules_with(folder: Path, part: str, **changed: Any) -> Rules:
    content = yaml.safe_load((PROJECT / FILE).read_text(encoding="utf-8"))
    content[part] |= changed
    (folder / FILE).write_text(yaml.safe_dump(content), encoding="utf-8")
    return read_rules(folder)


def test_the_projects_rules_are_those_of_its_comments() -> None:
    assert read_rules(PROJECT) == Rules(5, (2, 85.0), 3, 0.5, 10, 0, True, False)


@pytest.mark.parametrize(
    ("part", "attribute"),
    [
        ("threshold", "minimum_persons"),
        ("dominance", "dominance"),
        ("complementary", "protection_interval"),
        ("degrees_of_freedom", "minimum_degrees_of_freedom"),
    ],
)
def test_each_rule_has_its_own_switch(tmp_path: Path, part: str, attribute: str) -> None:
    changed = rules_with(tmp_path, part, enabled=False)
    assert getattr(changed, attribute) is None
    others = {"minimum_persons", "dominance", "protection_interval", "minimum_degrees_of_freedom"} - {
        attribute
    }
    assert all(getattr(changed, other) == getattr(Rules(), other) for other in others)


def test_a_publication_names_the_rules_with_their_parameters(tmp_path: Path) -> None:
    assert rules_with(tmp_path, "threshold", minimum_persons=7).name == (
        "cell suppression, version 1: 7 persons at least, dominance (2, 85 %), complementary (counts open by 3, means by"
        " 0.5), 10 degrees of freedom at least, no rounding, former publication heeded"
    )


@pytest.mark.parametrize(
    ("part", "changed", "words"),
    [
        ("threshold", {"minimum_persons": 1}, "threshold.minimum_persons: 1 is less than the minimum of 2"),
        (
            "rounding",
            {"bases": 3},
            "rounding: Additional properties are not allowed ('bases' was unexpected)",
        ),
        (
            "former_publication",
            {"already_public": "maybe"},
            "former_publication.already_public: 'maybe' is not one of",
        ),
    ],
)
def test_a_setting_that_cannot_be_is_named(
    tmp_path: Path, part: str, changed: dict[str, Any], words: str
) -> None:
    with pytest.raises(WrongUseError) as refused:
        rules_with(tmp_path, part, **changed)
    assert words in str(refused.value)


def test_without_rules_nothing_is_published(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="nothing says what must be hidden"):
        read_rules(tmp_path)


def mart_saying(disclosure: Any, audience: Audience = Audience.PUBLIC) -> Mart:
    columns = (Column("institution_key", ""), Column("n_stays", ""))
    return Mart("m", "marts", "m", audience, "", ("institution_key",), columns, disclosure)


COUNTS = {
    "of": "f",
    "person": "p",
    "weight": "w",
    "by": ["institution_key"],
    "columns": {"n_stays": {}},
}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (None, "m: is marked public and does not say what its cells are."),
        ({"none": ""}, "m: `disclosure` none: '' should be non-empty"),
        ({}, "m: `disclosure`"),
        ({"counts": {**COUNTS, "by": []}}, "m: `disclosure` counts.by: [] should be non-empty"),
        (
            {"counts": {**COUNTS, "columns": {"n_rows": {}}}},
            "m: `disclosure` names columns that the mart does not have: n_rows.",
        ),
    ],
)
def test_a_public_mart_that_does_not_say_what_its_cells_are_is_refused(said: Any, words: str) -> None:
    statements, problems = read_statements([mart_saying(said)])
    assert statements == ()
    assert len(problems) == 1
    assert problems[0].startswith(words)


def test_what_is_understood_is_read() -> None:
    analyst = mart_saying(None, Audience.ANALYST)
    counted = Mart("f", "marts", "f", Audience.ANALYST, "", ("k",), ())
    statements, problems = read_statements(
        [mart_saying({"counts": COUNTS}), mart_saying({"none": "r"}), analyst, counted]
    )
    assert problems == ()
    assert [bool(statement.counts) for statement in statements] == [True, False]


def test_a_statement_that_names_an_unknown_mart_is_refused() -> None:
    _, problems = read_statements([mart_saying({"counts": COUNTS})])
    assert problems == ("m: `disclosure` names f, which name no audience. Mark them, or mend the name.",)


def test_every_public_mart_of_the_project_says_what_its_cells_are() -> None:
    marts = []
    for path in (PROJECT / "models").rglob("*.yml"):
        for model in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("models", []):
            meta = (model.get("config") or {}).get("meta") or {}
            if meta.get("audience"):
                columns = tuple(Column(column["name"], "") for column in model["columns"])
                audience = Audience(meta["audience"])
                marts.append(
                    Mart(model["name"], "", "", audience, "", ("k",), columns, meta.get("disclosure"))
                )
    statements, problems = read_statements(marts)
    assert problems == ()
    assert len(statements) > 30
