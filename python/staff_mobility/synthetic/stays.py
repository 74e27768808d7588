"""Stays: where to, why, when, how long, and which entity is named as the sender."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.random import Generator

from staff_mobility.synthetic.calibrated import stored_stays
from staff_mobility.synthetic.plan import Slot, entity_shares, stratified
from staff_mobility.synthetic.tables import Country, countries, entities, table

OLD_FORM_EXTRACT = date(2018, 6, 30)
LAST_EXTRACT = date(2023, 5, 31)
EARLY_EXTRACT = date(2021, 3, 31)

TEACHING, TRAINING, COMBINED = "teaching", "training", "combined"

# duration in days: share of the stays, separately for teaching and training
_TEACHING = [(2, 0.27), (3, 0.28), (4, 0.20), (5, 0.15), (6, 0.035), (7, 0.03), (10, 0.025), (25, 0.01)]
_TRAINING = [(2, 0.04), (3, 0.08), (4, 0.13), (5, 0.442), (6, 0.10), (7, 0.09), (10, 0.066), (27, 0.052)]
_MONTHS = (3, 6, 9, 11, 12, 8, 1.5, 3, 10, 13, 10, 3.5)
_MONTHS_BY_YEAR = {
    2014: (0, 0, 0, 0, 0, 6, 2, 4, 14, 18, 14, 5),
    2020: (20, 30, 10, 0, 0, 0, 0, 3, 6, 4, 1, 1),
    2021: (0, 0, 0, 0, 1, 2, 1, 5, 16, 24, 26, 8),
    2023: (6, 10, 14, 10, 0, 0, 0, 0, 0, 0, 0, 0),
}


@dataclass(frozen=True)
class Visit:
    """Where to, why and for how many days."""

    country: Country
    purpose: str
    days: int


@dataclass
class Stay:
    """One mobility with everything but the person and the answers."""

    institution: str
    entity: str
    system: str
    country: Country
    teaching: bool
    combined: bool
    start: date
    end: date
    duration: int
    submitted: date
    call: int
    number: int
    slot: int = -1
    incoming_from: str = ""
    person: int = -1
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def old_form(self) -> bool:
        """Whether the stay is reported on the form of calls 2014-2016."""
        return self.system == "mt" and self.call <= 2016


def _assign_countries(rng: Generator, slots: list[Slot]) -> list[Country]:
    """Country for each slot; the planned counts hold exactly, Nordic ones lean to the years from 2020."""
    pool = [country for country in countries().values() for _ in range(country.stays)]
    nordic = [country for country in pool if country.region == "nordic"]
    other = [country for country in pool if country.region != "nordic"]
    pull = rng.random(len(slots)) + 0.12 * np.array([slot.year >= 2020 for slot in slots])
    chosen = set(np.argsort(-pull, kind="stable")[: len(nordic)].tolist())
    nordic = [nordic[i] for i in rng.permutation(len(nordic))]
    other = [other[i] for i in rng.permutation(len(other))]
    return [nordic.pop() if index in chosen else other.pop() for index in range(len(slots))]


def _assign_teaching(rng: Generator, slots: list[Slot], where: list[Country]) -> list[bool]:
    """Teaching or training; each country's share holds exactly, institutions lean as planned."""
    state = table("plan")["state"]
    lean = np.array([state[slot.institution]["lean"] if slot.institution in state else 0.3 for slot in slots])
    score = lean + rng.logistic(size=len(slots))
    teaching = [False] * len(slots)
    for country in countries().values():
        here = [index for index, found in enumerate(where) if found is country]
        here.sort(key=lambda index: -score[index])
        for index in here[: round(len(here) * country.teaching_share)]:
            teaching[index] = True
    return teaching


def _durations(rng: Generator, teaching: list[bool]) -> list[int]:
    found = [0] * len(teaching)
    for purpose, shares in ((True, _TEACHING), (False, _TRAINING)):
        here = [index for index, value in enumerate(teaching) if value is purpose]
        bounds = np.cumsum([share for _, share in shares])
        places = np.minimum(np.searchsorted(bounds, stratified(rng, len(here))), len(shares) - 1)
        for index, place in zip(here, places, strict=True):
            found[index] = _spread_out(rng, shares[int(place)][0])
    return found


def _spread_out(rng: Generator, days: int) -> int:
    """Whole days about the middle of the two open bins (8-14 days; more than 14), unchanged below."""
    if days < 8:
        return days
    if days == 10:
        return 8 + int(6.99 * rng.random() ** 1.6)
    return min(60, 15 + int(rng.exponential(days - 15)))


def _start_date(rng: Generator, slot: Slot) -> date:
    weights = np.array(_MONTHS_BY_YEAR.get(slot.year, _MONTHS), dtype=float)
    if slot.system == "bm" and slot.year == 2021:
        weights[:8] = 0
    if slot.system == "mt" and slot.year == 2022:
        weights[9:] = 0
    month = 1 + int(np.searchsorted(np.cumsum(weights / weights.sum()), rng.random()))
    day = date(slot.year, month, 1 + int(rng.random() * 28))
    return day - timedelta(days=min(max(day.weekday() - 3, 0), day.day - 1))


def _call_year(rng: Generator, slot: Slot, start: date, end: date) -> int:
    """Call whose money pays: the academic year's own, or the one before while its project still runs."""
    own = start.year if start.month >= 6 else start.year - 1
    before = rng.random() < 0.22
    if slot.system == "bm":
        return 2021 if own <= 2021 or before else 2022
    call = own - 1 if before else own
    if call <= 2016 and end > date(2018, 6, 10):
        call = own
    return min(max(call, 2014), 2020)


def _submission_date(rng: Generator, end: date, last: date) -> date:
    lag = 2 + int(rng.exponential(24))
    if rng.random() < 0.06:
        lag += 200 + int(300 * rng.random())
    submitted = end + timedelta(days=lag)
    if submitted < last:
        return submitted
    return end + timedelta(days=1 + int(rng.random() * max((last - end).days - 1, 1)))


def _sending_entity(rng: Generator, institution: str, system: str, start: date) -> str:
    """Entity in whose name the stay is registered; some use a former name for up to two years after."""
    if system == "bm" or institution.startswith("n_"):
        return institution
    plan = table("plan")
    draw = rng.random()
    for key, share in plan["leftover"].get(institution, {}).items():
        if start.year <= 2015 and draw < share:
            return str(key)
        draw -= share
    known_on = start
    late = rng.random()
    if late < 0.25:
        known_on = start - timedelta(days=365 if late < 0.15 else 730)
    shares = entity_shares(institution, max(known_on, date(2014, 1, 1)))
    place = int(np.searchsorted(np.cumsum(list(shares.values())), rng.random() * sum(shares.values())))
    return list(shares)[min(place, len(shares) - 1)]


def _one(rng: Generator, slot: Slot, visit: Visit) -> Stay:
    days = visit.days
    start = _start_date(rng, slot)
    while start + timedelta(days=days) > LAST_EXTRACT - timedelta(days=8):
        start = _start_date(rng, slot) if days < 20 else date(slot.year, 1, 9)
    end = start + timedelta(days=days - 1 + (2 if days >= 7 and rng.random() < 0.1 else 0))
    call = _call_year(rng, slot, start, end)
    last = OLD_FORM_EXTRACT if slot.system == "mt" and call <= 2016 else LAST_EXTRACT
    entity = _sending_entity(rng, slot.institution, slot.system, start)
    return Stay(
        slot.institution,
        entity,
        slot.system,
        visit.country,
        teaching=visit.purpose != TRAINING,
        combined=visit.purpose == COMBINED,
        start=start,
        end=end,
        duration=days,
        submitted=_submission_date(rng, end, last),
        call=call,
        number=0,
    )


def drawn_visits(rng: Generator, slots: list[Slot]) -> list[Visit]:
    """Return a visit for each slot as the planned shares have it: what the search starts from."""
    where = _assign_countries(rng, slots)
    teaching = _assign_teaching(rng, slots, where)
    return [
        Visit(country, TEACHING if teaches else TRAINING, days)
        for country, teaches, days in zip(where, teaching, _durations(rng, teaching), strict=True)
    ]


def calibrated_visits() -> list[Visit]:
    """Return a visit for each slot as the search left it."""
    return [Visit(countries()[stay.country_code], stay.purpose, stay.days) for stay in stored_stays()]


def outgoing_stays(rng: Generator, slots: list[Slot], visits: list[Visit]) -> list[Stay]:
    """Return the stays of all slots in the order of departure, numbered from 1."""
    stays = [_one(rng, slot, visit) for slot, visit in zip(slots, visits, strict=True)]
    for place, stay in enumerate(stays):
        stay.slot = place
    stays.sort(key=lambda stay: (stay.start, stay.institution))
    for number, stay in enumerate(stays, start=1):
        stay.number = number
    return stays


def incoming_stays(rng: Generator, first_number: int) -> list[Stay]:
    """Return 25 stays of invited enterprise staff in the same projects: from abroad."""
    hosts = [key for key, entity in entities().items() if entity.sector == "state" and not entity.successor]
    home = Country(table("plan")["home"]["code"], table("plan")["home"]["name"], "", 0, 1.0)
    senders = ("DE", "DK", "UK", "SE", "NL", "FI")
    found: list[Stay] = []
    for index in range(25):
        system = "bm" if index < 7 else "mt"
        slot = Slot(hosts[index % len(hosts)], 2022 if system == "bm" else 2015 + index % 5, system)
        stay = _one(rng, slot, Visit(home, TEACHING, 2 + index % 4))
        stay.number = first_number + index
        stay.incoming_from = senders[index % len(senders)]
        found.append(stay)
    return found
