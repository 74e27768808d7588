"""Writes the extracts of an invented country from the tables beside this file, as its layouts want them.

python tests/other_country/make_extracts.py <folder>
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
import yaml

HERE = Path(__file__).parent
LAYOUTS = HERE.parents[1] / "layouts"
HOME = ("LU", "Luxembourg")
TAKEN = "2023-05-31"
DAYS = 5
INDICATOR = "exchange_share"
Row = dict[str, str]


def read(name: str) -> list[Row]:
    """Rows of a table beside this file."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def layout(name: str) -> dict[str, Any]:
    """A layout of the EU systems, which every country shares."""
    return dict(yaml.safe_load((LAYOUTS / f"{name}.yml").read_text(encoding="utf-8")))


def stays() -> Iterator[Row]:
    """One row per stay, with a number and a person of its own; under the names of the layouts' columns."""
    number = 0
    for line in read("stays.csv"):
        for _ in range(int(line["stays"])):
            number += 1
            start = date.fromisoformat(line["start_date"])
            call, action = (
                start.year if start.year < 2021 else 2021,
                "KA103-000001" if start.year < 2021 else "KA131-HED-000000001",
            )
            yield {
                "system": line["system"],
                "project_code": f"{call}-1-{HOME[0]}01-{action}",
                "mobility_id": f"M{number:03d}",
                "case_id": f"C{number:03d}",
                "participant_id": f"P{number:03d}",
                "first_name": f"First{number}",
                "last_name": f"Last{number}",
                "email": f"person{number}@mail.example",
                "birth_date": str(date(1970, 1, 1) + timedelta(days=number)),
                "sending_erasmus_code": line["sender"],
                "sending_oid": line["sender"],
                "sending_name": "",
                "sending_country": HOME[0 if line["system"] == "mobility_tool" else 1],
                "receiving_country": "PT" if line["system"] == "mobility_tool" else "Portugal",
                "start_date": str(start),
                "end_date": str(start + timedelta(days=DAYS - 1)),
                "submitted_date": str(start + timedelta(days=30)),
                "duration_days": str(DAYS),
                "activity_type": "HE-STA-P" if line["system"] == "mobility_tool" else "HE-STA",
                "data_type": "Mobility",
                "status": "Complete",
            }


def cell(column: dict[str, Any], row: Row, lists: dict[str, list[str]]) -> str:
    """What stands in a column of a stay: its value, the first allowed answer, a number, or nothing."""
    if column["name"] in row:
        text = row[column["name"]]
        if column.get("type") == "date" and column["format"] == "DD-MM-YYYY":
            return "-".join(reversed(text.split("-")))
        return text
    if "allowed" in column:
        return lists[column["allowed"]][0]
    return {"integer": "0", "decimal_comma": "0,00"}.get(column.get("type", "text"), "")


def sheet(plan: dict[str, Any], table: dict[str, Any], rows: list[Row]) -> list[list[str]]:
    """Header and rows of one table of an EU layout."""
    columns = table["columns"]
    cells = [[cell(column, row, plan["answer_lists"]) for column in columns] for row in rows]
    return [[column["header"] for column in columns], *cells]


def write_csv(path: Path, rows: list[list[str]], encoding: str = "utf-8") -> None:
    """Write rows with semicolons."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=";", lineterminator="\r\n").writerows(rows)


def write_eu_systems(folder: Path) -> None:
    """Write the Mobility Tool's list and the Beneficiary Module's workbook."""
    rows = list(stays())
    tool = layout("mobility_tool_participant_report_2017")
    table = sheet(tool, tool["tables"][0], [row for row in rows if row["system"] == "mobility_tool"])
    # The second line of the file has the rules of the columns.
    write_csv(
        folder / f"mobility_tool_{TAKEN}.csv", [table[0], ["*"] * len(table[0]), *table[1:]], "utf-8-sig"
    )
    module = layout("beneficiary_module_2021")
    with xlsxwriter.Workbook(str(folder / f"beneficiary_module_{TAKEN}.xlsx")) as workbook:
        for plan in module["tables"]:
            page = workbook.add_worksheet(plan["sheet"])
            own = [row for row in rows if row["system"] == "beneficiary_module"]
            for place, line in enumerate(sheet(module, plan, own)):
                page.write_row(place, 0, line)


def write_national_sources(folder: Path) -> None:
    """Write staff, positions, survey and profiles under the headers of the country's own language."""
    staff = [[row["year"], row["institution"], "U1", "X1", row["fte"]] for row in read("staff.csv")]
    # Secondary positions do not count.
    staff.append(["2019", "A100", "U1", "X9", "33"])
    write_csv(
        folder / f"staff_{TAKEN}.csv",
        [["Joer", "Etablissement", "Departement", "Posten", "Vollzäit"], *staff],
    )
    write_csv(
        folder / f"positions_{TAKEN}.csv",
        [
            ["Posten", "Titel", "Grupp", "Gruppennumm"],
            ["X1", "Proff", "G1", "Fuerschung"],
            ["X9", "Niewenaarbecht", "G9", "Aner"],
        ],
    )
    questions = ("Steet d'Mobilitéit an der Strategie?", "Wéi wichteg ass se am Verglach?")
    answers = {"Universitéit Alpha": ("Jo", "Vill méi"), "Conservatoire Zeta": ("Nee", "Manner")}
    survey = [
        [str(number), name, "05.05.2023", question, answer]
        for number, (name, given) in enumerate(answers.items(), start=1)
        for question, answer in zip(questions, given, strict=True)
    ]
    write_csv(
        folder / f"survey_{TAKEN}.csv", [["Nummer", "Etablissement", "Datum", "Fro", "Äntwert"], *survey]
    )
    profiles = [
        ["A100", "Universitéit Alpha", "1", INDICATOR, "2022", "21,5"],
        ["C300", "Universitéit Gamma", "2", INDICATOR, "2022", "12,0"],
        ["Z700", "Conservatoire Zeta", "3", INDICATOR, "2022", "40,0"],
    ]
    headers = ["Code", "Etablissement", "Grupp", "Indikator", "Joer", "Wäert"]
    write_csv(folder / f"profiles_{TAKEN}.csv", [headers, *profiles])


def main(folder: Path) -> None:
    """Write all extracts."""
    folder.mkdir(parents=True, exist_ok=True)
    write_eu_systems(folder)
    write_national_sources(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
