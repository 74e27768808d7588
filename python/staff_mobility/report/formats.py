"""Numbers, dates and truth values as a reader of each language writes them."""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from staff_mobility.report.texts import TEXTS
from staff_mobility.report.warehouse import Value

LOCALES = {language: texts["locale"] for language, texts in TEXTS.items()}
# Stands for a value that is missing.
MISSING = "–"
# A thin space that does not break, so that 4 238 stays on one line.
THIN_SPACE = "\u202f"
SMALLEST_PROBABILITY = 0.001
# Correlations, standardised coefficients and indices lie close to zero: the third decimal matters.
_FINE = re.compile(
    r"(^|_)(index|estimate|estimate_difference|pearson_r|spearman_rho|beta_std|coefficient|r_squared|eta_squared)$"
)
PERCENT_SIGN = {"nb": f"{THIN_SPACE}%", "en": "%"}


class Style(Enum):
    """How the numbers of a column are written: Babel's number pattern, and whether they are shares."""

    WHOLE = ("#,##0", False)
    YEAR = ("0", False)
    DECIMAL = ("#,##0.00", False)
    SMALL_DECIMAL = ("0.0000", False)
    FINE_DECIMAL = ("#,##0.000", False)
    PROBABILITY = ("0.000", False)
    PERCENT = ("#,##0.0", True)
    WHOLE_PERCENT = ("#,##0", True)


def number_style(column: str, values: Iterable[Value], *, percent: bool = False) -> Style:
    """Style of a numeric column, from the naming rules of the warehouse and its values."""
    if percent or column.endswith("_share"):
        return Style.PERCENT
    if column == "year" or column.endswith("_year"):
        return Style.YEAR
    if column == "p_value" or column.endswith("_p_value"):
        return Style.PROBABILITY
    if _FINE.search(column):
        return Style.FINE_DECIMAL
    return Style.WHOLE if all(_is_whole(column, value) for value in values) else Style.DECIMAL


def _is_whole(column: str, value: Value) -> bool:
    """Counts are whole even where parts could be counted; a measure that happens to be whole is not."""
    is_count = (
        column.startswith(("n_", "previous_n_"))
        and isinstance(value, (float, Decimal))
        and value == int(value)
    )
    return value is None or isinstance(value, int) or is_count


def format_number(value: float | Decimal, style: Style, language: str) -> str:
    """Write a number; shares 0..1 come out as percent.

    A zero that rounding makes has no minus sign, and a probability is never written as zero.
    """
    if style is Style.PROBABILITY and value < SMALLEST_PROBABILITY:
        return f"<{THIN_SPACE}{format_number(SMALLEST_PROBABILITY, style, language)}"
    pattern, is_share = style.value
    exact = Decimal(str(value)) * (100 if is_share else 1)
    text = format_decimal(exact, format=pattern, locale=LOCALES[language])
    if not any(digit in text for digit in "123456789"):
        text = text.lstrip("-\u2212")
    text = text.replace("\u00a0", THIN_SPACE)
    return text + PERCENT_SIGN[language] if is_share else text


def format_value(value: Value, style: Style, language: str) -> str:
    """Write any value of a cell."""
    if value is None or value != value:
        return MISSING
    if isinstance(value, bool):
        return TEXTS[language]["yes" if value else "no"]
    if isinstance(value, date):
        return format_day(value, language)
    if isinstance(value, str):
        return value
    return format_number(value, style, language)


def format_day(day: date, language: str) -> str:
    """Write a date with the month's name."""
    return format_date(day, format="d MMM y" if language == "en" else "d. MMM y", locale=LOCALES[language])


@cache
def axis_locale(language: str) -> dict[str, Any]:
    """Return the number symbols for the axes (the format locale of d3)."""
    symbols = Locale.parse(LOCALES[language]).number_symbols["latn"]
    return {
        "decimal": symbols["decimal"],
        "thousands": symbols["group"].replace("\u00a0", THIN_SPACE),
        "grouping": [3],
        "currency": ["", ""],
        "percent": PERCENT_SIGN[language],
    }
