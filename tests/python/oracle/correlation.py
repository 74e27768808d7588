"""Pearson's r, exact until the root, and its p value."""

import math
from collections.abc import Iterable
from fractions import Fraction

from scipy import stats

# With fewer there is no interval, and the statistics step gives no result.
LEAST_PAIRS = 4

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


def p_value(n: int, r: float | None) -> float | None:
    """Return the two-sided p of r among n independent pairs, from Student's t."""
    if r is None or n < LEAST_PAIRS:
        return None
    t = abs(r) * math.sqrt((n - 2) / (1 - r * r))
    return float(2 * stats.t.sf(t, n - 2))
