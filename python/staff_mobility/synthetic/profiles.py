"""Institution profiles: 18 indicators of 21 institutions in three clusters."""

from pathlib import Path

from staff_mobility.synthetic.calibrated import institutions
from staff_mobility.synthetic.files import Record, write_csv
from staff_mobility.synthetic.tables import columns, entities, indicator_values, table

YEAR = 2021


def profile_rows() -> list[Record]:
    """One row an institution and indicator."""
    return [
        {
            "institution_code": entities()[values["institution_key"]].dbh_code,
            "institution_name": entities()[values["institution_key"]].name_nb,
            "cluster": int(values["cluster"]),
            "theme": indicator["theme"],
            "indicator_code": indicator["code"],
            "indicator_name": f"{indicator['name_nb']} (synthetic)",
            "year": YEAR,
            "value": float(
                institutions()[values["institution_key"]].get(indicator["code"]) or values[indicator["code"]]
            ),
        }
        for values in indicator_values()
        for indicator in table("indicators")["indicators"]
    ]


def write_profiles(folder: Path) -> None:
    """Write the one file of the profiles."""
    write_csv(
        folder / "synthetic_institution_profiles_2022-05-09.csv",
        columns("institution_profiles_csv"),
        profile_rows(),
        delimiter=";",
        encoding="cp1252",
    )
