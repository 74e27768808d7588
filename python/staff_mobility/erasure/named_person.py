"""Whom the agency means: an identifier as it stands in an extract, and the pseudonyms that it has in the raw tables.

It comes from a file or from stdin, because a command line is seen by everybody on the machine and kept by the shell.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from staff_mobility.landing.layouts import Column, Layout, Table
from staff_mobility.landing.pseudonyms import KeyChain
from staff_mobility.landing.validate import parse_date
from staff_mobility.settings import WrongUseError

STDIN = "-"
_ISO = "YYYY-MM-DD"


@dataclass(frozen=True)
class Reading:
    """One way to read what was given: as this identifier of this layout.

    Attributes:
        layout: Name of the layout.
        name: Name of the pseudonym.
        columns: Headers of its columns.
        pseudonym: What the raw tables have in its place.
    """

    layout: str
    name: str
    columns: tuple[str, ...]
    pseudonym: str


def read_identifier(place: str) -> tuple[str, ...]:
    """Return the lines of a file, or of stdin: one for an identifier of one column, else one per column in their order.

    Raises:
        WrongUseError: It cannot be read, or is empty.
    """
    try:
        content = sys.stdin.read() if place == STDIN else Path(place).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        # Its name is not repeated: somebody may have written the identifier in its place.
        raise WrongUseError(
            f"The file of --person-from cannot be read as UTF-8 text ({type(error).__name__}). It takes the name of a file with"
            " the identifier in it, or - for stdin."
        ) from None
    lines = tuple(line.strip() for line in content.splitlines() if line.strip())
    if not lines:
        raise WrongUseError(
            "The file of --person-from is empty. Write the identifier into it as it stands in an extract, one line per column."
        )
    return lines


def readings_of(
    lines: Sequence[str], layouts: Sequence[Layout], key: KeyChain, layout: str, column: str
) -> tuple[Reading, ...]:
    """Return all ways to read an identifier.

    Args:
        lines: Its parts.
        layouts: All layouts.
        key: The key of the pseudonyms.
        layout: Name of the only layout that is meant; empty for all.
        column: Header or name of a column that is meant, or name of the pseudonym; empty for all.

    Raises:
        WrongUseError: There is no such layout or column, or none with so many parts.
    """
    if layout and layout not in {each.name for each in layouts}:
        raise WrongUseError(
            f"There is no layout '{layout}'. Known are: {', '.join(x.name for x in layouts)}."
        )
    asked = [each for each in layouts if layout in ("", each.name)]
    meant = [
        (each, name, columns)
        for each in asked
        for table in each.tables
        for name, columns in table.pseudonyms.items()
        if column == "" or column == name or any(column in (*part.headers, part.name) for part in columns)
    ]
    if not meant:
        raise WrongUseError(f"No identifier is called '{column}' there. Known are: {_known(asked)}.")
    fitting = [(each, name, columns) for each, name, columns in meant if len(columns) == len(lines)]
    if not fitting:
        raise WrongUseError(
            f"What was given has {len(lines)} line(s), and no such identifier has so many columns. Known are:"
            f" {_known(asked)}; write one line per column."
        )
    return tuple(
        Reading(each.name, name, tuple(part.header for part in columns), pseudonym)
        for each, name, columns in fitting
        if (pseudonym := key.pseudonym(name, each.source, _comparable(columns, lines)))
    )


def _known(layouts: Sequence[Layout]) -> str:
    told = dict.fromkeys(_told(table) for each in layouts for table in each.tables if table.pseudonyms)
    return "; ".join(told)


def _told(table: Table) -> str:
    return "; ".join(
        f"{name} ({', '.join(c.header for c in columns)})" for name, columns in table.pseudonyms.items()
    )


def _comparable(columns: Sequence[Column], lines: Sequence[str]) -> list[str]:
    return [next(_dates(column, line), line) for column, line in zip(columns, lines, strict=True)]


def _dates(column: Column, line: str) -> Iterator[str]:
    """Yield the ISO form of a date, be it written as in the extract or in ISO form already."""
    if column.type == "date":
        for form in (column.date_format or _ISO, _ISO):
            if day := parse_date(line, form):
                yield day.isoformat()
