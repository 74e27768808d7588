"""From a report model's meta and rows to its chart."""

from typing import Any

from staff_mobility.report.bars import series_chart
from staff_mobility.report.catalogue import Figure
from staff_mobility.report.columns import Labels, dimension, heading, resolve
from staff_mobility.report.meta import Chart
from staff_mobility.report.scatter import scatter_chart
from staff_mobility.report.svg import Caption, to_svg
from staff_mobility.report.texts import TEXTS
from staff_mobility.report.theme import configured
from staff_mobility.report.timeline import timeline_chart
from staff_mobility.report.warehouse import Frame


def draw(figure: Figure, frame: Frame, labels: Labels, language: str) -> str | None:
    """SVG of the figure in one language, None when it has no chart or no rows."""
    chart = figure.chart
    if chart is None or not frame.rows:
        return None
    caption = Caption(
        anchor=f"{language}-{figure.anchor}-chart",
        title=figure.title[language],
        description=_description(chart, figure, frame, language),
    )
    return to_svg(specification(figure, chart, frame, labels, language), caption, language)


def specification(
    figure: Figure, chart: Chart, frame: Frame, labels: Labels, language: str
) -> dict[str, Any]:
    """Vega-Lite specification: the unit stands at the value axis, the column's label at a scatter's x."""
    if chart.is_timeline:
        return configured(timeline_chart(chart, frame, labels, language))
    if not chart.is_scatter:
        return configured(series_chart(chart, frame, language, figure.unit[language]))
    x_title = heading(resolve(frame, str(chart.x), language), labels, language)
    return configured(scatter_chart(chart, frame, language, (x_title, figure.unit[language])))


def _description(chart: Chart, figure: Figure, frame: Frame, language: str) -> str:
    texts = TEXTS[language]
    if chart.is_scatter:
        drawn = [row for row in frame.rows if row[str(chart.x)] is not None and row[str(chart.y)] is not None]
        categories = texts["points"].format(count=len(drawn))
    elif chart.is_timeline:
        drawn = [row for row in frame.rows if chart.drawn is None or row[chart.drawn]]
        categories = texts["lanes"].format(count=len(drawn))
    else:
        shown = dimension(frame, str(chart.category), language, chart.order, str(chart.value)).labels
        categories = texts["categories"].format(count=len(shown), first=shown[0], last=shown[-1])
    return texts["alternative"].format(
        kind=texts[chart.kind], axis=figure.unit[language], categories=categories
    )
