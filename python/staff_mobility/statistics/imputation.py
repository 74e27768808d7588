"""Multiple imputation: what the estimates would be if unanswered questions had been answered as by similar reports.

Chained equations with predictive mean matching (statsmodels MICEData), pooled by Rubin's rules (Rubin 1987) with the
degrees of freedom of Barnard and Rubin (1999). Listwise deletion assumes that who does not answer is like who does;
this assumes it only of reports with the same values elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from statsmodels.imputation.mice import MICEData

from staff_mobility.statistics.cells import Floats, rows_as_cells, standardised
from staff_mobility.statistics.clustered import Inference, cr2_satterthwaite, moments_of
from staff_mobility.statistics.status import NoResultError, Status

# Cycles before the first imputation and between two: the chain forgets where it started.
_BURN_IN, _BETWEEN = 10, 3


@dataclass(frozen=True)
class Imputed:
    """Completed copies of a frame.

    Attributes:
        columns: Names, in order.
        values: Of each copy, (m, n, columns).
        institution: Key of the institution of each row, (n,) of str.
        n_imputed: Cells that were filled, by column.
    """

    columns: tuple[str, ...]
    values: Floats
    institution: NDArray[np.str_]
    n_imputed: dict[str, int]


@dataclass(frozen=True)
class ImputedFit(Inference):
    """Pooled standardised coefficients; std_errors have the spread between the copies in them.

    Attributes:
        names: ``constant`` and the predictors.
        missing_information: Share of the variance of each coefficient that is due to the gaps, 0..1.
    """

    names: tuple[str, ...]
    missing_information: Floats


def impute(frame: pd.DataFrame, institution: NDArray[np.str_], *, imputations: int, seed: int) -> Imputed:
    """Fill the gaps of all columns, each from all others, several times.

    Args:
        frame: Numbers with gaps, one row per report, (n, columns); the order of rows does not matter.
        institution: (n,).
        imputations: Copies, two or more.
        seed: Of the draws.

    Raises:
        NoResultError: A column has no value at all.
    """
    empty = [str(name) for name in frame if frame[name].isna().all()]
    if empty:
        raise NoResultError(Status.EMPTY_SUBSET, f"No report has a value of {', '.join(empty)}.")
    ordered = frame.astype(float).assign(institution_=institution)
    ordered = ordered.sort_values([*frame.columns, "institution_"], kind="stable", ignore_index=True)
    keys = ordered.pop("institution_").to_numpy(dtype=str)
    gaps = {str(name): int(ordered[name].isna().sum()) for name in ordered}
    if not any(gaps.values()):
        copies = np.repeat(ordered.to_numpy()[None], imputations, axis=0)
        return Imputed(tuple(frame.columns), copies, keys, gaps)
    # The formulas that MICEData writes take plain names.
    plain = ordered.set_axis([f"c{place}" for place in range(ordered.shape[1])], axis=1)
    chain = MICEData(plain, rng=seed)
    chain.update_all(_BURN_IN)
    made = []
    for _ in range(imputations):
        chain.update_all(_BETWEEN)
        made.append(chain.data[plain.columns].to_numpy(dtype=float))
    return Imputed(tuple(frame.columns), np.array(made), keys, gaps)


def fit_imputed(imputed: Imputed, outcome: str, predictors: Sequence[str]) -> ImputedFit:
    """Fit z-scored least squares with CR2 by institution to every copy, and pool.

    Raises:
        NoResultError: Some copy allows no fit.
    """
    y = imputed.columns.index(outcome)
    x = [imputed.columns.index(name) for name in predictors]
    fits = [
        cr2_satterthwaite(
            moments_of(
                standardised(rows_as_cells(tuple(predictors), copy[:, x], copy[:, y], imputed.institution))[0]
            )
        )
        for copy in imputed.values
    ]
    return pooled(("constant", *predictors), fits)


def pooled(names: tuple[str, ...], fits: Sequence[Inference]) -> ImputedFit:
    """Pool the fits of m copies by Rubin's rules.

    The variance is the mean of theirs and (1 + 1/m) times the variance between them. The degrees of freedom of a
    complete sample are those of the fits, on average.
    """
    m = len(fits)
    estimates = np.array([fit.estimates for fit in fits])
    within = np.mean([fit.std_errors**2 for fit in fits], axis=0)
    between = (1 + 1 / m) * estimates.var(axis=0, ddof=1)
    total = within + between
    share = between / total
    complete = np.mean([fit.degrees_of_freedom for fit in fits], axis=0)
    observed = (complete + 1) / (complete + 3) * complete * (1 - share)
    # Without any spread between copies the degrees of freedom are those of the complete sample.
    of_copies = (m - 1) / np.where(share > 0, share, np.nan) ** 2
    degrees = 1 / (1 / observed + np.nan_to_num(1 / of_copies))
    return ImputedFit(estimates.mean(axis=0), np.sqrt(total), degrees, names, share)
