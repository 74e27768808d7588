"""What the statistics step reads: variables of institutions, and reports with the same predictors in one cell."""

from collections.abc import Iterable
from fractions import Fraction

import pandas as pd

from oracle.answers import survey_answers
from oracle.marts import active_institutions
from oracle.outcomes import current_indicators, outcome_groups, outcomes_by_report
from oracle.rates import mean
from oracle.read_extracts import read_seed
from oracle.strategy import component_questions, strategy_by_institution
from oracle.world import SECTOR, World

VERSIONS_OF_THE_INDEX = ("strategy_index", "strategy_index_without_anchoring", "strategy_questions_mean")
PREDICTORS = (
    "institution_key",
    "purpose_key",
    "is_teaching",
    "duration_days",
    "dominating_motive",
    "region_key",
    "has_mobility_agreement",
)

Value = Fraction | int | None
Labels = dict[str, tuple[str, str]]


def labels_of(seed: str, key: str) -> Labels:
    """Return what a seed describes -> its labels, Norwegian and English."""
    rows = read_seed(seed)
    pairs = zip(rows["label_nb"], rows["label_en"], strict=True)
    return dict(zip(rows[key], pairs, strict=True))


def reuse_shares(world: World) -> dict[str, Fraction]:
    """Return institution -> share of its stays that are re-use; without stays there is none."""
    stays = world.stays.groupby("institution_key")["is_reuse"]
    return {str(key): Fraction(int(of.sum()), len(of)) for key, of in stays}


def mean_answers(world: World) -> dict[tuple[str, str], Fraction]:
    """Return (institution, question) -> mean of what its entities answered, on the question's scale."""
    given: dict[tuple[str, str], list[Fraction]] = {}
    rows = survey_answers(world).dropna(subset="answer_value")
    keys = zip(rows["institution_key"], rows["question_key"], strict=True)
    for key, value in zip(keys, rows["answer_value"], strict=True):
        given.setdefault(key, []).append(Fraction(value))
    return {key: mean(values) for key, values in given.items()}


def variables(world: World) -> Iterable[tuple[str, str, Value, tuple[str, str]]]:
    """Yield institution, variable, value and labels of all that is known, of whatever sector."""
    of_columns = labels_of("labels/column_label", "column_name")
    strategy = strategy_by_institution(world).set_index("institution_key")
    columns: dict[str, dict[str, Value]] = {
        "mobilities_per_100_fte": {
            key: world.rates.get(key) for key in active_institutions(world)["institution_key"]
        },
        "reuse_share": {**reuse_shares(world)},
        "cluster": {**world.clusters()},
        **{name: strategy[name].to_dict() for name in (*component_questions(), *VERSIONS_OF_THE_INDEX)},
    }
    for name, values in columns.items():
        yield from ((institution, name, value, of_columns[name]) for institution, value in values.items())
    of_indicators = labels_of("indicators/indicator", "indicator_key")
    for (institution, indicator), value in current_indicators(world).items():
        yield institution, indicator, value, of_indicators[indicator]
    of_questions = labels_of("questionnaire/survey_question", "question_key")
    for (institution, question), answer in mean_answers(world).items():
        yield institution, f"answer_{question}", answer, of_questions[question]


def institution_variables(world: World) -> pd.DataFrame:
    """mart_statistics__institution_variable."""
    sector = {key for key, row in world.institutions.attributes.items() if row["sector"] == SECTOR}
    rows = [
        {
            "institution_key": institution,
            "variable_key": variable,
            "variable_value": value,
            "label_nb": label_nb,
            "label_en": label_en,
        }
        for institution, variable, value, (label_nb, label_en) in variables(world)
        if institution in sector and value is not None
    ]
    return pd.DataFrame(rows, dtype=object)


def predictor_cells(world: World) -> pd.DataFrame:
    """mart_statistics__predictor_cell."""
    reports = outcomes_by_report(world)
    keys = reports[[*PREDICTORS]].astype(object).where(reports[[*PREDICTORS]].notna(), None)
    cells: dict[tuple[object, ...], list[Fraction | None]] = {}
    for group in outcome_groups():
        for key, index in zip(keys.itertuples(index=False), reports[f"{group}_index"], strict=True):
            cells.setdefault((*key, group), []).append(index)
    rows = []
    for cell, indices in cells.items():
        there = [index for index in indices if index is not None]
        rows.append(
            {
                **dict(zip((*PREDICTORS, "outcome_group"), cell, strict=True)),
                "n_participants": len(there),
                "outcome_sum": sum(there, Fraction(0)),
                "outcome_square_sum": sum((index * index for index in there), Fraction(0)),
                "n_without_outcome": len(indices) - len(there),
            }
        )
    return pd.DataFrame(rows, dtype=object)
