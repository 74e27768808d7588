"""What all fits have: estimates, standard errors and degrees of freedom, and the tests and limits that follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from staff_mobility.statistics.cells import Floats


@dataclass(frozen=True)
class Inference:
    """Coefficients, and their standard errors under one assumption on the residuals.

    Attributes:
        estimates: Coefficients, (p,).
        std_errors: (p,).
        degrees_of_freedom: Of Student's t, (p,); infinite for the normal distribution.
    """

    estimates: Floats
    std_errors: Floats
    degrees_of_freedom: Floats

    @property
    def t_values(self) -> Floats:
        """Estimates in standard errors; infinite where nothing is left unexplained."""
        with np.errstate(divide="ignore"):
            return self.estimates / self.std_errors

    @property
    def p_values(self) -> Floats:
        """Two-sided."""
        return np.asarray(2 * stats.t.sf(np.abs(self.t_values), self.degrees_of_freedom))

    def intervals(self, confidence: float) -> Floats:
        """Lower and upper limits, (p, 2)."""
        half = stats.t.ppf(0.5 + confidence / 2, self.degrees_of_freedom) * self.std_errors
        return np.column_stack([self.estimates - half, self.estimates + half])
