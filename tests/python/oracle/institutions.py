"""From the identifiers in a row to the institution that stands for it today."""

import re
import unicodedata

from oracle.read_extracts import read_seed, records

# The member that takes senders whom no identifier gives away.
UNKNOWN = "unknown"
ORDER = ("erasmus_code", "dbh_code", "oid", "pic", "name")
FOLDED = str.maketrans({"ø": "o", "æ": "a", "ð": "d", "þ": "th", "đ": "d", "ŋ": "n", "ŧ": "t", "ß": "ss"})


def comparable(kind: str, identifier: str) -> str:
    """Return the form in which identifiers of a kind are compared."""
    if kind == "name":
        letters = unicodedata.normalize("NFKD", identifier.lower().translate(FOLDED))
        return re.sub(r"[^a-z0-9]", "", letters)
    # \s covers the no-break space: codes come with one blank, two or a no-break one.
    return re.sub(r"\s", "", identifier).upper() if kind == "erasmus_code" else identifier.strip()


class Institutions:
    """The structure of the sector as of one day."""

    def __init__(self, structure_day: str, newest_extract_day: str | None = None) -> None:
        """Take the structure of a day; what began after the newest extract cannot be meant by any extract."""
        self.structure_day = structure_day
        self.newest_extract_day = newest_extract_day or structure_day
        self.events = records(read_seed("institutions/institution_event"))
        rows = records(read_seed("institutions/institution"))
        self.attributes = {row["institution_key"]: row for row in rows}
        self.known = self._identifiers()

    def _identifiers(self) -> dict[tuple[str, str], list[tuple[str, str, str]]]:
        """Return (kind, comparable identifier) -> who bears it, with first and last day."""
        known: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
        for row in records(read_seed("institutions/institution_identifier")):
            bearer, kind = row["institution_key"], row["identifier_type"]
            life = self.attributes[bearer]
            if life["valid_from"] <= self.newest_extract_day:
                first = row["valid_from"] or life["valid_from"]
                last = row["valid_to"] or life["valid_to"] or "9999-12-31"
                known.setdefault((kind, comparable(kind, row["identifier"])), []).append(
                    (bearer, first, last)
                )
        return known

    def present(self, institution_key: str) -> str:
        """Return the institution that the given one counts for on the structure's day.

        Forward through what it became; what began later counts for the one that it began from, if it is one.
        """
        for event in self.events:
            if event["from_institution_key"] == institution_key and event["event_date"] <= self.structure_day:
                return self.present(event["to_institution_key"])
        began = self.attributes[institution_key]["valid_from"]
        founders = {
            event["from_institution_key"]
            for event in self.events
            if event["to_institution_key"] == institution_key and event["event_date"] == began
        }
        if began > self.structure_day and len(founders) == 1:
            return self.present(founders.pop())
        return institution_key

    def entity(self, identifiers: dict[str, str], day: str) -> str:
        """Return the entity that identifiers by kind mean on a day, the best kind that is known first.

        Who bears it on the day; else who bore it last; else who will bear it first.
        Raises ValueError when two entities bear it on one day.
        """
        for kind in ORDER:
            bearers = self.known.get((kind, comparable(kind, identifiers.get(kind, ""))), [])
            on_the_day = {bearer for bearer, first, last in bearers if first <= day <= last}
            if len(on_the_day) > 1:
                raise ValueError(f"{kind} {identifiers[kind]!r} means {sorted(on_the_day)} on {day}")
            if on_the_day:
                return on_the_day.pop()
            before = [(last, bearer) for bearer, _, last in bearers if last < day]
            after = [(first, bearer) for bearer, first, _ in bearers if first > day]
            if before or after:
                return max(before)[1] if before else min(after)[1]
        return UNKNOWN

    def match(self, identifiers: dict[str, str], day: str | None = None) -> str:
        """Return the institution for identifiers used on a day, by default the structure's."""
        return self.present(self.entity(identifiers, day or self.structure_day))

    def in_sector(self, sector: str = "state") -> list[str]:
        """Return the sector's entities, present or not."""
        return [key for key, row in self.attributes.items() if row["sector"] == sector]
