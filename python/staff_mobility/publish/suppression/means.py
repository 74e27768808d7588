"""Means of hidden cells: with the mean of all, they must not follow from the others.

The means of a group of cells, each times its count, add up to the mean of all times the number of all. So whoever knows
the counts knows the sum of the hidden ones' sums: one hidden mean could be computed, and of two the one bounds the other.
"""

from __future__ import annotations

import numpy as np

from staff_mobility.publish.suppression.linked_tables import Flags, Floats, Numbers

_TOLERANCE = 1e-9


def width_of_means(counts: Floats, sums: Floats, hidden: Flags, low: float, high: float) -> Floats:
    """Return by how much each hidden mean is open for somebody who knows all counts, 0 for shown ones.

    Args:
        counts: Number of values of each cell of one group; shape (cells,).
        sums: Sum of its values; shape (cells,).
        hidden: Whether its mean is hidden; shape (cells,).
        low: Least possible value.
        high: Largest possible value.
    """
    total, number = sums[hidden].sum(), counts[hidden].sum()
    least = np.maximum(low * counts, total - high * (number - counts))
    most = np.minimum(high * counts, total - low * (number - counts))
    return np.where(hidden & (counts > 0), (most - least) / np.where(counts > 0, counts, 1), 0.0)


def protect_means(
    groups: Numbers,
    counts: Floats,
    sums: Floats,
    sensitive: Flags,
    hidden: Flags,
    bounds: tuple[float, float],
    interval: float,
) -> Flags:
    """Return which means to hide so that the sensitive ones stay open: the cells of fewest values first.

    Args:
        groups: Group of each cell, within which the sum over all is known; shape (cells,).
        counts: Number of values; shape (cells,).
        sums: Sum of the values; shape (cells,).
        sensitive: Which means must be protected; shape (cells,).
        hidden: Which are hidden already; shape (cells,).
        bounds: Least and largest possible value.
        interval: By how much a sensitive mean must be open, or as much as it is when all are hidden.
    """
    hidden = hidden.copy()
    for group in np.unique(groups[sensitive]):
        of = np.flatnonzero((groups == group) & (counts > 0))
        possible = width_of_means(counts[of], sums[of], np.ones(len(of), dtype=bool), *bounds)
        wanted = np.minimum(interval, possible)[sensitive[of]] - _TOLERANCE
        for cell in sorted(of[~hidden[of]], key=lambda each: (counts[each], each)):
            if (width_of_means(counts[of], sums[of], hidden[of], *bounds)[sensitive[of]] >= wanted).all():
                break
            hidden[cell] = True
    return hidden
