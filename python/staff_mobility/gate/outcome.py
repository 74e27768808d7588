"""From what is known of a file and what the gate found to the result that is kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from staff_mobility.gate.checks import CELL_CHECKS
from staff_mobility.gate.gate import READING_CHECKS, Answer, reading_result
from staff_mobility.gate.results import ExtractRecord, GateResult, Stage
from staff_mobility.landing.drop_folder import Content
from staff_mobility.landing.layouts import Layout
from staff_mobility.landing.problems import Problem, RefusalError

NEVER_OVERRULED = CELL_CHECKS | set(READING_CHECKS.values())


@dataclass(frozen=True)
class Acceptance:
    """A person's decision to take in what the gate refuses for its rules or its history, not for its form.

    Attributes:
        by: Who decides.
        reason: Why; it is kept with the extract.
    """

    by: str
    reason: str


class GateRefusalError(RefusalError):
    """The gate refuses a file that could be read.

    Attributes:
        result: All checks that were made.
    """

    def __init__(self, result: GateResult, *problems: Problem) -> None:
        super().__init__(*problems)
        self.result = result


@dataclass
class Seen:
    """What is known of a file so far, for the record of a file that is refused on the way.

    Attributes:
        name: Path in the drop folder.
        stage: Stage of the gate that the file has come to.
    """

    name: str
    stage: Stage = "file"
    content: Content | None = None
    extract_date: dt.date | None = None
    layout: Layout | None = None
    columns: int | None = None
    rows: int | None = None
    remarks: tuple[str, ...] = ()

    @property
    def known_content(self) -> Content:
        """The content, once it was hashed."""
        if self.content is None:
            raise ValueError("the file has not been read")
        return self.content

    @property
    def known_date(self) -> dt.date:
        """The day of the extract, once it was read."""
        if self.extract_date is None:
            raise ValueError("the file has no date")
        return self.extract_date

    @property
    def known_layout(self) -> Layout:
        """The layout, once it was recognised."""
        if self.layout is None:
            raise ValueError("the file has no layout")
        return self.layout


def outcome_of(seen: Seen, answer: Answer, acceptance: Acceptance | None) -> GateResult:
    """Return the result of a file that could be read: accepted, accepted by somebody, or refused."""
    blocking = {check.check for check in answer.checks if check.blocks}
    if not blocking:
        return GateResult(_record(seen, "gate", None, answer), answer.checks)
    if acceptance is None or blocking & NEVER_OVERRULED:
        return GateResult(_record(seen, None, None, answer), answer.checks)
    return GateResult(_record(seen, acceptance.by, acceptance.reason, answer), answer.checks)


def refusal_of(seen: Seen, refusal: RefusalError) -> GateResult | None:
    """Return the result of a refused file; None if not even its content is known."""
    if seen.content is None:
        return None
    if isinstance(refusal, GateRefusalError):
        return refusal.result
    return GateResult(_record(seen, None, None, None), (reading_result(seen.stage, refusal.problems),))


def _record(seen: Seen, accepted_by: str | None, reason: str | None, answer: Answer | None) -> ExtractRecord:
    content, layout = seen.known_content, seen.layout
    years = answer.rows_by_year if answer else ({}, {})
    return ExtractRecord(
        extract_id=content.extract_id,
        file=seen.name,
        sha256=content.sha256,
        bytes=content.bytes,
        rows=seen.rows,
        columns=seen.columns,
        source=layout.source if layout else None,
        layout=layout.name if layout else None,
        layout_version=layout.version if layout else None,
        publisher=layout.publisher if layout else None,
        licence=layout.licence if layout else None,
        extract_date=seen.extract_date.isoformat() if seen.extract_date else None,
        checked_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        accepted_by=accepted_by,
        acceptance_reason=reason,
        rows_by_year=years[0],
        previous_extract_id=answer.previous_extract_id if answer else None,
        previous_rows_by_year=years[1],
    )
