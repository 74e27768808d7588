"""Rows of stat_robustness: each tested coefficient again, by methods that do not take reports for independent.

Every estimate is standardised, so that the methods can be read beside each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np

from staff_mobility.statistics import correlation, group_difference
from staff_mobility.statistics.analyses.correlations import pairs_of
from staff_mobility.statistics.analyses.regressions import ItemModel, item_fit, item_models
from staff_mobility.statistics.cells import Cells, standardised
from staff_mobility.statistics.clustered import (
    Moments,
    cr1_normal,
    cr2_satterthwaite,
    cr3_jackknife,
    left_out,
    moments_of,
)
from staff_mobility.statistics.frames import Frames
from staff_mobility.statistics.imputation import Imputed, fit_imputed, impute
from staff_mobility.statistics.inference import Inference
from staff_mobility.statistics.least_squares import fit_least_squares
from staff_mobility.statistics.mixed import PersonRows, fit_mixed
from staff_mobility.statistics.plan import Correlation, GroupDifference, Plan, Regression
from staff_mobility.statistics.record import Record, record_of
from staff_mobility.statistics.status import NoResultError, Status
from staff_mobility.statistics.wild_bootstrap import wild_cluster_bootstrap

CLUSTERED = "reports of an institution may depend on each other"
_Rows = Iterator[dict[str, Any]]
_Attempt = Callable[[], _Rows]


@dataclass(frozen=True)
class _Task:
    """One analysis with the terms that are looked at, and how results are written."""

    plan: Plan
    record: Record
    terms: tuple[str, ...]

    def row(self, term: str, method: str, covariance: str, correction: str, **values: Any) -> dict[str, Any]:
        record = replace(self.record, covariance=covariance, correction=correction)
        return record.row(term=term, method=method, **values)

    def inference(
        self,
        method: str,
        covariance: str,
        correction: str,
        names: Sequence[str],
        found: Inference,
        **counts: Any,
    ) -> _Rows:
        """Return a row per term of what one method gives."""
        limits, p_values, t_values = found.intervals(self.plan.confidence), found.p_values, found.t_values
        for term in self.terms:
            at = list(names).index(term)
            degrees = float(found.degrees_of_freedom[at])
            yield self.row(
                term,
                method,
                covariance,
                correction,
                estimate=found.estimates[at],
                std_error=found.std_errors[at],
                statistic=t_values[at],
                degrees_of_freedom=degrees if np.isfinite(degrees) else None,
                p_value=p_values[at],
                ci_low=limits[at, 0],
                ci_high=limits[at, 1],
                **counts,
            )

    def attempt(self, method: str, make: _Attempt) -> _Rows:
        """Return the rows of one method, or a row per term with the reason why there are none."""
        try:
            yield from list(make())
        except NoResultError as error:
            for term in self.terms:
                yield self.record.row(error.verdict, term=term, method=method)


def robustness_rows(plan: Plan, frames: Frames) -> list[dict[str, Any]]:
    """Return the rows of all analyses of the plan."""
    rows: list[dict[str, Any]] = []
    for correlated in plan.correlations:
        rows += _of_correlation(plan, frames, correlated)
    for difference in plan.group_differences:
        rows += _of_group_difference(plan, frames, difference)
    imputations = _Imputations(plan, frames)
    for regression in plan.regressions:
        rows += _of_regression(plan, frames, imputations, regression)
    for model in item_models(plan, frames):
        rows += _of_item(plan, frames, model)
    return rows


# Correlations


def _of_correlation(plan: Plan, frames: Frames, analysis: Correlation) -> _Rows:
    task = _Task(plan, record_of(analysis, f"{analysis.y} ~ {analysis.x}"), (analysis.x,))
    names = (analysis.x, analysis.y)
    yield from task.attempt("leave_one_out", lambda: _correlations_left_out(task, pairs_of(frames, analysis)))
    if analysis.level == "institution":
        return
    yield from _from_cells(task, lambda: correlation.as_cells(pairs_of(frames, analysis), names))
    yield from task.attempt(
        "institution_means", lambda: _correlation_of_means(task, pairs_of(frames, analysis))
    )


def _correlations_left_out(task: _Task, pairs: correlation.PairCounts) -> _Rows:
    correlation.correlate(pairs, task.plan.confidence)
    found = correlation.leave_one_out(pairs)
    return _extremes(task, task.terms[0], found["institution"], found["r"], pairs.n_observations)


def _correlation_of_means(task: _Task, pairs: correlation.PairCounts) -> _Rows:
    found = correlation.correlate(correlation.institution_means(pairs), task.plan.confidence)
    yield task.row(
        task.terms[0],
        "institution_means",
        "institutions are independent",
        "means of institutions, one observation each",
        estimate=found.pearson_r,
        p_value=found.p_value,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        degrees_of_freedom=found.n_observations - 2,
        n_observations=found.n_observations,
        n_clusters=found.n_clusters,
    )


# Group differences


def _of_group_difference(plan: Plan, frames: Frames, analysis: GroupDifference) -> _Rows:
    task = _Task(plan, record_of(analysis, f"{analysis.y} ~ C({analysis.column})"), (analysis.group,))

    def joint() -> _Rows:
        cells = group_difference.as_cells(frames.groups(analysis.column, analysis.y, analysis.subset))
        return _bootstrapped(task, lambda: moments_of(standardised(cells)[0]), cells.names, analysis.group)

    yield from task.attempt("wild_bootstrap", joint)


# Regressions


def _of_regression(plan: Plan, frames: Frames, imputations: _Imputations, analysis: Regression) -> _Rows:
    formula = f"{analysis.y} ~ {' + '.join(analysis.x)}"
    task = _Task(plan, record_of(analysis, formula), analysis.tested)
    cells = cache(lambda: frames.cells(analysis.x, analysis.y, analysis.subset))
    yield from _from_cells(task, cells)
    for term in task.terms:
        single = replace(task, terms=(term,))
        yield from single.attempt("leave_one_out", partial(_terms_left_out, task, cells, term))
    yield from task.attempt("institution_means", lambda: _regression_of_means(task, cells()))
    rows = cache(lambda: _scaled_rows(frames.person_rows(analysis.x, analysis.y, analysis.subset)))
    for method, with_persons in (("mixed_institution", False), ("mixed_institution_person", True)):
        fit = partial(_mixed, task, rows, method, with_persons=with_persons)
        yield from task.attempt(method, fit)
    if analysis.is_imputed:
        family = tuple(a.y for a in plan.regressions if (a.family, a.x) == (analysis.family, analysis.x))
        copies = partial(imputations.of, analysis.x, family, analysis.subset)
        yield from task.attempt("multiple_imputation", lambda: _imputed(task, copies, analysis))


def _regression_of_means(task: _Task, cells: Cells) -> _Rows:
    keys, at = np.unique(cells.institution, return_inverse=True)
    n = np.bincount(at, cells.n)
    means = np.column_stack([np.bincount(at, cells.n * column) / n for column in cells.x.T])
    y = np.bincount(at, cells.y_sum) / n
    scaled, _ = standardised(Cells(cells.names, means, np.ones(len(keys)), y, y**2, keys))
    fit = fit_least_squares(scaled)
    return task.inference(
        "institution_means",
        "institutions are independent",
        "means of institutions, one observation each",
        fit.names,
        fit,
        n_observations=fit.n_observations,
        n_clusters=len(keys),
    )


def _mixed(task: _Task, rows: Callable[[], PersonRows], method: str, *, with_persons: bool) -> _Rows:
    fit = fit_mixed(rows(), with_persons=with_persons)
    effects = "institution and person" if with_persons else "institution"
    return task.inference(
        method,
        f"random intercept of {effects}",
        "restricted maximum likelihood; containment degrees of freedom",
        fit.names,
        fit,
        n_observations=fit.n_observations,
        n_clusters=fit.n_institutions,
    )


def _scaled_rows(rows: PersonRows) -> PersonRows:
    from staff_mobility.statistics.cells import rows_as_cells

    scaled, _ = standardised(rows_as_cells(rows.names, rows.x, rows.y, rows.institution))
    return replace(rows, x=scaled.x, y=scaled.y_sum)


def _imputed(task: _Task, copies: Callable[[], Imputed], analysis: Regression) -> _Rows:
    filled = copies()
    fit = fit_imputed(filled, analysis.y, analysis.x)
    return task.inference(
        "multiple_imputation",
        f"{CLUSTERED}: CR2",
        f"{task.plan.imputations} imputations by chained equations, pooled by Rubin's rules",
        fit.names,
        fit,
        n_observations=float(len(filled.institution)),
        n_clusters=len(set(filled.institution)),
    )


class _Imputations:
    """Completed copies of the reports, made once for models of the same predictors."""

    def __init__(self, plan: Plan, frames: Frames) -> None:
        self._plan = plan
        self._frames = frames
        self.of = cache(self._made)

    def _made(self, x: tuple[str, ...], outcomes: tuple[str, ...], subset: str | None) -> Imputed:
        # What the institution lacks is no gap in a report: only reports of institutions with all values are filled.
        known = [name for name in x if self._plan.variable(name).is_of_institutions]
        n = self._frames.n_with(known, subset)
        if n > self._plan.imputation_reports:
            raise NoResultError(
                Status.ABOVE_LIMIT,
                f"{n:.0f} reports; imputation is limited to {self._plan.imputation_reports}"
                " (limits/imputation_reports of the plan).",
            )
        table = self._frames.rows(x, outcomes[0], subset, outcomes).dropna(subset=known)
        return impute(
            table[[*outcomes, *x]],
            table["sender"].to_numpy(dtype=str),
            imputations=self._plan.imputations,
            seed=self._plan.random_seed,
        )


# Single items


def _of_item(plan: Plan, frames: Frames, model: ItemModel) -> _Rows:
    task = _Task(plan, model.record, model.tested)

    def clustered() -> _Rows:
        fit = item_fit(frames, model)
        return task.inference(
            "cluster_robust",
            f"{CLUSTERED}: sums of scores per institution",
            "G / (G - 1); t with G - 1 degrees of freedom",
            fit.names,
            fit.clustered,
            n_observations=fit.n_observations,
            n_clusters=fit.n_institutions,
        )

    yield from task.attempt("cluster_robust", clustered)


# What regressions and correlations have in common


def _from_cells(task: _Task, read: Callable[[], Cells]) -> _Rows:
    """Return what needs nothing but the cells: clustered errors, bootstrap, and equal institutions."""
    # What can be read is read once; what cannot gives its reason in every row.
    read = cache(read)

    @cache
    def moments() -> Moments:
        return moments_of(standardised(read())[0])

    clustered = (
        ("cluster_normal", cr1_normal, "CR1", "normal distribution, as software does by default"),
        ("cluster_cr2", cr2_satterthwaite, "CR2", "degrees of freedom after Satterthwaite"),
        ("cluster_cr3", cr3_jackknife, "CR3 (jackknife)", "G - 1 degrees of freedom"),
    )
    for method, infer, kind, correction in clustered:
        yield from task.attempt(method, partial(_clustered, task, moments, method, infer, kind, correction))
    for term in task.terms:
        single = replace(task, terms=(term,))
        yield from single.attempt("wild_bootstrap", partial(_bootstrapped, task, moments, (term,), term))
    yield from task.attempt("equal_institutions", lambda: _equal_institutions(task, read()))


def _clustered(
    task: _Task,
    summed: Callable[[], Moments],
    method: str,
    infer: Callable[[Moments], Inference],
    kind: str,
    correction: str,
) -> _Rows:
    moments = summed()
    return task.inference(
        method,
        f"{CLUSTERED}: {kind}",
        correction,
        moments.names,
        infer(moments),
        n_observations=float(moments.n.sum()),
        n_clusters=len(moments.institutions),
    )


def _bootstrapped(task: _Task, summed: Callable[[], Moments], tested: tuple[str, ...], term: str) -> _Rows:
    moments = summed()
    found = wild_cluster_bootstrap(moments, tested, task.plan.bootstrap_draws, task.plan.random_seed)
    single = len(tested) == 1
    yield task.row(
        term,
        "wild_bootstrap",
        f"{CLUSTERED}: wild cluster bootstrap",
        f"null imposed, Rademacher signs, {found.draws} draws",
        estimate=moments.estimates[moments.names.index(term)] if single else None,
        statistic=found.statistic,
        p_value=found.p_value,
        n_observations=float(moments.n.sum()),
        n_clusters=len(moments.institutions),
    )


def _equal_institutions(task: _Task, cells: Cells) -> _Rows:
    keys, at = np.unique(cells.institution, return_inverse=True)
    n = np.bincount(at, cells.n)
    factors = cells.n_observations / len(keys) / n
    return _clustered(
        task,
        lambda: moments_of(standardised(cells.weighted(factors[at]))[0]),
        "equal_institutions",
        cr2_satterthwaite,
        "CR2",
        "every institution weighs the same; degrees of freedom after Satterthwaite",
    )


def _terms_left_out(task: _Task, read: Callable[[], Cells], term: str) -> _Rows:
    moments = moments_of(standardised(read())[0])
    estimates = left_out(moments)[:, moments.names.index(term)]
    return _extremes(task, term, np.asarray(moments.institutions), estimates, float(moments.n.sum()))


def _extremes(
    task: _Task, term: str, institutions: np.ndarray, estimates: np.ndarray, n_observations: float
) -> _Rows:
    """Return the lowest and the highest estimate with one institution left out, with its key."""
    found = np.isfinite(estimates)
    if not found.any():
        raise NoResultError(Status.NOT_APPLICABLE, "Without any one institution there is no estimate.")
    for method, at in (
        ("leave_one_out_low", int(np.nanargmin(estimates))),
        ("leave_one_out_high", int(np.nanargmax(estimates))),
    ):
        yield task.row(
            term,
            method,
            "",
            "one institution left out; the scale is that of all",
            estimate=estimates[at],
            left_out_institution=str(institutions[at]),
            n_observations=n_observations,
            n_clusters=len(institutions),
        )
