"""What of the marts leaves the working warehouse: the place where a disclosure control is put in.

The one that is used is `suppression.control.Suppression`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from staff_mobility.publish.marts import Audience, Mart

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Columns that tell single persons, reports or delivered rows apart.
OF_SINGLE_PERSONS = frozenset({"person_key", "report_key", "row_key"})


@dataclass(frozen=True)
class Release:
    """One mart as it is published.

    Attributes:
        mart: Which one.
        sql: Query that gives the published rows, with the columns of the mart.
        n_hidden: How many values the control has emptied.
    """

    mart: Mart
    sql: str
    n_hidden: int = 0

    @property
    def is_public(self) -> bool:
        """Whether everybody may have it."""
        return self.mart.audience is Audience.PUBLIC


class Record(Protocol):
    """What the agency keeps of a publication for itself."""

    def write(self, folder: Path, content_id: str) -> Path:
        """Write it under the id of the content; return the file that a person may want to read."""


@dataclass(frozen=True)
class Disclosure:
    """The answer of a control.

    Attributes:
        releases: What is published.
        problems: Why nothing may be published, each with what to do; empty if all is well.
        record: What the agency keeps of it, None if nothing is hidden.
    """

    releases: tuple[Release, ...]
    problems: tuple[str, ...] = ()
    record: Record | None = None


class DisclosureControl(Protocol):
    """Decides which marts, rows and values are published."""

    @property
    def name(self) -> str:
        """What stands in the manifest of a publication: the rule with its parameters and version."""

    def control(self, con: DuckDBPyConnection, marts: Sequence[Mart]) -> Disclosure:
        """Decide for all marts at once, because what one shows can be computed from another.

        Args:
            con: Has the working warehouse attached, read-only, see `Mart.place`; a control may make temporary tables in it.
            marts: All that name an audience.
        """


class MarkedAudiences:
    """Publishes the marts as they are, each for the audience that it names; nothing is suppressed."""

    name = "marked audiences, no suppression"

    def control(self, con: DuckDBPyConnection, marts: Sequence[Mart]) -> Disclosure:
        """Release all; a public mart with a row per person or report is a mistake in its mark."""
        problems = []
        for mart in marts:
            personal = sorted(OF_SINGLE_PERSONS & {column.name for column in mart.columns})
            if personal and mart.audience is Audience.PUBLIC:
                problems.append(
                    f"{mart.name}: is marked public and has the column {personal[0]}, so its rows are single persons'"
                    f" or reports'. Mark it `audience: {Audience.ANALYST}`, or leave the column out of it."
                )
        releases = [Release(mart, f"select * from {mart.place}") for mart in marts]  # noqa: S608
        return Disclosure(tuple(releases), tuple(problems))
