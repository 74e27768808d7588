"""The two charts of the list of extracts: a measure by extract date, and counts by year of two extracts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from staff_mobility.report.theme import (
    INK,
    LABEL_LINES,
    NUMBER_FORMAT,
    PALETTE,
    Drawing,
    color_scale,
    wrapped,
)

# Pixels.
WIDTH = 700
HEIGHT = 240
# About so many lines cross a chart, and the axis ends at one of them.
TICKS = 5
# Colours of the previous extract, of the newest, and of what is refused or lost.
PREVIOUS, NEWEST, ALARM = "#9db7d5", PALETTE[0], PALETTE[2]


@dataclass(frozen=True)
class Point:
    """One extract: its day in words, its line, and the measure; refused ones stand beside the line."""

    day: str
    series: str
    value: float
    is_refused: bool


def trend_chart(points: Sequence[Point], unit: str) -> Drawing:
    """Draw lines through the extracts that were accepted, in the order given, and crosses for the others."""
    days = dict.fromkeys(point.day for point in points)
    label_width = max(8, WIDTH // (8 * len(days)))
    series = sorted({point.series for point in points})
    records = [
        {
            "day": wrapped(point.day, label_width),
            "series": point.series,
            "value": point.value,
            "place": place,
            "refused": point.is_refused,
        }
        for place, point in enumerate(points)
    ]
    accepted = [record for record in records if not record["refused"]]
    refused = [record for record in records if record["refused"]]
    color = alt.Color("series:N", scale=color_scale(series), legend=alt.Legend() if len(series) > 1 else None)
    lines = _data(accepted).mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=50))
    crosses = _data(refused).mark_point(
        shape="cross", angle=45, size=110, filled=True, color=ALARM, opacity=1
    )
    axes: dict[str, Any] = {
        "x": alt.X(
            "day:O", sort=[wrapped(day, label_width) for day in days], title=None, axis=_category_axis()
        ),
        "y": alt.Y("value:Q", title=unit, axis=_value_axis(), scale=alt.Scale(nice=TICKS)),
    }
    layers = [lines.encode(color=color, order=alt.Order("place:Q"))] if accepted else []
    layers += [crosses] if refused else []
    return alt.layer(*layers).encode(**axes).properties(width=WIDTH, height=HEIGHT)


def years_chart(
    before: Mapping[str, int], now: Mapping[str, int], labels: tuple[str, str, str], unit: str
) -> Drawing:
    """Draw two bars a year; a year that lost something has another colour and the loss above it.

    Args:
        before: Counts by year of the previous extract.
        now: The same of the newest.
        labels: What the legend says of the bars before, now, and now where there are fewer.
        unit: Title of the value axis.
    """
    bars, losses = [], []
    for year in sorted({*before, *now}):
        pair = (before.get(year, 0), now.get(year, 0))
        is_lost = pair[1] < pair[0]
        kinds = (labels[0], labels[2] if is_lost else labels[1])
        bars += [{"year": year, "side": side, "kind": kinds[side], "value": pair[side]} for side in range(2)]
        if is_lost:
            losses.append({"year": year, "value": max(pair), "text": f"\u25bc \u2212{pair[0] - pair[1]}"})
    color = alt.Color("kind:N", scale=alt.Scale(domain=list(labels), range=[PREVIOUS, NEWEST, ALARM]))
    offset = alt.XOffset("side:O", scale=alt.Scale(paddingInner=0))
    axes: dict[str, Any] = {
        "x": alt.X("year:O", title=None, axis=_category_axis(), scale=alt.Scale(padding=0.25)),
        "y": alt.Y("value:Q", title=unit, axis=_value_axis(), scale=alt.Scale(nice=TICKS)),
    }
    layers = [_data(bars).mark_bar().encode(xOffset=offset, color=color)]
    if losses:
        marks = _data(losses).mark_text(baseline="bottom", dy=-4, fontSize=12, fontWeight="bold", color=INK)
        layers.append(marks.encode(text="text:N"))
    return alt.layer(*layers).encode(**axes).properties(width=WIDTH, height=HEIGHT)


def _data(records: Sequence[Mapping[str, Any]]) -> Any:
    return alt.Chart(alt.InlineData(values=list(records)))


def _category_axis() -> Any:
    return alt.Axis(labelExpr=LABEL_LINES, labelAngle=0, labelLimit=0, grid=False)


def _value_axis() -> Any:
    return alt.Axis(format=NUMBER_FORMAT, tickCount=TICKS, tickMinStep=1e-3)
