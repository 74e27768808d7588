"""Columns of report models: which one a name in the meta stands for, its heading, the order of its labels."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from staff_mobility.report.catalogue import Figure
from staff_mobility.report.errors import ReportError
from staff_mobility.report.formats import MISSING
from staff_mobility.report.meta import LANGUAGES
from staff_mobility.report.warehouse import Frame, Row, Value

Labels = Mapping[str, Mapping[str, str]]
_PAIR = re.compile(rf"^(.+)_({'|'.join(LANGUAGES)})$")


def resolve(frame: Frame, name: str, language: str) -> str:
    """Column of `frame` that `name` stands for in this language: itself, or one of a label pair."""
    for column in (name, f"{name}_{language}"):
        if column in frame.columns:
            return column
    raise ReportError(
        f"{frame.model}: its meta names the column `{name}`, which the table lacks "
        f"(it has {', '.join(frame.columns)}); mend the meta or the model."
    )


def pair_base(column: str) -> str | None:
    """`purpose_label` for `purpose_label_nb` and `_en`, None for a column that is no label."""
    match = _PAIR.match(column)
    return match.group(1) if match else None


def heading(column: str, labels: Labels, language: str) -> str:
    """Heading of a column: its label, else its name in words.

    The columns of a label pair may say their language, "Purpose (English)"; on that page it is left out.
    """
    base = pair_base(column)
    label = labels.get(base or column, {}).get(language)
    if label is None and base is not None:
        label = re.sub(r" \([^()]*\)$", "", labels.get(column, {}).get(language, "")) or None
    return label or (base or column).removesuffix("_label").replace("_", " ").capitalize()


def visible_columns(frame: Frame, figure: Figure, language: str) -> tuple[str, ...]:
    """Columns for readers, in the table's order.

    Keys, sort orders, codes that stand behind labels and labels of the other language are left out, and so are
    reasons for what is missing where nothing is.
    """
    coded = {
        base.removesuffix("_label")
        for base in map(pair_base, frame.columns)
        if base is not None and base.endswith("_label")
    }
    return tuple(
        column
        for column in frame.columns
        if column not in coded | figure.hidden_columns | _empty_reasons(frame)
        and not f"_{column}".endswith(("_key", "_sort_order"))
        and (pair_base(column) is None or column.endswith(f"_{language}"))
    )


def _empty_reasons(frame: Frame) -> frozenset[str]:
    reasons = (column for column in frame.columns if column.endswith("_reason"))
    return frozenset(column for column in reasons if all(row[column] is None for row in frame.rows))


def sort_column(frame: Frame, name: str) -> str | None:
    """Column that gives the order of the labels `name`, when the table has one."""
    for stem in (name.removesuffix("_label"), name.removesuffix("_name"), name):
        if f"{stem}_sort_order" in frame.columns:
            return f"{stem}_sort_order"
    return None


@dataclass(frozen=True)
class Dimension:
    """Labels of one dimension of a chart: the column they stand in and their order on the page."""

    column: str
    labels: tuple[str, ...]

    def label(self, row: Row) -> str:
        """Label of a row; rows without one share the sign for what is missing."""
        return _label(row[self.column])

    def index(self, row: Row) -> int:
        """Place of the row's label, from 0."""
        return self.labels.index(self.label(row))


def dimension(frame: Frame, name: str, language: str, order: str = "category", value: str = "") -> Dimension:
    """Labels of the column or label pair `name`, ordered as the meta says (`order`, see Chart)."""
    column = resolve(frame, name, language)
    if order == "value_desc":
        places = _by_total(frame, column, value)
    else:
        by = resolve(frame, order, language) if order != "category" else sort_column(frame, name)
        places = _by_column(frame, column, by or column)
    return Dimension(column, tuple(sorted(places, key=lambda label: (places[label], label))))


def _label(value: Value) -> str:
    return MISSING if value is None else str(value)


# Sorts labels: those without a place last, then numbers and days, then texts.
_Place = tuple[bool, float, str]


def _by_total(frame: Frame, column: str, value: str) -> dict[str, _Place]:
    """Places by falling total of `value`."""
    totals: dict[str, float] = {}
    for row in frame.rows:
        label = _label(row[column])
        totals[label] = totals.get(label, 0.0) + as_float(row[value])
    return {label: (False, -total, "") for label, total in totals.items()}


def _by_column(frame: Frame, column: str, by: str) -> dict[str, _Place]:
    """Places by rising value of the column `by`; the first row of a label counts."""
    places: dict[str, _Place] = {}
    for row in frame.rows:
        places.setdefault(_label(row[column]), _place(row[by]))
    return places


def _place(value: Value) -> _Place:
    if isinstance(value, str) or value is None:
        return value is None, 0.0, value or ""
    return False, float(value.toordinal()) if isinstance(value, date) else float(value), ""


def as_float(value: Value) -> float:
    """Return the number that a chart draws; what is missing or no number draws nothing."""
    return float(value) if isinstance(value, (int, float, Decimal)) else 0.0


def numeric_column(frame: Frame, name: str, language: str) -> str:
    """Column that `name` stands for, which must hold numbers."""
    column = resolve(frame, name, language)
    if column not in frame.numeric:
        raise ReportError(
            f"{frame.model}: the column `{column}` holds no numbers and cannot be drawn; mend the meta."
        )
    return column
