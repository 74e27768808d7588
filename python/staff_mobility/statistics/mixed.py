"""Linear mixed model: reports of one institution, and of one person, resemble each other.

A random intercept for the institution and one for the person within the institution, fitted by restricted maximum
likelihood (REML). statsmodels' MixedLM takes minutes for thousands of persons, so the likelihood is computed here
from sums. A person enters through the sums of its rows, with a weight that depends on the number of its reports
only; sums per institution and number of reports are therefore all that is needed, exactly, and an evaluation costs
the same for any number of reports.

Sources: Harville 1977 (REML); Bates, Mächler, Bolker and Walker 2015 (the criterion, profiled over the ratios of
variances); R's lme4 is the reference of the tests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from staff_mobility.statistics.cells import Floats, require_fit, rows_as_cells, standardised
from staff_mobility.statistics.inference import Inference
from staff_mobility.statistics.status import NoResultError, Status

# Search begins at the best of these: where few institutions carry a predictor, the likelihood can have two tops.
_STARTS = (0.0, 0.3, 1.0, 2.0, 4.0, 8.0)
# log(1 + ratio of variances x mean size) at which nothing is left for the residual variance.
_MOST = 25.0
# The criterion is twice a log-likelihood, a sum over reports: its slope per report counts as none below this.
_FLAT = 1e-7
# A number below this share of its own scale is rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class PersonRows:
    """Single reports, each with a weight of one.

    Attributes:
        names: The k predictors.
        x: Their values, (n, k); no constant.
        y: Outcome, (n,).
        institution: Key of the institution of each report, (n,) of str.
        person: Number or pseudonym of who wrote it, (n,). Who reports from two institutions counts as one person in
            each: the model has no person's effect that crosses institutions.
    """

    names: tuple[str, ...]
    x: Floats
    y: Floats
    institution: NDArray[np.str_]
    person: NDArray[np.str_] | NDArray[np.intp]


@dataclass(frozen=True)
class MixedFit(Inference):
    """Coefficients (see :class:`Inference`) and variances.

    The degrees of freedom of the constant and of terms that are the same within every institution are institutions
    less such terms and the constant (containment); those of other terms are observations less coefficients. SAS's
    containment would take the rank of random effects from the latter too, which hardly matters for many reports.

    Attributes:
        names: ``constant`` and the predictors.
        institution_variance: Between institutions; 0 where they resemble each other by chance only.
        person_variance: Between persons of one institution; 0 too where the model has no persons.
        residual_variance: Between reports of one person, or of one institution where the model has no persons.
        log_likelihood: Restricted, with its constants, as lme4 gives it.
        n_observations: Reports.
        n_institutions: Institutions.
        n_persons: Persons within institutions.
    """

    names: tuple[str, ...]
    institution_variance: float
    person_variance: float
    residual_variance: float
    log_likelihood: float
    n_observations: int
    n_institutions: int
    n_persons: int


@dataclass(frozen=True)
class _Sums:
    """Sums over rows of q columns: an orthonormal basis of the p predictors, and the least-squares residual.

    The basis keeps the digits that raw columns would lose to their size.

    Attributes:
        sizes: The numbers of reports that persons have, (m,).
        persons: Persons by institution and size, (g, m).
        sums: Sums of the columns by institution and size, (g, m, q).
        person_products: Products of persons' sums, summed by size, (m, q, q).
        products: Products of rows, (q, q).
        triangle: The predictors are the basis times this, (p, p).
        least_squares: Coefficients from which the residual comes, (p,).
    """

    sizes: Floats
    persons: Floats
    sums: Floats
    person_products: Floats
    products: Floats
    triangle: Floats
    least_squares: Floats

    @property
    def n_observations(self) -> int:
        """Number of reports."""
        return int((self.persons @ self.sizes).sum())

    @property
    def n_persons(self) -> int:
        """Number of persons within institutions."""
        return int(self.persons.sum())


@dataclass(frozen=True)
class _Profile:
    """The criterion, -2 log-likelihood, at one pair of ratios, with what belongs to it.

    Attributes:
        value: The criterion.
        slopes: By the two ratios, (2,).
        estimates: Coefficients of the basis, (p,).
        inverse: Of the weighted products of the basis, (p, p).
        residual_variance: The best one for these ratios.
    """

    value: float
    slopes: Floats
    estimates: Floats
    inverse: Floats
    residual_variance: float


def fit_mixed(rows: PersonRows, *, with_persons: bool) -> MixedFit:
    """Fit by REML; a variance of zero is a result as any other.

    Args:
        rows: Reports in any order.
        with_persons: Whether persons get an intercept, or institutions only.

    Raises:
        NoResultError: The rows allow no fit, the variances cannot be told apart, or the search found no end.
    """
    between = _between_institutions(rows)
    sums = _summed(rows)
    _require_levels(rows, sums, between, with_persons=with_persons)
    ratios = _best_ratios(sums, with_persons=with_persons)
    best = _profile(sums, ratios)
    back = np.linalg.inv(sums.triangle)
    covariance = back @ best.inverse @ back.T * best.residual_variance
    n, p = sums.n_observations, len(between)
    return MixedFit(
        estimates=sums.least_squares + back @ best.estimates,
        std_errors=np.sqrt(np.diag(covariance)),
        degrees_of_freedom=np.where(between, len(sums.persons) - between.sum(), n - p).astype(float),
        names=("constant", *rows.names),
        institution_variance=float(ratios[0] * best.residual_variance),
        person_variance=float(ratios[1] * best.residual_variance),
        residual_variance=best.residual_variance,
        log_likelihood=-best.value / 2,
        n_observations=n,
        n_institutions=len(sums.persons),
        n_persons=sums.n_persons,
    )


def _between_institutions(rows: PersonRows) -> NDArray[np.bool_]:
    """Return which of the constant and the predictors are the same within every institution, (p,).

    Raises:
        NoResultError: The rows allow no fit.
    """
    # The checks of all fits; z-scores, because they do not depend on units.
    cells, _ = standardised(rows_as_cells(rows.names, rows.x, rows.y, rows.institution))
    require_fit(cells)
    spread = [np.ptp(cells.x[rows.institution == key], axis=0) for key in cells.institutions]
    return np.append(True, np.max(spread, axis=0) <= _ROUNDING)


def _summed(rows: PersonRows) -> _Sums:
    """Sum in an order that does not depend on that of the rows."""
    order = np.lexsort((rows.y, *rows.x.T, rows.person, rows.institution))
    institution, person = rows.institution[order], rows.person[order]
    columns = np.column_stack([np.ones(len(order)), rows.x[order]])
    basis, triangle = np.linalg.qr(columns)
    y = rows.y[order]
    projected = basis.T @ y
    values = np.column_stack([basis, y - basis @ projected])
    starts = _starts_of_persons(institution, person)
    sums = np.add.reduceat(values, starts, axis=0)
    sizes, size = np.unique(np.diff(np.append(starts, len(order))), return_inverse=True)
    keys, group = np.unique(institution[starts], return_inverse=True)
    persons = np.zeros((len(keys), len(sizes)))
    np.add.at(persons, (group, size), 1.0)
    summed = np.zeros((len(keys), len(sizes), values.shape[1]))
    np.add.at(summed, (group, size), sums)
    return _Sums(
        sizes=sizes.astype(float),
        persons=persons,
        sums=summed,
        person_products=np.array(
            [sums[size == number].T @ sums[size == number] for number in range(len(sizes))]
        ),
        products=values.T @ values,
        triangle=triangle,
        least_squares=np.linalg.solve(triangle, projected),
    )


def _starts_of_persons(
    institution: NDArray[np.str_], person: NDArray[np.str_] | NDArray[np.intp]
) -> NDArray[np.intp]:
    """Return where a person's rows begin, of rows in order of institution and person."""
    is_new = (institution[1:] != institution[:-1]) | (person[1:] != person[:-1])
    return np.flatnonzero(np.append(True, is_new))


def _require_levels(rows: PersonRows, sums: _Sums, between: NDArray[np.bool_], *, with_persons: bool) -> None:
    """Refuse rows in which a random intercept cannot be told from what lies above or below it."""
    institutions, persons, n = len(sums.persons), sums.n_persons, sums.n_observations
    if institutions < 2:
        raise NoResultError(
            Status.ONE_INSTITUTION,
            f"All reports come from {rows.institution[0]}; a variance between institutions needs two or more.",
        )
    if between.sum() >= institutions:
        named = [name for name, is_between in zip(rows.names, between[1:], strict=True) if is_between]
        raise NoResultError(
            Status.TOO_FEW_OBSERVATIONS,
            f"{institutions} institutions cannot carry a constant and {len(named)} predictors that are the same within"
            f" each: {', '.join(named)}.",
        )
    if sums.products[-1, -1] <= _ROUNDING**2 * np.sum((rows.y - rows.y.mean()) ** 2):
        raise NoResultError(
            Status.PERFECT_COLLINEARITY,
            "The outcome can be computed from the predictors; no variance is left.",
        )
    lower, upper = ("person", persons) if with_persons else ("report", n)
    if upper == institutions:
        raise NoResultError(
            Status.TOO_FEW_OBSERVATIONS,
            f"Each of the {institutions} institutions has one {lower}: its variance cannot be told from theirs.",
        )
    if with_persons and n == persons:
        raise NoResultError(
            Status.TOO_FEW_OBSERVATIONS,
            f"None of the {persons} persons has two reports from one institution: the persons' variance cannot be"
            " told from the reports'.",
        )


def _best_ratios(sums: _Sums, *, with_persons: bool) -> Floats:
    """Return the variances of institutions and persons over the residual variance, (2,).

    The search runs over log(1 + ratio x mean size): zero stays a point that it can reach and leave, unlike for
    logarithms, and both small and large ratios are at the scale of one.

    Raises:
        NoResultError: It found no end.
    """
    n = sums.n_observations
    scale = np.array([n / len(sums.persons), n / sums.n_persons])
    is_free = np.array([True, with_persons])
    bounds = [(0.0, _MOST if free else 0.0) for free in is_free]

    def criterion(point: Floats) -> tuple[float, Floats]:
        profile = _profile(sums, np.expm1(point) / scale)
        return profile.value, profile.slopes * np.exp(point) / scale * is_free

    starts = [np.array([one, two]) for one in _STARTS for two in (_STARTS if with_persons else (0.0,))]
    start = min(starts, key=lambda point: criterion(point)[0])
    found = optimize.minimize(
        criterion, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 0.0, "gtol": 1e-9}
    )
    _require_end(found.x, criterion(found.x)[1] / n)
    # The optimiser may stop a rounding error above zero.
    return np.where(found.x > _ROUNDING, np.expm1(found.x) / scale, 0.0)


def _require_end(point: Floats, slopes: Floats) -> None:
    """Judge the end by its slopes per report: the optimiser's word depends on rounding in its last step."""
    if (point >= _MOST).any():
        raise NoResultError(
            Status.NOT_CONVERGED,
            "Predictors and random intercepts explain the outcome; no residual variance is left.",
        )
    # Zero is an end where the criterion rises from there: the step down the slope leads out of bounds.
    step = np.clip(point - slopes, 0.0, _MOST) - point
    if not (np.abs(step) <= _FLAT).all():
        raise NoResultError(
            Status.NOT_CONVERGED, "The search for the variances ended where the likelihood still rises."
        )


def _profile(sums: _Sums, ratios: Floats) -> _Profile:
    products, log_determinant, product_slopes, log_slopes = _weighted(sums, ratios)
    p = len(products) - 1
    freedom = sums.n_observations - p
    inverse = np.asarray(np.linalg.inv(products[:p, :p]), dtype=float)
    estimates = np.asarray(inverse @ products[:p, p], dtype=float)
    residual = np.append(-estimates, 1.0)
    residual_ss = float(products[p, p] - products[:p, p] @ estimates)
    spread = np.linalg.slogdet(products[:p, :p])[1] + 2 * np.log(np.abs(np.diag(sums.triangle))).sum()
    level = freedom * (1 + np.log(2 * np.pi * residual_ss / freedom))
    slopes = [
        log_slope + np.sum(inverse * slope[:p, :p]) + freedom * (residual @ slope @ residual) / residual_ss
        for slope, log_slope in zip(product_slopes, log_slopes, strict=True)
    ]
    return _Profile(
        float(log_determinant + spread + level), np.array(slopes), estimates, inverse, residual_ss / freedom
    )


def _weighted(
    sums: _Sums, ratios: Floats
) -> tuple[Floats, float, tuple[Floats, Floats], tuple[float, float]]:
    """Return Z'WZ of the columns Z and -log det W, with W the inverse covariance, and the slopes of both.

    With the ratio t of persons, a person of m rows has 1 - t/(1 + tm) in place of 1; with the ratio s of
    institutions, one whose rows then weigh a in all loses s/(1 + sa) times the product of its weighted sums
    (Woodbury, twice).
    """
    s, t = ratios
    shrunk = 1 / (1 + sums.sizes * t)
    weighted = np.einsum("gmk,m->gk", sums.sums, shrunk)
    turned = -np.einsum("gmk,m->gk", sums.sums, sums.sizes * shrunk**2)
    weights = sums.persons @ (sums.sizes * shrunk)
    weight_slopes = -sums.persons @ (sums.sizes * shrunk) ** 2
    shares = 1 / (1 + s * weights)
    lost = s * shares
    sizes = sums.persons.sum(axis=0)
    products = (
        sums.products - np.tensordot(t * shrunk, sums.person_products, 1) - (weighted.T * lost) @ weighted
    )
    log_determinant = float(sizes @ np.log1p(sums.sizes * t) + np.log1p(s * weights).sum())
    cross = (turned.T * lost) @ weighted
    by_person = (
        -np.tensordot(shrunk**2, sums.person_products, 1)
        - (cross + cross.T)
        + (weighted.T * (lost**2 * weight_slopes)) @ weighted
    )
    by_institution = -(weighted.T * shares**2) @ weighted
    log_slopes = (float(weights @ shares), float(sizes @ (sums.sizes * shrunk) + lost @ weight_slopes))
    return products, log_determinant, (by_institution, by_person), log_slopes
