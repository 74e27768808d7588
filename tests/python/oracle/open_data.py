"""The EU open data: outgoing staff of higher education, one row per participant, and the measures on them."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import pandas as pd

from oracle.figures import share
from oracle.labels import with_purpose
from oracle.marts import usage_by_institution, usage_by_institution_and_year
from oracle.read_extracts import records
from oracle.stays import duration_groups, region_of
from oracle.versions import AGENCY_COUNTRY, country_codes
from oracle.world import World

NOTHING = ("", "-", "Undefined", "???", "?? Unknown", "? Unknown ?", "??? - ? Unknown ?")
HIGHER_EDUCATION_ACTIONS = ("KA103", "KA107", "KA131", "KA171")
PURPOSES = {"for teaching": "teaching", "for training": "training"}
# A delivery stands for a start year with half of what the largest one has; the year is final 36 months later.
LEAST_SHARE = Decimal("0.5")
YEARS_UNTIL_FINAL = 3
# Published is the last date minus the first.
DAYS_ADDED = 1


@dataclass(frozen=True, eq=False)
class OpenWorld(World):
    """What the measures are computed from when the stays are those of the open data."""

    deliveries: pd.DataFrame

    def is_provisional(self, year: int) -> bool:
        """Say whether the year's delivery was taken less than three years after the year's end."""
        taken = dict(zip(self.deliveries["year"], self.deliveries["extract_date"], strict=True))
        return bool(taken[year] < f"{year + 1 + YEARS_UNTIL_FINAL}-01-01")


def participants(text: str) -> int:
    """Return the persons that a row stands for: rounded, and one where the file has no usable number."""
    if text in NOTHING:
        return 1
    return max(1, int(Decimal(text).quantize(Decimal(1), ROUND_HALF_UP)))


def is_higher_education(row: dict[str, str]) -> bool:
    """Say whether a row is of higher education: by its field, else by the action of its project."""
    if row["field"] not in NOTHING:
        return row["field"] == "Higher Education"
    return row["project_code"].split("-")[3] in HIGHER_EDUCATION_ACTIONS


def purpose(activity: str) -> str:
    """Return the purpose of a staff activity; an activity that is none of the two is an error."""
    (found,) = [name for words, name in PURPOSES.items() if words in activity.lower()]
    return found


def outgoing_staff(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the agency's outgoing staff, every delivery's, with their facts."""
    codes = country_codes()
    kept = [
        {**row, "country_code": codes[row["receiving_country"].split(" - ")[0]]}
        for row in records(rows)
        if is_higher_education(row)
        and row["participant_profile"].lower() == "staff"
        and row["sending_country"].split(" - ")[0] == AGENCY_COUNTRY
    ]
    staff = pd.DataFrame(kept)
    staff["year"] = staff["start_month"].str[:4].astype(int)
    staff["start_month"] = staff["start_month"] + "-01"
    staff["academic_year"] = [f"{text[:4]}-{int(text[:4]) + 1}" for text in staff["academic_year"]]
    staff["purpose_key"] = staff["activity"].map(purpose)
    staff["region_key"] = staff["country_code"].map(region_of())
    staff["duration_days"] = staff["duration_days"].astype(int) + DAYS_ADDED
    staff["duration_bin"] = staff["duration_days"].map(duration_groups("distribution"))
    staff["n_participants"] = staff["participants"].map(participants)
    return staff


def chosen_deliveries(staff: pd.DataFrame) -> pd.DataFrame:
    """Return the newest delivery of each start year that has at least half of what the largest one has."""
    sums = staff.groupby(["year", "layout", "extract_date"])["n_participants"].sum().reset_index()
    largest = sums.groupby("year")["n_participants"].transform("max")
    enough = sums[sums["n_participants"].map(Decimal) >= LEAST_SHARE * largest.map(Decimal)]
    return enough.sort_values("extract_date").drop_duplicates("year", keep="last").reset_index(drop=True)


def open_world(world: World) -> OpenWorld:
    """Return the world of the open data: rows as often as they have participants, FTE of their years only."""
    staff = outgoing_staff(world.raw["eu_open_data__mobility"])
    deliveries = chosen_deliveries(staff)
    keys = ["year", "layout", "extract_date"]
    current = staff.merge(deliveries[keys], on=keys)
    names = {"sending_erasmus_code": "erasmus_code", "sending_name": "name"}
    senders = records(current[list(names)].rename(columns=names).replace(list(NOTHING), ""))
    sent = zip(senders, current["start_month"], strict=True)
    current["reporting_institution_key"] = [world.institutions.entity(sender, day) for sender, day in sent]
    current["institution_key"] = current["reporting_institution_key"].map(world.institutions.present)
    stays = current.loc[current.index.repeat(current["n_participants"])].reset_index(drop=True)
    stays["is_reuse"] = False
    fte = {key: amount for key, amount in world.fte.items() if key[1] in set(deliveries["year"])}
    return OpenWorld(world.raw, world.institutions, stays, fte, world.structure_day, deliveries)


FACT = (
    *("extract_date", "reporting_institution_key", "institution_key", "country_code", "year", "start_month"),
    *("academic_year", "purpose_key", "duration_bin", "duration_days"),
)


def mobilities(world: OpenWorld) -> pd.DataFrame:
    """fct_open_mobility: participants for each combination of its columns."""
    return world.stays.groupby(list(FACT)).size().rename("n_participants").reset_index()


def years(world: OpenWorld) -> pd.DataFrame:
    """mart_open_data__year."""
    rows = world.deliveries.copy()
    rows["is_provisional"] = rows["year"].map(world.is_provisional)
    return rows


def use_by_institution(world: OpenWorld) -> pd.DataFrame:
    """mart_open_data__institution: no re-use without persons."""
    return usage_by_institution(world).drop(columns=["n_reuse_stays", "reuse_share"])


def use_by_institution_and_year(world: OpenWorld) -> pd.DataFrame:
    """mart_open_data__institution_year."""
    return usage_by_institution_and_year(world).drop(columns=["n_reuse_stays"])


def beside_reports(world: OpenWorld, reports: pd.DataFrame) -> pd.DataFrame:
    """tab_o_07: participants and reported stays of each year and purpose; combined stays are teaching."""
    published = world.stays.groupby(["year", "purpose_key"]).size().rename("n_participants")
    purposes = reports["purpose_key"].replace({"combined": "teaching"})
    reported = reports.groupby(["year", purposes]).size().rename("n_report_stays")
    rows = pd.concat([published, reported], axis=1, join="inner").reset_index()
    rows["participants_difference"] = rows["n_participants"] - rows["n_report_stays"]
    rows["report_share"] = share(rows["n_report_stays"], rows["n_participants"])
    rows["is_provisional"] = rows["year"].map(world.is_provisional)
    return with_purpose(rows)
