"""Scatter plots with a readable label at every point, alone or as a grid of panels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from staff_mobility.report.columns import Dimension, as_float, dimension, numeric_column
from staff_mobility.report.meta import Chart
from staff_mobility.report.placement import place_labels
from staff_mobility.report.theme import (
    CHARACTER_WIDTH,
    INK,
    NUMBER_FORMAT,
    PALETTE,
    PERCENT_FORMAT,
    Drawing,
    color_legend,
    color_scale,
    wrapped,
)
from staff_mobility.report.warehouse import Frame, Row

PANELS_IN_A_ROW = 2
# Pixels: one plot, one panel of several; font sizes to go with them.
LARGE, SMALL = (780, 480), (385, 340)
FONT_SIZES = {LARGE: 12, SMALL: 10}
# Characters in a line of a panel's axis title.
TITLE_WIDTH = 55
# Room between the outermost points and the frame, as a share of the axis.
MARGIN = 0.04
# An axis begins at zero when its smallest value is below this share of the largest.
ZERO_BELOW = 0.25

Record = dict[str, Any]
Range = tuple[float, float]


@dataclass(frozen=True)
class Axes:
    """Titles, ends and number formats of the two axes of a plot."""

    titles: tuple[str, str]
    ranges: tuple[Range, Range]
    formats: tuple[str, str]

    def channel(self, place: int, field: str) -> Any:
        """Encoding of `field` on the axis at `place` (0 is x, 1 is y)."""
        channel = (alt.X, alt.Y)[place]
        axis = alt.Axis(
            format=self.formats[place], tickCount=6, labelFlush=False, title=self.titles[place].split("\n")
        )
        scale = alt.Scale(domain=list(self.ranges[place]), nice=False, zero=False)
        return channel(f"{field}:Q", axis=axis, scale=scale)


def scatter_chart(chart: Chart, frame: Frame, language: str, titles: tuple[str, str]) -> Drawing:
    """Draw one plot, or one panel for each label of the facet with its own x axis and a common y axis."""
    color = dimension(frame, chart.color, language) if chart.color else None
    facet = dimension(frame, chart.facet, language) if chart.facet else None
    records = _records(chart, frame, language, color, facet)
    formats = (
        _format(chart.percent_x or str(chart.x).endswith("_share")),
        _format(chart.percent_y or str(chart.y).endswith("_share")),
    )
    y_range = _range([record["y"] for record in records])
    colors = color.labels if color else ()
    if facet is None:
        axes = Axes(titles, (_range([record["x"] for record in records]), y_range), formats)
        return _plot(records, axes, LARGE, colors)
    panels = []
    for label in facet.labels:
        part = [record for record in records if record["facet"] == label]
        ranges = (_range([record["x"] for record in part]), y_range)
        axes = Axes((wrapped(label, TITLE_WIDTH), titles[1]), ranges, formats)
        panels.append(_plot(part, axes, SMALL, colors))
    starts = range(0, len(panels), PANELS_IN_A_ROW)
    return alt.vconcat(*(alt.hconcat(*panels[start : start + PANELS_IN_A_ROW]) for start in starts))


def _records(
    chart: Chart, frame: Frame, language: str, color: Dimension | None, facet: Dimension | None
) -> list[Record]:
    """Points in an order that does not depend on the language of the columns."""
    x, y = (numeric_column(frame, str(name), language) for name in (chart.x, chart.y))
    points = dimension(frame, str(chart.point_label), language)

    def record(row: Row) -> Record:
        found: Record = {"x": as_float(row[x]), "y": as_float(row[y]), "label": points.label(row)}
        found |= {"facet": facet.label(row)} if facet else {}
        return found | ({"color": color.label(row)} if color else {})

    rows = [row for row in frame.rows if row[x] is not None and row[y] is not None]
    return sorted(map(record, rows), key=lambda found: (found["label"], found["x"], found["y"]))


def _format(percent: bool) -> str:
    return PERCENT_FORMAT if percent else NUMBER_FORMAT


def _range(values: Sequence[float]) -> Range:
    """Ends of an axis with some room at both."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    if 0 <= low < ZERO_BELOW * high:
        low = 0.0
    room = (high - low) * MARGIN or abs(high) * MARGIN or 1.0
    return low - room, high + room


def _plot(records: list[Record], axes: Axes, size: tuple[int, int], colors: Sequence[str]) -> Drawing:
    labels = _placed_labels(records, axes.ranges, size)
    led = [label for label in labels if "end_x" in label]
    leaders = alt.Chart(alt.InlineData(values=led)).mark_rule(color="#999999", strokeWidth=0.8)
    points = alt.Chart(alt.InlineData(values=records)).mark_point(filled=True, size=50, opacity=1)
    texts = alt.Chart(alt.InlineData(values=labels)).mark_text(fontSize=FONT_SIZES[size], color=INK)
    layers: Drawing = alt.layer(
        leaders.encode(x=axes.channel(0, "x"), y=axes.channel(1, "y"), x2="end_x:Q", y2="end_y:Q"),
        points.encode(x=axes.channel(0, "x"), y=axes.channel(1, "y"), color=_color(colors)),
        texts.encode(x=axes.channel(0, "label_x"), y=axes.channel(1, "label_y"), text="label:N"),
    )
    return layers.properties(width=size[0], height=size[1])


def _color(colors: Sequence[str]) -> Any:
    if not colors:
        return alt.value(PALETTE[0])
    return alt.Color("color:N", scale=color_scale(colors), sort=list(colors), legend=color_legend(colors))


def _placed_labels(
    records: Sequence[Record], ranges: tuple[Range, Range], size: tuple[int, int]
) -> list[Record]:
    """Labels with their centres (label_x, label_y) and the ends of their lines, in the units of the axes."""
    (left, right), (bottom, top) = ranges
    x_unit, y_unit = (right - left) / size[0], (top - bottom) / size[1]
    points = tuple(((record["x"] - left) / x_unit, (record["y"] - bottom) / y_unit) for record in records)
    sizes = tuple(_text_size(record["label"], FONT_SIZES[size]) for record in records)
    placed = place_labels(points, sizes, size)
    labels = []
    for record, place in zip(records, placed, strict=True):
        label = {
            "x": record["x"],
            "y": record["y"],
            "label": record["label"],
            "label_x": left + place.box.x * x_unit,
            "label_y": bottom + place.box.y * y_unit,
        }
        if place.needs_leader:
            end = place.line[1]
            label |= {"end_x": left + end[0] * x_unit, "end_y": bottom + end[1] * y_unit}
        labels.append(label)
    return labels


def _text_size(text: str, font_size: int) -> tuple[float, float]:
    """Width and height of a label; capitals are wider."""
    capitals = sum(character.isupper() for character in text)
    return font_size * (CHARACTER_WIDTH * len(text) + 0.16 * capitals) + 2, font_size + 1.0
