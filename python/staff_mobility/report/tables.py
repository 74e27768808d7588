"""Tables under the charts: a report model's rows as readers want them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from staff_mobility.report.catalogue import Figure
from staff_mobility.report.columns import (
    Labels,
    as_float,
    dimension,
    heading,
    numeric_column,
    resolve,
    visible_columns,
)
from staff_mobility.report.errors import ReportError
from staff_mobility.report.formats import Style, format_value, number_style
from staff_mobility.report.meta import Chart, Shade
from staff_mobility.report.texts import TEXTS
from staff_mobility.report.warehouse import Frame, Row
from staff_mobility.report.wide import Layout, find_layout

# Signs of the levels of a shaded column, so that the colour says nothing alone; other levels are refused.
LEVEL_MARKS: Mapping[str, str] = {
    "far_above": "\u25b2\u25b2",
    "above": "\u25b2",
    "none": "",
    "below": "\u25bc",
    "far_below": "\u25bc\u25bc",
}


@dataclass(frozen=True)
class Heading:
    """Heading over `span` columns and `depth` lines of headings."""

    text: str
    numeric: bool
    span: int = 1
    depth: int = 1


@dataclass(frozen=True)
class Cell:
    """One value as it is written; numbers stand to the right.

    `mark` is None but for cells of a shaded column; `level` and `spoken`, what the level says in words, are
    empty where nothing is shaded.
    """

    text: str
    numeric: bool
    mark: str | None = None
    level: str = ""
    spoken: str = ""


@dataclass(frozen=True)
class Table:
    """One or two lines of headings and the rows below; the first cell of a row names it."""

    headings: tuple[tuple[Heading, ...], ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class _Writer:
    """Writes headings and cells of one frame in one language; `styles` holds the numeric columns."""

    model: str
    labels: Labels
    language: str
    styles: dict[str, Style]
    shade: Shade | None

    def heading(self, column: str, *, span: int = 1, depth: int = 1) -> Heading:
        return Heading(heading(column, self.labels, self.language), column in self.styles, span, depth)

    def cell(self, row: Row, column: str) -> Cell:
        text = format_value(row.get(column), self.styles.get(column, Style.WHOLE), self.language)
        if self.shade is None or column != self.shade.value:
            return Cell(text, column in self.styles)
        level = str(row.get(self.shade.level) or "none")
        if level not in LEVEL_MARKS:
            raise ReportError(
                f"{self.model}: the column `{self.shade.level}`, by which the table is shaded, has {level!r}; "
                f"use {', '.join(LEVEL_MARKS)}."
            )
        if not LEVEL_MARKS[level]:
            return Cell(text, column in self.styles, mark="")
        spoken = TEXTS[self.language][level]
        return Cell(text, column in self.styles, LEVEL_MARKS[level], level.replace("_", "-"), spoken)

    def cells(self, row: Row, columns: Sequence[str]) -> list[Cell]:
        return [self.cell(row, column) for column in columns]


def make_tables(figure: Figure, frame: Frame, labels: Labels, language: str) -> tuple[Table, ...]:
    """Tables of a figure, none when it has no rows.

    Where the chart has a colour or facet and each of its labels stands once per category, the first table has
    a row per category and the labels side by side, and a second one has what belongs to the labels alone. A
    table without a chart has such rows when its meta says so. All else is shown row by row.
    """
    if not frame.rows:
        return ()
    if figure.shade is not None:
        numeric_column(frame, figure.shade.value, language)
        resolve(frame, figure.shade.level, language)
    writer = _Writer(frame.model, labels, language, _styles(figure.chart, frame), figure.shade)
    columns = visible_columns(frame, figure, language)
    shown = figure.spread if figure.chart is None or figure.chart.is_timeline else figure.chart
    layout = find_layout(shown, frame, columns, language) if shown else None
    if layout is None:
        return (_long(writer, columns, _sorted(figure.chart, frame, language)),)
    wide = _wide(writer, layout, frame)
    return (wide, _beside(writer, layout, frame)) if layout.spread_columns else (wide,)


def _styles(chart: Chart | None, frame: Frame) -> dict[str, Style]:
    shares = set()
    if chart is not None:
        named = ((chart.value, chart.percent), (chart.x, chart.percent_x), (chart.y, chart.percent_y))
        shares = {name for name, is_share in named if is_share}
    styles = {}
    for column in frame.numeric:
        style = number_style(column, (row[column] for row in frame.rows))
        # Counts that the chart draws as shares of their bar stay counts in the table.
        styles[column] = Style.PERCENT if column in shares and style is Style.DECIMAL else style
    return styles


def _long(writer: _Writer, columns: Sequence[str], rows: Sequence[Row]) -> Table:
    headings = (tuple(writer.heading(column) for column in columns),)
    return Table(headings, tuple(tuple(writer.cells(row, columns)) for row in rows))


def _wide(writer: _Writer, layout: Layout, frame: Frame) -> Table:
    category, spread, measures = layout.category, layout.spread, layout.measures
    before = [category.column, *(column for column in layout.row_columns if column not in writer.styles)]
    after = [column for column in layout.row_columns if column in writer.styles]
    top = [writer.heading(column, depth=2) for column in before]
    top += [writer.heading(measure, span=len(spread.labels)) for measure in measures]
    top += [writer.heading(column, depth=2) for column in after]
    below = [Heading(label, measure in writer.styles) for measure in measures for label in spread.labels]
    rows_of: dict[str, dict[str, Row]] = {label: {} for label in category.labels}
    for row in frame.rows:
        rows_of[category.label(row)][spread.label(row)] = row
    rows = []
    for found in rows_of.values():
        named = next(iter(found.values()))
        middle = [
            writer.cell(found.get(label, {}), measure) for measure in measures for label in spread.labels
        ]
        rows.append((*writer.cells(named, before), *middle, *writer.cells(named, after)))
    return Table((tuple(top), tuple(below)), tuple(rows))


def _beside(writer: _Writer, layout: Layout, frame: Frame) -> Table:
    """Small table of what is known for each label of the colour or facet."""
    spread = layout.spread
    row_of = {spread.index(row): row for row in frame.rows}
    rows = [row_of[place] for place in sorted(row_of)]
    return _long(writer, (spread.column, *layout.spread_columns), rows)


def _sorted(chart: Chart | None, frame: Frame, language: str) -> list[Row]:
    """Rows in the order of the chart: a scatter's by falling y, those without a chart by sort orders."""
    if chart is None or chart.is_timeline:
        orders = [column for column in frame.columns if f"_{column}".endswith("_sort_order")]
        return sorted(frame.rows, key=lambda row: [as_float(row[column]) for column in orders])
    if chart.is_scatter:
        y = numeric_column(frame, str(chart.y), language)
        return sorted(frame.rows, key=lambda row: (row[y] is None, -as_float(row[y])))
    category = dimension(frame, str(chart.category), language, chart.order, str(chart.value))
    color = dimension(frame, chart.color, language) if chart.color else None
    return sorted(frame.rows, key=lambda row: (category.index(row), color.index(row) if color else 0))
