"""The study's printed values by the part that they play in a check, and its statements: read from inputs.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml

from staff_mobility.audit.published import Published, Value

OUTCOMES = ("staff", "quality", "institution", "institutional_change")
PREDICTORS = (
    "strategy_index",
    "publication_points_per_academic",
    "sector_share_students",
    "cluster_1",
    "cluster_3",
    "duration",
    "motive_personal",
    "motive_institution",
    "teaching",
    "region_nordic",
    "region_northern",
    "region_southern",
)
COMPONENTS = ("anchoring", "relative_priority", "leadership_signals", "facilitation", "strategic_use")


@dataclass(frozen=True)
class Study:
    """All that the checks read.

    Attributes:
        published: Printed values.
        clusters: Cluster of each institution, by its key.
        names: Short name of each institution, by its key.
        parts: Names of printed values by part, from inputs.yml.
        statements: What the text says, from inputs.yml.
        level: Below it a p value is called significant.
        rejections: Share of simulated sectors without any effect in which a test rejects, by
            (design, term, share of the variation between institutions, method).
    """

    published: Published
    clusters: Mapping[str, str]
    names: Mapping[str, str]
    parts: Mapping[str, Any]
    statements: Mapping[str, Any]
    level: float
    rejections: Mapping[tuple[str, str, float, str], float]

    def value(self, part: str) -> Value:
        """Return the printed value that plays a part."""
        return self.published[self.parts[part]]

    def values(self, part: str) -> tuple[Value, ...]:
        """Return the printed values that play a part together."""
        return tuple(self.published[value_id] for value_id in self.parts[part])

    def outcome_mean(self, outcome: str) -> Value:
        """Return the mean of an outcome over all reports."""
        return self.published[self.parts["outcome_means"][outcome]]

    def column(self, outcome: str) -> Mapping[str, Value]:
        """Return the values under a heading of table 4.2, by institution."""
        return {
            value.institution: value
            for value in self.published.table("table_4_2.")
            if value.institution and value.outcome == outcome
        }

    def regression(self, predictor: str, outcome: str, statistic: str) -> Value:
        """Return `beta` or `p` of an effect in table 4.5."""
        return self.published[f"table_4_5.{outcome}.{predictor}.{statistic}"]

    def adjusted_r2(self, outcome: str) -> Value:
        """Return the adjusted R squared of a model of table 4.5."""
        return self.published[f"table_4_5.{outcome}.adjusted_r2"]


def read_inputs() -> Mapping[str, Any]:
    """Return the content of inputs.yml: `values` and `statements`."""
    return yaml.safe_load(files(__package__).joinpath("inputs.yml").read_text(encoding="utf-8"))  # type: ignore[no-any-return]
