"""Coordinator survey: one row an answer, in two files (in time, and three late answers)."""

from datetime import date
from pathlib import Path

from staff_mobility.synthetic.calibrated import institutions
from staff_mobility.synthetic.files import Record, write_csv, write_workbook
from staff_mobility.synthetic.tables import columns, entities, sheet, table

_FIRST_DAY = date(2023, 4, 11)
_LATE_DAY = date(2023, 5, 8)


def survey_rows(key: str, number: int) -> list[Record]:
    """Return the 15 answers of one institution's coordinator."""
    entry, calibrated = table("survey_answers")["respondents"][key], institutions()[key]
    late = key in table("survey_answers")["late"]
    day = _LATE_DAY.replace(day=8 + number % 4) if late else _FIRST_DAY.replace(day=11 + number % 9)
    rows: list[Record] = []
    for place, question in enumerate(table("survey_questions")["questions"]):
        value = int(calibrated[question["key"]])
        position = value if question["scale"] == "yes_no" else value - 1
        rows.append(
            {
                "respondent_id": f"SYNTHETIC-R{number:02d}",
                "institution_name": entry.get("name", entities()[key].name_nb),
                "respondent_name": f"Synthetic Koordinator {number:02d}",
                "respondent_email": f"koordinator{number:02d}@{key.replace('_', '-')}.example",
                "submitted_date": day,
                "question_text": question["question_nb"],
                "answer_text": question["answers"][position],
                "comment_text": "Synthetic kommentar; oppdiktet." if (number + place) % 23 == 0 else "",
            }
        )
    return rows


def write_survey(folder: Path) -> None:
    """Write the workbook with the answers in time and the CSV file with the late ones."""
    answers = table("survey_answers")
    in_time: list[Record] = []
    late: list[Record] = []
    for number, key in enumerate(answers["respondents"], start=1):
        (late if key in answers["late"] else in_time).extend(survey_rows(key, number))
    layout = "coordinator_survey_xlsx"
    write_workbook(
        folder / "synthetic_coordinator_survey_2023-04-21.xlsx", {sheet(layout): (columns(layout), in_time)}
    )
    write_csv(
        folder / "synthetic_coordinator_survey_late_2023-05-12.csv",
        columns("coordinator_survey_csv"),
        late,
        delimiter=";",
        encoding="cp1252",
    )
