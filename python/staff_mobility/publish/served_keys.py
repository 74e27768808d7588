"""Keys of reports and persons as publications have them.

In the warehouse a report's key is its source's own, so that a correction or a line of the gate finds the report again. Whoever
may look into the source could look a person up by it. So what is published has HMAC(own key, column and key) in its place: the
same report has the same in all marts and publications, and another one after `rotate-key`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from staff_mobility.publish.disclosure import OF_SINGLE_PERSONS, Release
from staff_mobility.publish.marts import quoted, text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from staff_mobility.landing.pseudonyms import KeyChain

_FUNCTION = "served_key"


def add_served_key(con: DuckDBPyConnection, chain: KeyChain) -> None:
    """Give a connection the function that `served_key_sql` calls."""
    con.create_function(_FUNCTION, chain.served_key, ["VARCHAR", "VARCHAR"], "VARCHAR")


def served_key_sql(column: str) -> str:
    """Return the expression for what is published of a column with keys; null stays null."""
    return f"{_FUNCTION}({text(column)}, {quoted(column)})"


def needs_key(con: DuckDBPyConnection, releases: Iterable[Release]) -> bool:
    """Whether a row with the key of a person or report is to be published; without extracts of persons there is none."""
    return any(
        _keys(release) and con.execute(f"select 1 from ({release.sql}) limit 1").fetchone()  # noqa: S608
        for release in releases
    )


def with_served_keys(release: Release) -> Release:
    """Return a release with other keys of persons and reports; a mart without such columns stays as it is."""
    keys = _keys(release)
    if not keys:
        return release
    served = ", ".join(f"{served_key_sql(key)} as {quoted(key)}" for key in keys)
    return replace(release, sql=f"select * replace ({served}) from ({release.sql})")  # noqa: S608


def _keys(release: Release) -> list[str]:
    return [each.name for each in release.mart.columns if each.name in OF_SINGLE_PERSONS]
