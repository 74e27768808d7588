"""Why a result could not be had: every row of a result has a status, and never a NaN without a reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """What became of a result; the value stands in the column ``status``."""

    OK = "ok"
    EMPTY_SUBSET = "empty_subset"
    UNKNOWN_VARIABLE = "unknown_variable"
    UNKNOWN_INSTITUTION = "unknown_institution"
    INFINITE_VALUE = "infinite_value"
    CONSTANT_COLUMN = "constant_column"
    PERFECT_COLLINEARITY = "perfect_collinearity"
    TOO_FEW_OBSERVATIONS = "too_few_observations"
    ONE_INSTITUTION = "one_institution"
    NOT_CONVERGED = "not_converged"
    ABOVE_LIMIT = "above_limit"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True)
class Verdict:
    """A status with the reason in words; the reason is empty for what went well."""

    status: Status = Status.OK
    reason: str = ""


OK = Verdict()


class NoResultError(Exception):
    """There is no result for a reason that belongs in the row of the result."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.verdict = Verdict(status, reason)
