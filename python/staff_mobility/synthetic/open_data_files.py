"""The public EU files: one by start year with Erasmus codes, and a workbook with a sheet per programme."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.random import Generator

from staff_mobility.synthetic.files import Record, write_csv, write_workbook
from staff_mobility.synthetic.open_data import (
    IRRELEVANT,
    NOTHING,
    Period,
    country_name,
    home,
    last_day,
    other_periods,
    sender_as_published,
    staff_periods,
)
from staff_mobility.synthetic.persons import Person
from staff_mobility.synthetic.stays import Stay
from staff_mobility.synthetic.tables import Column, columns, table

BY_YEAR_LAYOUT = "eu_open_data_mobility_2014_2019"
WORKBOOK_LAYOUT = "eu_open_data_mobility_raw"


def _settings() -> dict[str, Any]:
    settings: dict[str, Any] = table("open_data")
    return settings


def _academic_year(period: Period, *, short: bool) -> str:
    first = period.start.year if period.start.month >= 8 else period.start.year - 1
    return f"{first}-{(first + 1) % 100:02d}" if short else f"{first}-{first + 1}"


def _project_code(period: Period) -> str:
    number = f"{20000 + period.call:09d}" if period.is_new else f"{20000 + period.call:06d}"
    action = f"{period.action}-HED" if period.is_new else period.action
    return f"{period.call}-1-{period.sender.country}01-{action}-{number}"


def _activity(period: Period, *, coded: bool) -> str:
    settings = _settings()
    if period.purpose in ("learner", "vocational"):
        return str(settings[f"{period.purpose}_{'code' if coded else 'activity'}"])
    if coded:
        return str(settings["codes"][period.purpose])
    side = "partner" if period.action == "KA107" else "programme"
    return str(settings["activities"][period.purpose][side])


def _profile(period: Period) -> str:
    return "Learner" if period.purpose == "learner" else "Staff"


def _common(period: Period) -> Record:
    """Return the cells that are the same in both generations."""
    return {
        "project_code": _project_code(period),
        "start_month": f"{period.start:%Y-%m}",
        "duration_days": period.days,
        "education_field": period.field,
        "nationality": period.nationality,
        "gender": period.gender,
        "age": period.age,
        "sending_city": period.sender.city,
        "sending_name": period.sender.name,
        "receiving_name": period.receiver.name,
    }


def _by_year_cells(period: Period) -> Record:
    higher = period.purpose != "vocational"
    return {
        **_common(period),
        "academic_year": _academic_year(period, short=False) if higher else "???",
        "end_month": f"{last_day(period):%Y-%m}",
        "activity": _activity(period, coded=False),
        "education_level": "ISCED-6" if period.purpose == "learner" else IRRELEVANT,
        "participant_profile": _profile(period),
        "special_needs": "No",
        "fewer_opportunities": "No",
        "group_leader": "No",
        "sending_country": period.sender.country,
        "sending_erasmus_code": period.sender.code,
        "receiving_country": period.receiver.country,
        "receiving_city": period.receiver.city,
        "receiving_erasmus_code": period.receiver.code,
    }


def _workbook_cells(period: Period, sheet: dict[str, Any]) -> Record:
    higher = period.purpose != "vocational"
    return {
        **_common(period),
        "academic_year": _academic_year(period, short=period.is_new) if higher else NOTHING,
        "activity": _activity(period, coded=period.is_new),
        "field": "Higher Education" if higher else "Vocational Education and Training",
        "participant_profile": sheet["profiles"][_profile(period)],
        "fewer_opportunities": sheet["fewer"],
        "sending_country": f"{period.sender.country} - {country_name(period.sender.country)}",
        "receiving_country": f"{period.receiver.country} - {country_name(period.receiver.country)}",
    }


def folded(periods: Iterable[Period], cells: Iterable[Record]) -> list[dict[str, Any]]:
    """Fold equal rows: their participants are added, the first one's place is kept."""
    counts: Counter[tuple[tuple[str, Any], ...]] = Counter()
    for period, row in zip(periods, cells, strict=True):
        counts[tuple(row.items())] += period.participants
    return [{**dict(row), "participants": count} for row, count in counts.items()]


def _started_in(periods: list[Period], years: list[int]) -> list[Period]:
    chosen = [period for period in periods if years[0] <= period.start.year <= years[-1]]
    return sorted(chosen, key=lambda period: (period.start.year, period.sender.name, period.receiver.country))


def _closed(rng: Generator, periods: list[Period]) -> list[Period]:
    """Leave out stays of projects that were not closed yet."""
    shares = _settings()["closed"]
    return [period for period in periods if rng.random() < shares.get(period.start.year, 1)]


def _published(rng: Generator, periods: list[Period], keeps_code: bool) -> list[Period]:
    return [
        replace(period, sender=sender_as_published(rng, period, keeps_code=keeps_code)) for period in periods
    ]


def _by_year_rows(rng: Generator, periods: list[Period]) -> list[dict[str, Any]]:
    old = [period for period in periods if not period.is_new]
    chosen = _published(rng, _started_in(old, _settings()["by_year"]["years"]), keeps_code=True)
    return folded(chosen, map(_by_year_cells, chosen))


def _with_odd_cells(rows: list[dict[str, Any]]) -> None:
    """Write ages that nobody has and numbers of participants that are none, as real files have them."""
    settings = _settings()
    for row, age in zip(rows, settings["odd_ages"], strict=False):
        row["age"] = age
    own = f"{home()} - {country_name(home())}"
    staff = [row for row in rows if row["participant_profile"] == "Staff" and row["sending_country"] == own]
    for place, text in settings["odd_participants"].items():
        staff[place]["participants"] = text
    for row in staff[::50]:
        row["sending_country"] = home()


def _sheet_rows(periods: list[Period], is_new: bool) -> list[dict[str, Any]]:
    sheet = _settings()["sheets"]["new" if is_new else "old"]
    chosen = [period for period in periods if period.is_new == is_new]
    rows = folded(chosen, (_workbook_cells(period, sheet) for period in chosen))
    if not is_new:
        _with_odd_cells(rows)
    return rows


def _sheet_columns(key: str) -> list[Column]:
    """Return a sheet's columns under the headers of its years."""
    sheet = _settings()["sheets"][key]
    return [
        replace(column, header=sheet["headers"].get(column.name, column.header))
        for column in columns(WORKBOOK_LAYOUT)
        if column.name not in sheet["drops"]
    ]


def write_open_data(rng: Generator, folder: Path, stays: list[Stay], persons: list[Person]) -> None:
    """Write both generations of the public files."""
    settings = _settings()
    periods = staff_periods(rng, stays, persons) + other_periods(rng)
    write_csv(
        folder / f"synthetic_eu_mobility_started_2014-2015_{settings['by_year']['taken']}.csv",
        columns(BY_YEAR_LAYOUT),
        _by_year_rows(rng, periods),
        delimiter=";",
        encoding="utf-8",
    )
    later = _closed(rng, _started_in(periods, settings["workbook"]["years"]))
    later = _published(rng, later, keeps_code=False)
    write_workbook(
        folder / f"synthetic_eu_mobility_raw_{settings['workbook']['taken']}.xlsx",
        {
            settings["sheets"][key]["name"]: (_sheet_columns(key), _sheet_rows(later, key == "new"))
            for key in ("old", "new")
        },
    )
