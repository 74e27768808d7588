"""What a check returns: a verdict, the numbers that it stands on, and the values that conflict."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """What the printed values allow; the seed `audit_verdict` has the labels."""

    IMPOSSIBLE = "impossible"
    TEXT_DIFFERS = "text_differs"
    STRAINED = "strained"
    FOLLOWS = "follows"
    POSSIBLE = "possible"
    NEEDS_RAW_DATA = "needs_raw_data"


Number = float | int | str


@dataclass(frozen=True)
class Outcome:
    """The result of one check.

    Attributes:
        verdict: What the printed values allow.
        evidence: Numbers by name, as findings.yml names them; texts are names of institutions or outcomes.
        conflicts: Smallest sets of printed values that cannot all hold, by the name of the conflict.
    """

    verdict: Verdict
    evidence: dict[str, Number]
    conflicts: dict[str, tuple[str, ...]] = field(default_factory=dict)
