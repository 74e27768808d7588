"""The strategy index: five components of the coordinators' answers, each on 0..1, and their mean."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache

import pandas as pd

from oracle.answers import survey_answers
from oracle.rates import mean
from oracle.read_extracts import read_seed, records
from oracle.world import World

# A component that is a mean needs this share of its questions; the index needs so many components.
LEAST_SHARE = Fraction(1, 2)
LEAST_COMPONENTS = 5
MOST_MISSING = 0

Answers = dict[str, list[Fraction]]
"""Question -> normed values of the entities that answered it."""


def component_questions() -> dict[str, tuple[str, list[str]]]:
    """Return component -> how its questions combine, and the questions, in the order of the components."""
    questions = read_seed("questionnaire/survey_question")
    components = read_seed("questionnaire/strategy_component")
    components = components.sort_values("sort_order", key=lambda order: order.astype(int))
    of_component = questions.groupby("strategy_component")["question_key"].agg(list)
    return {
        row["strategy_component"]: (row["combination"], of_component[row["strategy_component"]])
        for row in records(components)
    }


def any_of(answers: Iterable[Fraction | None]) -> Fraction | None:
    """Return 1 when one answer is yes, 0 when all are no, nothing when the rest is not known."""
    given = list(answers)
    if 1 in given:
        return Fraction(1)
    return None if None in given else Fraction(0)


def mean_of(answers: Iterable[Fraction | None], least_share: Fraction = LEAST_SHARE) -> Fraction | None:
    """Return the mean of the answers that are there, if enough of them are."""
    given = list(answers)
    there = [value for value in given if value is not None]
    return mean(there) if there and len(there) >= least_share * len(given) else None


def component(combination: str, questions: list[str], answers: Answers) -> Fraction | None:
    """Return one component of an institution; entities that count as one give the mean, or yes if one says yes."""
    values = [answers.get(question, []) for question in questions]
    if combination == "any":
        return any_of(max(of_question, default=None) for of_question in values)
    return mean_of(mean(of_question) if of_question else None for of_question in values)


def strategy_index(components: Iterable[Fraction | None]) -> Fraction | None:
    """Return the mean of the components, if enough are there."""
    there = [value for value in components if value is not None]
    return mean(there) if len(there) >= LEAST_COMPONENTS else None


def index_without(left_out: str, components: Mapping[str, Fraction | None]) -> Fraction | None:
    """Return the mean of all components but one, if no more of them are missing than the index may lack."""
    others = [value for key, value in components.items() if key != left_out]
    there = [value for value in others if value is not None]
    return mean(there) if len(others) - len(there) <= MOST_MISSING else None


def questions_mean(answers: Answers) -> Fraction | None:
    """Return the mean of the questions behind the index, where there is an index.

    Questions of which one yes is enough are one question together.
    """
    values = []
    components = []
    for combination, questions in component_questions().values():
        made = component(combination, questions, answers)
        components.append(made)
        if combination == "any":
            values.append(made)
        else:
            values += [mean(answers[question]) for question in questions if question in answers]
    there = [value for value in values if value is not None]
    return None if strategy_index(components) is None else mean(there)


def answers_by_institution(world: World) -> dict[str, Answers]:
    """Return institution -> its entities' normed answers by question."""
    found: dict[str, Answers] = {}
    rows = survey_answers(world)
    for institution, question, value in zip(
        rows["institution_key"], rows["question_key"], rows["normed_value"], strict=True
    ):
        answers = found.setdefault(institution, {})
        if value is not None:
            answers.setdefault(question, []).append(value)
    return found


@cache
def strategy_by_institution(world: World) -> pd.DataFrame:
    """mart_strategy__institution."""
    questions = component_questions()
    rows_of_survey = survey_answers(world)
    entities = rows_of_survey.groupby("institution_key")["reporting_institution_key"].nunique()
    rows = []
    for institution, answers in answers_by_institution(world).items():
        components = {key: component(*asked, answers) for key, asked in questions.items()}
        anchoring = components["anchoring"]
        rows.append(
            {
                "institution_key": institution,
                "n_answering_entities": int(entities[institution]),
                **components,
                "n_components_answered": sum(value is not None for value in components.values()),
                "strategy_index": strategy_index(components.values()),
                "strategy_index_without_anchoring": index_without("anchoring", components),
                "strategy_questions_mean": questions_mean(answers),
                "is_mobility_in_document": None if anchoring is None else anchoring == 1,
                "mobilities_per_100_fte": world.rates.get(institution),
            }
        )
    return with_attributes(world, pd.DataFrame(rows, dtype=object))


def components_by_institution(world: World) -> pd.DataFrame:
    """mart_strategy__institution_component."""
    rows = [
        {
            "institution_key": institution,
            "strategy_component": key,
            "n_questions": len(questions),
            "n_questions_answered": sum(question in answers for question in questions),
            "component_value": component(combination, questions, answers),
        }
        for institution, answers in answers_by_institution(world).items()
        for key, (combination, questions) in component_questions().items()
    ]
    return pd.DataFrame(rows, dtype=object)


def with_attributes(world: World, rows: pd.DataFrame) -> pd.DataFrame:
    """Join names, sector and cluster of the institution."""
    named = read_seed("institutions/institution").set_index("institution_key")
    keys = rows["institution_key"]
    attributes = {
        column: keys.map(named[column]) for column in ("short_name", "name_nb", "name_en", "sector")
    }
    clusters = world.clusters()
    cluster = pd.Series([clusters.get(key) for key in keys], rows.index, object)
    return rows.assign(**attributes, cluster=cluster)
