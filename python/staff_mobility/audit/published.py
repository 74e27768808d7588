"""The printed values as intervals: what a printed number allows, by its decimals and the word before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

UNBOUNDED = 1e9


@dataclass(frozen=True)
class Limits:
    """Least and greatest value."""

    low: float
    high: float

    def meets(self, other: Limits) -> bool:
        """Tell whether a value can be within both."""
        return self.low <= other.high and other.low <= self.high


@dataclass(frozen=True)
class Value:
    """One printed number.

    Attributes:
        value_id: Its name in the seed `published_value`.
        value: As printed.
        low: Least value that print allows.
        high: Greatest value that print allows.
        outcome: Outcome that stands in its heading, as printed.
        institution: Key of the institution that it is of.
        half_unit: Half of the last printed decimal.
        read_as: Outcome that the seed takes it for.
    """

    value_id: str
    value: float
    low: float
    high: float
    outcome: str = ""
    institution: str = ""
    half_unit: float = 0.0
    read_as: str = ""

    @property
    def rounded(self) -> Limits:
        """What rounding alone allows, whatever word stands before the number."""
        return Limits(self.value - self.half_unit, self.value + self.half_unit)


class Published:
    """The printed numbers by their names; claims in words are no numbers and are left out."""

    def __init__(self, values: Iterable[Value]) -> None:
        self._values = {value.value_id: value for value in values}

    def __bool__(self) -> bool:
        """Tell whether the study prints any number."""
        return bool(self._values)

    def __getitem__(self, value_id: str) -> Value:
        """Return the value of that name.

        Raises:
            KeyError: The study prints no such number.
        """
        return self._values[value_id]

    def table(self, prefix: str) -> tuple[Value, ...]:
        """Return the values whose names begin so, in their order."""
        return tuple(value for name, value in self._values.items() if name.startswith(prefix))

    def chosen(self, fits: Callable[[str], bool]) -> tuple[Value, ...]:
        """Return the values whose names fit, in their order."""
        return tuple(value for name, value in self._values.items() if fits(name))

    def changed(self, **numbers: float) -> Published:
        """Return a copy in which numbers are others, as if they had been printed so (names with `__` for dots)."""
        names = {name.replace("__", "."): number for name, number in numbers.items()}
        return Published(
            _moved(value, names[value.value_id] - value.value) if value.value_id in names else value
            for value in self._values.values()
        )


def published_of_rows(
    rows: Iterable[Mapping[str, Any]], comparators: Iterable[Mapping[str, Any]]
) -> Published:
    """Return the printed numbers of the seeds.

    Args:
        rows: Of the seed `published_value`.
        comparators: Of the seed `comparator`: how far each of its words lets a number be off.
    """
    allowances = {row["comparator"]: row for row in comparators}
    return Published(
        _value(row, allowances[row["comparator"]]) for row in rows if row["published_value"] is not None
    )


def _value(row: Mapping[str, Any], allowed: Mapping[str, Any]) -> Value:
    number = float(row["published_value"])
    half_unit = 0.5 * 10.0 ** -int(row["printed_decimals"] or 0)
    half = float(allowed["half_units_allowed"] or 0) * half_unit
    low, high = number - half, number + half
    if row["comparator"] == "less":
        low = -UNBOUNDED
    elif row["comparator"] == "greater":
        high = UNBOUNDED
    else:
        low -= abs(number) * float(allowed["share_below_allowed"] or 0)
        high += abs(number) * float(allowed["share_above_allowed"] or 0)
    return Value(
        str(row["value_id"]),
        number,
        low,
        high,
        str(row["outcome_as_printed"] or ""),
        str(row["institution_key"] or ""),
        half_unit,
        str(row["outcome_as_corrected"] or ""),
    )


def _moved(value: Value, by: float) -> Value:
    return replace(value, value=value.value + by, low=value.low + by, high=value.high + by)
