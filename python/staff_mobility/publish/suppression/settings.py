"""The rules of disclosure_control.yml with their parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from staff_mobility.settings import WrongUseError

FILE = "disclosure_control.yml"
# Rises when the same settings hide other values than before.
VERSION = 1


def _part(**properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_SWITCH = {"type": "boolean"}
_SCHEMA = _part(
    threshold=_part(enabled=_SWITCH, minimum_persons={"type": "integer", "minimum": 2}),
    dominance=_part(
        enabled=_SWITCH,
        largest_persons={"type": "integer", "minimum": 1},
        maximum_percent={"type": "number", "exclusiveMinimum": 0, "maximum": 100},
    ),
    complementary=_part(
        enabled=_SWITCH,
        protection_interval={"type": "integer", "minimum": 1},
        protection_interval_of_means={"type": "number", "exclusiveMinimum": 0, "maximum": 4},
    ),
    degrees_of_freedom=_part(enabled=_SWITCH, minimum={"type": "integer", "minimum": 1}),
    rounding=_part(base={"type": "integer", "minimum": 0}),
    former_publication=_part(enabled=_SWITCH, already_public={"enum": ["refuse", "accept"]}),
)


@dataclass(frozen=True)
class Rules:
    """Which rules hold, and their parameters; a rule that is switched off has None.

    Attributes:
        minimum_persons: A cell of fewer persons is hidden; a cell of nobody is shown.
        dominance: n and k: the largest n persons may have k percent of a cell, no more.
        protection_interval: Least width of what an attacker can say of a hidden count, in stays or reports.
        mean_interval: The same of a hidden mean, in points of its scale.
        minimum_degrees_of_freedom: Least residual degrees of freedom of a model.
        rounding_base: Counts become multiples of it instead of being hidden; 0 for none.
        heeds_former: Whether the current publication counts as known.
        accepts_already_public: Whether values may be hidden that the current publication shows.
    """

    minimum_persons: int | None = 5
    dominance: tuple[int, float] | None = (2, 85.0)
    protection_interval: int | None = 3
    mean_interval: float = 0.5
    minimum_degrees_of_freedom: int | None = 10
    rounding_base: int = 0
    heeds_former: bool = True
    accepts_already_public: bool = False

    @property
    def name(self) -> str:
        """The rules in words, as a publication tells them."""
        n, k = self.dominance or (0, 0.0)
        told = [
            f"{self.minimum_persons} persons at least" if self.minimum_persons else "no threshold",
            f"dominance ({n}, {k:g} %)" if self.dominance else "no dominance rule",
            f"complementary (counts open by {self.protection_interval}, means by {self.mean_interval:g})"
            if self.protection_interval
            else "nothing complementary",
            f"{self.minimum_degrees_of_freedom} degrees of freedom at least"
            if self.minimum_degrees_of_freedom
            else "any degrees of freedom",
            f"counts rounded to {self.rounding_base}" if self.rounding_base else "no rounding",
            "former publication heeded" if self.heeds_former else "former publication not heeded",
        ]
        return f"cell suppression, version {VERSION}: {', '.join(told)}"


def read_rules(project: Path) -> Rules:
    """Read disclosure_control.yml.

    Raises:
        WrongUseError: There is none, or a setting is missing, unknown or out of bounds: nothing is published by guess.
    """
    file = project / FILE
    if not file.is_file():
        raise WrongUseError(
            f"There is no {file}, so nothing says what must be hidden. Restore it from the repository."
        )
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise WrongUseError(f"{file}: cannot be read ({error}).") from error
    errors = [
        f"{'.'.join(str(part) for part in error.absolute_path) or 'the file'}: {error.message}"
        for error in Draft202012Validator(_SCHEMA).iter_errors(content)
    ]
    if errors:
        raise WrongUseError(f"{file}: {'; '.join(errors)}.")
    return _rules(content)


def _rules(content: Mapping[str, Mapping[str, Any]]) -> Rules:
    def value(part: str, key: str) -> Any:
        return content[part][key] if content[part]["enabled"] else None

    n = value("dominance", "largest_persons")
    return Rules(
        minimum_persons=value("threshold", "minimum_persons"),
        dominance=(n, float(content["dominance"]["maximum_percent"])) if n else None,
        protection_interval=value("complementary", "protection_interval"),
        mean_interval=float(content["complementary"]["protection_interval_of_means"]),
        minimum_degrees_of_freedom=value("degrees_of_freedom", "minimum"),
        rounding_base=content["rounding"]["base"],
        heeds_former=content["former_publication"]["enabled"],
        accepts_already_public=content["former_publication"]["already_public"] == "accept",
    )
