"""What the gate answers about one extract, as plain data that pages, registers and schedulers read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

Stage = Literal["file", "columns", "rows", "history"]
Severity = Literal["block", "warn", "inform"]
Verdict = Literal["accepted", "accepted_with_warnings", "refused"]
Usability = Literal["usable", "use_with_caution", "not_usable"]
Area = Literal["usage", "strategy", "outcomes", "open_data"]
"""Group of marts that a check endangers."""

STAGES: tuple[Stage, ...] = get_args(Stage)
AREAS: tuple[Area, ...] = get_args(Area)
LANGUAGES = ("nb", "en")

Texts = Mapping[str, str]
"""The same text by language, nb and en."""


@dataclass(frozen=True)
class FailingRow:
    """A row that a check is about.

    Attributes:
        row: Number of the row in the file (line of a CSV file, row of a sheet); None for a row of the previous extract
            that is gone.
        table: Raw table of the row.
        report: Key of the report as the system gave it (project code and mobility id), which says nothing of
            the person; None where rows are no reports.
        shown: The value that failed; None where it must not be shown.
    """

    row: int | None
    table: str
    report: str | None = None
    shown: str | None = None


@dataclass(frozen=True)
class CheckResult:
    """The result of one check on one extract.

    Attributes:
        stage: Where in the gate it was made.
        check: Name of the check.
        column: Header of the column in the file, None where the check is about several or none.
        severity: What a failure means: block refuses the file, warn and inform do not.
        passed: Whether the extract is as the check wants it.
        n_checked: Rows (or values, columns) that were looked at.
        n_failing: Rows (or values, columns) that fail.
        measured: The number that was compared with the limit, None where counts say it all.
        limit: The limit in words, such as ``at least 99 %``.
        title: The check in a few words.
        message: What was found.
        guidance: What to do, or to ask the supplier.
        rows: The first failing rows.
        endangers: Mart areas that a failure endangers.
        rejects_rows: Whether the failing rows are set aside and count nowhere.
    """

    stage: Stage
    check: str
    column: str | None
    severity: Severity
    passed: bool
    n_checked: int
    n_failing: int
    measured: float | None
    limit: str | None
    title: Texts
    message: Texts
    guidance: Texts
    rows: tuple[FailingRow, ...]
    endangers: tuple[Area, ...]
    rejects_rows: bool = False

    @property
    def blocks(self) -> bool:
        """Whether it keeps the extract out."""
        return self.severity == "block" and not self.passed


@dataclass(frozen=True)
class ExtractRecord:
    """What is known of a file, accepted or refused; ``extract_record.schema.json`` describes its JSON form.

    Attributes:
        extract_id: First 16 hexadecimal digits of the hash.
        file: Path in the drop folder.
        sha256: Hash of the file's bytes.
        bytes: Its size.
        rows: Data rows, None if the file could not be read to its end.
        columns: Columns of all its tables, None as above.
        source: Source system, None if no layout fits.
        layout: Layout, None if none fits.
        layout_version: Version of that layout.
        publisher: Who publishes the source.
        licence: Under which licence.
        extract_date: Day on which the extract was taken (ISO), None if the name holds none.
        checked_at: When the gate saw it (ISO, UTC).
        accepted_by: ``gate``, a person who overruled the gate, or None for a refused file.
        acceptance_reason: Why that person did.
        rows_by_year: Reports by year of departure, for sources that hold reports.
        previous_extract_id: The extract that it was compared with.
        previous_rows_by_year: The same counts of that extract.
    """

    extract_id: str
    file: str
    sha256: str
    bytes: int
    rows: int | None
    columns: int | None
    source: str | None
    layout: str | None
    layout_version: int | None
    publisher: str | None
    licence: str | None
    extract_date: str | None
    checked_at: str
    accepted_by: str | None
    acceptance_reason: str | None
    rows_by_year: Mapping[str, int]
    previous_extract_id: str | None
    previous_rows_by_year: Mapping[str, int]


@dataclass(frozen=True)
class GateResult:
    """The record of an extract and all its checks, in the order in which they were made."""

    record: ExtractRecord
    checks: tuple[CheckResult, ...]

    @property
    def failures(self) -> tuple[CheckResult, ...]:
        """The checks that did not pass, gravest first."""
        order = get_args(Severity)
        return tuple(sorted((c for c in self.checks if not c.passed), key=lambda c: order.index(c.severity)))

    @property
    def verdict(self) -> Verdict:
        """Whether the extract got in."""
        if self.record.accepted_by is None:
            return "refused"
        return "accepted_with_warnings" if self._worst_of(None) in ("block", "warn") else "accepted"

    @property
    def usability(self) -> dict[Area, Usability]:
        """What the marts of each area are worth with this extract in them."""
        words: dict[str | None, Usability] = {"block": "not_usable", "warn": "use_with_caution"}
        return {area: words.get(self._worst_of(area), "usable") for area in AREAS}

    def _worst_of(self, area: Area | None) -> Severity | None:
        concerned = (check for check in self.failures if area is None or area in check.endangers)
        return next((check.severity for check in concerned), None)

    def as_json(self) -> dict[str, Any]:
        """Return plain values; `from_json` reads them back."""
        return {
            "verdict": self.verdict,
            "usability": self.usability,
            "record": asdict(self.record),
            "checks": [asdict(check) for check in self.checks],
        }

    @staticmethod
    def from_json(content: dict[str, Any]) -> GateResult:
        """Read what `as_json` wrote; columns that this version does not know are left out."""
        checks = []
        for check in content["checks"]:
            rows = tuple(FailingRow(**row) for row in check["rows"])
            checks.append(
                CheckResult(
                    **_known(CheckResult, check) | {"rows": rows, "endangers": tuple(check["endangers"])}
                )
            )
        return GateResult(ExtractRecord(**_known(ExtractRecord, content["record"])), tuple(checks))


def _known(kind: type[CheckResult] | type[ExtractRecord], content: dict[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in content.items() if name in names}
