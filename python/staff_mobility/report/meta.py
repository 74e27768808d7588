"""Reads and checks the `meta` of one report model."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from staff_mobility.report.errors import ReportError

LANGUAGES = ("nb", "en")


class Kind(StrEnum):
    """Kinds of charts that the page can draw."""

    STACKED_BAR = "stacked_bar"
    GROUPED_BAR = "grouped_bar"
    BAR = "bar"
    LINE = "line"
    SCATTER = "scatter"
    FACETED_SCATTER = "faceted_scatter"
    TIMELINE = "timeline"


REQUIRED_COLUMNS = {
    Kind.STACKED_BAR: ("category", "value", "color"),
    Kind.GROUPED_BAR: ("category", "value", "color"),
    Kind.BAR: ("category", "value"),
    Kind.LINE: ("category", "value"),
    Kind.SCATTER: ("x", "y", "point_label"),
    Kind.FACETED_SCATTER: ("x", "y", "point_label", "facet"),
    Kind.TIMELINE: ("category", "facet", "start", "end", "link", "value"),
}


@dataclass(frozen=True)
class Chart:
    """How a model's rows are drawn. Columns may name a label pair (`purpose_label` for `_nb` and `_en`).

    `order` is value_desc, category or the name of a column. `percent` says that the value is a share 0..1 or,
    for stacked bars of counts, that each bar is drawn as 100 percent; `percent_x` and `percent_y` do the
    first for a scatter. Columns that end in `_share` are shares without being told. A time-line has a lane
    per category from `start` to `end`, grouped by `facet`, a line to the lane that `link` names, the numbers
    of `value` and `second_value` beside it, and only the rows that `drawn` marks.
    """

    kind: Kind
    category: str | None = None
    value: str | None = None
    color: str | None = None
    facet: str | None = None
    x: str | None = None
    y: str | None = None
    point_label: str | None = None
    order: str = "category"
    orientation: str = "horizontal"
    percent: bool = False
    percent_x: bool = False
    percent_y: bool = False
    provisional: str | None = None
    start: str | None = None
    end: str | None = None
    link: str | None = None
    second_value: str | None = None
    drawn: str | None = None

    @property
    def is_scatter(self) -> bool:
        """True for the kinds that draw points by two measures."""
        return self.kind in (Kind.SCATTER, Kind.FACETED_SCATTER)

    @property
    def is_timeline(self) -> bool:
        """True for the kind that draws lifetimes."""
        return self.kind is Kind.TIMELINE


@dataclass(frozen=True)
class Spread:
    """How a table without a chart stands: a row per label of `row`, under `value` a column per label of `column`.

    Columns may name a label pair. What else belongs to a pair of labels follows, spread the same way.
    """

    row: str
    column: str
    value: str


@dataclass(frozen=True)
class Shade:
    """Column of levels (`level`) by which the table shades the cells of the column `value`."""

    level: str
    value: str


@dataclass(frozen=True)
class Count:
    """The n of a figure: sum of `column` over distinct `per` (over all rows when there is none).

    With `is_number_of` it is the number of distinct `per` (of `column` when there is none).
    """

    column: str
    per: str | None
    is_number_of: bool


@dataclass(frozen=True)
class MetaReader:
    """Typed reading of one model's meta; every error names the model and the key."""

    model: str
    meta: Mapping[str, Any]
    prefix: str = ""

    def error(self, key: str, problem: str, remedy: str) -> ReportError:
        """Error about one key of this model's meta."""
        place = f"`{self.prefix}{key}` in the model's config.meta"
        return ReportError(f"{self.model}: {place} {problem}; {remedy}.")

    def optional_text(self, key: str) -> str | None:
        """Text of the key, None when it is absent. Numbers are refused: YAML reads 2.10 as 2.1."""
        value = self.meta.get(key)
        if value is not None and not isinstance(value, str):
            raise self.error(key, f"is {value!r}, not a text", "put it in quotes")
        return value

    def text(self, key: str) -> str:
        """Text of the key, which must be there."""
        value = self.optional_text(key)
        if not value:
            raise self.error(key, "is missing", "add it beside the model")
        return value

    def texts(self, key: str, *, required: bool = True) -> Mapping[str, str]:
        """Texts by language from `<key>_nb` and `<key>_en`; optional ones may be absent in both."""
        read = self.text if required else self.optional_text
        found = {language: read(f"{key}_{language}") for language in LANGUAGES}
        return {language: text for language, text in found.items() if text}

    def integer(self, key: str) -> int:
        """Whole number of the key, which must be there."""
        value = self.meta.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.error(key, f"is {value!r}, not a whole number", "write for example 2")
        return value

    def flag(self, key: str) -> bool:
        """Truth of the key, False when it is absent."""
        value = self.meta.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.error(key, f"is {value!r}", "use true or false")
        return bool(value)

    def names(self, key: str) -> tuple[str, ...]:
        """List of column names, empty when the key is absent."""
        value = self.meta.get(key) or []
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise self.error(key, f"is {value!r}, not a list of column names", "write for example [unit]")
        return tuple(value)

    def section(self, key: str, allowed: set[str]) -> "MetaReader | None":
        """Nested mapping of the key with no other keys than `allowed`, None when it is absent."""
        value = self.meta.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.error(key, f"is {value!r}, not a mapping", "write keys and values under it")
        unknown = sorted(set(value) - allowed)
        if unknown:
            raise self.error(f"{key}.{unknown[0]}", "is unknown", f"use {', '.join(sorted(allowed))}")
        return MetaReader(self.model, value, f"{key}.")


def read_count(meta: MetaReader) -> Count | None:
    """Read the section `n`."""
    section = meta.section("n", {"column", "per", "count"})
    if section is None:
        return None
    return Count(section.text("column"), section.optional_text("per"), section.flag("count"))


def read_chart(meta: MetaReader) -> Chart | None:
    """Read the section `chart`; ReportError names what is missing for its kind."""
    section = meta.section("chart", {field.name for field in fields(Chart)})
    if section is None:
        return None
    values: dict[str, Any] = {
        key: section.flag(key) if key.startswith("percent") else section.text(key)
        for key, value in section.meta.items()
        if value is not None
    }
    chart = Chart(**{**values, "kind": _kind(section)})
    for key in REQUIRED_COLUMNS[chart.kind]:
        if getattr(chart, key) is None:
            raise section.error(key, f"is missing for a {chart.kind}", "name the column")
    if chart.facet is not None and "facet" not in REQUIRED_COLUMNS[chart.kind]:
        raise section.error("facet", f"has no meaning for a {chart.kind}", "remove it or use faceted_scatter")
    if chart.orientation not in ("horizontal", "vertical"):
        raise section.error("orientation", f"is {chart.orientation!r}", "use horizontal or vertical")
    return chart


def read_spread(meta: MetaReader) -> Spread | None:
    """Read the section `layout` of a table without a chart."""
    section = meta.section("layout", {field.name for field in fields(Spread)})
    if section is None:
        return None
    if meta.meta.get("chart") is not None:
        raise meta.error("layout", "has no meaning beside a chart", "remove it; the chart says how")
    return Spread(section.text("row"), section.text("column"), section.text("value"))


def read_shade(meta: MetaReader) -> Shade | None:
    """Read the section `shade`."""
    section = meta.section("shade", {field.name for field in fields(Shade)})
    return None if section is None else Shade(section.text("level"), section.text("value"))


def _kind(section: MetaReader) -> Kind:
    kind = section.optional_text("kind")
    if kind not in set(Kind):
        raise section.error("kind", f"is {kind!r}", f"use one of {', '.join(Kind)}")
    return Kind(kind)
