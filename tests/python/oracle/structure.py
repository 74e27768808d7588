"""What each entity reported under its own name, and what became of it."""

from collections import defaultdict
from fractions import Fraction

import pandas as pd

from oracle.figures import with_institution
from oracle.rates import counting_day
from oracle.read_extracts import read_seed, records
from oracle.world import SECTOR, World

# (entity, year) -> stays, staff FTE.
ByEntity = tuple[dict[tuple[str, int], int], dict[tuple[str, int], Fraction]]


def by_entity(world: World) -> ByEntity:
    """Return stays and staff FTE, secondary positions left out, by who reported them and year."""
    stays: dict[tuple[str, int], int] = defaultdict(int)
    for row in world.stays.to_dict("records"):
        stays[row["reporting_institution_key"], int(row["year"])] += 1
    secondary = set(read_seed("institutions/secondary_position")["position_code"])
    staff: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
    for row in records(world.raw["dbh__staff_fte"]):
        if row["position_code"] not in secondary:
            code = {"dbh_code": row["institution_code"]}
            entity = world.institutions.entity(code, counting_day(row["year"]))
            staff[entity, int(row["year"])] += Fraction(row["fte"])
    return stays, staff


def short(world: World, key: str | None) -> str | None:
    """Return the short name of an entity."""
    return world.institutions.attributes[key]["short_name"] if key else None


def entity_years(world: World) -> pd.DataFrame:
    """mart_structure__entity_year."""
    stays, staff = by_entity(world)
    rows = [
        {
            "institution_key": world.institutions.present(entity),
            "reporting_institution_key": entity,
            "year": year,
            "institution_short_name": short(world, world.institutions.present(entity)),
            "entity_short_name": short(world, entity),
            "n_stays": stays.get((entity, year), 0),
            "staff_fte": staff.get((entity, year)),
            "is_provisional": world.is_provisional(year),
        }
        for entity, year in sorted(stays.keys() | staff.keys())
    ]
    return pd.DataFrame(rows, dtype=object)


def lineage(world: World) -> pd.DataFrame:
    """Figure S.1, without the days of the drawing."""
    stays, staff = by_entity(world)
    institutions = world.institutions
    ends = {event["from_institution_key"]: event for event in institutions.events}
    rows = []
    for entity in institutions.in_sector(SECTOR):
        own = institutions.attributes[entity]
        if own["valid_from"] > institutions.newest_extract_day:
            continue
        event = ends.get(entity, {"event_date": "9999"})
        happened = event["event_date"] <= world.structure_day
        fte = [amount for (reporter, _), amount in staff.items() if reporter == entity]
        rows.append(
            {
                "institution_key": institutions.present(entity),
                "institution_short_name": short(world, institutions.present(entity)),
                "reporting_institution_key": entity,
                "entity_short_name": own["short_name"],
                "entity_name_nb": own["name_nb"],
                "entity_name_en": own["name_en"],
                "valid_from": own["valid_from"] or None,
                "valid_to": own["valid_to"] or None,
                "event_date": event["event_date"] if happened else None,
                "event_kind": event["event_kind"] if happened else None,
                "successor_short_name": short(world, event["to_institution_key"]) if happened else None,
                "n_stays": sum(count for (reporter, _), count in stays.items() if reporter == entity),
                "mean_staff_fte": sum(fte) / len(fte) if fte else None,
            }
        )
    names = pd.DataFrame(rows, dtype=object)
    full = [institutions.attributes[key] for key in names["institution_key"]]
    return names.assign(
        institution_name_nb=[row["name_nb"] for row in full],
        institution_name_en=[row["name_en"] for row in full],
    )


def before_and_after(world: World) -> pd.DataFrame:
    """Table S.2."""
    stays, staff = by_entity(world)
    present = world.institutions.present
    years = {(present(entity), year) for entity, year in stays.keys() | staff.keys()}
    rows = []
    for key, year in sorted(years):
        if world.institutions.attributes[key]["sector"] == SECTOR:
            fte = [
                amount for (entity, when), amount in staff.items() if (present(entity), when) == (key, year)
            ]
            rows.append(
                {
                    "institution_key": key,
                    "year": year,
                    "n_stays_before_mapping": stays.get((key, year), 0),
                    "n_stays": sum(
                        count
                        for (entity, when), count in stays.items()
                        if (present(entity), when) == (key, year)
                    ),
                    "staff_fte_before_mapping": staff.get((key, year)),
                    "staff_fte": sum(fte) if fte else None,
                    "is_provisional": world.is_provisional(year),
                }
            )
    return with_institution(pd.DataFrame(rows, dtype=object))


def adjacency(world: World) -> pd.DataFrame:
    """Table S.3."""
    stays, staff = by_entity(world)
    rows = []
    for event in world.institutions.events:
        former, successor = event["from_institution_key"], event["to_institution_key"]
        fte = [amount for (entity, _), amount in staff.items() if entity == former]
        rows.append(
            {
                "event_date": event["event_date"],
                "event_kind": event["event_kind"],
                "from_institution_key": former,
                "from_short_name": short(world, former),
                "to_institution_key": successor,
                "to_short_name": short(world, successor),
                "weight": Fraction(event["weight"]),
                "is_in_force": event["event_date"] <= world.structure_day,
                "n_stays_of_former": sum(count for (entity, _), count in stays.items() if entity == former),
                "staff_fte_years_of_former": sum(fte) if fte else None,
            }
        )
    return pd.DataFrame(rows, dtype=object)
