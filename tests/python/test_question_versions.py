"""The list of questions that each version of the report form asks agrees with the layouts that read the forms."""

from __future__ import annotations

import csv
import re

import pytest
import yaml
from warehouse_build import PROJECT

QUESTIONNAIRE = PROJECT / "seeds" / "questionnaire"
QUESTION = re.compile(r"(motive|outcome|change)__")
NUMBER = re.compile(r"Q?(\d+(?:\.\d+)*)\b")


def listed(name: str) -> list[dict[str, str]]:
    with (QUESTIONNAIRE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("form", listed("questionnaire_version"), ids=lambda form: form["layout"])
def test_a_form_asks_what_its_layout_reads(form: dict[str, str]) -> None:
    layout = yaml.safe_load((PROJECT / "layouts" / f"{form['layout']}.yml").read_text(encoding="utf-8"))
    columns = [column for table in layout["tables"] for column in table["columns"]]
    read = {
        column["name"]: match[1]
        for column in columns
        if QUESTION.match(column["name"]) and (match := NUMBER.match(column["header"]))
    }
    asked = {
        row["question_key"]: row["question_number"]
        for row in listed("question_version")
        if row["layout"] == form["layout"] and row["is_asked"] == "true"
    }
    assert layout["source"] == form["source_system"]
    assert asked == read


def test_every_form_lists_every_question() -> None:
    questions = {row["question_key"] for row in listed("motive")} | {
        row["item_key"] for row in listed("outcome_item")
    }
    for form in listed("questionnaire_version"):
        rows = [row["question_key"] for row in listed("question_version") if row["layout"] == form["layout"]]
        assert sorted(rows) == sorted(questions)
