"""The current outgoing stays: one row per participant report that counts."""

import pandas as pd

from oracle.institutions import Institutions
from oracle.persons import person_of
from oracle.read_extracts import read_seed, records
from oracle.versions import country_codes, placed_reports

# Which identifiers of the sender each system brings.
SENDER = {
    "sending_erasmus_code": "erasmus_code",
    "sending_oid": "oid",
    "sending_pic": "pic",
    "sending_name": "name",
}


def purpose(stays: pd.DataFrame) -> pd.Series:
    """Return teaching, training or combined; a combined stay carries the code of its teaching or training."""
    activities = read_seed("questionnaire/activity_type").set_index("activity_type")["purpose_key"]
    return stays["activity_type"].map(activities).where(stays["is_combined"] != "YES", "combined")


def region_of() -> dict[str, str]:
    """Return country -> region; the first rule that fits wins: East, Nordic, South, North, other."""
    return {row["country_code"]: region(row) for row in records(read_seed("countries/country"))}


def region(country: dict[str, str]) -> str:
    """Return the region of one row of the country list."""
    programme = country["is_programme_country"] == "true"
    if country["is_former_eastern_europe"] == "true":
        return "eastern"
    if country["is_nordic"] == "true":
        return "nordic"
    if programme and country["is_mediterranean_coast_or_portugal"] == "true":
        return "southern"
    return "northern" if programme else "other"


def duration_groups(grouping: str) -> dict[int, str]:
    """Return days -> group of one grouping, for every duration up to two years."""
    groups = read_seed("questionnaire/duration_group")
    table = {}
    for row in records(groups[groups["grouping"] == grouping]):
        for days in range(int(row["from_days"]), int(row["to_days"] or 730) + 1):
            table[days] = row["duration_group"]
    return table


def stay_numbers(stays: pd.DataFrame) -> pd.Series:
    """Return which stay of its person each one is, by start date and, on one day, by report id."""
    in_order = stays.sort_values(["start_date", "report_id"])
    return in_order.groupby("person").cumcount().reindex(stays.index) + 1


def current_stays(raw: dict[str, pd.DataFrame], institutions: Institutions) -> pd.DataFrame:
    """Return one row per current outgoing stay, classified; answers are still texts."""
    codes = country_codes()
    rows = placed_reports(raw)
    stays = rows[rows["status"] == "current"].reset_index(drop=True)
    senders = stays[list(SENDER)].rename(columns=SENDER)
    sent = zip(records(senders), stays["start_date"], strict=True)
    stays["reporting_institution_key"] = [institutions.entity(sender, day) for sender, day in sent]
    stays["institution_key"] = stays["reporting_institution_key"].map(institutions.present)
    stays["country_code"] = stays["receiving_country"].map(codes)
    stays["region_key"] = stays["country_code"].map(region_of())
    stays["year"] = stays["start_date"].str[:4].astype(int)
    stays["purpose_key"] = purpose(stays)
    stays["duration_days"] = stays["duration_days"].astype(int)
    stays["duration_bin"] = stays["duration_days"].map(duration_groups("distribution"))
    stays["duration_group"] = stays["duration_days"].map(duration_groups("outcome"))
    stays["person"] = person_of(stays)
    stays["stay_number"] = stay_numbers(stays)
    stays["is_reuse"] = stays["stay_number"] > 1
    return stays
