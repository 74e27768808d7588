"""Rows of stat_regression_model and stat_regression_term: least squares as published, ordered models of items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from staff_mobility.statistics.cells import Cells, Scale, standardised
from staff_mobility.statistics.collinearity import variance_inflation
from staff_mobility.statistics.families import adjust_families
from staff_mobility.statistics.frames import Frames
from staff_mobility.statistics.least_squares import LeastSquares, fit_least_squares
from staff_mobility.statistics.ordered import OrderedCells, OrderedFit, fit_ordered
from staff_mobility.statistics.plan import OrderedModels, Plan, Regression
from staff_mobility.statistics.record import OLS_COVARIANCE, Record, record_of
from staff_mobility.statistics.status import NoResultError, Status

LEAST_SQUARES, ORDERED_LOGIT = "least_squares", "ordered_logit"
_STANDARDISED = "all columns z-scored after listwise deletion"


@dataclass(frozen=True)
class Rows:
    """Rows of both tables."""

    models: list[dict[str, Any]]
    terms: list[dict[str, Any]]


@dataclass(frozen=True)
class ItemModel:
    """The ordered model of one item."""

    record: Record
    item: str
    x: tuple[str, ...]
    tested: tuple[str, ...]


def regression_rows(plan: Plan, frames: Frames) -> Rows:
    """Return the rows of every regression and every ordered model of the plan."""
    fitted = [_least_squares(plan, frames, analysis) for analysis in plan.regressions]
    fitted += [_ordered(plan, frames, model) for model in item_models(plan, frames)]
    terms = adjust_families([term for rows in fitted for term in rows.terms])
    return Rows([model for rows in fitted for model in rows.models], terms)


def item_models(plan: Plan, frames: Frames) -> Iterator[ItemModel]:
    """Return the ordered models of the plan, one per item."""
    for models in plan.ordered_models:
        for item in models.items or tuple(frames.items()["item_key"]):
            yield ItemModel(_item_record(models, item), item, models.x, models.tested)


def _item_record(models: OrderedModels, item: str) -> Record:
    return Record(
        analysis_id=models.pattern.replace("{item}", item),
        place=models.place,
        family=models.family,
        level="report",
        subset=models.subset,
        formula=f"{item} ~ {' + '.join(models.x)}",
        covariance="independent observations, observed information",
        correction="predictors z-scored after listwise deletion",
    )


def _least_squares(plan: Plan, frames: Frames, analysis: Regression) -> Rows:
    record = record_of(analysis, f"{analysis.y} ~ {' + '.join(analysis.x)}", OLS_COVARIANCE, _STANDARDISED)
    names = {"model_type": LEAST_SQUARES, "outcome_variable": analysis.y}
    try:
        cells = frames.cells(analysis.x, analysis.y, analysis.subset)
        scaled, scale = standardised(cells)
        fit = fit_least_squares(scaled)
        _require_residual(fit)
        inflation = variance_inflation(scaled)
    except NoResultError as error:
        model = record.row(error.verdict, **names, published_value_id=analysis.published)
        terms = [record.row(error.verdict, **names, **_term_names(analysis, x)) for x in analysis.x]
        return Rows([model], terms)
    counts = {"n_observations": fit.n_observations, "n_clusters": len(cells.institutions)}
    model = record.row(
        **names,
        **counts,
        n_predictors=fit.df_model,
        n_left_out_by_missing=frames.n_with([analysis.y], analysis.subset) - fit.n_observations,
        r_squared=fit.r_squared,
        adjusted_r_squared=fit.adjusted_r_squared,
        f_value=fit.f_value,
        f_p_value=fit.f_p_value,
        residual_std_error=float(np.sqrt(fit.residual_ss / fit.df_residual)) * scale.y_sd,
        condition_number=fit.condition_number,
        published_value_id=analysis.published,
    )
    values = _term_values(fit, scale, inflation, plan.confidence)
    terms = [record.row(**names, **counts, **_term_names(analysis, x), **values[x]) for x in analysis.x]
    return Rows([model], terms)


def _require_residual(fit: LeastSquares) -> None:
    if fit.residual_ss <= 1e-20 * fit.total_ss:
        raise NoResultError(
            Status.NOT_APPLICABLE,
            "The predictors give the outcome without a residual, so nothing can be tested.",
        )


def _term_names(analysis: Regression, x: str) -> dict[str, Any]:
    return {
        "family": analysis.family if x in analysis.tested else None,
        "term": x,
        "term_order": analysis.x.index(x) + 1,
        "published_beta_id": analysis.published_beta.get(x),
        "published_p_id": analysis.published_p.get(x),
    }


def _term_values(
    fit: LeastSquares, scale: Scale, inflation: np.ndarray, confidence: float
) -> dict[str, dict[str, Any]]:
    limits = fit.intervals(confidence)
    return {
        name: {
            "beta_std": fit.estimates[place],
            "coefficient": fit.estimates[place] * scale.y_sd / scale.x_sd[place - 1],
            "std_error": fit.std_errors[place],
            "t_value": fit.t_values[place],
            "p_value": fit.p_values[place],
            "ci_low": limits[place, 0],
            "ci_high": limits[place, 1],
            "variance_inflation": inflation[place - 1],
        }
        for place, name in enumerate(fit.names)
        if place
    }


def _ordered(plan: Plan, frames: Frames, model: ItemModel) -> Rows:
    names = {"model_type": ORDERED_LOGIT, "outcome_variable": model.item}
    listed = [
        {"family": model.record.family if x in model.tested else None, "term": x, "term_order": place}
        for place, x in enumerate(model.x, start=1)
    ]
    try:
        fit = item_fit(frames, model)
    except NoResultError as error:
        terms = [model.record.row(error.verdict, **names, **term) for term in listed]
        return Rows([model.record.row(error.verdict, **names)], terms)
    counts = {"n_observations": fit.n_observations, "n_clusters": fit.n_institutions}
    row = model.record.row(**names, **counts, n_predictors=len(model.x), log_likelihood=fit.log_likelihood)
    values = _ordered_values(fit, plan.confidence)
    terms = [model.record.row(**names, **counts, **term, **values[str(term["term"])]) for term in listed]
    return Rows([row], terms)


def item_fit(frames: Frames, model: ItemModel) -> OrderedFit:
    """Fit the ordered model of an item on z-scored predictors.

    Raises:
        NoResultError: There is no fit, with the reason.
    """
    return _fit_once(_Content(_scaled(frames.answers(model.item, model.x, model.record.subset))))


def _scaled(cells: OrderedCells) -> OrderedCells:
    answers = cells.n * cells.answer
    as_numbers = Cells(cells.names, cells.x, cells.n, answers, answers * cells.answer, cells.institution)
    return replace(cells, x=standardised(as_numbers)[0].x)


class _Content:
    """Cells that count as the same when they hold the same: three tables of results show the same fits."""

    def __init__(self, cells: OrderedCells) -> None:
        self.cells = cells
        arrays = (cells.x, cells.answer, cells.n, cells.institution)
        self._key = (cells.names, *(np.ascontiguousarray(array).tobytes() for array in arrays))

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Content) and self._key == other._key


@lru_cache(maxsize=64)
def _fit_once(content: _Content) -> OrderedFit:
    return fit_ordered(content.cells)


def _ordered_values(fit: OrderedFit, confidence: float) -> dict[str, dict[str, Any]]:
    limits = fit.intervals(confidence)
    return {
        name: {
            "coefficient": fit.estimates[place],
            "std_error": fit.std_errors[place],
            "t_value": fit.estimates[place] / fit.std_errors[place],
            "p_value": fit.p_values[place],
            "ci_low": limits[place, 0],
            "ci_high": limits[place, 1],
        }
        for place, name in enumerate(fit.names)
    }
