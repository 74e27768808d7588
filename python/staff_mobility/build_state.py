"""Whether the marts are whole: all of them from one build, and from the extracts that are there now.

A build replaces one table after another. One that is killed in between leaves some tables new and others
old, and each of them looks well. So every build leaves a row in quality.build_state when it starts and
completes it when it ends (macros/build_state.sql).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_REMEDY = "Run: staff-mobility build"


@dataclass(frozen=True)
class Build:
    """One row of quality.build_state.

    Attributes:
        is_whole: Whether it covered all seeds, models and tests.
        settings: Vars and flags that change what is built.
        extracts: The register of extracts as it was at the start.
        outcome: `done`, `failed`, or None for a build that has not ended.
    """

    is_whole: bool
    settings: str
    extracts: str
    started_at: dt.datetime
    outcome: str | None

    def same_input(self, other: Build) -> bool:
        """Whether another build was made from the same extracts with the same settings."""
        return (self.settings, self.extracts) == (other.settings, other.extracts)


@dataclass(frozen=True)
class LastBuild:
    """What is on record of the build that ended last.

    Attributes:
        invocation_id: dbt's own.
        started_at: UTC.
        finished_at: UTC.
    """

    invocation_id: str
    started_at: dt.datetime
    finished_at: dt.datetime


def last_build(con: DuckDBPyConnection) -> LastBuild | None:
    """Return the build that ended last, None if there was none."""
    import duckdb

    try:
        row = con.execute(
            "select invocation_id, started_at, finished_at from quality.build_state where outcome = 'done'"
            " order by started_at desc, invocation_id desc limit 1"
        ).fetchone()
    except duckdb.CatalogException:
        return None
    return LastBuild(*row) if row else None


def why_not_whole(con: DuckDBPyConnection) -> str | None:
    """Return why the marts are not those of one build of the present extracts, and what to do.

    None if they are.
    """
    builds = _builds(con)
    bases = [build for build in builds if build.is_whole and build.outcome == "done"]
    if not bases:
        return _broken_off(builds) or f"The warehouse has not been built as a whole yet. {_REMEDY}"
    base = bases[-1]
    later = builds[builds.index(base) + 1 :]
    if reason := _broken_off(later):
        return reason
    if any(not build.same_input(base) for build in later):
        return (
            "Some models were built again from other extracts or with other settings than the rest, so the"
            f" marts are of two kinds. {_REMEDY}"
        )
    if _register(con) != base.extracts:
        return f"Extracts have landed since the marts were built. {_REMEDY}"
    return None


def _broken_off(builds: list[Build]) -> str | None:
    for build in builds:
        if build.outcome != "done":
            how = "did not end" if build.outcome is None else "failed"
            return (
                f"The build that started at {build.started_at:%Y-%m-%d %H:%M:%S} UTC {how}, so some marts may"
                f" be newer than others. {_REMEDY}"
            )
    return None


def _builds(con: DuckDBPyConnection) -> list[Build]:
    """Return the builds on record, oldest first."""
    import duckdb

    try:
        rows = con.execute(
            "select is_whole, settings, extracts, started_at, outcome from quality.build_state"
            " order by started_at, invocation_id"
        ).fetchall()
    except duckdb.CatalogException:
        return []
    return [Build(*row) for row in rows]


def _register(con: DuckDBPyConnection) -> str | None:
    # The same words as in macros/build_state.sql.
    row = con.execute(
        "select string_agg(extract_id || ' ' || landed_at, ', ' order by extract_id, landed_at)"
        " from raw.extract"
    ).fetchone()
    return None if row is None else row[0]
