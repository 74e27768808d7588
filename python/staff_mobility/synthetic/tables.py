"""The generator's data tables (YAML and CSV beside this module) and the layouts' columns."""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PACKAGE = Path(__file__).parent
LAYOUTS = PACKAGE.parents[2] / "layouts"


@dataclass(frozen=True)
class Entity:
    """One institution, present or former, as a sender writes it."""

    key: str
    short_name: str
    name_nb: str
    name_en: str
    dbh_code: str
    erasmus_code: str
    pic: str
    oid: str
    valid_from: date
    valid_to: date
    successor: str
    sector: str


@dataclass(frozen=True)
class Country:
    """One receiving country with its number of stays and the share of teaching among them."""

    code: str
    name_en: str
    region: str
    stays: int
    teaching_share: float


@dataclass(frozen=True)
class Column:
    """One column of a layout: header in the file, canonical name, type and date format."""

    header: str
    name: str
    type: str
    format: str
    allowed: str
    required: bool


@cache
def table(name: str) -> Any:
    """Content of the YAML file `name` of this package."""
    return yaml.safe_load((PACKAGE / f"{name}.yml").read_text(encoding="utf-8"))


def _rows(name: str) -> list[dict[str, str]]:
    with (PACKAGE / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _day(text: str, default: date) -> date:
    return date.fromisoformat(text) if text else default


@cache
def entities() -> dict[str, Entity]:
    """All institutions by key."""
    return {
        row["institution_key"]: Entity(
            row["institution_key"],
            row["short_name"],
            row["name_nb"],
            row["name_en"],
            row["dbh_code"],
            row["erasmus_code"],
            row["pic"],
            row["oid"],
            _day(row["valid_from"], date(1990, 1, 1)),
            _day(row["valid_to"], date(9999, 12, 31)),
            row["successor_key"],
            row["sector"],
        )
        for row in _rows("entities")
    }


@cache
def name_variants() -> dict[str, list[str]]:
    """Other spellings of the institutions' names by key."""
    found: dict[str, list[str]] = {}
    for row in _rows("name_variants"):
        found.setdefault(row["institution_key"], []).append(row["name"])
    return found


@cache
def invented_identifiers() -> frozenset[tuple[str, str]]:
    """Pairs of institution key and identifier type whose identifier is invented."""
    rows = _rows("invented_identifiers")
    return frozenset((row["institution_key"], row["identifier_type"]) for row in rows)


@cache
def countries() -> dict[str, Country]:
    """Receiving countries by EU code."""
    return {
        row["code"]: Country(
            row["code"], row["name_en"], row["region"], int(row["stays"]), float(row["teaching_share"])
        )
        for row in _rows("countries")
    }


@cache
def indicator_values() -> list[dict[str, str]]:
    """Rows of profile_values.csv: one institution each, one column per indicator."""
    return _rows("profile_values")


@cache
def columns(layout: str, position: int = 0) -> tuple[Column, ...]:
    """Columns of the layout's table number `position`, in the order of the file."""
    content = yaml.safe_load((LAYOUTS / f"{layout}.yml").read_text(encoding="utf-8"))
    return tuple(
        Column(
            entry["header"],
            entry["name"],
            entry.get("type", "text"),
            entry.get("format", ""),
            entry.get("allowed", ""),
            entry.get("required", True),
        )
        for entry in content["tables"][position]["columns"]
    )


@cache
def sheet(layout: str, position: int = 0) -> str:
    """Sheet name of the layout's table number `position` (workbooks only)."""
    content = yaml.safe_load((LAYOUTS / f"{layout}.yml").read_text(encoding="utf-8"))
    return str(content["tables"][position]["sheet"])
