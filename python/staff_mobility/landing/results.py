"""What landing answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from staff_mobility.gate.results import GateResult
from staff_mobility.landing.problems import Problem

Status = Literal["landed", "already landed", "replaced", "checked", "refused"]


@dataclass(frozen=True)
class LandedFile:
    """The outcome for one file.

    Attributes:
        file: Path in the drop folder.
        rows: Data rows over all tables; 0 for a refused file.
        unknown_columns: Headers that the layout does not know; their cells are not landed.
        remarks: What is unusual about a file that was read all the same.
        problems: Why the file is refused.
        result: What the gate says; None for a file that had landed before.
    """

    file: str
    status: Status
    source: str | None = None
    layout: str | None = None
    extract_id: str | None = None
    extract_date: dt.date | None = None
    rows: int = 0
    unknown_columns: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    result: GateResult | None = None

    @property
    def messages(self) -> list[str]:
        """The problems as a user sees them."""
        return [problem.text(self.file) for problem in self.problems]

    def as_json(self) -> dict[str, Any]:
        """Return plain values for the machine-readable answer."""
        return {
            "file": self.file,
            "status": self.status,
            "source": self.source,
            "layout": self.layout,
            "extract_id": self.extract_id,
            "extract_date": self.extract_date.isoformat() if self.extract_date else None,
            "rows": self.rows,
            "unknown_columns": list(self.unknown_columns),
            "remarks": list(self.remarks),
            "gate": self.result.as_json() if self.result else None,
            "problems": [
                {
                    "where": problem.where,
                    "column": problem.column,
                    "reason": problem.reason,
                    "to_do": problem.to_do,
                }
                for problem in self.problems
            ],
        }


@dataclass(frozen=True)
class LandedFolder:
    """The outcome for a drop folder, in the order of the files' paths."""

    files: tuple[LandedFile, ...]

    @property
    def refused(self) -> tuple[LandedFile, ...]:
        """The files that were refused."""
        return tuple(file for file in self.files if file.status == "refused")

    def count(self, status: Status) -> int:
        """Return how many files have a status."""
        return sum(file.status == status for file in self.files)
