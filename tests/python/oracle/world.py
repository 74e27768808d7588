"""What the measures are computed from: the extracts, the sector's structure, the stays, the staff."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import pandas as pd

from oracle.corrections import corrected
from oracle.institutions import Institutions
from oracle.rates import StaffFte, institution_rates, staff_fte
from oracle.read_extracts import EXTRACTS, extract_date, extract_files, read_all, read_seed
from oracle.stays import current_stays

SECTOR = "state"
REPORT_SYSTEMS = ("mobility_tool", "beneficiary_module")


# Compared by identity, so that what several measures need of a world can be kept.
@dataclass(frozen=True, eq=False)
class World:
    """The demonstration as of the day of its newest extract."""

    raw: dict[str, pd.DataFrame]
    institutions: Institutions
    stays: pd.DataFrame
    fte: StaffFte
    structure_day: str
    rates: dict[str, Fraction] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rates", institution_rates(self.stays, self.fte))

    def sector_institutions(self) -> list[str]:
        """Return the sector's present institutions that have stays or staff."""
        active = set(self.stays["institution_key"]) | {institution_key for institution_key, _ in self.fte}
        return [key for key in self.institutions.in_sector(SECTOR) if key in active]

    def is_provisional(self, year: int) -> bool:
        """Say whether the newest extract was taken less than twelve months after the year's end."""
        return f"{year + 1}-12-31" > self.newest_report_extract()

    def newest_report_extract(self) -> str:
        """Return the day of the newest extract that holds participant reports."""
        days = [rows.loc[rows["system"].isin(REPORT_SYSTEMS), "extract_date"] for rows in self.raw.values()]
        return str(pd.concat(days).max())

    def clusters(self) -> dict[str, int]:
        """Return institution -> cluster; a membership holds for the institution under its name of the day."""
        rows = read_seed("institutions/institution_cluster")
        members = rows[rows["valid_to"] == ""]
        names = members["institution_key"].map(self.institutions.present)
        return dict(zip(names, members["cluster"].astype(int), strict=True))


def read_world(structure_day: str | None = None, extracts: Path = EXTRACTS) -> World:
    """Read a folder of extracts and derive what all measures share, by default on the newest extract's day."""
    raw = corrected(read_all(extracts))
    newest = max(extract_date(path) for path in extract_files(extracts))
    structure_day = structure_day or newest
    institutions = Institutions(structure_day, newest)
    stays = current_stays(raw, institutions)
    return World(raw, institutions, stays, staff_fte(raw, institutions), structure_day)
