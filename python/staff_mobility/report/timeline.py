"""Time-lines: a lane per name that an institution has had, from its first day to its last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

import altair as alt

from staff_mobility.report.columns import Labels, as_float, heading, numeric_column, resolve
from staff_mobility.report.errors import ReportError
from staff_mobility.report.formats import Style, format_value
from staff_mobility.report.meta import Chart
from staff_mobility.report.theme import INK, PALETTE, Drawing
from staff_mobility.report.warehouse import Frame, Row

# Pixels.
WIDTH = 470
LANE_HEIGHT = 19
BAR_HEIGHT = 11
# Colours of names of today and of the past, and of the lines to the successors.
PRESENT, FORMER, LINE = PALETTE[0], "#9db7d5", "#777777"


@dataclass(frozen=True)
class Lane:
    """One bar: the name at its left, its days, the lane of its successor, and the numbers at its right."""

    label: str
    first: date
    last: date
    successor: str | None
    numbers: str

    def record(self) -> dict[str, Any]:
        """The bar as the drawing's data."""
        return {
            "lane": self.label,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "successor": self.successor,
            "numbers": self.numbers,
            "color": FORMER if self.successor else PRESENT,
        }


def timeline_chart(chart: Chart, frame: Frame, labels: Labels, language: str) -> Drawing:
    """Draw the lanes; groups stand apart, each begins with the institution of today."""
    groups = _groups(chart, frame, labels, language)
    lanes = [lane for group in groups for lane in group]
    if not lanes:
        raise ReportError(f"{frame.model}: no row is marked to be drawn (`chart.drawn`); mend the model.")
    order = _order(groups)
    records = [lane.record() for lane in lanes]
    linked = [record for record in records if record["successor"] in {lane.label for lane in lanes}]
    y = alt.Y(
        "lane:N",
        sort=order,
        scale=alt.Scale(domain=order),
        title=None,
        axis=alt.Axis(
            labelExpr="indexof(datum.label, 'gap') === 0 ? '' : datum.label", grid=False, labelLimit=0
        ),
    )
    years = alt.Axis(format="%Y", tickCount={"interval": "year", "step": 2}, title=None, grid=True)
    bars = (
        alt.Chart(alt.InlineData(values=records))
        .mark_bar(height=BAR_HEIGHT)
        .encode(
            x=alt.X("first:T", axis=years, scale=alt.Scale(type="utc")),
            x2="last:T",
            y=y,
            color=alt.Color("color:N", scale=None),
        )
    )
    lines = (
        alt.Chart(alt.InlineData(values=linked))
        .mark_rule(color=LINE, strokeWidth=1)
        .encode(x="last:T", y=y, y2="successor:N")
    )
    numbers = (
        alt.Chart(alt.InlineData(values=records))
        .mark_text(align="left", fontSize=11, color=INK, dx=8)
        .encode(x=alt.value(WIDTH), y=y, text="numbers:N")
    )
    drawing: Drawing = alt.layer(bars, lines, numbers).properties(
        width=WIDTH, height=LANE_HEIGHT * len(order)
    )
    return drawing


def _groups(chart: Chart, frame: Frame, labels: Labels, language: str) -> list[list[Lane]]:
    """Lanes by institution: those with most stays first; in a group the newest name first."""
    group, label = (resolve(frame, str(name), language) for name in (chart.facet, chart.category))
    value = numeric_column(frame, str(chart.value), language)
    drawn = [row for row in frame.rows if chart.drawn is None or row[chart.drawn]]
    totals: dict[str, float] = {}
    for row in drawn:
        totals[str(row[group])] = totals.get(str(row[group]), 0.0) + as_float(row[value])
    newest_first = sorted(drawn, key=lambda row: str(row[label]))
    newest_first.sort(key=lambda row: (str(row[str(chart.end)]), str(row[str(chart.start)])), reverse=True)
    newest_first.sort(key=lambda row: (-totals[str(row[group])], str(row[group])))
    return [
        [_lane(chart, frame, row, labels, language) for row in rows]
        for _, rows in groupby(newest_first, key=lambda row: row[group])
    ]


def _lane(chart: Chart, frame: Frame, row: Row, labels: Labels, language: str) -> Lane:
    first, last = row[str(chart.start)], row[str(chart.end)]
    if not isinstance(first, date) or not isinstance(last, date):
        raise ReportError(f"{frame.model}: `{chart.start}` and `{chart.end}` must be days; mend the model.")
    successor = row[resolve(frame, str(chart.link), language)]
    return Lane(
        label=str(row[resolve(frame, str(chart.category), language)]),
        first=first,
        last=last,
        successor=None if successor is None else str(successor),
        numbers=_numbers(chart, frame, row, labels, language),
    )


def _numbers(chart: Chart, frame: Frame, row: Row, labels: Labels, language: str) -> str:
    """Write the value and the second value without decimals: "88 stays · 771 FTE per year"."""
    names = [name for name in (chart.value, chart.second_value) if name is not None and row[name] is not None]
    return " · ".join(
        f"{format_value(row[name], Style.WHOLE, language)} {_inside(heading(name, labels, language))}"
        for name in names
    )


def _inside(text: str) -> str:
    """Return a heading as it stands inside a line; abbreviations keep their capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _order(groups: Sequence[Sequence[Lane]]) -> list[str]:
    """Lanes from above to below, with an empty one between groups."""
    order: list[str] = []
    for place, group in enumerate(groups):
        order += ([f"gap{place}"] if place else []) + [lane.label for lane in group]
    return order
