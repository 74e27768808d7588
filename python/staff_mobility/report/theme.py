"""Look of the charts: colours, fonts and sizes that all kinds share."""

import textwrap
from collections.abc import Sequence
from typing import Any

import altair as alt

# Told apart with every common colour blindness and, the first three, in grey print (after Paul Tol).
PALETTE = ("#004488", "#ddaa33", "#bb5566", "#66ccee", "#117733", "#aa88cc", "#555555", "#999933")
# Same widths in all three, and vl-convert brings the first: text is measured alike on every machine.
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
INK = "#222222"
GRID = "#dddddd"
# Opacity of provisional years.
FADED = 0.45
PERCENT_FORMAT = ".0%"
NUMBER_FORMAT = ",.2~f"
# Vega draws an array as lines: the other half of `wrapped`.
LABEL_LINES = "split(datum.label, '\\n')"
# Mean width of a character as a share of the font size, measured on institution names.
CHARACTER_WIDTH = 0.56
# Pixels: legends are no wider than the largest plot; a symbol has its gaps with it.
LEGEND_WIDTH, LEGEND_FONT_SIZE, LEGEND_SYMBOL = 780, 12, 28


Drawing = alt.LayerChart | alt.FacetChart | alt.VConcatChart


def configured(chart: Drawing) -> dict[str, Any]:
    """Vega-Lite specification of a finished chart with the common look."""
    axis: dict[str, Any] = {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelColor": INK,
        "titleColor": INK,
        "gridColor": GRID,
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
        "titlePadding": 10,
    }
    legend: dict[str, Any] = {
        "orient": "top",
        "title": None,
        "labelFontSize": LEGEND_FONT_SIZE,
        "labelLimit": 400,
        "symbolType": "square",
    }
    look = alt.Config(
        font=FONT,
        background="white",
        axis=alt.AxisConfig(**axis),
        legend=alt.LegendConfig(**legend),
        view=alt.ViewConfig(stroke=None),
        concat=alt.CompositionConfig(spacing=24),
    )
    return dict(chart.properties(config=look).to_dict())


def color_scale(labels: Sequence[str]) -> alt.Scale:
    """Give each label its colour by its place; more labels than colours begin again."""
    colors = [PALETTE[index % len(PALETTE)] for index in range(len(labels))]
    return alt.Scale(domain=list(labels), range=colors)


def color_legend(labels: Sequence[str]) -> alt.Legend:
    """Legend in as many columns as fit beside one another; by itself Vega would put all in one line."""
    widths = [LEGEND_FONT_SIZE * CHARACTER_WIDTH * len(label) + LEGEND_SYMBOL for label in labels]
    if sum(widths) <= LEGEND_WIDTH:
        return alt.Legend()
    return alt.Legend(columns=max(1, int(LEGEND_WIDTH // max(widths))))


def wrapped(label: str, width: int) -> str:
    """Break a label into lines of at most `width` characters where its words allow."""
    return "\n".join(textwrap.wrap(label, width, break_long_words=False)) or label
