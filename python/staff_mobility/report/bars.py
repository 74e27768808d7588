"""Bars and lines: one category axis, one value axis, colours for a second dimension."""

from dataclasses import dataclass
from typing import Any

import altair as alt

from staff_mobility.report.columns import Dimension, as_float, dimension, numeric_column, resolve
from staff_mobility.report.formats import Style, format_number, number_style
from staff_mobility.report.meta import Chart, Kind
from staff_mobility.report.theme import (
    FADED,
    INK,
    LABEL_LINES,
    NUMBER_FORMAT,
    PALETTE,
    PERCENT_FORMAT,
    Drawing,
    color_legend,
    color_scale,
    wrapped,
)
from staff_mobility.report.warehouse import Frame, Row

# Pixels.
HORIZONTAL_WIDTH = 560
VERTICAL_WIDTH = 780
VERTICAL_HEIGHT = 320
LINE_HEIGHT = 14
# Characters in a line of the labels beside horizontal bars.
LABEL_WIDTH = 34
# More bars than this stand too close for a number on each.
MAXIMUM_LABELLED_BARS = 30


@dataclass(frozen=True)
class Series:
    """What bars and lines show, in one language.

    Each record has category, color, color_order, value (a share 0..1 where `style` is a percent) and faded.
    `normalised` draws stacked counts as shares of their bar.
    """

    chart: Chart
    records: list[dict[str, Any]]
    categories: list[str]
    colors: tuple[str, ...]
    style: Style
    normalised: bool
    language: str

    @property
    def horizontal(self) -> bool:
        """True when the categories stand below one another."""
        return self.chart.orientation == "horizontal" and self.chart.kind is not Kind.LINE

    @property
    def stacked(self) -> bool:
        """True when the colours of a category are added up."""
        return self.chart.kind is Kind.STACKED_BAR

    def text(self, value: float) -> str:
        """Write a value as it stands beside its bar."""
        return format_number(value, self.style, self.language)


def series_chart(chart: Chart, frame: Frame, language: str, value_title: str) -> Drawing:
    """Draw a stacked, grouped or simple bar chart, or lines; the unit stands at the value axis."""
    series = _series(chart, frame, language)
    layers = [_lines(series)] if chart.kind is Kind.LINE else _bars(series)
    if numbers := _numbers(series):
        layers.append(numbers)
    return alt.layer(*layers).encode(**_axes(series, value_title)).properties(**_size(series))


def _series(chart: Chart, frame: Frame, language: str) -> Series:
    value = numeric_column(frame, str(chart.value), language)
    category = dimension(frame, str(chart.category), language, chart.order, value)
    color = dimension(frame, chart.color, language) if chart.color else None
    faded = resolve(frame, chart.provisional, language) if chart.provisional else None
    horizontal = chart.orientation == "horizontal" and chart.kind is not Kind.LINE
    width = LABEL_WIDTH if horizontal else max(8, VERTICAL_WIDTH // (8 * max(1, len(category.labels))))
    records = [
        {
            "category": wrapped(category.label(row), width),
            "value": as_float(row[value]),
            "faded": bool(faded and row[faded]),
            **_colored(color, row),
        }
        for row in frame.rows
        if row[value] is not None
    ]
    normalised = chart.percent and chart.kind is Kind.STACKED_BAR and not value.endswith("_share")
    style = number_style(value, (row[value] for row in frame.rows), percent=chart.percent and not normalised)
    return Series(
        chart=chart,
        records=records,
        categories=[wrapped(label, width) for label in category.labels],
        colors=color.labels if color else (),
        style=Style.WHOLE_PERCENT if style is Style.PERCENT else style,
        normalised=normalised,
        language=language,
    )


def _colored(color: Dimension | None, row: Row) -> dict[str, Any]:
    return {"color": color.label(row), "color_order": color.index(row)} if color else {}


def _axes(series: Series, value_title: str) -> dict[str, Any]:
    """Encodings that the bars share with the numbers on them."""
    percent = series.style is Style.WHOLE_PERCENT or series.normalised
    value_axis = alt.Axis(format=PERCENT_FORMAT if percent else NUMBER_FORMAT, tickCount=6, labelFlush=False)
    category_axis = alt.Axis(
        labelExpr=LABEL_LINES,
        labelLimit=0,
        labelAngle=0,
        grid=False,
        labelOffset=_centred() if series.horizontal else 0,
    )
    value: dict[str, Any] = {"title": value_title, "axis": value_axis}
    category: dict[str, Any] = {"title": None, "axis": category_axis, "sort": series.categories}
    offset: dict[str, Any] = {"sort": list(series.colors)}
    is_grouped = series.chart.kind is Kind.GROUPED_BAR
    if series.horizontal:
        axes: dict[str, Any] = {"x": alt.X("value:Q", **value), "y": alt.Y("category:O", **category)}
        return axes | ({"yOffset": alt.YOffset("color:N", **offset)} if is_grouped else {})
    axes = {"x": alt.X("category:O", **category), "y": alt.Y("value:Q", **value)}
    return axes | ({"xOffset": alt.XOffset("color:N", **offset)} if is_grouped else {})


def _centred() -> dict[str, Any]:
    """Offset that centres labels of several lines at their bar: Vega hangs them from the first line."""
    lines = f"length({LABEL_LINES})"
    steps = [{"test": f"{lines} === {count}", "value": -LINE_HEIGHT / 2 * (count - 1)} for count in (2, 3, 4)]
    return {"condition": steps, "value": 0}


def _bars(series: Series) -> list[Any]:
    """Bars, those of provisional years lighter; white ones below keep the grid from shining through."""
    stack: Any = ("normalize" if series.normalised else "zero") if series.stacked else None
    value: Any = alt.X("value:Q", stack=stack) if series.horizontal else alt.Y("value:Q", stack=stack)
    bars = alt.Chart(alt.InlineData(values=series.records)).mark_bar(
        color=PALETTE[0], strokeWidth=0.5, stroke="white"
    )
    opacity = alt.condition("datum.faded", alt.value(FADED), alt.value(1))
    shown = bars.encode(value, **_color(series), opacity=opacity)
    faded = [record for record in series.records if record["faded"]]
    if not faded:
        return [shown]
    return [alt.Chart(alt.InlineData(values=faded)).mark_bar(color="white").encode(value), shown]


def _lines(series: Series) -> Any:
    lines = alt.Chart(alt.InlineData(values=series.records)).mark_line(
        point=alt.OverlayMarkDef(size=50), color=PALETTE[0], strokeWidth=2
    )
    return lines.encode(**_color(series))


def _color(series: Series) -> dict[str, Any]:
    if not series.colors:
        return {}
    order = {"order": alt.Order("color_order:Q")} if series.stacked else {}
    return {"color": _colors(series.colors)} | order


def _colors(labels: tuple[str, ...]) -> alt.Color:
    return alt.Color("color:N", scale=color_scale(labels), sort=list(labels), legend=color_legend(labels))


def _numbers(series: Series) -> Any | None:
    """Numbers at the ends of the bars: the total of a stacked bar, else the value of each."""
    if series.chart.kind is Kind.LINE or (series.stacked and (series.normalised or _is_percent(series))):
        return None
    records = _totals(series) if series.stacked else series.records
    if not series.stacked and len(records) > MAXIMUM_LABELLED_BARS:
        return None
    values = [record | {"text": series.text(record["value"])} for record in records]
    place: dict[str, Any] = (
        {"align": "left", "dx": 4} if series.horizontal else {"baseline": "bottom", "dy": -3}
    )
    numbers = alt.Chart(alt.InlineData(values=values)).mark_text(fontSize=11, color=INK, **place)
    return numbers.encode(text="text:N")


def _is_percent(series: Series) -> bool:
    return series.style is Style.WHOLE_PERCENT


def _totals(series: Series) -> list[dict[str, Any]]:
    totals = dict.fromkeys(series.categories, 0.0)
    for record in series.records:
        totals[record["category"]] += record["value"]
    return [{"category": category, "value": total} for category, total in totals.items()]


def _size(series: Series) -> dict[str, Any]:
    if not series.horizontal:
        return {"width": VERTICAL_WIDTH, "height": VERTICAL_HEIGHT}
    lines = max((category.count("\n") + 1 for category in series.categories), default=1)
    bars = len(series.colors) if series.chart.kind is Kind.GROUPED_BAR else 1
    step = max(lines * LINE_HEIGHT + 10, bars * 16 + 8)
    return {"width": HORIZONTAL_WIDTH, "height": max(1, len(series.categories)) * step}
