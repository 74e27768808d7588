"""Whether the working warehouse may be published: the build, its tests, the ledger, the rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from staff_mobility.build_state import LastBuild, last_build, why_not_whole
from staff_mobility.publish.content import Content
from staff_mobility.publish.marts import Mart

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_GOOD_STATUSES = frozenset({"success", "pass", "warn", "no-op"})
# So few rows more or fewer are no sign of a fault, whatever share they are.
_FEW_ROWS = 20


@dataclass(frozen=True)
class Finding:
    """One check of the audit.

    Attributes:
        check: Its name.
        passed: Whether it lets the publication through.
        message: What was found, and what to do if it did not pass.
    """

    check: str
    passed: bool
    message: str


def audit_build(con: DuckDBPyConnection, run_results: Path) -> Iterator[Finding]:
    """Check what can be checked before the marts are read.

    Args:
        con: The working warehouse is its default database.
        run_results: What dbt wrote of its last run.
    """
    reason = why_not_whole(con)
    yield Finding(
        "build_is_whole", not reason, reason or "All marts are of one build of the present extracts."
    )
    build = last_build(con)
    if build and not reason:
        yield _tests(build, run_results)
        yield _ledger(con)


def audit_marts(con: DuckDBPyConnection, marts: Sequence[Mart]) -> Finding:
    """Check that the warehouse has the marts as dbt's manifest describes them."""
    rows = con.execute(
        "select table_schema, table_name, list(column_name) from information_schema.columns"
        " where table_catalog = current_database() group by all"
    ).fetchall()
    there = {(schema, table): set(columns) for schema, table, columns in rows}
    odd = [
        mart.name
        for mart in marts
        if there.get((mart.schema, mart.relation)) != {column.name for column in mart.columns}
    ]
    if odd:
        told = f"{', '.join(odd)}: not as dbt's manifest describes them. Run: staff-mobility build"
        return Finding("marts_are_as_described", False, told)
    return Finding(
        "marts_are_as_described", True, f"{len(marts)} marts are as dbt's manifest describes them."
    )


def audit_rows(
    contents: Sequence[Content], former: Mapping[str, int], max_change: float, *, is_approved: bool
) -> Iterator[Finding]:
    """Compare row counts with those of the last publication.

    Args:
        contents: What is to be published.
        former: Rows of the last publication by mart; empty before the first.
        max_change: Largest share by which the rows of a mart may grow or shrink.
        is_approved: Whether a person has seen the difference and approved it; then no change is too large.
    """
    public = {content.name: content.n_rows for content in contents if content.release.is_public}
    if not public:
        yield Finding(
            "marts_are_marked", False, "No mart is marked `audience: public`, so there is nothing to publish."
        )
        return
    moved = [] if is_approved else list(_moved(public, former, max_change))
    told = "; ".join(moved) if moved else f"{sum(public.values())} rows in {len(public)} marts."
    remedy = (
        ". See what changed with: staff-mobility publish --dry-run; it says how to publish it all the same."
        if moved
        else ""
    )
    yield Finding("rows_are_within_the_limit", not moved, told + remedy)


def _moved(public: Mapping[str, int], former: Mapping[str, int], max_change: float) -> Iterator[str]:
    for name, before in former.items():
        after = public.get(name)
        if after is None:
            yield f"{name}: was published with {before} rows and is gone"
        elif before and not after:
            yield f"{name}: had {before} rows in the last publication and has none"
        elif abs(after - before) > max(_FEW_ROWS, max_change * before):
            yield f"{name}: {before} rows in the last publication, {after} now (limit {max_change:.0%})"


def _tests(build: LastBuild, run_results: Path) -> Finding:
    counts = _statuses(build, run_results)
    if not counts:
        # A build in which a test failed is not recorded as done.
        told = f"Build {build.invocation_id} is recorded as done, so no test has failed."
        return Finding("tests_passed", True, told)
    bad = {status: count for status, count in counts.items() if status not in _GOOD_STATUSES}
    told = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    remedy = ". Look at dbt's messages, mend the cause and run: staff-mobility build" if bad else ""
    return Finding("tests_passed", not bad, f"Build {build.invocation_id}: {told}{remedy}")


def _statuses(build: LastBuild, run_results: Path) -> Mapping[str, int]:
    """Count the nodes of the build by status; nothing if dbt has run something else since."""
    try:
        content = json.loads(run_results.read_text(encoding="utf-8"))
        if content["metadata"]["invocation_id"] != build.invocation_id:
            return {}
        return Counter(str(result["status"]) for result in content["results"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _ledger(con: DuckDBPyConnection) -> Finding:
    import duckdb

    try:
        row = con.execute(
            "select n_file_rows, n_accounted_rows, is_balanced from quality.mart_quality__ledger_total"
            " where ledger_scope = 'all'"
        ).fetchone()
    except duckdb.CatalogException:
        row = None
    if row is None:
        return Finding("ledger_adds_up", False, "There is no ledger. Run: staff-mobility build")
    delivered, accounted, is_balanced = row
    is_even = bool(is_balanced) and delivered == accounted
    told = f"{delivered} rows delivered, {accounted} accounted for"
    remedy = (
        "" if is_even else "; quality.mart_quality__ledger says in which extract. Run: staff-mobility build"
    )
    return Finding("ledger_adds_up", is_even, told + remedy)
