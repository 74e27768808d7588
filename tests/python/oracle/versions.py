"""What becomes of the delivered rows of reports: which version counts, what was withdrawn, what has moved."""

import pandas as pd

from oracle.persons import identifiers, office_addresses
from oracle.read_extracts import read_seed

AGENCY_COUNTRY = "NO"
FORMER, PRESENT = "mobility_tool", "beneficiary_module"
Days = dict[tuple[str, int], list[str]]
"""(system, call year) -> days on which an extract covers the call, in order."""


def country_codes() -> dict[str, str]:
    """Return every way to write a country in the extracts -> its code in the EU's programmes."""
    countries, spellings = read_seed("countries/country"), read_seed("countries/country_spelling")
    written = dict(zip(countries["name_en"], countries["country_code"], strict=True))
    written |= dict(zip(spellings["spelling"], spellings["country_code"], strict=True))
    return written | {code: code for code in countries["country_code"]}


def with_report_id(rows: pd.DataFrame) -> pd.DataFrame:
    """Add the report id (unique within a system), its key, and the year of the call."""
    report_id = rows["project_code"] + "/" + rows["mobility_id"]
    call = rows["project_code"].str[:4].astype(int)
    return rows.assign(report_id=report_id, report_key=rows["system"] + "/" + report_id, call=call)


def newest(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep one row per report id: that of the newest extract, inside an extract the last one."""
    in_time = rows.sort_values("extract_date", kind="stable")
    return in_time.drop_duplicates(["system", "report_id"], keep="last")


def delivered_reports(raw: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return every mobility row beside its questionnaire, with why it is out of scope, if it is."""
    tool = with_report_id(raw["mobility_tool__participant_report"]).assign(
        data_type="Mobility", questionnaire="here"
    )
    answers = with_report_id(raw["beneficiary_module__participant_report"]).assign(questionnaire="there")
    answers = answers.drop(columns="call").drop_duplicates(["file", "report_id"], keep="last")
    module = with_report_id(raw["beneficiary_module__mobility"]).merge(
        answers, on=["file", "report_id"], how="left", suffixes=("", "_of_report"), validate="m:1"
    )
    rows = pd.concat([tool, module], ignore_index=True).fillna("")
    abroad = rows["sending_country"].map(country_codes()) != AGENCY_COUNTRY
    rows["out_of_scope"] = ""
    rows.loc[abroad, "out_of_scope"] = "incoming"
    rows.loc[rows["questionnaire"] == "", "out_of_scope"] = "without_report"
    rows.loc[rows["data_type"] != "Mobility", "out_of_scope"] = "sub_row"
    return rows


def covering_days(rows: pd.DataFrame) -> Days:
    """Return the days on which each call is covered: by a file with calls on both sides of it."""
    days: dict[tuple[str, int], set[str]] = {}
    for (system, _, day), calls in rows.groupby(["system", "file", "extract_date"])["call"]:
        for call in range(calls.min(), calls.max() + 1):
            days.setdefault((str(system), call), set()).add(str(day))
    return {key: sorted(found) for key, found in days.items()}


def placed_reports(raw: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return every mobility row of both systems with the status in which it ends."""
    rows = delivered_reports(raw)
    days = covering_days(rows)
    last = newest(rows[rows["out_of_scope"] == ""])
    covered_until = [
        days[system, call][-1] for system, call in zip(last["system"], last["call"], strict=True)
    ]
    gone = set(last.index[last["extract_date"] < pd.Series(covered_until, last.index)])
    newest_file = last.set_index("report_key")["file"]
    rows["status"] = rows["out_of_scope"]
    open_rows = rows["out_of_scope"] == ""
    same_file = rows["report_key"].map(newest_file) == rows["file"]
    rows.loc[open_rows & same_file, "status"] = "duplicate"
    rows.loc[open_rows & ~same_file, "status"] = "superseded"
    rows.loc[last.index, "status"] = ["withdrawn" if index in gone else "current" for index in last.index]
    rows.loc[moved_rows(rows[rows["status"] == "current"]), "status"] = "moved"
    return rows


def moved_rows(current: pd.DataFrame) -> list[int]:
    """Return the rows of the former programme's system whose stay stands again in the present one's."""
    known = identifiers(current)
    offices = office_addresses(known)
    country = current["receiving_country"].map(country_codes())
    free = {index for index, system in current["system"].items() if system == PRESENT}
    moved: list[int] = []
    for identifier in ("name_birth_date", "email"):
        stay = known[identifier] + "|" + current["start_date"] + "|" + current["end_date"] + "|" + country
        usable = (known[identifier] != "") & ~known[identifier].isin(offices)
        waiting: dict[str, list[int]] = {}
        for index in sorted(free):
            if usable[index]:
                waiting.setdefault(stay[index], []).append(index)
        for index in current.index[(current["system"] == FORMER) & usable]:
            if index not in moved and waiting.get(stay[index]):
                free.remove(waiting[stay[index]].pop(0))
                moved.append(int(index))
    return moved
