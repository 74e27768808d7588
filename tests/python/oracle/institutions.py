"""From the identifiers in a row to the institution that stands for it today."""

import re
import unicodedata
from collections.abc import Iterable

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

    def __init__(self, structure_day: str) -> None:
        events = records(read_seed("institutions/institution_event"))
        happened = [event for event in events if event["event_date"] <= structure_day]
        self.successor = {event["from_institution_key"]: event["to_institution_key"] for event in happened}
        rows = records(read_seed("institutions/institution"))
        self.attributes = {row["institution_key"]: row for row in rows}
        self.known = self._identifiers(structure_day)

    def _identifiers(self, structure_day: str) -> dict[tuple[str, str], set[str]]:
        """Return (kind, comparable identifier) -> institutions that bear or bore it, none from the future."""
        known: dict[tuple[str, str], set[str]] = {}
        for row in records(read_seed("institutions/institution_identifier")):
            bearer, kind = row["institution_key"], row["identifier_type"]
            if self.attributes[bearer]["valid_from"] <= structure_day:
                known.setdefault((kind, comparable(kind, row["identifier"])), set()).add(bearer)
        return known

    def present(self, institution_key: str) -> str:
        """Return the institution that the given one is part of on the structure's day."""
        while institution_key in self.successor:
            institution_key = self.successor[institution_key]
        return institution_key

    def match(self, identifiers: dict[str, str]) -> str:
        """Return the present institution for identifiers by kind, the best kind that is known first.

        Raises ValueError when an identifier means two institutions that have not become one.
        """
        for kind in ORDER:
            bearers = self.known.get((kind, comparable(kind, identifiers.get(kind, ""))), set())
            today = {self.present(bearer) for bearer in bearers}
            if len(today) > 1:
                raise ValueError(f"{kind} {identifiers[kind]!r} means {sorted(today)}")
            if today:
                return today.pop()
        return UNKNOWN

    def match_all(self, rows: Iterable[dict[str, str]]) -> list[str]:
        """Return the present institution of each row of identifiers."""
        return [self.match(row) for row in rows]

    def in_sector(self, sector: str = "state") -> list[str]:
        """Return the sector's present institutions on the structure's day."""
        return [key for key, row in self.attributes.items() if row["sector"] == sector]
