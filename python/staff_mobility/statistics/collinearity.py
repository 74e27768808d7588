"""How much of each predictor the other predictors already tell."""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve_triangular

from staff_mobility.statistics.cells import Cells, Floats, require_fit, standardised


def variance_inflation(cells: Cells) -> Floats:
    """Return the variance inflation factors of the predictors, (k,), one or more each.

    They are the diagonal of the inverse of the predictors' correlations, got from a QR of the columns so that close
    predictors lose no digits. statsmodels' function takes rows, and fits each column in turn.

    Raises:
        NoResultError: A column is the same everywhere, follows from others, or the observations are too few.
    """
    scaled, _ = standardised(cells)
    require_fit(scaled)
    columns = scaled.x * np.sqrt(scaled.n / scaled.n_observations)[:, None]
    root = np.linalg.qr(columns, mode="r")
    inverse = solve_triangular(root, np.eye(len(root)))
    return np.asarray((inverse**2).sum(axis=1))
