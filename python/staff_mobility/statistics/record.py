"""What a result says of itself, and the frame in which one analysis is computed or given a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from staff_mobility.statistics.plan import Analysis
from staff_mobility.statistics.status import OK, NoResultError, Verdict

OLS_COVARIANCE = "independent observations with one variance"


@dataclass(frozen=True)
class Record:
    """The specification of one result.

    Attributes:
        analysis_id: Of the plan.
        formula: Outcome ~ predictors.
        covariance: What the standard errors assume of the residuals.
        correction: What was done to the estimate, its p value or the data.
    """

    analysis_id: str
    place: str
    family: str
    level: str
    subset: str | None
    formula: str
    covariance: str = ""
    correction: str = ""

    def row(self, verdict: Verdict = OK, /, **values: Any) -> dict[str, Any]:
        """Return a row of a table of results."""
        return {
            "analysis_id": self.analysis_id,
            "place": self.place,
            "family": self.family,
            "level": self.level,
            "subset": self.subset or "all",
            "formula": self.formula,
            "covariance": self.covariance,
            "correction": self.correction,
            "status": verdict.status.value,
            "reason": verdict.reason,
            **values,
        }


def record_of(analysis: Analysis, formula: str, covariance: str = "", correction: str = "") -> Record:
    """Return the record of an analysis of the plan."""
    return Record(
        analysis.analysis_id,
        analysis.place,
        analysis.family,
        analysis.level,
        analysis.subset,
        formula,
        covariance,
        correction,
    )


def attempted(record: Record, names: dict[str, Any], compute: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return a row with what `compute` gives, or with the reason why it gives nothing.

    Args:
        record: The specification.
        names: Columns that stand in the row either way.
        compute: Returns the further columns.
    """
    try:
        return record.row(**names, **compute())
    except NoResultError as error:
        return record.row(error.verdict, **names)
