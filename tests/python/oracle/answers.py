"""Answers of participants and coordinators, and the indicators of the institution profiles."""

from fractions import Fraction
from functools import cache

import pandas as pd

from oracle.rates import counting_day
from oracle.read_extracts import read_seed
from oracle.world import World

TICKS = {"YES": True, "NO": False, "": None}


def asked_questions() -> set[tuple[str, str]]:
    """Return every (layout, question) of which the form of the layout has the question."""
    versions = read_seed("questionnaire/question_version")
    asked = versions[versions["is_asked"] == "true"]
    return set(zip(asked["layout"], asked["question_key"], strict=True))


def ticked(report_key: str, cell: str, is_asked: bool, answered: set[str]) -> bool | None:
    """Return whether a motive is ticked; None where the report's section is empty or its form lacks the motive."""
    if cell == "" and is_asked and report_key in answered:
        return False
    return TICKS[cell]


@cache
def motive_choices(world: World) -> pd.DataFrame:
    """Return one row per report and motive; in an answered section a blank is no tick, an empty section is nothing."""
    asked = asked_questions()
    motives = read_seed("questionnaire/motive").set_index("question_key")
    long = world.stays.melt(["report_key", "layout"], list(motives.index), "question_key", "cell")
    questions = [question in asked for question in zip(long["layout"], long["question_key"], strict=True)]
    answered = set(long.loc[long["cell"] != "", "report_key"])
    choices = zip(long["report_key"], long["cell"], questions, strict=True)
    return pd.DataFrame(
        {
            "report_key": long["report_key"],
            "motive_key": long["question_key"].map(motives["motive_key"]),
            "motive_category": long["question_key"].map(motives["motive_category"]),
            "is_asked": questions,
            "is_ticked": pd.Series([ticked(*choice, answered) for choice in choices], long.index, object),
        }
    )


@cache
def outcome_answers(world: World) -> pd.DataFrame:
    """Return one row per report and statement with its status and, when answered, its value 1 to 5."""
    asked = asked_questions()
    items = read_seed("questionnaire/outcome_item").set_index("item_key")
    scale = read_seed("questionnaire/agreement_scale").set_index(["source_system", "answer_text"])
    status, values = scale["answer_status"].to_dict(), scale["answer_value"].to_dict()
    long = world.stays.melt(["report_key", "system", "layout"], list(items.index), "item_key", "cell")
    questions = zip(long["layout"], long["item_key"], strict=True)
    cells = list(zip(long["system"], long["cell"], strict=True))
    numbers = [int(values[cell]) if values.get(cell) else None for cell in cells]
    without_text = ["unanswered" if question in asked else "not_asked" for question in questions]
    given = zip(cells, without_text, strict=True)
    return pd.DataFrame(
        {
            "report_key": long["report_key"],
            "item_key": long["item_key"],
            "outcome_group": long["item_key"].map(items["outcome_group"]),
            "answer_status": [missing if cell[1] == "" else status[cell] for cell, missing in given],
            "answer_value": pd.Series(numbers, long.index, object),
        }
    )


def normed(scale: str, value: int | None) -> Fraction | None:
    """Return an answer on 0..1: five-point scales as (x - 1) / 4, yes and no as 1 and 0."""
    if value is None:
        return None
    return Fraction(value - 1, 4) if scale == "five_point" else Fraction(value)


def survey_answers(world: World) -> pd.DataFrame:
    """Return one row per entity and question; who answered twice counts with the last answers."""
    questions = read_seed("questionnaire/survey_question").set_index("label_nb")
    scale = read_seed("questionnaire/survey_answer_scale").set_index(["question_key", "answer_text_nb"])
    values = scale["answer_value"].astype(int).to_dict()
    delivered = world.raw["coordinator_survey__answer"]
    given = delivered.sort_values(["submitted_date", "extract_date"], kind="stable")
    named = zip(given["institution_name"], given["submitted_date"], strict=True)
    rows = given[["answer_text", "submitted_date"]].assign(
        reporting_institution_key=[world.institutions.entity({"name": name}, day) for name, day in named],
        question_key=list(given["question_text"].map(questions["question_key"])),
        scale=list(given["question_text"].map(questions["scale"])),
    )
    rows["institution_key"] = rows["reporting_institution_key"].map(world.institutions.present)
    answered = ["reporting_institution_key", "question_key"]
    rows = rows.drop_duplicates(answered, keep="last").reset_index(drop=True)
    texts = zip(rows["question_key"], rows["answer_text"], strict=True)
    numbers = [values[text] if text[1] else None for text in texts]
    norms = [normed(*pair) for pair in zip(rows["scale"], numbers, strict=True)]
    rows["answer_text"] = rows["answer_text"].replace("", None)
    rows["answer_value"] = pd.Series(numbers, rows.index, object)
    rows["normed_value"] = pd.Series(norms, rows.index, object)
    return rows.drop(columns="scale")


def indicator_values(world: World) -> pd.DataFrame:
    """Return the newest extract's value of each institution, indicator and year."""
    given = world.raw["institution_profiles__indicator_value"].sort_values("extract_date", kind="stable")
    coded = zip(given["institution_code"], given["year"], strict=True)
    rows = pd.DataFrame(
        {
            "institution_key": [
                world.institutions.match({"dbh_code": code}, counting_day(year)) for code, year in coded
            ],
            "indicator_key": list(given["indicator_code"]),
            "year": list(given["year"].astype(int)),
            "indicator_value": [Fraction(value.replace(",", ".")) for value in given["value"]],
        }
    )
    return rows.drop_duplicates(["institution_key", "indicator_key", "year"], keep="last", ignore_index=True)
