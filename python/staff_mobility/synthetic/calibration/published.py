"""What the study printed, as the arrays that the search aims at."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml
from scipy.stats import norm

Floats = npt.NDArray[np.float64]

SEED_FILE = Path(__file__).parents[4] / "seeds" / "published" / "published_value.csv"
GROUPS = ("staff", "quality", "institution", "institutional_change")
COMPONENTS = ("anchoring", "relative_priority", "leadership_signals", "facilitation", "strategic_use")
OBJECTIVES = (
    "student_mobility",
    "education_cooperation",
    "education_quality",
    "internationalisation_at_home",
    "research_cooperation",
)
# Predictors of table 4.5, those of institutions first. Named here again on purpose: nothing is shared with the pipeline.
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
OF_INSTITUTIONS = 5
# Footnotes 26 to 29: indicator and outcome.
FOOTNOTES = (
    ("sector_share_students", "institution"),
    ("sector_share_students", "staff"),
    ("publication_points_per_academic", "institution"),
    ("publication_points_per_academic", "institutional_change"),
    ("share_basic_research", "institution"),
    ("share_basic_research", "institutional_change"),
    ("exchange_share", "institution"),
    ("exchange_share", "institutional_change"),
    ("exchange_share", "staff"),
)
STATEMENTS: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "statements.yml").read_text(encoding="utf-8")
)
INSTITUTIONS: tuple[str, ...] = tuple(sorted(STATEMENTS["motive_order"]))


def place_of(key: str) -> int:
    """Return where an institution stands in the order of all arrays."""
    return INSTITUTIONS.index(key)


@cache
def value(value_id: str) -> float:
    """Return the published number `value_id` of the seed."""
    return _values()[value_id]


@cache
def _values() -> dict[str, float]:
    with SEED_FILE.open(encoding="utf-8", newline="") as stream:
        return {
            row["value_id"]: float(row["published_value"])
            for row in csv.DictReader(stream)
            if row["published_value"]
        }


@dataclass(frozen=True)
class Published:
    """Targets as arrays.

    Attributes:
        means: Table 4.2 in the corrected reading, 20 institutions x 4 outcomes.
        betas, p_values: table 4.5, 4 outcomes x 12 predictors.
        adjusted_r2: table 4.5, 4 outcomes.
        smallest_error, largest_error: standard errors of the betas between which the printed p values lie.
        strategy: tables 4.3 and 4.4, correlation of index and components with the outcomes, 6 x 4.
        footnotes: correlations of FOOTNOTES.
    """

    means: Floats
    betas: Floats
    p_values: Floats
    adjusted_r2: Floats
    smallest_error: Floats
    largest_error: Floats
    strategy: Floats
    footnotes: Floats


def _printed_column(group: str) -> str:
    """Return the header under which the study prints an outcome in table 4.2 (audit, finding 1: they are shifted by one)."""
    return GROUPS[(GROUPS.index(group) + 1) % len(GROUPS)]


@cache
def published(beta_rounding: float = 0.0003) -> Published:
    """Return the targets; `beta_rounding` is how far a beta may be from its print when its p value is judged."""
    means = np.array(
        [[value(f"table_4_2.{key}.{_printed_column(group)}") for group in GROUPS] for key in INSTITUTIONS]
    )
    betas = np.array([[value(f"table_4_5.{group}.{name}.beta") for name in PREDICTORS] for group in GROUPS])
    p_values = np.array([[value(f"table_4_5.{group}.{name}.p") for name in PREDICTORS] for group in GROUPS])
    size = np.abs(betas)
    # A p printed as .000 says only that the error is small enough.
    smallest = np.where(
        p_values > 0,
        np.maximum(size - beta_rounding, 0) / norm.isf(np.maximum(p_values - 0.0005, 1e-12) / 2),
        0,
    )
    largest = np.where(
        p_values < 0.9995,
        (size + beta_rounding) / np.maximum(norm.isf(np.minimum(p_values + 0.0005, 1) / 2), 1e-9),
        9,
    )
    strategy = [[value(f"table_4_3.{group}.r") for group in GROUPS]]
    strategy += [[value(f"table_4_4.{name}.{group}.r") for group in GROUPS] for name in COMPONENTS]
    return Published(
        means=means,
        betas=betas,
        p_values=p_values,
        adjusted_r2=np.array([value(f"table_4_5.{group}.adjusted_r2") for group in GROUPS]),
        smallest_error=smallest,
        largest_error=largest,
        strategy=np.array(strategy),
        footnotes=np.array([value(f"{x}_x_{y}.r") for x, y in FOOTNOTES]),
    )


def strategy_targets() -> Floats:
    """Tables 4.3 and 4.4, 6 x 4, with the one value that the other 23 exclude replaced by its mirror image.

    The index is the mean of the five components, so table 4.3 follows from table 4.4 and the components' spreads. No spreads
    give all 24 values (audit, tables 4.3 and 4.4); with -.018 for +.018 (index and institutional change) some do.
    """
    found = published().strategy.copy()
    found[0, GROUPS.index("institutional_change")] *= -1
    return found
