"""One-way analysis of variance on cells: do the means of groups differ more than chance would have it?

scipy's f_oneway and statsmodels take rows; on sums the test is a few lines, and they are the references of the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from staff_mobility.statistics.cells import Cells, Floats
from staff_mobility.statistics.status import NoResultError, Status

# Sums of squares below this share of the outcome's own squares are rounding.
_NOTHING = 64 * np.finfo(float).eps


@dataclass(frozen=True)
class GroupCells:
    """Observations in groups, by group and institution.

    Attributes:
        group: Key of the group of each cell, (c,) of str.
        n: Observations of each cell, or sums of their weights, (c,).
        y_sum: Sum of the outcome, (c,).
        y_square_sum: Sum of its squares, (c,).
        institution: Key of the institution of each cell, (c,) of str.
    """

    group: NDArray[np.str_]
    n: Floats
    y_sum: Floats
    y_square_sum: Floats
    institution: NDArray[np.str_]

    def only(self, kept: NDArray[np.bool_] | NDArray[np.intp]) -> GroupCells:
        """Return some of the cells, or all in another order."""
        return GroupCells(
            self.group[kept], self.n[kept], self.y_sum[kept], self.y_square_sum[kept], self.institution[kept]
        )


@dataclass(frozen=True)
class GroupDifference:
    """The test that all groups have one mean, as if observations were independent.

    Attributes:
        f_value: Variance between groups in units of that within.
        df_between: Groups less one.
        df_within: Observations less groups.
        p_value: Of F.
        eta_squared: Share of the sum of squares that lies between groups, 0..1.
        n_groups: Groups with observations.
        n_observations: Observations, or the sum of their weights.
        group_means: Mean outcome by group, in order of the keys.
    """

    f_value: float
    df_between: float
    df_within: float
    p_value: float
    eta_squared: float
    n_groups: int
    n_observations: float
    group_means: Mapping[str, float]


def compare(groups: GroupCells) -> GroupDifference:
    """Compare the means of the groups (Fisher's F).

    Raises:
        NoResultError: No observations, a sum that is not finite, one group only, one observation in every group, or
            an outcome that is the same in all observations or in all of each group.
    """
    held = _in_order(groups)
    keys, position = np.unique(held.group, return_inverse=True)
    n, y_sum = np.bincount(position, held.n), np.bincount(position, held.y_sum)
    means, total = y_sum / n, float(n.sum())
    between = float(n @ (means - float(y_sum.sum()) / total) ** 2)
    within = _within(held, means[position])
    df_between, df_within = float(len(keys) - 1), total - len(keys)
    if df_within <= 0:
        raise NoResultError(
            Status.TOO_FEW_OBSERVATIONS,
            f"{total:g} observations in {len(keys)} groups leave nothing to tell chance by.",
        )
    _require_variation(between, within, float(held.y_square_sum.sum()))
    f_value = (between / df_between) / (within / df_within)
    return GroupDifference(
        f_value=f_value,
        df_between=df_between,
        df_within=df_within,
        p_value=float(stats.f.sf(f_value, df_between, df_within)),
        eta_squared=between / (between + within),
        n_groups=len(keys),
        n_observations=total,
        group_means={str(key): float(mean) for key, mean in zip(keys, means, strict=True)},
    )


def as_cells(groups: GroupCells) -> Cells:
    """Return the groups as predictors: a column of 0 and 1 for each but the first in order of the keys.

    The test that all columns are nothing at once is that of :func:`compare`; with the wild cluster bootstrap it holds
    for reports that come in institutions.

    Raises:
        NoResultError: No observations, a sum that is not finite, or one group only.
    """
    held = _in_order(groups)
    keys = np.unique(held.group)
    return Cells(
        names=tuple(str(key) for key in keys[1:]),
        x=(held.group[:, None] == keys[1:]).astype(float),
        n=held.n,
        y_sum=held.y_sum,
        y_square_sum=held.y_square_sum,
        institution=held.institution,
    )


def _in_order(groups: GroupCells) -> GroupCells:
    """Return the cells that hold something, in an order of their own, so that no sum depends on that given."""
    held = groups.only(groups.n != 0)
    if not len(held.n):
        raise NoResultError(Status.EMPTY_SUBSET, "No observation has a value of the outcome and a group.")
    if not (np.isfinite(held.n) & (held.n > 0)).all():
        raise NoResultError(Status.INFINITE_VALUE, "Not a positive, finite number: a weight.")
    if not (np.isfinite(held.y_sum).all() and np.isfinite(held.y_square_sum).all()):
        raise NoResultError(Status.INFINITE_VALUE, "Not a finite number: a value of the outcome.")
    if (held.group == held.group[0]).all():
        raise NoResultError(
            Status.CONSTANT_COLUMN, f"All observations are in the group {held.group[0]}: nothing to compare."
        )
    return held.only(np.lexsort((held.y_square_sum, held.y_sum, held.n, held.institution, held.group)))


def _within(held: GroupCells, group_mean: Floats) -> float:
    """Sum of squares around the means of the groups: that within the cells, and that of the cells' means."""
    within_cells = float(np.sum(held.y_square_sum - held.y_sum**2 / held.n))
    return max(within_cells, 0.0) + float(held.n @ (held.y_sum / held.n - group_mean) ** 2)


def _require_variation(between: float, within: float, y_square: float) -> None:
    nothing = _NOTHING * y_square
    if between + within <= nothing:
        raise NoResultError(
            Status.CONSTANT_COLUMN, "The same in all observations, so nothing can go with it: the outcome."
        )
    if within <= nothing:
        raise NoResultError(
            Status.CONSTANT_COLUMN, "The outcome is the same within each group: nothing to tell chance by."
        )
