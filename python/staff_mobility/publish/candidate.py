"""The working warehouse as a candidate for publication: what it would publish, and what the audit says of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from staff_mobility.build_state import last_build
from staff_mobility.column_labels import read_column_labels
from staff_mobility.landing.connection import known_key
from staff_mobility.publish import DEFAULT_KEPT, DEFAULT_MAX_CHANGE, DEFAULT_POSTGRES_SCHEMA
from staff_mobility.publish.audit import Finding, audit_build, audit_marts, audit_rows
from staff_mobility.publish.content import Content, content_id, content_mark, read_content
from staff_mobility.publish.disclosure import Disclosure, DisclosureControl, Record
from staff_mobility.publish.marts import WORKING, read_marts
from staff_mobility.publish.place import Published
from staff_mobility.publish.served_keys import with_served_keys
from staff_mobility.publish.suppression.settings import read_rules
from staff_mobility.publish.tables import About, read_extracts
from staff_mobility.settings import Settings, StepError, WrongUseError
from staff_mobility.warehouse_file import Patience, attach_read_only

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Order:
    """What is asked of a publisher.

    Attributes:
        keep: How many publications are kept.
        max_change: Largest share by which the rows of a mart may grow or shrink since the last publication.
        approved: Content id that a person has approved; only that content is published, whatever its size.
        postgres: Address of a PostgreSQL database that serves the marts too.
        schema: Its schema.
        control: What decides which rows and values are published; None for the rules of disclosure_control.yml.
        patience: How long to wait for a build, another publisher or readers of PostgreSQL.
    """

    keep: int = DEFAULT_KEPT
    max_change: float = DEFAULT_MAX_CHANGE
    approved: str = ""
    postgres: str | None = None
    schema: str = DEFAULT_POSTGRES_SCHEMA
    control: DisclosureControl | None = None
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True)
class Candidate:
    """What the working warehouse would publish, with the answer of the audit.

    Attributes:
        contents: Public marts and those for analysts.
        about: What the publication would tell of itself.
        findings: Of the audit; if one did not pass, nothing is published.
        record: What the agency keeps of it for itself.
    """

    con: DuckDBPyConnection
    contents: tuple[Content, ...]
    about: About | None
    findings: tuple[Finding, ...]
    record: Record | None = None

    @property
    def problems(self) -> list[str]:
        """Why it may not be published."""
        return [f"{each.check}: {each.message}" for each in self.findings if not each.passed]

    @property
    def public(self) -> tuple[Content, ...]:
        """What goes into files."""
        return tuple(content for content in self.contents if content.release.is_public)


@contextmanager
def candidate_of(settings: Settings, published: Published, order: Order) -> Iterator[Candidate]:
    """Audit the working warehouse and keep it open for reading, so that no build begins in the meantime.

    Raises:
        WrongUseError: There is no warehouse or manifest, disclosure_control.yml cannot be understood, or the pseudonym key is
            not this warehouse's.
    """
    import duckdb

    if not settings.warehouse.is_file():
        raise WrongUseError(f"There is no {settings.warehouse} to publish. Run: staff-mobility build")
    with duckdb.connect() as con:
        attach_read_only(con, settings.warehouse, WORKING, order.patience)
        con.execute(f"use {WORKING}")
        findings = list(audit_build(con, settings.target / "run_results.json"))
        marts = read_marts(settings.manifest, read_column_labels(con))
        findings.append(audit_marts(con, marts))
        disclosure, control = Disclosure(()), order.control or _rules_of(settings, published)
        if all(finding.passed for finding in findings):
            disclosure = control.control(con, marts)
            told = "; ".join(disclosure.problems) or control.name
            findings.append(Finding("disclosure_control", not disclosure.problems, told))
        if not all(finding.passed for finding in findings):
            # No row is read: a difference would show what may not be shown.
            yield Candidate(con, (), None, tuple(findings))
            return
        releases = with_served_keys(con, disclosure.releases, lambda: known_key(con, settings))
        contents = tuple(read_content(con, release) for release in releases)
        about = _about(con, contents, control.name)
        findings += _beside_the_current(published, contents, about, order)
        yield Candidate(con, contents, about, tuple(findings), disclosure.record)


def _rules_of(settings: Settings, published: Published) -> DisclosureControl:
    """Return the control that the project's own rules ask for."""
    rules = read_rules(settings.project)
    # Brings the solver with it, which nothing else here needs.
    from staff_mobility.publish.suppression.control import FormerPublication, Suppression

    current = published.current()
    former = FormerPublication(current.id, current.manifest["content_id"], current.marts) if current else None
    return Suppression(rules, settings.disclosure_records, former)


def _beside_the_current(
    published: Published, contents: Sequence[Content], about: About, order: Order
) -> Iterator[Finding]:
    current = published.current()
    taken_back = published.taken_back()
    if taken_back and taken_back.endswith(f"-{content_mark(about.content_id)}") and not order.approved:
        yield Finding(
            "content_was_not_taken_back",
            False,
            f"{taken_back} had this content and was taken back by a rollback. Mend the cause and build again, or publish"
            f" it all the same with: staff-mobility publish --approved {about.content_id}",
        )
    yield from audit_rows(
        contents, current.rows if current else {}, order.max_change, is_approved=bool(order.approved)
    )
    if order.approved:
        is_same = order.approved == about.content_id
        told = f"Content {about.content_id}"
        remedy = f" is not the approved {order.approved}. Look at it with: staff-mobility publish --dry-run"
        yield Finding("content_is_approved", is_same, told + (" is approved." if is_same else remedy))


def _about(con: DuckDBPyConnection, contents: Sequence[Content], control: str) -> About:
    build = last_build(con)
    if build is None:
        raise StepError("No build is on record, though the audit found one. Run: staff-mobility build")
    content, now = content_id(contents, control), dt.datetime.now(dt.UTC).replace(tzinfo=None)
    # The time first, so that ids sort; the content, so that two of the same moment differ.
    publication_id = f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}Z-{content_mark(content)}"
    return About(
        publication_id, content, now, build.invocation_id, build.finished_at, control, read_extracts(con)
    )
