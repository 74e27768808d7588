"""What listwise deletion leaves out, and which variable is why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from staff_mobility.statistics.cells import Floats
from staff_mobility.statistics.status import NoResultError, Status


def missing_of(frame: pd.DataFrame, variables: Sequence[str], n: Floats) -> list[dict[str, Any]]:
    """Return one row per variable: its gaps, and the observations that are lost because of it alone.

    Args:
        frame: The variables, with gaps, (c, ...).
        variables: Those of one model.
        n: Observations of each row, (c,).

    Raises:
        NoResultError: There are no observations.
    """
    is_gap = frame[list(variables)].isna().to_numpy()
    n_gaps = is_gap.sum(axis=1)
    total = float(np.sum(n))
    if not total:
        raise NoResultError(Status.EMPTY_SUBSET, "There are no observations.")
    return [
        {
            "variable": variable,
            "n_observations": total,
            "n_missing": float(np.sum(n[is_gap[:, at]])),
            "missing_share": float(np.sum(n[is_gap[:, at]]) / total),
            "n_lost_by_it_alone": float(np.sum(n[is_gap[:, at] & (n_gaps == 1)])),
        }
        for at, variable in enumerate(variables)
    ]
