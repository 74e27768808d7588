"""Mobility periods as the public EU files tell them: without persons, beside other sectors and countries."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from numpy.random import Generator

from staff_mobility.synthetic.persons import Person
from staff_mobility.synthetic.stays import Stay
from staff_mobility.synthetic.tables import Entity, countries, entities, name_variants, table

NOTHING = "-"
IRRELEVANT = "???"


@dataclass(frozen=True)
class Side:
    """One end of a mobility: country code, organisation, Erasmus code and city; texts as published."""

    country: str
    name: str
    code: str
    city: str


@dataclass(frozen=True)
class Period:
    """One mobility of one person, or of several who share all of it.

    `purpose` is teaching, training, learner or vocational; `is_new` says that the programme 2021-2027 pays.
    """

    purpose: str
    is_new: bool
    call: int
    action: str
    start: date
    days: int
    field: str
    nationality: str
    gender: str
    age: str
    sender: Side
    receiver: Side
    participants: int = 1

    @property
    def is_outgoing_staff(self) -> bool:
        """Whether it is a stay of the home country's higher-education staff."""
        return self.purpose in ("teaching", "training") and self.sender.country == home()


def home() -> str:
    """Return the code of the home country."""
    return str(table("plan")["home"]["code"])


def country_name(code: str) -> str:
    """Return the English name of a country."""
    own = table("plan")["home"]
    return str(own["name"]) if code == own["code"] else countries()[code].name_en


def _pick(rng: Generator, values: list[Any]) -> Any:
    return values[int(rng.random() * len(values))]


def _city(entity: Entity) -> str:
    return str(table("open_data")["cities"].get(entity.key, entity.erasmus_code[3:-2]))


def _home_side(entity: Entity) -> Side:
    return Side(home(), entity.name_nb, entity.erasmus_code, _city(entity))


def _partner(rng: Generator, code: str) -> Side:
    number = 1 + int(rng.random() * min(30, 3 + countries()[code].stays // 8))
    erasmus_code = f"{code:<3}SYNTH{number:02d}"
    return Side(code, f"Synthetic Partner {number:03d}", erasmus_code, f"SYNTH {number % 5}")


def _age(rng: Generator, person: Person, start: date) -> str:
    if rng.random() < table("open_data")["share"]["no_age"]:
        return NOTHING
    birthday = (person.birth_date.month, person.birth_date.day)
    return str(start.year - person.birth_date.year - ((start.month, start.day) < birthday))


def _field(stay: Stay) -> str:
    """Return the field of education: one for each institution and purpose."""
    fields = table("open_data")["education_fields"]
    return str(fields[(list(entities()).index(stay.entity) + stay.teaching) % len(fields)])


def staff_period(rng: Generator, stay: Stay, person: Person) -> Period:
    """Return what the public files say of a stay; a combined one carries the activity of teaching."""
    is_new = stay.system == "bm"
    partner = stay.country.code in ("RS", "BA", "ME")
    same_day = rng.random() < table("open_data")["share"]["same_day"]
    return Period(
        purpose="teaching" if stay.teaching else "training",
        is_new=is_new,
        call=stay.call,
        action=("KA171" if partner else "KA131") if is_new else ("KA107" if partner else "KA103"),
        start=stay.start,
        days=0 if same_day else (stay.end - stay.start).days,
        field=_field(stay),
        nationality=person.nationality,
        gender={"F": "Female", "M": "Male"}[person.gender],
        age=_age(rng, person, stay.start),
        sender=_home_side(entities()[stay.entity]),
        receiver=_partner(rng, stay.country.code),
    )


def staff_periods(rng: Generator, stays: list[Stay], persons: list[Person]) -> list[Period]:
    """Return the outgoing staff of all stays, and after some of them a companion who wrote no report."""
    found: list[Period] = []
    for stay in stays:
        period = staff_period(rng, stay, persons[stay.person])
        found.append(period)
        if rng.random() < table("open_data")["companions"]:
            found.append(period)
    return found


def _other(rng: Generator, kind: str, number: int) -> Period:
    """Return one row that is no outgoing staff: who sends, who receives, in which sector."""
    settings = table("open_data")
    is_new = number % 3 == 0
    hosts = [entity for entity in entities().values() if entity.sector == "state" and not entity.successor]
    abroad, host = _pick(rng, settings["abroad"]), _home_side(_pick(rng, hosts))
    partner = _partner(rng, abroad)
    start = date(2021 + number % 2 if is_new else 2014 + number % 6, 1 + int(rng.random() * 12), 1)
    period = Period(
        purpose="teaching" if number % 2 else "training",
        is_new=is_new,
        call=start.year - (0 if start.month > 6 else 1),
        action="KA131" if is_new else "KA103",
        start=start,
        days=2 + int(rng.random() * 6),
        field=_pick(rng, settings["education_fields"]),
        nationality=abroad,
        gender="Undefined" if number % 7 == 0 else "Female",
        age=str(30 + number % 30),
        sender=partner,
        receiver=host,
    )
    if kind == "elsewhere":
        return replace(period, receiver=_partner(rng, _pick(rng, settings["abroad"])))
    if kind == "incoming":
        return period
    sent = replace(period, sender=host, receiver=partner, participants=1 + number % 9)
    if kind == "learners":
        return replace(sent, purpose="learner", days=107 + number, age=str(20 + number % 6))
    school = Side(home(), f"Synthetic Vocational School {number % 5:02d}", NOTHING, "SYNTH")
    return replace(sent, purpose="vocational", action="KA122" if is_new else "KA102", sender=school)


def other_periods(rng: Generator) -> list[Period]:
    """Return learners, vocational staff, incoming staff and mobilities between other countries."""
    planned = table("open_data")["others"]
    return [_other(rng, kind, number) for kind, count in planned.items() for number in range(count)]


def _without_letters(name: str, sign: str) -> str:
    return "".join(letter if letter.isascii() else sign for letter in name)


def sender_as_published(rng: Generator, period: Period, keeps_code: bool) -> Side:
    """Return the sender as the file names it: other spellings, acronyms, letters lost, or nothing at all.

    A file with codes (`keeps_code`) names senders as they are; only the newest files leave them out.
    """
    side, share = period.sender, table("open_data")["share"]
    if keeps_code or not period.is_outgoing_staff:
        return side
    entity = next(entity for entity in entities().values() if entity.name_nb == side.name)
    draw = rng.random()
    if period.is_new and draw < share["no_sender"]:
        return replace(side, name=NOTHING)
    choice = rng.random()
    if entity.short_name and choice < share["acronym"]:
        return replace(side, name=entity.short_name)
    if choice > 1 - share["variant"]:
        return replace(side, name=_pick(rng, name_variants().get(entity.key, [side.name])))
    if choice > 1 - share["variant"] - share["damaged"]:
        return replace(side, name=_without_letters(side.name, "?" if draw < 0.5 else "\ufffd"))
    return side


def last_day(period: Period) -> date:
    """Return the last day of a mobility."""
    return period.start + timedelta(days=period.days)
