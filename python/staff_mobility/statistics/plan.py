"""The analysis plan: which correlations, group differences, regressions and clusterings are computed.

The file is checked by a JSON schema and then for what a schema cannot see: names that nothing defines, and two
analyses with one id.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from staff_mobility.settings import WrongUseError

_SCHEMA = Path(__file__).with_name("analysis_plan.schema.json")

Label = Mapping[str, str]
"""Texts by language (nb, en)."""


@dataclass(frozen=True)
class Variable:
    """One variable of the analyses.

    Attributes:
        name: As analyses name it.
        column: Of mart_outcomes__report; None for a variable of institutions.
        keys: variable_key of mart_statistics__institution_variable; several are added.
        equals: The variable is 1 where the value is this one, else 0.
        label: None where the mart has the label.
    """

    name: str
    column: str | None = None
    keys: tuple[str, ...] = ()
    equals: str | float | None = None
    label: Label | None = None

    @property
    def is_of_institutions(self) -> bool:
        """Whether all reports of an institution share the value."""
        return self.column is None


@dataclass(frozen=True)
class Analysis:
    """What all analyses have.

    Attributes:
        analysis_id: Unique in the plan.
        place: Where the study has it.
        family: Tests corrected together.
        level: ``report`` or ``institution``.
        subset: Name of a subset, or None for all.
        published: Id of the published value, or None.
    """

    analysis_id: str
    place: str
    family: str
    level: str
    subset: str | None
    published: str | None


@dataclass(frozen=True)
class Correlation(Analysis):
    """Of two variables."""

    x: str
    y: str


@dataclass(frozen=True)
class GroupDifference(Analysis):
    """Of a variable between the groups of a column of mart_outcomes__report."""

    group: str
    column: str
    y: str


@dataclass(frozen=True)
class Regression(Analysis):
    """Of a variable on several.

    Attributes:
        y: The outcome.
        x: The predictors, in order.
        tested: Those in the family of tests.
        is_imputed: Whether it is also fitted to completed copies of the reports.
        published_beta: Id of the published coefficient by predictor.
        published_p: Id of its p value by predictor.
    """

    y: str
    x: tuple[str, ...]
    tested: tuple[str, ...]
    is_imputed: bool = False
    published_beta: Mapping[str, str] = field(default_factory=dict)
    published_p: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OrderedModels:
    """Ordered models of single items; which items there are is known to the marts.

    Attributes:
        pattern: Id with ``{item}``.
        items: None for all.
    """

    pattern: str
    place: str
    family: str
    subset: str | None
    items: tuple[str, ...] | None
    x: tuple[str, ...]
    tested: tuple[str, ...]


@dataclass(frozen=True)
class Clustering(Analysis):
    """Of reports by their ticks."""

    linkage: str
    distance: str
    clusters: int
    orders: int


@dataclass(frozen=True)
class SpecificationCurve:
    """One coefficient under all combinations of choices.

    Attributes:
        choices: Values by the name of the choice, in the order of the columns of the result.
    """

    analysis_id: str
    x: str
    y: tuple[str, ...]
    choices: Mapping[str, tuple[Any, ...]]
    study_controls: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """A checked plan.

    Attributes:
        sha256: Of the file.
        subsets: Keys of the institutions that are left out, by the subset's name.
        subset_labels: Its name in words.
        group_labels: Names of what divides reports into groups.
    """

    version: int
    sha256: str
    random_seed: int
    confidence: float
    bootstrap_draws: int
    clustering_patterns: int
    imputation_reports: int
    imputations: int
    variables: Mapping[str, Variable]
    subsets: Mapping[str, tuple[str, ...]]
    subset_labels: Mapping[str, Label]
    group_labels: Mapping[str, Label]
    correlations: tuple[Correlation, ...]
    group_differences: tuple[GroupDifference, ...]
    regressions: tuple[Regression, ...]
    ordered_models: tuple[OrderedModels, ...]
    clusterings: tuple[Clustering, ...]
    specification_curves: tuple[SpecificationCurve, ...]

    def variable(self, name: str) -> Variable:
        """Return a variable; a name that the plan does not define is one of institutions."""
        return self.variables.get(name) or Variable(name, keys=(name,))


def load_plan(path: Path) -> Plan:
    """Read and check a plan.

    Raises:
        WrongUseError: The file is missing or not valid, with the file, the place in it and what to do.
    """
    import yaml
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    try:
        content = path.read_bytes()
        parsed = yaml.safe_load(content)
    except OSError as error:
        raise WrongUseError(f"{path}: the analysis plan cannot be read ({error.strerror}).") from error
    except yaml.YAMLError as error:
        raise WrongUseError(f"{path}: is no YAML: {error}") from error
    fault = best_match(
        Draft202012Validator(json.loads(_SCHEMA.read_text(encoding="utf-8"))).iter_errors(parsed)
    )
    if fault is not None:
        raise WrongUseError(f"{path.name}, at {_place(parsed, fault.absolute_path)}: {fault.message}")
    plan = _Reader(path.name, parsed, hashlib.sha256(content).hexdigest()).plan()
    _refuse_twins(path.name, plan)
    return plan


def _place(parsed: Any, steps: Iterable[str | int]) -> str:
    """Return a place in the file with the id of the entry, which is easier to find than its number."""
    words, here = [], parsed
    for step in steps:
        here = here[step]
        named = here.get("id") if isinstance(here, dict) else None
        words.append(f"{step} ({named})" if named else str(step))
    return "/".join(words) or "the top"


class _Reader:
    """Turns the parsed file into analyses, and refuses names that nothing defines."""

    def __init__(self, file: str, content: Mapping[str, Any], sha256: str) -> None:
        self._file = file
        self._content = content
        self._sha256 = sha256

    def plan(self) -> Plan:
        content, limits = self._content, self._content["limits"]
        subsets = content.get("subsets", {})
        return Plan(
            version=content["version"],
            sha256=self._sha256,
            random_seed=content["random_seed"],
            confidence=content["confidence"],
            bootstrap_draws=content["bootstrap_draws"],
            clustering_patterns=limits["clustering_patterns"],
            imputation_reports=limits["imputation_reports"],
            imputations=limits["imputations"],
            variables={name: _variable(name, entry) for name, entry in content["variables"].items()},
            subsets={name: tuple(entry["leave_out"]) for name, entry in subsets.items()},
            subset_labels={name: entry["label"] for name, entry in subsets.items()},
            group_labels={name: entry["label"] for name, entry in content.get("groups", {}).items()},
            correlations=tuple(self._correlations()),
            group_differences=tuple(self._group_differences()),
            regressions=tuple(self._regressions()),
            ordered_models=tuple(self._ordered_models()),
            clusterings=tuple(self._clusterings()),
            specification_curves=tuple(self._specification_curves()),
        )

    def _correlations(self) -> Iterator[Correlation]:
        for entry in self._entries("correlations"):
            pairs = entry.get("pairs") or [(x, y) for y in entry["y"] for x in entry["x"]]
            for x, y in pairs:
                yield Correlation(**_common(entry, x=x, y=y), x=x, y=y)

    def _group_differences(self) -> Iterator[GroupDifference]:
        groups = self._content.get("groups", {})
        for entry in self._entries("group_differences"):
            group = entry["group"]
            if group not in groups:
                raise self._error("group_differences", entry, f"no group is named {group!r}", groups)
            for y in entry["y"]:
                yield GroupDifference(**_common(entry, y=y), group=group, column=groups[group]["column"], y=y)

    def _regressions(self) -> Iterator[Regression]:
        for entry in self._entries("regressions"):
            x, published = tuple(entry["x"]), entry.get("published", {})
            for y in entry["y"]:
                yield Regression(
                    **_common({**entry, "published": published.get("adjusted_r2")}, y=y),
                    y=y,
                    x=x,
                    tested=self._tested("regressions", entry),
                    is_imputed=entry.get("imputation", False),
                    published_beta=_ids(published.get("beta"), x, y),
                    published_p=_ids(published.get("p"), x, y),
                )

    def _ordered_models(self) -> Iterator[OrderedModels]:
        for entry in self._entries("ordered_models"):
            items = None if entry["items"] == "all" else tuple(entry["items"])
            yield OrderedModels(
                entry["id"],
                entry["place"],
                entry["family"],
                entry.get("subset"),
                items,
                tuple(entry["x"]),
                self._tested("ordered_models", entry),
            )

    def _clusterings(self) -> Iterator[Clustering]:
        for entry in self._entries("clusterings"):
            common = _common({**entry, "family": entry["id"], "level": "report"})
            how = {name: entry[name] for name in ("linkage", "distance", "clusters", "orders")}
            yield Clustering(**common, **how)

    def _specification_curves(self) -> Iterator[SpecificationCurve]:
        names = (
            "tie_rule",
            "minimum_answered_share",
            "index_version",
            "institutions",
            "duration_form",
            "controls",
        )
        known = {"all", *self._content.get("subsets", {})}
        for entry in self._entries("specification_curves"):
            for name in entry["institutions"]:
                if name not in known:
                    raise self._error("specification_curves", entry, f"no subset is named {name!r}", known)
            choices = {name: tuple(entry[name]) for name in names}
            yield SpecificationCurve(
                entry["id"], entry["x"], tuple(entry["y"]), choices, tuple(entry["study_controls"])
            )

    def _entries(self, section: str) -> Iterator[Mapping[str, Any]]:
        subsets = self._content.get("subsets", {})
        for entry in self._content.get(section, []):
            if entry.get("subset") not in (None, *subsets):
                raise self._error(section, entry, f"no subset is named {entry['subset']!r}", subsets)
            yield entry

    def _tested(self, section: str, entry: Mapping[str, Any]) -> tuple[str, ...]:
        tested = tuple(entry.get("tested", entry["x"]))
        for name in tested:
            if name not in entry["x"]:
                raise self._error(section, entry, f"{name!r} is tested and no predictor", entry["x"])
        return tested

    def _error(
        self, section: str, entry: Mapping[str, Any], reason: str, known: Iterable[str]
    ) -> WrongUseError:
        remedy = f"use one of {', '.join(sorted(known))}" if known else "define it"
        return WrongUseError(f"{self._file}, at {section} ({entry['id']}): {reason}; {remedy}.")


def _variable(name: str, entry: Mapping[str, Any]) -> Variable:
    keys = entry.get("institution_variable", ())
    return Variable(
        name,
        column=entry.get("column"),
        keys=(keys,) if isinstance(keys, str) else tuple(keys),
        equals=entry.get("equals"),
        label=entry.get("label"),
    )


def _common(entry: Mapping[str, Any], **names: str) -> dict[str, Any]:
    """Return the fields of Analysis, with names put into the ids."""
    published = entry.get("published")
    return {
        "analysis_id": _filled(entry["id"], names),
        "place": entry["place"],
        "family": entry["family"],
        "level": entry["level"],
        "subset": entry.get("subset"),
        "published": _filled(published, names) if published else None,
    }


def _ids(pattern: str | None, x: Sequence[str], y: str) -> dict[str, str]:
    return {name: _filled(pattern, {"x": name, "y": y}) for name in x} if pattern else {}


def _filled(pattern: str, names: Mapping[str, str]) -> str:
    for key, name in names.items():
        pattern = pattern.replace(f"{{{key}}}", name)
    return pattern


def _refuse_twins(file: str, plan: Plan) -> None:
    analyses = (*plan.correlations, *plan.group_differences, *plan.regressions, *plan.clusterings)
    named = (*plan.ordered_models,)
    curves = (*plan.specification_curves,)
    seen: set[str] = set()
    ids = [a.analysis_id for a in analyses] + [m.pattern for m in named] + [c.analysis_id for c in curves]
    for name in ids:
        if name in seen:
            raise WrongUseError(
                f"{file}: two analyses have the id {name}; write {{x}} or {{y}} into it, or rename one of them."
            )
        seen.add(name)
