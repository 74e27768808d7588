"""Every delivered row of every file by the status in which it ends."""

from collections import Counter

import pandas as pd

from oracle.open_data import chosen_deliveries, is_higher_education, outgoing_staff
from oracle.read_extracts import records
from oracle.versions import AGENCY_COUNTRY, placed_reports, with_report_id

# Columns that name one thing in the sources without versions.
KEYS = {
    "dbh__position_code": ["position_code"],
    "dbh__institution": ["institution_code"],
    "institution_profiles__indicator_value": ["institution_code", "indicator_code", "year"],
    "coordinator_survey__answer": ["institution_name", "question_text"],
}


def ledger(raw: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """mart_quality__ledger: rows of each file by status."""
    reports = placed_reports(raw)
    of_mobility = reports[reports["status"].isin(["current", "moved", "withdrawn", "superseded", "incoming"])]
    status = of_mobility.set_index(["file", "report_id"])["status"].to_dict()
    answers = with_report_id(raw["beneficiary_module__participant_report"])
    counts = Counter(zip(reports["file"], reports["status"], strict=True))
    counts += Counter((row["file"], status[row["file"], row["report_id"]]) for row in records(answers))
    staff = raw["dbh__staff_fte"]
    latest = staff.groupby(["year", "institution_code"])["extract_date"].transform("max")
    of_staff = (staff["extract_date"] == latest).map({True: "current", False: "superseded"})
    counts += Counter(zip(staff["file"], of_staff, strict=True))
    for table, keys in KEYS.items():
        rows = raw[table].sort_values("extract_date", kind="stable")
        file = rows.drop_duplicates(keys, keep="last").set_index(keys)["file"].to_dict()
        again = rows.duplicated(keys, keep="last")
        for row, is_again in zip(records(rows), again, strict=True):
            key = row[keys[0]] if len(keys) == 1 else tuple(row[name] for name in keys)
            older = "duplicate" if file[key] == row["file"] else "superseded"
            counts[row["file"], older if is_again else "current"] += 1
    counts += Counter(open_statuses(raw["eu_open_data__mobility"]))
    files = sorted({file for file, _ in counts})
    kinds = ("current", "superseded", "duplicate", "withdrawn", "moved", "rejected", "incoming")
    kinds += ("without_report", "sub_row", "without_mobility", "out_of_scope")
    lines = {table: rows["file"].value_counts() for table, rows in raw.items()}
    return pd.DataFrame(
        {
            "file_name": file,
            "n_file_rows": sum(int(found.get(file, 0)) for found in lines.values()),
            "n_landed_rows": sum(int(found.get(file, 0)) for found in lines.values()),
            **{f"n_{kind}_rows": counts[file, kind] for kind in kinds},
            "n_refused_rows": 0,
            "n_erased_rows": 0,
            "n_accounted_rows": sum(counts[file, kind] for kind in kinds),
            "is_balanced": True,
        }
        for file in files
    )


def open_statuses(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """Return file and status of each row of the EU open data."""
    chosen = chosen_deliveries(outgoing_staff(rows))
    stands = set(zip(chosen["year"], chosen["layout"], chosen["extract_date"], strict=True))
    return [(row["file"], open_status(row, stands)) for row in records(rows)]


def open_status(row: dict[str, str], stands: set[tuple[int, str, str]]) -> str:
    """Return the status of one row: outgoing staff count where their delivery stands for the year."""
    sender, receiver = (row[side].split(" - ")[0] for side in ("sending_country", "receiving_country"))
    if not is_higher_education(row) or row["participant_profile"].lower() != "staff":
        return "out_of_scope"
    if sender != AGENCY_COUNTRY:
        return "incoming" if receiver == AGENCY_COUNTRY else "out_of_scope"
    delivery = (int(row["start_month"][:4]), row["layout"], row["extract_date"])
    return "current" if delivery in stands else "superseded"
