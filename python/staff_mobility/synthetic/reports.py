"""Stays and persons as records of the two EU systems, with the troubles that real extracts have."""

from datetime import timedelta
from typing import Any

from numpy.random import Generator

from staff_mobility.synthetic.persons import Person
from staff_mobility.synthetic.stays import EARLY_EXTRACT, Stay
from staff_mobility.synthetic.tables import Entity, countries, entities, name_variants, table

Row = dict[str, Any]
SENIORITY = ("JUNIOR", "INTERMEDIATE", "SENIOR")
CATEGORY = ("HE-Academic", "HE-Administrative", "HE-International office", "HE-Student information")
_BLANKS = ("  ", "  ", "  ", " ", " ", " ", "\u00a0 ", "\u00a0")


def _pick(rng: Generator, values: tuple[str, ...]) -> str:
    return values[int(rng.random() * len(values))]


def _hex(rng: Generator) -> str:
    return "SYN" + "".join("0123456789ABCDEF"[int(digit * 16)] for digit in rng.random(10))


def _sender_name(rng: Generator, entity: Entity) -> str:
    variants = name_variants().get(entity.key, [])
    if variants and rng.random() < 0.18:
        return variants[int(rng.random() * len(variants))]
    return entity.name_nb


def _email(rng: Generator, person: Person, stay: Stay) -> str:
    address = person.email_on(stay.start)
    draw = rng.random()
    if draw < 0.01:
        return ""
    if draw < 0.10:
        return address.upper()
    return address.title().replace(".Example", ".example") if draw < 0.22 else address


def _participant(rng: Generator, stay: Stay, person: Person, letter: str) -> Row:
    number = person.number + (20000 if person.second_id and stay.call % 2 else 0)
    return {
        "participant_id": f"SYNTHETIC-{letter}{number:05d}",
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": _email(rng, person, stay),
        "birth_date": person.birth_date,
        "gender": person.gender if letter == "P" else {"F": "Female", "M": "Male"}[person.gender],
        "nationality": person.nationality,
    }


def _dates(stay: Stay) -> Row:
    return {
        "start_date": stay.start,
        "end_date": stay.end,
        "calendar_days": (stay.end - stay.start).days + 1,
        "duration_days": stay.duration,
        "submitted_date": stay.submitted,
        "is_combined": "YES" if stay.combined else "NO",
    }


def _receiver(rng: Generator, stay: Stay) -> Row:
    if stay.incoming_from:
        host = entities()[stay.institution]
        return {"receiving_name": host.name_nb, "receiving_erasmus_code": host.erasmus_code}
    number = 1 + int(rng.random() * min(30, 3 + stay.country.stays // 8))
    return {
        "receiving_name": f"Synthetic Partner University {number:03d}",
        "receiving_erasmus_code": f"{stay.country.code:<3}SYNTH{number:02d}",
        "receiving_city": f"Synthetic Town {number % 17:02d}",
    }


def _partner_country(stay: Stay) -> bool:
    """Whether the stay was paid from the action for partner countries (western Balkans)."""
    return stay.country.code in ("RS", "BA", "ME")


def _sender(rng: Generator, stay: Stay) -> Row:
    if stay.incoming_from:
        name = f"Synthetic Enterprise {stay.number % 100:03d}"
        return {"sending_name": name, "sending_country": stay.incoming_from}
    entity = entities()[stay.entity]
    code = entity.erasmus_code.replace("  ", _pick(rng, _BLANKS))
    return {
        "sending_pic": "" if rng.random() < 0.1 else entity.pic,
        "sending_erasmus_code": code,
        "sending_name": _sender_name(rng, entity),
        "sending_country": "NO",
    }


def _project_number(stay: Stay) -> int:
    return 20000 + 1500 * (stay.call - 2014) + 7 * list(entities()).index(stay.institution)


def mobility_tool_row(rng: Generator, stay: Stay, person: Person) -> Row:
    """One stay as a row of the Mobility Tool list."""
    action = "KA107" if _partner_country(stay) else "KA103"
    suffix = "T" if _partner_country(stay) else "P"
    days = stay.duration + int(rng.random() * 3)
    return {
        "project_code": f"{stay.call}-1-NO01-{action}-{_project_number(stay):06d}",
        "activity_type": f"HE-{'STA' if stay.teaching else 'STT'}-{suffix}",
        "mobility_id": _hex(rng),
        **_participant(rng, stay, person, "P"),
        **_sender(rng, stay),
        **_receiver(rng, stay),
        "receiving_country": stay.country.code,
        **_dates(stay),
        "travel_days": days - stay.duration,
        "individual_support_eur": days * (120.0 + int(rng.random() * 5) * 12.5),
        "teaching_hours": float(8 + int(rng.random() * 8)) if stay.teaching else None,
        "seniority": _pick(rng, SENIORITY),
        "work_category": CATEGORY[0] if stay.teaching else _pick(rng, CATEGORY),
        **stay.answers,
    }


def _beneficiary_sender(stay: Stay) -> Row:
    if stay.incoming_from:
        return {
            "sending_name": f"Synthetic Enterprise {stay.number % 100:03d}",
            "sending_country": countries()[stay.incoming_from].name_en,
            "receiving_oid": entities()[stay.institution].oid,
        }
    entity = entities()[stay.institution]
    return {
        "sending_oid": entity.oid,
        "sending_name": entity.name_nb,
        "sending_country": table("plan")["home"]["name"],
        "receiving_oid": f"E0000{stay.number:04d}",
    }


def _beneficiary_extras(rng: Generator, stay: Stay) -> Row:
    """Fields that only the Beneficiary Module has."""
    days = stay.duration + int(rng.random() * 3)
    blended = rng.random() < 0.04
    return {
        "is_blended": "YES" if blended else "NO",
        "bip_id": f"SYNTHETIC-BIP-{stay.number % 40:03d}" if blended else "",
        "funded_days": days,
        "travel_days": days - stay.duration,
        "green_travel": "YES" if rng.random() < 0.15 else "NO",
    }


def beneficiary_rows(rng: Generator, stay: Stay, person: Person) -> tuple[Row, Row]:
    """One stay as a mobility row and a participant report of the Beneficiary Module."""
    key = {
        "project_code": f"{stay.call}-1-NO01-KA131-HED-{_project_number(stay):09d}",
        "mobility_id": f"SYN{stay.call}-{stay.number:05d}-MOB",
    }
    mobility = {
        **key,
        "data_type": "Mobility",
        "status": "Complete",
        "activity_type": "HE-STA" if stay.teaching else "HE-STT",
        **_participant(rng, stay, person, "B"),
        **_beneficiary_sender(stay),
        **_receiver(rng, stay),
        "receiving_country": stay.country.name_en,
        **_dates(stay),
        **_beneficiary_extras(rng, stay),
    }
    case = {"case_id": f"synthetic-{stay.number:06d}", "submitted_date": stay.submitted}
    return mobility, {**key, **case, **stay.answers}


def changed_version(rng: Generator, row: Row) -> Row:
    """Return an earlier version of a row: end date and duration, or some answers, were different then."""
    earlier = dict(row)
    if rng.random() < 0.5 and row["duration_days"] < 50:
        earlier["end_date"] = row["end_date"] + timedelta(days=1)
        earlier["calendar_days"] = row["calendar_days"] + 1
        earlier["duration_days"] = row["duration_days"] + 1
    else:
        for name in table("answers")["items"]:
            if rng.random() < 0.2:
                earlier[name] = "Rather agree" if row.get(name) != "Rather agree" else ""
    if earlier["end_date"] > EARLY_EXTRACT:
        return dict(row)
    return earlier


def draft(rng: Generator, row: Row, number: int) -> Row:
    """Return a draft mobility without a report, made after a complete one."""
    copy = dict(row)
    copy["mobility_id"] = f"SYN2022-{number:05d}-MOB"
    copy["status"] = "Draft"
    copy["participant_id"] = f"SYNTHETIC-B{30000 + number:05d}"
    copy["first_name"], copy["last_name"] = "Synthetic", f"Draft {number}"
    copy["email"] = f"synthetic.draft{number}@draft.example"
    shift = timedelta(days=int(rng.random() * 30))
    copy["start_date"], copy["end_date"] = row["start_date"] + shift, row["end_date"] + shift
    return copy


def itinerary(row: Row) -> Row:
    """Return a sub-row under a mobility: where the journey went first."""
    names = ("project_code", "mobility_id", "sending_oid", "sending_name", "sending_country")
    return {
        **{name: row.get(name, "") for name in (*names, "receiving_country")},
        "data_type": "Itinerary",
        "status": row["status"],
        "receiving_city": "Synthetic Town 00",
        "start_date": row["start_date"],
        "end_date": row["start_date"],
        "duration_days": 1,
    }
