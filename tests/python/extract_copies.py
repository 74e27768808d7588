"""Copies of the demonstration extracts in which answers, reports and institutions are changed at random.

A copy is named by its number and is the same each time. What is drawn are the cases in which rules on
strategy, motives and outcomes decide: ties, half-answered groups, institutions without reports or survey.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from extract_editing import Table, change
from oracle.institutions import Institutions
from oracle.read_extracts import read_all, read_seed, records
from oracle.stays import SENDER
from oracle.versions import delivered_reports
from warehouse_build import DEMO

REPORT_TABLES = ("mobility_tool__participant_report", "beneficiary_module__participant_report")
MOBILITY_TABLES = (*REPORT_TABLES, "beneficiary_module__mobility")
SURVEY = "coordinator_survey__answer"
# Both systems spell this answer alike, and yes and no.
NOT_APPLICABLE = "Not applicable"
# Institutions that bore these names until they became Nord, which answered the survey itself.
FORMER_NAMES = ("Høgskolen i Nesna", "Høgskolen i Nord-Trøndelag")
NEWEST_DAY = "2023-05-31"
# So many reports meet each of the changes of their answers, and so many institutions each of theirs.
REPORTS_CHANGED = (20, 250)


@dataclass
class Draft:
    """A copy under way.

    Attributes:
        cells: (report, column) -> what is to stand there, in all extracts that hold the report.
        dropped: Reports that are taken out of all extracts.
        survey: Changes of the survey's rows: None takes the row out.
        answering_again: Names under which the answers of an institution are given once more.
        said: What was done, in words.
    """

    number: int
    dice: random.Random
    reports: dict[str, str]
    cells: dict[str, dict[str, str]] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    survey: dict[tuple[str, str], str | None] = field(default_factory=dict)
    answering_again: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def some_reports(self) -> list[str]:
        """Draw reports."""
        return self.dice.sample(sorted(self.reports), self.dice.randint(*REPORTS_CHANGED))

    def some_institutions(self, most: int) -> list[str]:
        """Draw institutions of the sector."""
        return self.dice.sample(SECTOR, self.dice.randint(1, most))

    def of(self, institution: str) -> list[str]:
        """Return the reports of an institution."""
        return sorted(report for report, sender in self.reports.items() if sender == institution)

    def put(self, report: str, column: str, text: str) -> None:
        """Note what is to stand in a cell."""
        self.cells.setdefault(report, {})[column] = text

    @cached_property
    def questions(self) -> list[str]:
        """The questions of the survey that the strategy index is made of."""
        rows = read_seed("questionnaire/survey_question")
        return list(rows.loc[rows["strategy_component"] != "", "label_nb"])


SECTOR = sorted(
    row["institution_key"]
    for row in records(read_seed("institutions/institution"))
    if row["sector"] == "state" and row["valid_from"] <= NEWEST_DAY and not row["valid_to"]
)
MOTIVES = {
    category: list(rows["question_key"])
    for category, rows in read_seed("questionnaire/motive").groupby("motive_category")
}
ITEMS = {
    group: list(rows["item_key"])
    for group, rows in read_seed("questionnaire/outcome_item").groupby("outcome_group")
}


def answers_emptied(draft: Draft) -> None:
    """Single answers are gone, so that groups are near to being half answered."""
    for report in draft.some_reports():
        group = draft.dice.choice(sorted(ITEMS))
        for item in draft.dice.sample(ITEMS[group], draft.dice.randint(1, len(ITEMS[group]))):
            draft.put(report, item, "")


def groups_unanswered(draft: Draft) -> None:
    """All items of a group are unanswered."""
    for report in draft.some_reports():
        for item in ITEMS[draft.dice.choice(sorted(ITEMS))]:
            draft.put(report, item, "")


def answers_not_applicable(draft: Draft) -> None:
    """Answers are 'Not applicable' instead."""
    for report in draft.some_reports():
        group = ITEMS[draft.dice.choice(sorted(ITEMS))]
        for item in draft.dice.sample(group, draft.dice.randint(1, len(group))):
            draft.put(report, item, NOT_APPLICABLE)


def motives_tied(draft: Draft) -> None:
    """Two or three categories are ticked to the same share: 2/4 and 3/6, or all of both, or all three."""
    ties = (
        {"quality": 2, "institution": 3, "personal": 0},
        {"quality": 2, "institution": 3, "personal": 3},
        {"quality": 4, "institution": 6, "personal": 0},
        {"quality": 4, "institution": 0, "personal": 7},
        {"quality": 0, "institution": 6, "personal": 7},
        {"quality": 4, "institution": 6, "personal": 7},
    )
    for report in draft.some_reports():
        for category, ticked in draft.dice.choice(ties).items():
            chosen = draft.dice.sample(MOTIVES[category], ticked)
            for motive in MOTIVES[category]:
                draft.put(report, motive, "YES" if motive in chosen else "NO")


def motives_unanswered(draft: Draft) -> None:
    """The section on motives is empty, or filled with nothing but no."""
    for report in draft.some_reports():
        text = draft.dice.choice(("", "NO"))
        for motives in MOTIVES.values():
            for motive in motives:
                draft.put(report, motive, text)


def motives_partly_empty(draft: Draft) -> None:
    """Options are empty where they are not ticked, in one category of motives or in all."""
    for report in draft.some_reports():
        categories = draft.dice.sample(sorted(MOTIVES), draft.dice.choice((1, len(MOTIVES))))
        for category in categories:
            ticked = draft.dice.sample(MOTIVES[category], draft.dice.randint(0, 2))
            for motive in MOTIVES[category]:
                draft.put(report, motive, "YES" if motive in ticked else "")


def institutions_without_reports(draft: Draft) -> None:
    """An institution loses all its reports."""
    for institution in draft.some_institutions(2):
        draft.dropped |= set(draft.of(institution))
        draft.said.append(f"{institution} loses all reports")


def institutions_with_one_report(draft: Draft) -> None:
    """An institution is left with one report."""
    for institution in draft.some_institutions(2):
        reports = [report for report in draft.of(institution) if report not in draft.dropped]
        draft.dropped |= set(reports) - set(draft.dice.sample(reports, min(1, len(reports))))
        draft.said.append(f"{institution} keeps one report")


def institutions_without_an_index(draft: Draft) -> None:
    """No report of an institution answers a group."""
    for institution in draft.some_institutions(2):
        group = draft.dice.choice(sorted(ITEMS))
        for report in draft.of(institution):
            for item in ITEMS[group]:
                draft.put(report, item, "")
        draft.said.append(f"{institution} leaves {group} unanswered")


def survey_answers_gone(draft: Draft) -> None:
    """Answers of the survey are empty, or their rows are not there."""
    for institution in draft.some_institutions(6):
        count = draft.dice.randint(1, 4)
        for question in draft.dice.sample(draft.questions, count):
            draft.survey[institution, question] = draft.dice.choice(("", None))
        draft.said.append(f"{institution} misses {count} survey answers")


def survey_institutions_gone(draft: Draft) -> None:
    """An institution is missing from the survey."""
    for institution in draft.some_institutions(2):
        for question in read_seed("questionnaire/survey_question")["label_nb"]:
            draft.survey[institution, question] = None
        draft.said.append(f"{institution} is not in the survey")


def survey_answers_other(draft: Draft) -> None:
    """Answers of the survey are others of the same scale."""
    scale = read_seed("questionnaire/survey_answer_scale")
    questions = read_seed("questionnaire/survey_question")
    keys = dict(zip(questions["label_nb"], questions["question_key"], strict=True))
    for institution in draft.some_institutions(8):
        for question in draft.dice.sample(sorted(keys), 5):
            texts = sorted(scale.loc[scale["question_key"] == keys[question], "answer_text_nb"])
            draft.survey.setdefault((institution, question), draft.dice.choice(texts))


def former_institutions_answer(draft: Draft) -> None:
    """Former institutions answer beside the one that they became."""
    for name in FORMER_NAMES[: draft.dice.randint(1, len(FORMER_NAMES))]:
        draft.answering_again[name] = draft.dice.choice(SECTOR)
        draft.said.append(f"{name} answers what {draft.answering_again[name]} does")


KINDS: tuple[Callable[[Draft], None], ...] = (
    answers_emptied,
    groups_unanswered,
    answers_not_applicable,
    motives_tied,
    motives_unanswered,
    motives_partly_empty,
    institutions_without_reports,
    institutions_with_one_report,
    institutions_without_an_index,
    survey_answers_gone,
    survey_institutions_gone,
    survey_answers_other,
    former_institutions_answer,
)
# The first copy has all kinds; each of the others has so many.
KINDS_OF_A_COPY = (4, 9)


def sender_of_reports(institutions: Institutions) -> dict[str, str]:
    """Return report -> institution, of every delivered row."""
    rows = delivered_reports(read_all(DEMO))
    senders = records(rows[list(SENDER)].rename(columns=SENDER))
    sent = zip(rows["report_id"], senders, rows["start_date"], strict=True)
    return {report: institutions.match(sender, day) for report, sender, day in sent}


def mutated_copy(folder: Path, number: int) -> list[str]:
    """Write copy `number` of the demonstration extracts; return what was changed."""
    institutions = Institutions(NEWEST_DAY)
    dice = random.Random(number)  # noqa: S311
    draft = Draft(number, dice, sender_of_reports(institutions))
    kinds = KINDS if number == 1 else dice.sample(KINDS, dice.randint(*KINDS_OF_A_COPY))
    for kind in sorted(kinds, key=KINDS.index):
        kind(draft)
    # The EU open data are no part of chapters 3 and 4.
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("*.md", "eu_open_data"))
    for path in sorted(folder.glob("mobility_tool/*")) + sorted(folder.glob("beneficiary_module/*")):
        change(path, lambda table: change_reports(table, draft))
    for path in sorted(folder.glob("coordinator_survey/*")):
        change(path, lambda table: change_survey(table, draft, institutions))
    return [*(kind.__name__ for kind in sorted(kinds, key=KINDS.index)), *draft.said]


def change_reports(table: Table, draft: Draft) -> None:
    """Write what a draft says into one table of mobilities or of reports."""
    kept = []
    for row in table.rows:
        report = table.get(row, "project_code") + "/" + table.get(row, "mobility_id")
        if report not in draft.dropped:
            kept.append(row)
            for column, text in (
                draft.cells.get(report, {}).items() if table.raw_table in REPORT_TABLES else ()
            ):
                table.put(row, column, text)
    table.rows = kept


def change_survey(table: Table, draft: Draft, institutions: Institutions) -> None:
    """Write what a draft says into the survey."""
    kept = []
    for row in table.rows:
        institution = institutions.match({"name": table.get(row, "institution_name")})
        kept += [
            answered_by(table, row, name) for name, of in draft.answering_again.items() if of == institution
        ]
        text = draft.survey.get((institution, table.get(row, "question_text")), table.get(row, "answer_text"))
        if text is not None:
            table.put(row, "answer_text", text)
            kept.append(row)
    table.rows = kept


def answered_by(table: Table, row: list[object], name: str) -> list[object]:
    """Return an answer as given by another respondent."""
    again = list(row)
    table.put(again, "institution_name", name)
    table.put(again, "respondent_id", f"SYNTHETIC-{FORMER_NAMES.index(name)}")
    return again
