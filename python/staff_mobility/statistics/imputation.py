"""Multiple imputation: what the estimates would be if unanswered questions had been answered as by similar reports.

Chained equations with predictive mean matching (statsmodels MICEData), pooled by Rubin's rules (Rubin 1987) with the
degrees of freedom of Barnard and Rubin (1999). Listwise deletion assumes that who does not answer is like who does;
this assumes it only of reports with the same values elsewhere.

Two things it does not do. The models that impute know an institution by its attributes among the columns, not by
itself. And columns are imputed one by one, so that two dummies of one choice can both become 1 in a few reports.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from statsmodels.imputation.mice import MICEData
from statsmodels.tools.sm_exceptions import SingularMatrixWarning

from staff_mobility.statistics.cells import Floats, rows_as_cells, standardised
from staff_mobility.statistics.clustered import cr2_satterthwaite, moments_of
from staff_mobility.statistics.inference import Inference
from staff_mobility.statistics.status import NoResultError, Status

# Cycles before the first imputation and between two: the chain forgets where it started.
_BURN_IN, _BETWEEN = 10, 3
# Reports of which one gives its answer (van Buuren 2018, section 3.4).
_DONORS = 5


@dataclass(frozen=True)
class Imputed:
    """Completed copies of a frame.

    Attributes:
        columns: Names, in order.
        values: Of each copy, (m, n, columns); one copy where there are no gaps.
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
        missing_information: Share of the variance of each coefficient that is due to the gaps, 0..1. Rubin's other
            fraction adds 2 / (degrees of freedom + 3): much where institutions are few, even for what has no gaps.
    """

    names: tuple[str, ...]
    missing_information: Floats


class _Chain(MICEData):  # type: ignore[misc]
    """MICEData that takes its columns as they are: parsing formulas of them anew took most of its time."""

    def get_fitting_data(self, vname: str) -> tuple[Floats, Floats, dict[str, Any], dict[str, Any]]:
        """Return the given values of a column, the other columns of those rows, and no options."""
        given, others, _, _, _ = self.get_split_data(vname)
        return given, others, {}, {}

    def get_split_data(self, vname: str) -> tuple[Floats, Floats, Floats, dict[str, Any], dict[str, Any]]:
        """Return the same, the other columns of the rows with a gap, and no options."""
        others = self.data.drop(columns=vname).to_numpy()
        others = np.column_stack([np.ones(len(others)), others])
        is_given, is_gap = self.ix_obs[vname], self.ix_miss[vname]
        return self.data[vname].to_numpy()[is_given], others[is_given], others[is_gap], {}, {}


def impute(frame: pd.DataFrame, institution: NDArray[np.str_], *, imputations: int, seed: int) -> Imputed:
    """Fill the gaps of all columns, each from all others, several times.

    Args:
        frame: Numbers with gaps, one row per report, (n, columns); the order of rows does not matter.
        institution: (n,).
        imputations: Copies, two or more.
        seed: Of the draws.

    Raises:
        NoResultError: A column is infinite, has no value at all, or is an institution's attribute with a gap.
    """
    ordered = frame.astype(float).assign(institution_=institution)
    ordered = ordered.sort_values([*frame.columns, "institution_"], kind="stable", ignore_index=True)
    keys = ordered.pop("institution_").to_numpy(dtype=str)
    gaps = {str(name): int(ordered[name].isna().sum()) for name in ordered}
    _require_imputable(ordered, keys, [name for name, number in gaps.items() if number])
    if any(gaps.values()):
        copies = _completed(ordered, imputations, seed)
    else:
        copies = ordered.to_numpy()[None]
    return Imputed(tuple(frame.columns), copies, keys, gaps)


def _require_imputable(ordered: pd.DataFrame, institution: NDArray[np.str_], gappy: list[str]) -> None:
    """Refuse what the filling would hide, or could not fill from anything."""
    if infinite := [str(name) for name in ordered if np.isinf(ordered[name]).any()]:
        raise NoResultError(Status.INFINITE_VALUE, f"Not a finite number: a value of {', '.join(infinite)}.")
    if empty := [name for name in gappy if ordered[name].isna().all()]:
        raise NoResultError(Status.EMPTY_SUBSET, f"No report has a value of {', '.join(empty)}.")
    distinct = ordered[gappy].groupby(institution).nunique()
    # A column that is the same everywhere is refused by the fit, for that reason.
    attributes = [name for name in gappy if (distinct[name] <= 1).all() and ordered[name].nunique() > 1]
    if attributes:
        raise NoResultError(
            Status.NOT_APPLICABLE,
            "The same in all reports of an institution, so that other institutions' reports cannot tell what is"
            f" missing: {', '.join(attributes)}.",
        )


def _completed(ordered: pd.DataFrame, imputations: int, seed: int) -> Floats:
    chain = _Chain(ordered, k_pmm=_DONORS, rng=seed)
    made = []
    with warnings.catch_warnings():
        # Columns that follow from each other foretell as well as one of them would.
        warnings.simplefilter("ignore", SingularMatrixWarning)
        chain.update_all(_BURN_IN)
        for _ in range(imputations):
            chain.update_all(_BETWEEN)
            made.append(chain.data.to_numpy())
    return np.array(made)


def fit_imputed(imputed: Imputed, outcome: str, predictors: Sequence[str]) -> ImputedFit:
    """Fit z-scored least squares with CR2 by institution to every copy, and pool; a single copy stands as it is.

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
    names = ("constant", *predictors)
    if len(fits) == 1:
        # The rules would still take degrees of freedom off; no gap justifies it.
        (fit,) = fits
        return ImputedFit(
            fit.estimates, fit.std_errors, fit.degrees_of_freedom, names, np.zeros(len(fit.estimates))
        )
    return pooled(names, fits)


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
    # Of the copies (m - 1) / share^2: infinite where they agree.
    degrees = 1 / (1 / observed + share**2 / (m - 1))
    return ImputedFit(estimates.mean(axis=0), np.sqrt(total), degrees, names, share)
