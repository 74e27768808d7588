"""Lists of known values out of the project's seeds, in the form in which values are compared."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from staff_mobility.settings import WrongUseError

# The same form in SQL and in Python.
_SQL_FORMS = {
    "exact": "{column}",
    "folded": "lower(trim({column}))",
    "without_blanks": "upper(regexp_replace({column}, '[\\s\u00a0]', '', 'g'))",
}


@dataclass(frozen=True)
class ReferenceList:
    """Known values.

    Attributes:
        values: The values in their form of comparison, sorted.
        form: Name of that form.
    """

    values: tuple[str, ...]
    form: str

    def sql(self, column: str) -> str:
        """Return the SQL expression that brings a column into the form of comparison."""
        return _SQL_FORMS[self.form].format(column=column)


def load_reference_lists(rules_folder: Path, seeds: Path) -> dict[str, ReferenceList]:
    """Load all lists of ``_reference_lists.yml``.

    Raises:
        WrongUseError: A seed or a column of it does not exist.
    """
    import yaml

    path = rules_folder / "_reference_lists.yml"
    if not path.is_file():
        return {}
    lists = yaml.safe_load(path.read_bytes())
    return {
        name: ReferenceList(
            tuple(
                sorted(
                    {
                        _form(value, entry["compared"])
                        for part in entry["from"]
                        for value in _values(seeds, part)
                    }
                )
            ),
            entry["compared"],
        )
        for name, entry in lists.items()
    }


def spellings_of(country: str, seeds: Path) -> tuple[str, ...]:
    """Return the spellings of a country, folded, that the country seeds know."""
    rows = _rows(seeds / "countries" / "country.csv")
    own = [row for row in rows if row["country_code"] == country]
    names = {row[name] for row in own for name in ("country_code", "iso2_code", "name_en", "name_nb")}
    names |= {
        row["spelling"]
        for row in _rows(seeds / "countries" / "country_spelling.csv")
        if row["country_code"] == country
    }
    return tuple(sorted(_form(name, "folded") for name in names))


def _values(seeds: Path, part: Mapping[str, Any]) -> list[str]:
    rows = _rows(seeds / part["seed"])
    where = part.get("where", {})
    try:
        kept = [row for row in rows if all(row[name] == value for name, value in where.items())]
        return [row[name] for row in kept for name in part["columns"] if row[name]]
    except KeyError as error:
        raise WrongUseError(
            f"layouts/rules/_reference_lists.yml: seeds/{part['seed']} has no column {error}"
        ) from None


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        raise WrongUseError(f"layouts/rules/_reference_lists.yml: there is no seed {path}")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _form(value: str, form: str) -> str:
    if form == "folded":
        return value.strip().lower()
    return "".join(value.split()).upper() if form == "without_blanks" else value
