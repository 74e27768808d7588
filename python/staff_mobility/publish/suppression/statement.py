"""What a public mart says of its cells in `config.meta.disclosure`.

A mart of counts names the mart whose rows it counts and, for each column of counts, which of them; how cells add up, within
one mart and across all of them, follows from that. A mart of results names what its models rest on; a mart that repeats
values of another one names it. A mart without any of these says `none` with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jsonschema import Draft202012Validator

from staff_mobility.publish.marts import Audience, Mart

Condition = Mapping[str, Any]
"""Values by column of the counted rows; all must be met."""

_NAME = {"type": "string", "minLength": 1}
_NAMES = {"type": "array", "items": _NAME, "minItems": 1}
_SWITCH = {"type": "boolean"}
_NUMBER = {"type": "number"}


def _object(required: Mapping[str, Any], **optional: Any) -> dict[str, Any]:
    properties = {**required, **optional}
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _by_name(of: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": of}


_CONDITIONS = _by_name({"type": "object"})
_COUNTS = _object(
    {"of": _NAME, "person": _NAME, "weight": _NAME, "by": _NAMES, "columns": _CONDITIONS},
    joined=_object({"mart": _NAME, "using": _NAME}),
    where=_NAME,
    unpublished=_CONDITIONS,
    open=_by_name(_NAME),
    ratios=_by_name(_object({"numerator": _NAME, "denominator": _NAME}, times=_NUMBER)),
    falls=_by_name(_NAME),
    mean_rates=_by_name(
        _object({"of": _NAME, "ratio": _NAME, "decimals": {"type": "integer", "minimum": 0}})
    ),
    means=_by_name(
        _object({"value": _NAME, "count": _NAME, "within": _NAME, "low": _NUMBER, "high": _NUMBER})
    ),
    there_because_of_them=_NAME,
    at_most=_by_name(_NAME),
    known_totals={"type": "array", "items": {"type": "array", "items": _NAME}},
)
_COPY = _object(
    {"of": _NAME, "column": _NAME, "match": _by_name(_NAME), "columns": _NAMES}, where=_NAME, emptied=_SWITCH
)
_RESULTS = _object(
    {"columns": _NAMES},
    analysis=_NAME,
    residual=_NAME,
    observations=_NAME,
    groups=_object(
        {"of": _NAME, "person": _NAME, "named_in": _NAME, "outcome": _NAME, "conditions": _by_name(_NAME)}
    ),
    left_out=_object({"column": _NAME, "of": _NAME, "key": _NAME, "person": _NAME}),
)
_SHARE = _object({"of": _NAME, "person": _NAME, "key": _NAME, "by": _NAME, "columns": _NAMES}, where=_NAME)
_CONFIDENTIAL = _object({"columns": _NAMES, "reason": _NAME}, where=_NAME)
_SCHEMA = {
    "oneOf": [
        _object({"none": _NAME}),
        {
            **_object(
                {},
                counts=_COUNTS,
                copies={"type": "array", "items": _COPY, "minItems": 1},
                shares={"type": "array", "items": _SHARE, "minItems": 1},
                results=_RESULTS,
                confidential=_CONFIDENTIAL,
            ),
            "minProperties": 1,
        },
    ]
}


@dataclass(frozen=True)
class Source:
    """The rows that are counted.

    Attributes:
        of: Mart that holds them.
        joined: Mart whose columns stand beside them, with the column that both share; None for none.
        where: Which of them, in SQL; empty for all.
        person: Column that tells persons apart.
        weight: Column with the part of a stay that a row is, 1 for a whole one.
    """

    of: str
    joined: tuple[str, str] | None
    where: str
    person: str
    weight: str


@dataclass(frozen=True)
class Ratio:
    """A column that is `times` x numerator / denominator; the denominator `sum` is the numerator's sum over all rows."""

    numerator: str
    denominator: str
    times: float = 1.0


@dataclass(frozen=True)
class MeanRate:
    """A column that is the mean of a ratio over the rows of a finer mart, shown with few decimals where one of them is hidden."""

    of: str
    ratio: str
    decimals: int


@dataclass(frozen=True)
class Mean:
    """A column that is the mean of a value over the counted rows.

    Attributes:
        value: Column of the counted rows.
        count: Column with the number of values.
        within: Key column within which the weighted sum of all means is known, because the mean of all is published.
        low: Least possible value.
        high: Largest possible value.
    """

    value: str
    count: str
    within: str
    low: float
    high: float


@dataclass(frozen=True)
class Counts:
    """A mart of counts.

    Attributes:
        source: What is counted.
        by: Key columns of the mart, which the counted rows have too.
        columns: Which of the rows each column counts, beside those of its key.
        unpublished: Counts that can be computed from columns and are as telling, such as the rest of a total.
        open: Columns that no rule hides by itself, with the reason; they may have to be hidden for others' sake.
        ratios: Columns that are computed from a count.
        falls: Columns that are hidden where a count is.
        mean_rates: Columns that are means of ratios of a finer mart.
        means: Columns that are means over the counted rows.
        there_because_of_them: SQL; true of rows that the mart has only because they count something.
        at_most: Column that a count cannot exceed.
        known_totals: Columns of the counted rows by which totals of everything are taken as known elsewhere.
    """

    source: Source
    by: tuple[str, ...]
    columns: Mapping[str, Condition]
    unpublished: Mapping[str, Condition] = field(default_factory=dict)
    open: Mapping[str, str] = field(default_factory=dict)
    ratios: Mapping[str, Ratio] = field(default_factory=dict)
    falls: Mapping[str, str] = field(default_factory=dict)
    mean_rates: Mapping[str, MeanRate] = field(default_factory=dict)
    means: Mapping[str, Mean] = field(default_factory=dict)
    there_because_of_them: str = ""
    at_most: Mapping[str, str] = field(default_factory=dict)
    known_totals: tuple[tuple[str, ...], ...] = ()

    @property
    def dimensions(self) -> set[str]:
        """Columns of the counted rows by which this mart tells them apart."""
        conditions = [*self.columns.values(), *self.unpublished.values()]
        return set(self.by).union(*conditions, *self.known_totals)


@dataclass(frozen=True)
class Copy:
    """Columns that repeat a value of another mart, or are computed from it.

    Attributes:
        of: The other mart.
        column: Its column.
        match: SQL of this mart that gives each of the other one's key columns.
        columns: Of this mart.
        where: Which rows, in SQL; empty for all.
        emptied: Whether they are emptied where the value is not shown in full; else they take the value that is shown.
    """

    of: str
    column: str
    match: Mapping[str, str]
    columns: tuple[str, ...]
    where: str = ""
    emptied: bool = False


@dataclass(frozen=True)
class Groups:
    """Groups of reports that models tell apart.

    Attributes:
        of: Mart of the reports.
        person: Its column that tells persons apart.
        named_in: Column of the results that names the predictor or the grouping.
        outcome: Column of the results with the outcome; a report counts if its `<outcome>_index` is known, where there is one.
        conditions: SQL by name: a condition, whose two sides are the groups, or a column, whose values are.
    """

    of: str
    person: str
    named_in: str
    outcome: str
    conditions: Mapping[str, str]


@dataclass(frozen=True)
class LeftOut:
    """Results that leave one institution out: column that names it, and where its persons are."""

    column: str
    of: str
    key: str
    person: str


@dataclass(frozen=True)
class Results:
    """A mart of the statistics step.

    Attributes:
        columns: What is emptied.
        analysis: Column that names the analysis: all its rows, in all marts that name it, fall together. Empty if
            every row stands for itself.
        residual: SQL of the residual degrees of freedom; empty where another mart tells them.
        observations: SQL of the number of reports behind a row; empty where that is of no use.
        groups: Groups that must be large enough.
        left_out: Institutions whose reports a difference of two results would tell.
    """

    columns: tuple[str, ...]
    analysis: str = ""
    residual: str = ""
    observations: str = ""
    groups: Groups | None = None
    left_out: LeftOut | None = None


@dataclass(frozen=True)
class Share:
    """Columns that are shares of groups among the reports of one institution.

    Attributes:
        of: Mart of the reports.
        person: Its column that tells persons apart.
        key: Column that names the institution, in both marts.
        by: Column of the reports with the groups; if one of an institution's groups is of too few persons, all its shares fall,
            because together they are 1.
        columns: What is emptied.
        where: Which rows, in SQL; empty for all.
    """

    of: str
    person: str
    key: str
    by: str
    columns: tuple[str, ...]
    where: str = ""


@dataclass(frozen=True)
class Confidential:
    """Answers that were given in confidence by one person per institution: columns, which rows, and why."""

    columns: tuple[str, ...]
    reason: str
    where: str = ""


@dataclass(frozen=True)
class Statement:
    """All that a mart says of its cells; all None if it has no cells of persons or reports."""

    mart: Mart
    counts: Counts | None = None
    copies: tuple[Copy, ...] = ()
    shares: tuple[Share, ...] = ()
    results: Results | None = None
    confidential: Confidential | None = None


def read_statements(marts: Sequence[Mart]) -> tuple[tuple[Statement, ...], tuple[str, ...]]:
    """Return what the public marts say of their cells, and the problems of those that say nothing or cannot be understood."""
    public = [mart for mart in marts if mart.audience is Audience.PUBLIC]
    problems = [problem for mart in public for problem in _problems(mart)]
    statements = tuple(_statement(mart) for mart in public) if not problems else ()
    named = {mart.name for mart in marts}
    for statement in statements:
        if unknown := sorted(_other_marts(statement) - named):
            problems.append(
                f"{statement.mart.name}: `disclosure` names {', '.join(unknown)}, which name no audience."
                " Mark them, or mend the name."
            )
    return (statements, ()) if not problems else ((), tuple(problems))


def _problems(mart: Mart) -> list[str]:
    if mart.disclosure is None:
        return [
            f"{mart.name}: is marked public and does not say what its cells are. Write `disclosure` beside `audience` in its"
            " YAML (docs/disclosure_control.md), or `disclosure: {none: <reason>}` if no row is of persons or reports."
        ]
    found = [
        f"{mart.name}: `disclosure` {'.'.join(str(part) for part in error.absolute_path)}: {error.message}"
        for error in _leaves(Draft202012Validator(_SCHEMA).iter_errors(mart.disclosure))
    ]
    if not found:
        columns = {column.name for column in mart.columns}
        unknown = sorted(set(_named_columns(_statement(mart))) - columns)
        found = [
            f"{mart.name}: `disclosure` names columns that the mart does not have: {', '.join(unknown)}."
        ] * bool(unknown)
    return found


def _leaves(errors: Any) -> list[Any]:
    """Return the errors that say something: of alternatives the deepest."""
    found = []
    for error in errors:
        inner = [
            each for each in error.context or () if each.validator not in ("additionalProperties", "required")
        ]
        found.append(max(inner or error.context or [error], key=lambda each: len(each.absolute_path)))
    return found


def _other_marts(statement: Statement) -> set[str]:
    found = {copy.of for copy in statement.copies} | {share.of for share in statement.shares}
    if (counts := statement.counts) is not None:
        found |= {counts.source.of, *(rate.of for rate in counts.mean_rates.values())}
        found |= {counts.source.joined[0]} if counts.source.joined else set()
    if (results := statement.results) is not None:
        found |= {part.of for part in (results.groups, results.left_out) if part is not None}
    return found


def _named_columns(statement: Statement) -> list[str]:
    named: list[str] = []
    if (counts := statement.counts) is not None:
        of_counts = (
            counts.columns,
            counts.open,
            counts.ratios,
            counts.falls,
            counts.mean_rates,
            counts.means,
        )
        named += [*counts.by, *counts.falls.values(), *counts.at_most.values()]
        named += [name for each in of_counts for name in each]
    named += [name for copy in statement.copies for name in copy.columns]
    named += [name for share in statement.shares for name in share.columns]
    named += statement.results.columns if statement.results else ()
    named += statement.confidential.columns if statement.confidential else ()
    return named


def _statement(mart: Mart) -> Statement:
    said: Mapping[str, Any] = mart.disclosure or {}
    return Statement(
        mart,
        read_counts(said["counts"]) if "counts" in said else None,
        tuple(Copy(**_tuples(each)) for each in said.get("copies", ())),
        tuple(Share(**_tuples(each)) for each in said.get("shares", ())),
        _results(said["results"]) if "results" in said else None,
        Confidential(**_tuples(said["confidential"])) if "confidential" in said else None,
    )


def _tuples(said: Mapping[str, Any]) -> dict[str, Any]:
    return {**said, "columns": tuple(said["columns"])}


def read_counts(said: Mapping[str, Any]) -> Counts:
    """Return what a mart says of its counts, from the part `counts` of its statement."""
    joined = said.get("joined")
    return Counts(
        Source(
            said["of"],
            (joined["mart"], joined["using"]) if joined else None,
            said.get("where", ""),
            said["person"],
            said["weight"],
        ),
        tuple(said["by"]),
        said["columns"],
        said.get("unpublished", {}),
        said.get("open", {}),
        {name: Ratio(**each) for name, each in said.get("ratios", {}).items()},
        said.get("falls", {}),
        {name: MeanRate(**each) for name, each in said.get("mean_rates", {}).items()},
        {name: Mean(**each) for name, each in said.get("means", {}).items()},
        said.get("there_because_of_them", ""),
        said.get("at_most", {}),
        tuple(tuple(each) for each in said.get("known_totals", ())),
    )


def _results(said: Mapping[str, Any]) -> Results:
    return Results(
        tuple(said["columns"]),
        said.get("analysis", ""),
        said.get("residual", ""),
        said.get("observations", ""),
        Groups(**said["groups"]) if "groups" in said else None,
        LeftOut(**said["left_out"]) if "left_out" in said else None,
    )
