"""One coefficient under every combination of choices that can be defended (Simonsohn, Simmons and Nelson 2020)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from staff_mobility.statistics.cells import Cells, standardised
from staff_mobility.statistics.clustered import Moments, cr2_satterthwaite, moments_of
from staff_mobility.statistics.inference import Inference
from staff_mobility.statistics.status import OK, NoResultError, Verdict

Row = dict[str, Any]


def curve(
    choices: Mapping[str, Sequence[object]],
    outcomes: Sequence[str],
    cells_of: Callable[[str, Mapping[str, object]], Cells],
    x: str,
    confidence: float,
) -> list[Row]:
    """Return one row for each outcome and combination of choices, numbered from 1 in the order of the lists.

    A row has the outcome and the choices, the standardised coefficient of x (``estimate``), its error and p as if
    observations were independent (``std_error``, ``p_value``), and with institutions as clusters (``cr2_*``, and the
    interval ``ci_low``, ``ci_high``). A combination without a result has a status and a reason in their place.

    Args:
        choices: The alternatives of each choice, by its name.
        outcomes: The outcomes, by name.
        cells_of: Returns the cells of an outcome under a combination, x among their predictors; raises NoResultError
            where there are none.
        x: The predictor whose coefficient is followed.
        confidence: Of the intervals, e.g. 0.95.
    """
    combinations = [
        dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())
    ]
    listed = itertools.product(outcomes, combinations)
    # Thousands of small fits: threads of the linear algebra wait for each other far longer than they work.
    with threadpool_limits(1, user_api="blas"):
        return [
            {
                "specification_number": number,
                "outcome_variable": outcome,
                **combination,
                **_result(partial(cells_of, outcome, combination), x, confidence),
            }
            for number, (outcome, combination) in enumerate(listed, start=1)
        ]


def _result(read: Callable[[], Cells], x: str, confidence: float) -> Row:
    try:
        values, verdict = _estimated(read(), x, confidence), OK
    except NoResultError as error:
        values, verdict = {}, error.verdict
    return {**values, **_said(verdict)}


def _said(verdict: Verdict) -> Row:
    return {"status": verdict.status.value, "reason": verdict.reason}


def _estimated(cells: Cells, x: str, confidence: float) -> Row:
    moments = moments_of(standardised(cells)[0])
    naive, clustered = _independent(moments), cr2_satterthwaite(moments)
    at = moments.names.index(x)
    low, high = clustered.intervals(confidence)[at]
    return {
        "n_observations": float(moments.n.sum()),
        "n_clusters": len(moments.institutions),
        "estimate": float(naive.estimates[at]),
        "std_error": float(naive.std_errors[at]),
        "p_value": float(naive.p_values[at]),
        "cr2_std_error": float(clustered.std_errors[at]),
        "cr2_degrees_of_freedom": float(clustered.degrees_of_freedom[at]),
        "cr2_p_value": float(clustered.p_values[at]),
        "ci_low": float(low),
        "ci_high": float(high),
    }


def _independent(moments: Moments) -> Inference:
    """Return least squares with the errors of independent observations, from the sums that CR2 needs anyway.

    The columns are z-scored, so that sums of products lose no digits to means; a fit on the cells, which
    least_squares.py does, would take as long as all the rest.
    """
    estimates = moments.estimates
    df = float(moments.n.sum()) - len(estimates)
    residual_ss = max(float(moments.yy.sum() - estimates @ moments.xy.sum(axis=0)), 0.0)
    std_errors = np.sqrt(np.diag(moments.inverse) * residual_ss / df)
    return Inference(estimates, std_errors, np.full(len(estimates), df))
