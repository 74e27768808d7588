"""Finds out whether a report model's rows can be shown with the labels of a colour or facet side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from staff_mobility.report.columns import Dimension, dimension, numeric_column
from staff_mobility.report.meta import Chart, Kind, Spread
from staff_mobility.report.warehouse import Frame


@dataclass(frozen=True)
class Layout:
    """A row per label of `category`; under each of `measures` a column per label of `spread`.

    `row_columns` have one value per category, `spread_columns` one per label of the spread.
    """

    category: Dimension
    spread: Dimension
    row_columns: tuple[str, ...]
    spread_columns: tuple[str, ...]
    measures: tuple[str, ...]


def find_layout(shown: Chart | Spread, frame: Frame, columns: Sequence[str], language: str) -> Layout | None:
    """Layout of the visible `columns`; None without a spread or with several rows for a pair of labels."""
    names = (shown.row, shown.column, shown.value) if isinstance(shown, Spread) else _names(shown)
    if names is None:
        return None
    order = "category" if isinstance(shown, Spread) else shown.order
    value = numeric_column(frame, names[2], language)
    category = dimension(frame, names[0], language, order, value)
    spread = dimension(frame, names[1], language)
    pairs = {(row[category.column], row[spread.column]) for row in frame.rows}
    if len(pairs) < len(frame.rows):
        return None
    others = [column for column in columns if column not in (category.column, spread.column, value)]
    row_columns = tuple(column for column in others if _depends_on(frame, column, category.column))
    rest = [column for column in others if column not in row_columns]
    spread_columns = tuple(column for column in rest if _depends_on(frame, column, spread.column))
    measures = (value, *(column for column in rest if column not in spread_columns))
    return Layout(category, spread, row_columns, spread_columns, measures)


def _names(chart: Chart) -> tuple[str, str, str] | None:
    """Names of category, spread and value; a faceted scatter has its points' labels, facet and x.

    The colours of simple bars only mark them: each bar has one.
    """
    if chart.kind is Kind.BAR:
        return None
    names = (
        (chart.point_label, chart.facet, chart.x)
        if chart.is_scatter
        else (chart.category, chart.color, chart.value)
    )
    category, spread, value = names
    if category is None or spread is None or value is None:
        return None
    return category, spread, value


def _depends_on(frame: Frame, column: str, key: str) -> bool:
    """Tell whether each value of `key` has one value of `column`."""
    found: dict[object, object] = {}
    return all(found.setdefault(row[key], row[column]) == row[column] for row in frame.rows)
