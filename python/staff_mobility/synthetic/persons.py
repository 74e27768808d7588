"""Invented persons, and who makes which stay."""

import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.random import Generator

from staff_mobility.synthetic.calibrated import institutions
from staff_mobility.synthetic.stays import Stay
from staff_mobility.synthetic.tables import table

# Share of the stays of an institution outside the state sector by someone who has been out before.
OTHERS_REUSE = 0.28


@dataclass
class Person:
    """One invented member of staff; `later_email` is used from `email_changed` on."""

    number: int
    first_name: str
    last_name: str
    birth_date: date
    gender: str
    nationality: str
    email: str
    later_email: str
    email_changed: date
    second_id: bool
    institution: str
    office_mail: bool

    def email_on(self, day: date) -> str:
        """E-mail address that the person gives on a day, in lower case."""
        if self.office_mail:
            return f"international.office@{domain(self.institution)}"
        return self.later_email if day >= self.email_changed else self.email


def domain(institution: str) -> str:
    """Mail domain of an institution: under `.example`, which nobody can own."""
    return institution.replace("_", "-") + ".example"


def ascii_word(text: str) -> str:
    """`text` in lower case with accented letters replaced, some in the way of the country."""
    plain = text.lower()
    for letter, replacement in table("names")["plain_letters"].items():
        plain = plain.replace(letter, replacement)
    return unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()


def _pick(rng: Generator, values: list[str]) -> str:
    return values[int(rng.random() * len(values))]


class Registry:
    """Makes persons; no two of them have the same name and birth date, nor the same e-mail address."""

    def __init__(self, rng: Generator) -> None:
        self._rng = rng
        self._names = table("names")
        self._last = [a + b for a in self._names["last_start"] for b in self._names["last_end"]]
        self._emails: set[str] = set()
        self._born: set[tuple[str, str, date]] = set()
        self.persons: list[Person] = []

    def _nationality(self) -> str:
        draw = self._rng.random()
        for code, share in self._names["nationalities"]:
            if draw < share:
                return str(code)
            draw -= share
        return "NO"

    def _address(self, first: str, last: str, entity: str) -> str:
        base = f"{ascii_word(first)}.{ascii_word(last)}"
        address = f"{base}@{domain(entity)}"
        count = 1
        while address in self._emails:
            count += 1
            address = f"{base}{count}@{domain(entity)}"
        self._emails.add(address)
        return address

    def _birth_date(self, first: str, last: str, birth: date) -> date:
        """Return `birth`, or the next day that nobody of the same name has."""
        while (first, last, birth) in self._born:
            birth += timedelta(days=1)
        self._born.add((first, last, birth))
        return birth

    def new(self, institution: str, entity: str, day: date) -> Person:
        """Return a new person whose first stay is at `entity` of `institution` on `day`."""
        rng = self._rng
        gender = "F" if rng.random() < 0.56 else "M"
        first, last = _pick(rng, self._names["first"][gender]), _pick(rng, self._last)
        age = 28 + int(39 * rng.beta(2.2, 2.0))
        birth = self._birth_date(first, last, date(day.year - age, 1, 1) + timedelta(int(364 * rng.random())))
        email = self._address(first, last, entity)
        changes = rng.random() < 0.12
        later = self._address(f"{first}.m", last, institution) if changes else email
        changed = date(2017 + int(rng.random() * 5), 8, 1)
        office = institution in table("plan")["shared_offices"] and rng.random() < 0.02
        person = Person(
            len(self.persons),
            first,
            last,
            birth,
            gender,
            self._nationality(),
            email,
            later,
            changed,
            # With a new participant id and a new address only the name would link within one system.
            not changes and rng.random() < 0.08,
            institution,
            office,
        )
        self.persons.append(person)
        return person


def _reuse_positions(rng: Generator, size: int, wanted: int) -> set[int]:
    """Which of an institution's stays, in order of departure, are made by someone who has been out before."""
    pull = rng.random(size) * (0.30 + np.arange(size) / size)
    pull[0] = -1
    return set(np.argsort(-pull, kind="stable")[:wanted].tolist())


def _earlier_person(rng: Generator, stay: Stay, history: dict[int, list[Stay]]) -> int:
    """Someone with an earlier, finished stay; frequent travellers are likelier."""
    free = [number for number, stays in history.items() if stays[-1].end < stay.start]
    if not free:
        free = [number for number, stays in history.items() if stays[0].start < stay.start]
    if not free:
        return -1
    weights = np.cumsum([len(history[number]) ** 1.2 for number in free])
    return free[int(np.searchsorted(weights, rng.random() * weights[-1]))]


def assign_persons(rng: Generator, stays: list[Stay]) -> list[Person]:
    """Give each stay its person; `stays` are in order of departure. Returns all persons."""
    registry = Registry(rng)
    wanted = {key: int(row["reused_stays"]) for key, row in institutions().items()}
    groups: dict[str, list[Stay]] = defaultdict(list)
    for stay in stays:
        groups[stay.institution].append(stay)
    for institution, group in groups.items():
        n_again = wanted.get(institution, min(round(OTHERS_REUSE * len(group)), len(group) - 1))
        again = _reuse_positions(rng, len(group), n_again)
        history: dict[int, list[Stay]] = {}
        for position, stay in enumerate(group):
            number = _earlier_person(rng, stay, history) if position in again else -1
            if number < 0:
                number = registry.new(institution, stay.entity, stay.start).number
            stay.person = number
            history.setdefault(number, []).append(stay)
    _same_day_ties(stays)
    return registry.persons


def _same_day_ties(stays: list[Stay]) -> None:
    """Let three persons start two stays on one day, which the re-use rule must decide by the report id."""
    latest: dict[int, Stay] = {}
    done = 0
    for stay in stays:
        before = latest.get(stay.person)
        close = before and before.system == stay.system == "mt" and before.call == stay.call
        if before and close and done < 3 and (stay.start - before.start).days < 40 and stay.call > 2016:
            stay.start = before.start
            stay.end = stay.start + timedelta(days=stay.duration - 1)
            done += 1
        latest[stay.person] = stay


def enterprise_persons(stays: list[Stay], first_number: int) -> list[Person]:
    """Give each stay of invited enterprise staff its own person, numbered from `first_number`."""
    found: list[Person] = []
    for number, stay in enumerate(stays, start=first_number):
        stay.person = number
        address = f"synthetic.guest{number}@enterprise.example"
        birth = date(1970, 1, 1) + timedelta(days=97 * (number - first_number))
        found.append(
            Person(
                number,
                "Synthetic",
                f"Guest {number}",
                birth,
                "F",
                stay.incoming_from,
                address,
                address,
                date.max,
                False,
                stay.institution,
                False,
            )
        )
    return found
