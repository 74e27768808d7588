"""Keys of reports and persons as publications have them.

In the warehouse a report's key is its source's own, so that a correction or a line of the gate finds the report again. Whoever
may look into the source could look a person up by it. So what is published has HMAC(own key, column and key) in its place: the
same report has the same in all marts and publications, and another one after `rotate-key`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


def with_served_keys(
    con: DuckDBPyConnection, releases: Sequence[Release], key: Callable[[], KeyChain]
) -> Sequence[Release]:
    """Return releases with other keys of persons and reports in place of the sources'.

    Args:
        con: Gets the function that the releases' queries call.
        releases: What a control lets out.
        key: Reads the pseudonym key; not called where no row bears such a key, as without extracts of persons.
    """
    if not any(_has_keyed_row(con, release) for release in releases):
        return releases
    add_served_key(con, key())
    return [_with_served_keys(release) for release in releases]


def _has_keyed_row(con: DuckDBPyConnection, release: Release) -> bool:
    return bool(_keys(release) and con.execute(f"select 1 from ({release.sql}) limit 1").fetchone())  # noqa: S608


def _with_served_keys(release: Release) -> Release:
    served = ", ".join(f"{served_key_sql(key)} as {quoted(key)}" for key in _keys(release))
    if not served:
        return release
    return replace(release, sql=f"select * replace ({served}) from ({release.sql})")  # noqa: S608


def _keys(release: Release) -> list[str]:
    return [each.name for each in release.mart.columns if each.name in OF_SINGLE_PERSONS]
