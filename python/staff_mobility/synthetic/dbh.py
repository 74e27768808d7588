"""DBH files: staff FTE (table 225), position codes (220) and institutions (211)."""

from datetime import date
from pathlib import Path

from numpy.random import Generator

from staff_mobility.synthetic.files import Record, write_csv, write_json
from staff_mobility.synthetic.plan import YEARS, apportion, entity_shares
from staff_mobility.synthetic.tables import Entity, columns, entities, invented_identifiers, table

TAKEN = "2023-05-15"
_LAST_JSON_YEAR = 2018


def _parts(key: str, year: int, total: float, by_year: dict[int, float]) -> dict[str, float]:
    """FTE of a present institution by part of the staff: academic, recruits (fellows, postdocs), other."""
    entry = table("plan")["state"].get(key, {"academic": [total * 0.55] * 3, "recruits": 0.08})
    known = dict(zip((2020, 2021, 2022), entry["academic"], strict=True))
    academic = known.get(year, known[2020] * total / by_year.get(2020, total))
    recruits = academic * entry["recruits"]
    other = max(total - academic - recruits, 0.05 * total)
    return {"academic": academic, "recruits": recruits, "other": other}


def _cells(rng: Generator, parts: dict[str, float], total: float) -> list[tuple[str, str, int]]:
    """Department, position and hundredths of FTE of one entity in one year; they add up to `total`."""
    positions = table("positions")["positions"]
    departments = ("SYNTHETIC100", "SYNTHETIC200", "SYNTHETIC300")[: 2 if total < 300 else 3]
    keys: list[tuple[str, str]] = []
    weights: list[float] = []
    for code, (_, _, _, part, weight) in positions.items():
        for place, department in enumerate(departments):
            share = _department_share(part, place, len(departments))
            if share and part in parts:
                keys.append((department, code))
                weights.append(parts[part] * weight * share * (0.9 + 0.2 * rng.random()))
    hundredths = apportion(round(100 * total), weights)
    found = [(*key, value) for key, value in zip(keys, hundredths, strict=True) if value]
    extra = parts["academic"] * table("positions")["secondary_share"]
    for code, share in (("8013", 0.6), ("8028", 0.4)):
        if round(100 * extra * share) > 0:
            found.append((departments[-1], code, round(100 * extra * share)))
    return found


def _department_share(part: str, place: int, count: int) -> float:
    """Department 100 is the central administration; the others do teaching and research."""
    if place == 0:
        return 0.6 if part == "other" else 0.0
    return (0.4 if part == "other" else 1.0) / (count - 1)


def staff_rows(rng: Generator, fte: dict[str, dict[int, float]]) -> list[Record]:
    """Return the rows of table 225: year, entity reporting on 1 October, department, position, FTE."""
    plan = table("plan")
    private = {key: dict.fromkeys(YEARS, float(value)) for key, value in plan["dbh_private"].items()}
    totals = {**fte, **private}
    rows: list[Record] = []
    for year in YEARS:
        for key, by_year in totals.items():
            if year not in by_year:
                continue
            parts = _parts(key, year, by_year[year], by_year)
            shares = entity_shares(key, date(year, 10, 1))
            hundredths = apportion(round(100 * by_year[year]), list(shares.values()))
            for (entity, share), total in zip(shares.items(), hundredths, strict=True):
                own = {part: value * share for part, value in parts.items()}
                rows += _rows_of(year, entities()[entity], _cells(rng, own, total / 100))
    return rows


def _rows_of(year: int, entity: Entity, cells: list[tuple[str, str, int]]) -> list[Record]:
    return [
        {
            "year": year,
            "institution_code": entity.dbh_code,
            "department_code": department,
            "position_code": position,
            "fte": value / 100,
        }
        for department, position, value in cells
    ]


def with_wrong_code(rows: list[Record]) -> list[Record]:
    """Return the rows with the one slip of the plan: a row under a code that nobody bears."""
    slip = dict(table("plan")["dbh_wrong_code"])
    wrong = slip.pop("written_as")
    return [{**row, "institution_code": wrong} if slip.items() <= row.items() else row for row in rows]


def _present(entity: Entity) -> Entity:
    return _present(entities()[entity.successor]) if entity.successor else entity


def _semester(day: date) -> str:
    return f"{day.year}{1 if day.month <= 6 else 3}"


def _institution_row(entity: Entity) -> Record:
    present = _present(entity)
    note = " (synthetic code)" if (entity.key, "dbh_code") in invented_identifiers() else ""
    return {
        "institution_code": entity.dbh_code,
        "institution_name": entity.name_nb + note,
        "short_name": entity.short_name or entity.name_nb,
        "institution_type_code": _type_code(entity),
        "valid_from_semester": _semester(entity.valid_from),
        "valid_to_semester": _semester(entity.valid_to) if entity.successor else "99999",
        "merged_institution_code": present.dbh_code,
        "merged_institution_name": present.name_nb,
    }


def _type_code(entity: Entity) -> str:
    """01 university, 02 state university college, 03 specialised, 04 private."""
    if entity.sector == "private":
        return "04"
    if entity.key in table("plan")["specialised"]:
        return "03"
    return "02" if entity.dbh_code.startswith("02") else "01"


def position_rows() -> list[Record]:
    """Return the rows of table 220: position codes with title and category."""
    return [
        {
            "position_code": code,
            "position_title": f"{title} (synthetic)",
            "position_category_code": category,
            "position_category": label,
        }
        for code, (title, category, label, _, _) in table("positions")["positions"].items()
    ]


def write_dbh(rng: Generator, folder: Path, fte: dict[str, dict[int, float]]) -> None:
    """Write the four DBH files."""
    rows = with_wrong_code(staff_rows(rng, fte))
    name = "synthetic_dbh_{}_" + TAKEN
    write_json(
        folder / (name.format("staff_fte_2014-2018") + ".json"),
        columns("dbh_staff_fte_json"),
        [row for row in rows if row["year"] <= _LAST_JSON_YEAR],
    )
    write_csv(
        folder / (name.format("staff_fte_2019-2022") + ".csv"),
        columns("dbh_staff_fte_csv"),
        [row for row in rows if row["year"] > _LAST_JSON_YEAR],
        delimiter=",",
        encoding="utf-8",
    )
    write_json(
        folder / (name.format("position_code") + ".json"), columns("dbh_position_code_json"), position_rows()
    )
    known = [_institution_row(entity) for entity in entities().values() if entity.dbh_code]
    known.sort(key=lambda row: str(row["institution_code"]))
    write_json(folder / (name.format("institution") + ".json"), columns("dbh_institution_json"), known)
