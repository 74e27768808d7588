"""Chapter 3: the figures and tables on the institutions' strategies, cell by cell."""

from fractions import Fraction
from functools import partial

import pandas as pd

from oracle.answers import survey_answers
from oracle.correlation import p_value, pearson
from oracle.figures import Figure, Measure, share
from oracle.labels import prefixed, with_institution, with_labels
from oracle.rates import mean
from oracle.read_extracts import read_seed, records
from oracle.strategy import answers_by_institution, any_of, component_questions, strategy_by_institution
from oracle.world import SECTOR, World


def of_sector(world: World, rows: pd.DataFrame) -> pd.DataFrame:
    """Keep the institutions of the sector."""
    sector = {key: row["sector"] for key, row in world.institutions.attributes.items()}
    return rows[rows["institution_key"].map(sector) == SECTOR].reset_index(drop=True)


def given_answers(world: World, *questions: str, with_rate: bool) -> pd.DataFrame:
    """Return the sector's answers to some questions, one row per entity and question."""
    rows = of_sector(world, survey_answers(world))
    rows = rows[rows["question_key"].isin(questions) & rows["answer_value"].notna()].reset_index(drop=True)
    rows["rate"] = pd.Series(list(map(world.rates.get, rows["institution_key"])), rows.index, object)
    rows = rows[rows["rate"].notna()] if with_rate else rows
    return rows[["question_key", "institution_key", "answer_value", "rate"]].reset_index(drop=True)


def with_answer(rows: pd.DataFrame) -> pd.DataFrame:
    """Join the texts of the answers to the questions."""
    scale = read_seed("questionnaire/survey_answer_scale").astype({"answer_value": int})
    texts = scale.rename(columns={"answer_text_nb": "answer_label_nb", "answer_text_en": "answer_label_en"})
    texts = texts.drop(columns="normed_value").assign(answer_sort_order=texts["answer_value"])
    return rows.merge(texts, on=["question_key", "answer_value"], how="left", validate="m:1")


def with_question(rows: pd.DataFrame) -> pd.DataFrame:
    """Join the labels of the question."""
    return with_labels(rows, "questionnaire/survey_question", "question_key", prefixed("question"))


def rates(rows: pd.DataFrame, *keys: str) -> pd.DataFrame:
    """Return number and mean rate for each combination of keys."""
    groups = rows.groupby(list(keys))["rate"]
    found = groups.agg(n_institutions=len, mobilities_per_100_fte=lambda values: mean(list(values)))
    return found.reset_index()


def rate_by_document(world: World) -> pd.DataFrame:
    """Figure 3.1."""
    rows = of_sector(world, strategy_by_institution(world)).rename(columns={"mobilities_per_100_fte": "rate"})
    rows = rows.dropna(subset=["rate", "is_mobility_in_document"])
    mentions = read_seed("questionnaire/mobility_mention")
    key_of = {row["is_mobility_in_document"] == "true": row["mention_key"] for row in records(mentions)}
    rows = rates(rows.assign(mention_key=rows["is_mobility_in_document"].map(key_of)), "mention_key")
    return with_labels(rows, "questionnaire/mobility_mention", "mention_key", prefixed("mention"))


def rate_by_answer(question: str, world: World) -> pd.DataFrame:
    """Figures 3.2 to 3.4."""
    rows = rates(given_answers(world, question, with_rate=True), "question_key", "answer_value")
    return with_answer(rows).drop(columns="question_key")


def answer_counts(component: tuple[str, ...], world: World) -> pd.DataFrame:
    """Return how many gave each answer to the questions of some components, numbered as the survey has them."""
    questions = component_questions()
    rows = given_answers(world, *(key for name in component for key in questions[name][1]), with_rate=False)
    values = rows.groupby("question_key")["answer_value"]
    found = rows.groupby(["question_key", "answer_value"]).size().rename("n_institutions").reset_index()
    of_question = found["question_key"].map
    found["n_question_institutions"] = of_question(values.size())
    found["answer_share"] = share(found["n_institutions"], found["n_question_institutions"])
    found["mean_answer_value"] = share(of_question(values.sum()), found["n_question_institutions"])
    rows_of_answers = with_question(with_answer(found))
    place = rows_of_answers["question_sort_order"].rank(method="dense").astype(int)
    return rows_of_answers.assign(question_sort_order=place)


def facilitation_and_signals(world: World) -> pd.DataFrame:
    """Figure 3.5."""
    return answer_counts(("facilitation", "leadership_signals"), world)


def rate_by_level(world: World) -> pd.DataFrame:
    """Figure 3.6."""
    levels = read_seed("questionnaire/answer_level")
    level_of = dict(zip(levels["answer_value"].astype(int), levels["level_key"], strict=True))
    questions = component_questions()
    keys = [key for name in ("facilitation", "leadership_signals") for key in questions[name][1]]
    rows = given_answers(world, *keys, with_rate=True)
    rows["level_key"] = rows["answer_value"].map(level_of)
    rows = with_question(rates(rows, "question_key", "level_key"))
    named = levels.drop_duplicates("level_key").set_index("level_key")
    rows["level_sort_order"] = rows["level_key"].map(named["level_sort_order"].astype(int))
    for language in ("nb", "en"):
        rows[f"level_label_{language}"] = rows["level_key"].map(named[f"label_{language}"])
    return rows


def objectives(world: World) -> pd.DataFrame:
    """Figure 3.7: the objective that most is done for comes first."""
    rows = answer_counts(("strategic_use",), world)
    questions = rows.drop_duplicates("question_key").sort_values("question_sort_order")
    by_mean = questions.sort_values("mean_answer_value", ascending=False, kind="stable")["question_key"]
    place = {question: number for number, question in enumerate(by_mean, start=1)}
    return rows.assign(question_sort_order=rows["question_key"].map(place))


def index_by_cluster(world: World) -> pd.DataFrame:
    """Figure 3.8."""
    rows = of_sector(world, strategy_by_institution(world)).dropna(subset=["strategy_index", "cluster"])
    groups = rows.assign(cluster=rows["cluster"].map(str)).groupby("cluster")["strategy_index"]
    found = groups.agg(n_institutions=len, strategy_index=lambda values: mean(list(values))).reset_index()
    names = {"label_nb": "cluster_label_nb", "label_en": "cluster_label_en"}
    return with_labels(found, "indicators/cluster", "cluster", names).astype({"cluster": int})


def index_and_rate(world: World) -> pd.DataFrame:
    """Figure 3.9."""
    rows = of_sector(world, strategy_by_institution(world))
    rows = rows.dropna(subset=["strategy_index", "mobilities_per_100_fte"])
    return with_institution(rows[["institution_key", "strategy_index", "mobilities_per_100_fte"]])


def rate_by_objective(world: World) -> pd.DataFrame:
    """Table 3.1."""
    (_, questions) = component_questions()["strategic_use"]
    rows = given_answers(world, *questions, with_rate=True)
    found = []
    for question, answers in rows.groupby("question_key"):
        n, r = pearson(zip(answers["answer_value"], answers["rate"], strict=True))
        # Where entities of one institution answered, the pairs are not institutions, and a p would count them twice.
        p = p_value(n, r) if answers["institution_key"].nunique() == len(answers) else None
        found.append({"question_key": question, "n_institutions": n, "pearson_r": r, "p_value": p})
    return with_question(pd.DataFrame(found, dtype=object))


def documents(world: World) -> pd.DataFrame:
    """Table T.2."""
    seed = read_seed("questionnaire/strategy_document")
    sector = set(of_sector(world, strategy_by_institution(world))["institution_key"])
    found = []
    for mention, questions in seed.groupby("document_mention")["question_key"]:
        named = [
            any_of(max(answers.get(question, []), default=None) for question in questions)
            for institution, answers in answers_by_institution(world).items()
            if institution in sector
        ]
        known = [value for value in named if value is not None]
        naming = sum(value == 1 for value in known)
        found.append(
            {
                "document_mention": mention,
                "n_institutions": len(known),
                "n_naming_institutions": naming,
                "naming_share": Fraction(naming, len(known)) if known else None,
            }
        )
    labels = seed.drop_duplicates("document_mention").set_index("document_mention")
    rows = pd.DataFrame(found, dtype=object)
    for column, name in prefixed("document_mention").items():
        rows[name] = rows["document_mention"].map(labels[column])
    return rows.astype({"document_mention_sort_order": int})


def by_answer(question: str) -> Measure:
    """Return the measure of a figure that groups the rate by the answers to a question."""
    return partial(rate_by_answer, question)


FIGURES: dict[str, Figure] = {
    "fig_3_01_rate_by_strategy_document": (rate_by_document, ("mention_key",)),
    "fig_3_02_rate_by_priority": (by_answer("priority_compared"), ("answer_value",)),
    "fig_3_03_rate_by_place": (by_answer("place_among_instruments"), ("answer_value",)),
    "fig_3_04_rate_by_research_priority": (by_answer("research_priority"), ("answer_value",)),
    "fig_3_05_facilitation_and_signals": (facilitation_and_signals, ("question_key", "answer_value")),
    "fig_3_06_rate_by_facilitation_and_signals": (rate_by_level, ("question_key", "level_key")),
    "fig_3_07_objectives": (objectives, ("question_key", "answer_value")),
    "fig_3_08_strategy_index_by_cluster": (index_by_cluster, ("cluster",)),
    "fig_3_09_strategy_index_and_rate": (index_and_rate, ("institution_key",)),
    "tab_3_01_rate_by_objective": (rate_by_objective, ("question_key",)),
    "tab_t_02_strategy_documents": (documents, ("document_mention",)),
}
