"""Numbers of institutions of which the study prints one correlation each: four indicators, and the share of re-users."""

from __future__ import annotations

import numpy as np

from staff_mobility.synthetic.calibration.published import Floats


def with_correlation(x: Floats, y: Floats, r: float) -> Floats:
    """Return the numbers nearest to `x`, with its mean and spread, whose Pearson correlation with `y` is `r`."""
    z = (y - y.mean()) / y.std()
    centred = x - x.mean()
    rest = centred - (centred @ z) / len(z) * z
    found: Floats = x.mean() + x.std() * (r * z + np.sqrt(1 - r**2) * rest / rest.std())
    return found


def counts_with_correlation(
    counts: Floats, sizes: Floats, y: Floats, r: float, tolerance: float, fixed: int
) -> Floats:
    """Return whole numbers whose shares of `sizes` have the correlation `r` with `y`: nearest counts, then steps of one.

    Args:
        counts: how many of each institution's stays, to start from.
        sizes: stays by institution.
        y: the other number.
        r: correlation to reach.
        tolerance: how far from `r` is near enough.
        fixed: place of the institution whose count stays.

    Raises:
        ValueError: when no step comes nearer before the tolerance is reached.
    """
    shares = with_correlation(counts / sizes, y, r)
    found = np.clip(np.rint(shares * sizes), 0, sizes - 1)
    found[fixed] = counts[fixed]

    def miss(candidate: Floats) -> float:
        return abs(float(np.corrcoef(candidate / sizes, y)[0, 1]) - r)

    while miss(found) > tolerance:
        steps = []
        for place in range(len(found)):
            for step in (-1, 1):
                if place != fixed and 0 <= found[place] + step < sizes[place]:
                    candidate = found.copy()
                    candidate[place] += step
                    steps.append((miss(candidate), place, step))
        best, place, step = min(steps)
        if best >= miss(found):
            raise ValueError(f"no whole numbers near give a correlation of {r}: {miss(found):.4f} away")
        found[place] += step
    return found
