"""Pearson's r, exact until the root."""

import math
from collections.abc import Iterable
from fractions import Fraction

Pair = tuple[Fraction | int | None, Fraction | int | None]


def pearson(pairs: Iterable[Pair]) -> tuple[int, float | None]:
    """Return the number of pairs with both values, and r; r is missing where one side does not vary."""
    there = [(Fraction(x), Fraction(y)) for x, y in pairs if x is not None and y is not None]
    n = len(there)
    sum_x, sum_y = sum(x for x, _ in there), sum(y for _, y in there)
    of_x = n * sum(x * x for x, _ in there) - sum_x * sum_x
    of_y = n * sum(y * y for _, y in there) - sum_y * sum_y
    if not of_x or not of_y:
        return n, None
    together = n * sum(x * y for x, y in there) - sum_x * sum_y
    return n, float(together) / math.sqrt(of_x * of_y)
