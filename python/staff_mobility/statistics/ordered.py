"""Ordered logit for one item of the report: an answer from 1 to 5 has an order, not a distance.

statsmodels' OrderedModel, with three things added: cells with a weight in place of equal reports, thresholds
themselves as parameters (the log-likelihood is then concave; Pratt 1981), and exact derivatives. With the numerical
ones a fit takes fifteen times as long, and its estimates end at three digits.

Standard errors by institution are CR1: no kept library has the bias-reduced kind (CR2) for this model, so that with
few institutions they are too small rather than too large. R's ordinal, MASS and sandwich are the references of the
tests.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.stats.sandwich_covariance import cov_cluster
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from staff_mobility.statistics.cells import Cells, Floats, require_fit, standardised
from staff_mobility.statistics.inference import Inference
from staff_mobility.statistics.status import NoResultError, Status

# A standard error below this share of the one of independent reports is rounding.
_ROUNDING = 1e-6

_NO_TOP = (
    "The likelihood has no top within reach, as where predictors part the answers without error (separation)."
)


@dataclass(frozen=True)
class OrderedCells:
    """Reports with the same predictors, answer and institution are one cell.

    Attributes:
        names: The k predictors.
        x: Their values, (cells, k); no constant.
        answer: Answers, (cells,) of int.
        n: Reports of each cell, above zero, (cells,).
        institution: Key of the institution of each cell, (cells,) of str.
    """

    names: tuple[str, ...]
    x: Floats
    answer: NDArray[np.int_]
    n: Floats
    institution: NDArray[np.str_]


@dataclass(frozen=True)
class OrderedFit(Inference):
    """Log odds of a higher answer per unit of each predictor, judged by the normal distribution.

    Attributes:
        names: The k predictors; thresholds stand apart.
        clustered: The same estimates with CR1 standard errors by institution, judged by Student's t with one degree
            of freedom less than institutions.
        levels: The answers that were given, in order, (levels,).
        thresholds: Log odds of an answer up to each level but the last, where all predictors are 0, (levels - 1,).
        log_likelihood: At the estimates.
        n_observations: Reports.
        n_institutions: Institutions.
    """

    names: tuple[str, ...]
    clustered: Inference
    levels: tuple[int, ...]
    thresholds: Floats
    log_likelihood: float
    n_observations: float
    n_institutions: int


class _WeightedLogit(OrderedModel):  # type: ignore[misc]
    """OrderedModel in which a row counts ``n`` times; its parameters are coefficients and thresholds."""

    def __init__(self, answer: NDArray[np.int_], x: Floats, n: Floats) -> None:
        super().__init__(answer, x, distr="logit")
        self.n = n
        self.n_coefficients = x.shape[1]
        # An answer lies between two thresholds: a row's distance from them is linear in the parameters.
        at = np.eye(self.k_levels + 1)[:, 1:-1]
        self.upper = np.column_stack([-x, at[self.endog + 1]])
        self.lower = np.column_stack([-x, at[self.endog]])

    @property
    def start_params(self) -> Floats:
        """No effects, and the thresholds that give the shares of the answers."""
        share = np.bincount(self.endog, self.n).cumsum()[:-1] / self.n.sum()
        return np.concatenate([np.zeros(self.n_coefficients), np.log(share / (1 - share))])

    def transform_threshold_params(self, params: Floats) -> Floats:
        """Return the thresholds between the two infinite ones, (levels + 1,)."""
        return np.concatenate([[-np.inf], params[self.n_coefficients :], [np.inf]])

    def loglikeobs(self, params: Floats) -> Floats:
        """Return the log-likelihoods of the cells, (cells,).

        F(upp) - F(low) is F(upp) F(-low) (1 - exp(low - upp)); in logarithms no digits cancel far out.
        """
        low, upp = self._bounds(params)
        return np.asarray(
            self.n * (log_expit(upp) + log_expit(-low) + np.log(np.maximum(_gap(low, upp), 0.0)))
        )

    def score_obs(self, params: Floats, **_: Any) -> Floats:
        """Return their slopes, (cells, parameters)."""
        at_lower, at_upper = self._densities(*self._bounds(params))
        return np.asarray(at_upper[:, None] * self.upper - at_lower[:, None] * self.lower)

    def score(self, params: Floats) -> Floats:
        """Return the slopes of the log-likelihood, (parameters,)."""
        return np.asarray(self.score_obs(params).sum(axis=0))

    def hessian(self, params: Floats) -> Floats:
        """Return the second derivatives of the log-likelihood, (parameters, parameters)."""
        low, upp = self._bounds(params)
        at_lower, at_upper = self._densities(low, upp)
        # The slope of the logistic density is itself times F(-z) - F(z), or -tanh(z / 2).
        of_upper = (self.upper.T * (at_upper * -np.tanh(upp / 2))) @ self.upper
        of_lower = (self.lower.T * (at_lower * -np.tanh(low / 2))) @ self.lower
        scores = self.score_obs(params)
        return np.asarray(of_upper - of_lower - (scores.T / self.n) @ scores)

    def _densities(self, low: Floats, upp: Floats) -> tuple[Floats, Floats]:
        """Return the densities at both ends over the probability between them, times ``n``, (cells,) each."""
        weight = self.n / _gap(low, upp)
        at_lower = weight * np.exp(log_expit(low) - log_expit(upp))
        at_upper = weight * np.exp(log_expit(-upp) - log_expit(-low))
        return at_lower, at_upper


def _gap(low: Floats, upp: Floats) -> Floats:
    return np.asarray(-np.expm1(low - upp))


def fit_ordered(cells: OrderedCells) -> OrderedFit:
    """Fit by maximum likelihood; answers that nobody gave have no threshold.

    Args:
        cells: In any order, with one predictor or more.

    Raises:
        NoResultError: The cells allow no fit, fewer than two answers were given, all reports come from one
            institution, or the likelihood has no top (separation).
    """
    ordered = _in_order(cells)
    scaled, scale = standardised(_as_numbers(ordered))
    require_fit(scaled)
    institutions, group = np.unique(ordered.institution, return_inverse=True)
    if len(institutions) < 2:
        raise NoResultError(
            Status.ONE_INSTITUTION,
            f"All reports come from {institutions[0]}; inference between institutions needs two or more.",
        )
    fit = _top(_WeightedLogit(ordered.answer, scaled.x, ordered.n), cells.names)
    groups, k = len(institutions), len(cells.names)
    by_institution = _by_institution(fit, group, cells.names)
    estimates = fit.params[:k] / scale.x_sd
    # z-scores are distances from the mean; thresholds are given for predictors of 0.
    mean = ordered.n @ ordered.x / ordered.n.sum()
    return OrderedFit(
        estimates=estimates,
        std_errors=fit.bse[:k] / scale.x_sd,
        degrees_of_freedom=np.full(k, np.inf),
        names=cells.names,
        clustered=Inference(estimates, by_institution / scale.x_sd, np.full(k, float(groups - 1))),
        levels=tuple(int(level) for level in np.unique(ordered.answer)),
        thresholds=fit.params[k:] + mean @ estimates,
        log_likelihood=float(fit.llf),
        n_observations=float(ordered.n.sum()),
        n_institutions=groups,
    )


def _in_order(cells: OrderedCells) -> OrderedCells:
    """Sort, so that sums do not depend on the order in which cells come."""
    order = np.lexsort((cells.n, cells.answer, *cells.x.T, cells.institution))
    return replace(
        cells,
        x=cells.x[order],
        answer=cells.answer[order],
        n=np.asarray(cells.n[order], dtype=float),
        institution=cells.institution[order],
    )


def _as_numbers(cells: OrderedCells) -> Cells:
    """Return the cells with the answers as numbers, for the checks and z-scores of all fits."""
    answer = cells.answer.astype(float)
    return Cells(cells.names, cells.x, cells.n, answer * cells.n, answer**2 * cells.n, cells.institution)


def _top(model: _WeightedLogit, names: tuple[str, ...]) -> Any:
    """Return statsmodels' results at the top of the likelihood.

    A trust region leads near it from anywhere. Newton's steps then end there, or go on for ever: where predictors
    part the answers without error, each step is about as long as the last.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", ConvergenceWarning)
        try:
            near = model.fit(
                method="minimize", min_method="trust-exact", gtol=1e-6, disp=0, skip_hessian=True
            )
            fit = model.fit(near.params, method="newton", maxiter=15, tol=1e-8, ridge_factor=0.0, disp=0)
        except np.linalg.LinAlgError:
            raise NoResultError(Status.NOT_CONVERGED, _NO_TOP) from None
    if not (fit.mle_retvals["converged"] and np.isfinite(fit.llf)):
        has_moved = np.abs(fit.params - near.params)[: len(names)] > 1
        named = [name for name, grows in zip(names, has_moved, strict=True) if grows] or ["thresholds"]
        raise NoResultError(Status.NOT_CONVERGED, f"{_NO_TOP} Without end grow: {', '.join(named)}.")
    return fit


def _by_institution(fit: Any, group: NDArray[np.intp], names: tuple[str, ...]) -> Floats:
    """Return CR1 standard errors of the coefficients, (k,).

    Raises:
        NoResultError: Institutions agree to the last digit on a coefficient, as few and small ones can.
    """
    groups, k = group.max() + 1, len(names)
    variances = np.diag(cov_cluster(fit, group, use_correction=False))[:k] * groups / (groups - 1)
    is_nothing = variances <= (_ROUNDING * fit.bse[:k]) ** 2
    if is_nothing.any():
        named = ", ".join(name for name, nothing in zip(names, is_nothing, strict=True) if nothing)
        raise NoResultError(
            Status.TOO_FEW_OBSERVATIONS,
            f"{groups} institutions give no standard error: all agree on {named}.",
        )
    return np.asarray(np.sqrt(variances))
