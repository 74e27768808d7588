"""The verbs ``publish`` and ``rollback``: write, audit, exchange.

Nothing that readers see changes before the new publication is whole, on the disk and compared with the working
warehouse; then one rename shows it. A publisher that is killed at any moment leaves the former publication, or the
new one; what it had half written is cleared by the next.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from staff_mobility.publish.audit import Finding
from staff_mobility.publish.candidate import Candidate, Order, candidate_of
from staff_mobility.publish.difference import FORMER, Difference, difference
from staff_mobility.publish.place import ROLLBACK, Publication, Published
from staff_mobility.publish.postgres_target import PostgresTarget
from staff_mobility.publish.suppression.agency_record import forget_others
from staff_mobility.publish.write import write_publication
from staff_mobility.settings import Settings, StepError, WrongUseError
from staff_mobility.warehouse_file import attach_read_only

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Outcome:
    """How a publication or rollback ended.

    Attributes:
        publication: What readers see now; None if the audit refused.
        is_new: Whether they saw another one before.
        findings: Of the audit.
        removed: Ids of former publications that were removed.
        in_postgres: Whether PostgreSQL serves it too.
    """

    publication: Publication | None
    is_new: bool
    findings: tuple[Finding, ...] = ()
    removed: tuple[str, ...] = ()
    in_postgres: bool = False

    @property
    def publication_id(self) -> str | None:
        """Id of the publication that readers see."""
        return self.publication.id if self.publication else None

    @property
    def problems(self) -> list[str]:
        """Why nothing was published."""
        return [f"{each.check}: {each.message}" for each in self.findings if not each.passed]

    def as_json(self) -> dict[str, Any]:
        """Return plain values for the machine-readable answer."""
        publication = self.publication
        return {
            "publication": self.publication_id,
            "content_id": publication.manifest["content_id"] if publication else None,
            "folder": str(publication.folder) if publication else None,
            "is_new": self.is_new,
            "rows": publication.rows if publication else {},
            "removed": list(self.removed),
            "in_postgres": self.in_postgres,
            "audit": [asdict(finding) for finding in self.findings],
        }


def publish(settings: Settings, order: Order) -> Outcome:
    """Publish the marts of the working warehouse, unless the audit refuses or they are what readers see already.

    Raises:
        WrongUseError: There is no warehouse or manifest, or PostgreSQL cannot be reached.
        StepError: It could not be written or exchanged; readers see the former publication.
    """
    published = Published(settings.published)
    with published.alone(order.patience) as work, candidate_of(settings, published, order) as candidate:
        if candidate.about is None or candidate.problems:
            return Outcome(None, False, candidate.findings)
        target = _target(candidate.con, order)
        current = published.current()
        publication, is_new = current, False
        if candidate.record:
            # First: what is public without it could not be protected against the next publication.
            candidate.record.write(settings.disclosure_records, candidate.about.content_id)
        if current is None or current.manifest["content_id"] != candidate.about.content_id:
            made = work / "made"
            write_publication(
                candidate.con,
                made,
                candidate.public,
                candidate.about,
                candidate.findings,
                current.id if current else None,
                (settings.manifest, settings.target),
            )
            publication, is_new = published.add(made), True
            published.make_current(publication, work, _told("publish"))
        if publication is None:
            raise StepError(f"{published.folder} holds no publication, though one was just written.")
        if target:
            _serve(target, candidate, publication, order)
        removed = published.prune(order.keep, work)
        forget_others(settings.disclosure_records, (each.manifest["content_id"] for each in published.all()))
        return Outcome(publication, is_new, candidate.findings, tuple(removed), target is not None)


def rehearse(settings: Settings, order: Order) -> tuple[Candidate, Difference]:
    """Return what a publication would change; nothing is written but what the agency keeps of it for itself.

    Raises:
        WrongUseError: There is no warehouse or manifest.
    """
    published = Published(settings.published)
    with candidate_of(settings, published, order) as candidate:
        current = published.current()
        if candidate.record and candidate.about:
            candidate.record.write(settings.disclosure_records, candidate.about.content_id)
        if current:
            attach_read_only(candidate.con, current.marts, FORMER)
        marts, changes = difference(candidate.con, candidate.public, current.rows if current else {})
        return candidate, Difference(current.id if current else None, marts, changes)


def roll_back(settings: Settings, to: str, order: Order) -> Outcome:
    """Let readers see a former publication again.

    Args:
        settings: The project.
        to: Its id or the beginning of it; empty for the one before the current.
        order: Its address of PostgreSQL and its patience count.

    Raises:
        WrongUseError: There is no such publication, or PostgreSQL does not hold it.
        StepError: It is damaged.
    """
    import duckdb

    published = Published(settings.published)
    with published.alone(order.patience) as work, duckdb.connect() as con:
        publication = published.find(to or _previous(published))
        if damage := publication.damage():
            raise StepError(f"Publication {publication.id} is damaged and stays out: {'; '.join(damage)}.")
        target = _target(con, order)
        if target and not target.holds(publication.id):
            raise WrongUseError(
                f"PostgreSQL does not hold publication {publication.id}, so nothing was changed. Leave --postgres out to"
                " roll back the files alone."
            )
        is_new = published.current_id() != publication.id
        if is_new:
            published.make_current(publication, work, _told(ROLLBACK))
        if target and target.current_id() != publication.id:
            target.bring_back(publication.id, order.patience)
        return Outcome(publication, is_new, in_postgres=target is not None)


def _target(con: DuckDBPyConnection, order: Order) -> PostgresTarget | None:
    return PostgresTarget(con, order.postgres, order.schema) if order.postgres else None


def _serve(target: PostgresTarget, candidate: Candidate, publication: Publication, order: Order) -> None:
    """Let PostgreSQL serve the publication that the files show."""
    if candidate.about is None or target.current_id() == publication.id:
        return
    if target.holds(publication.id):
        target.bring_back(publication.id, order.patience)
        return
    made = dt.datetime.fromisoformat(publication.manifest["published_at"])
    target.load(
        candidate.contents, replace(candidate.about, publication_id=publication.id, published_at=made)
    )
    target.exchange(publication.id, order.patience)
    target.prune(order.keep)


def _previous(published: Published) -> str:
    """Return the id of the publication before the current one."""
    current = published.current()
    if current is None or current.manifest["previous"] is None:
        kept = ", ".join(each.id for each in published.all()) or "none"
        raise WrongUseError(f"There is no publication before the current one. Kept are: {kept}.")
    return str(current.manifest["previous"])


def _told(verb: str) -> Mapping[str, Any]:
    return {"at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "verb": verb}
