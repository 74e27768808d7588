"""The replication a second time: verdicts from printed texts, numbers and claims from the tables' rows, in decimals."""

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from oracle.compare import Row, plain, read_rows
from oracle.read_extracts import read_seed, records

# Half a unit is inside whatever the last bits of a double say.
DECIMALS = 9
CLOSE_UNITS = 2
TENTH = Decimal("0.1")

Cells = Callable[[str], list[Row]]
"""The rows of a model of the warehouse."""


def seed(name: str) -> list[dict[str, str]]:
    """Return a seed of seeds/published."""
    return records(read_seed(f"published/{name}"))


def cells_of(warehouse: Path) -> Cells:
    """Return a reader of models, each of which is read once."""
    query = "select table_name as name, table_schema as schema from information_schema.tables"
    schemas = {row["name"]: row["schema"] for row in read_rows(warehouse, query)}

    @cache
    def rows(model: str) -> list[Row]:
        return read_rows(warehouse, f"from {schemas[model]}.{model}")

    return rows


def picked(rows: Sequence[Row], pattern: Mapping[str, Any]) -> list[Row]:
    """Return the rows that have all values of the pattern."""
    return [row for row in rows if all(key in row and row[key] == value for key, value in pattern.items())]


def verdict(published: Mapping[str, str], computed: float | None) -> str:
    """Return how a computed value, in the unit of print, stands to the printed one."""
    if computed is None:
        return "not_computable"
    comparator = published["comparator"]
    if comparator == "claim":
        return "within_precision" if computed == 1 else "differs"
    printed, found = Decimal(published["published_value"]), Decimal(repr(computed))
    units = round((found - printed).scaleb(int(published["printed_decimals"])), DECIMALS)
    part = round((found - printed) / abs(printed), DECIMALS) if printed else Decimal(0)
    is_zero = published["statistic"] == "p_value" and printed == 0
    half = Decimal("0.5")
    is_within = {
        "eq": units < half if is_zero else -half <= units <= half,
        "about": -TENTH <= part <= TENTH,
        "almost": -TENTH <= part <= 0,
        "just_over": 0 <= part <= TENTH,
        "less": units < 0,
        "greater": units > 0,
    }[comparator]
    if is_within:
        return "within_precision"
    is_strict = comparator in {"less", "greater"}
    return "within_k_units" if not is_strict and abs(units) <= CLOSE_UNITS else "differs"


def computed_value(published: Mapping[str, str], reading: str, cells: Cells) -> float | None:
    """Return the warehouse's own value of the cell that the seed names; ValueError if it names several rows."""
    if not published["computed_in"]:
        return None
    pattern = published["computed_row"]
    if reading == "as_printed" and published["computed_row_as_printed"]:
        pattern = published["computed_row_as_printed"]
    found = picked(cells(published["computed_in"]), json.loads(pattern))
    if len(found) != 1:
        raise ValueError(f"{published['value_id']}: {len(found)} rows of {published['computed_in']}")
    cell = plain(found[0][published["computed_column"]])
    return None if cell is None else float(cell) * int(published["computed_scale"])


def number_in_text(number: Mapping[str, str], cells: Cells) -> Fraction | None:
    """Return a number of table T.16 from the rows of its model."""
    rows = cells(number["model_name"])
    above = _amount(number, rows, number["numerator_rows"])
    if above is None or not number["denominator_rows"]:
        return None if above is None else above * int(number["number_scale"])
    below = _amount(number, rows, number["denominator_rows"])
    return above / below * int(number["number_scale"]) if below else None


def _amount(number: Mapping[str, str], rows: Sequence[Row], patterns: str) -> Fraction | None:
    found = [row for pattern in json.loads(patterns) for row in picked(rows, pattern)]
    if number["aggregate"] == "count":
        return Fraction(len(found)) if found else None
    values = [
        (Fraction(row[number["column_name"]]), row) for row in found if row[number["column_name"]] is not None
    ]
    if not values:
        return None
    if number["aggregate"] == "mean":
        weights = [
            Fraction(row[number["weight_column"]]) if number["weight_column"] else Fraction(1)
            for _, row in values
        ]
        return sum(
            (value * weight for (value, _), weight in zip(values, weights, strict=True)), Fraction()
        ) / sum(weights)
    plain_values = [value for value, _ in values]
    return {"sum": sum(plain_values, Fraction()), "lowest": min(plain_values), "highest": max(plain_values)}[
        number["aggregate"]
    ]


def part_holds(part: Mapping[str, str], cells: Cells) -> bool | None:
    """Say whether a part of a claim holds; None when a cell is missing."""
    rows = cells(part["model_name"])
    left = _cell(part, rows, part["left_row"])
    right = Fraction(part["right_value"]) if part["right_value"] else _cell(part, rows, part["right_row"])
    if left is None or right is None:
        return None
    if part["relation"].startswith("among_"):
        sign = 1 if part["relation"] == "among_highest" else -1
        others = [
            Fraction(row[part["column_name"]])
            for row in picked(rows, json.loads(part["among_row"]))
            if row[part["column_name"]] is not None
        ]
        return sum(sign * other > sign * left for other in others) < right
    return {
        "greater": left > right,
        "less": left < right,
        "at_least": left >= right,
        "at_most": left <= right,
        "about": abs(left - right) <= Fraction(TENTH) * abs(right),
    }[part["relation"]]


def _cell(part: Mapping[str, str], rows: Sequence[Row], pattern: str) -> Fraction | None:
    found = [row for row in picked(rows, json.loads(pattern)) if row[part["column_name"]] is not None]
    if not found:
        return None
    total = sum((Fraction(row[part["column_name"]]) for row in found), Fraction())
    below = (
        sum(Fraction(row[part["divisor_column"]]) for row in found) if part["divisor_column"] else len(found)
    )
    return total / below


def claim_holds(parts: Sequence[Mapping[str, str]], cells: Cells) -> bool | None:
    """Say whether a claim holds: all its parts do; None when a cell is missing."""
    held = [part_holds(part, cells) for part in parts]
    return None if None in held else all(held)
