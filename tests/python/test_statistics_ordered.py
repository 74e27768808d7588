"""Ordered logit: the values of R's ordinal and sandwich, a table of four fields by hand, and what is refused."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.miscmodels.ordinal_model import OrderedModel
from warehouse_build import PROJECT

from staff_mobility.statistics.ordered import OrderedCells, OrderedFit, fit_ordered
from staff_mobility.statistics.status import NoResultError, Status

pytestmark = pytest.mark.filterwarnings("error")

REFERENCE = PROJECT / "tests" / "reference"
DATA = pd.read_csv(REFERENCE / "ordered_models.csv")
BY_CLM = json.loads((REFERENCE / "ordered_models.json").read_text(encoding="utf-8"))
PREDICTORS = ("days", "teaching", "strategy")


def cells_of(frame: pd.DataFrame, names: tuple[str, ...] = PREDICTORS) -> OrderedCells:
    return OrderedCells(
        names,
        frame[list(names)].to_numpy(float),
        frame["answer"].to_numpy(int),
        frame["n"].to_numpy(float),
        frame["institution"].to_numpy(str),
    )


def case(name: str) -> pd.DataFrame:
    return DATA[DATA["case"] == name]


def as_rows(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.loc[frame.index.repeat(frame["n"])].assign(n=1)


@pytest.mark.parametrize("name", sorted(BY_CLM))
def test_agrees_with_clm(name: str) -> None:
    fit, expected = fit_ordered(cells_of(case(name))), BY_CLM[name]
    np.testing.assert_allclose(fit.estimates, expected["estimates"], rtol=1e-6)
    np.testing.assert_allclose(fit.std_errors, expected["std_errors"], rtol=1e-6)
    np.testing.assert_allclose(fit.clustered.std_errors, expected["clustered_std_errors"], rtol=1e-6)
    np.testing.assert_allclose(fit.thresholds, expected["thresholds"], rtol=1e-6)
    assert list(fit.levels) == expected["levels"]
    assert fit.log_likelihood == pytest.approx(expected["log_likelihood"], rel=1e-10)
    assert fit.n_observations == expected["n_observations"]
    assert fit.n_institutions == 12


def test_agrees_with_statsmodels_on_rows() -> None:
    rows = as_rows(case("five_answers"))
    expected = OrderedModel(rows["answer"], rows[list(PREDICTORS)], distr="logit").fit(method="bfgs", disp=0)
    fit = fit_ordered(cells_of(case("five_answers")))
    np.testing.assert_allclose(fit.estimates, expected.params[:3], rtol=1e-3)
    np.testing.assert_allclose(fit.std_errors, expected.bse[:3], rtol=1e-3)
    np.testing.assert_allclose(fit.p_values, expected.pvalues[:3], rtol=1e-2)


# Of 40 with the dummy 30 gave the higher answer, of 60 without it 20: log odds ratio log(3) - log(1/2) = log(6).
FOUR_FIELDS = pd.DataFrame(
    {
        "institution": ["a", "a", "b", "b", "a", "a", "b", "b"],
        "teaching": [1, 1, 1, 1, 0, 0, 0, 0],
        "answer": [5, 2, 5, 2, 5, 2, 5, 2],
        "n": [18, 2, 12, 8, 15, 15, 5, 25],
    }
)


def test_four_fields_by_hand() -> None:
    fit = fit_ordered(cells_of(FOUR_FIELDS, ("teaching",)))
    assert fit.estimates == pytest.approx([np.log(6)])
    assert fit.std_errors == pytest.approx([np.sqrt(1 / 30 + 1 / 10 + 1 / 20 + 1 / 40)])
    assert fit.thresholds == pytest.approx([np.log(2)])
    assert fit.log_likelihood == pytest.approx(
        30 * np.log(3 / 4) + 10 * np.log(1 / 4) + 20 * np.log(1 / 3) + 40 * np.log(2 / 3)
    )
    # Institution a has 18 higher answers with the dummy where 15 are expected, and 15 without it where 10 are; b the
    # mirror image. A step of one answer moves the log odds by 1 / (40 x 3/4 x 1/4) and 1 / (60 x 1/3 x 2/3); the
    # factor of two institutions is 2.
    moved = 3 / 7.5 - 5 / (40 / 3)
    assert fit.clustered.std_errors == pytest.approx([np.sqrt(2 * 2 * moved**2)])
    assert fit.clustered.degrees_of_freedom == pytest.approx([1])


def test_both_kinds_of_p_values() -> None:
    fit, expected = fit_ordered(cells_of(case("five_answers"))), BY_CLM["five_answers"]
    estimates = np.abs(expected["estimates"])
    np.testing.assert_allclose(fit.p_values, 2 * stats.norm.sf(estimates / expected["std_errors"]), rtol=1e-4)
    np.testing.assert_allclose(
        fit.clustered.p_values, 2 * stats.t.sf(estimates / expected["clustered_std_errors"], 11), rtol=1e-4
    )


def same(one: OrderedFit, other: OrderedFit) -> bool:
    pairs = [
        (one.estimates, other.estimates),
        (one.std_errors, other.std_errors),
        (one.clustered.std_errors, other.clustered.std_errors),
        (one.thresholds, other.thresholds),
    ]
    return all(bool((left == right).all()) for left, right in pairs)


def test_order_of_cells_changes_no_digit() -> None:
    frame = case("five_answers")
    fit = fit_ordered(cells_of(frame))
    for seed in range(3):
        assert same(fit, fit_ordered(cells_of(frame.sample(frac=1, random_state=seed))))


def test_rows_give_the_same_as_cells() -> None:
    frame = case("rare_answer")
    cells, rows = fit_ordered(cells_of(frame)), fit_ordered(cells_of(as_rows(frame)))
    np.testing.assert_allclose(rows.estimates, cells.estimates, rtol=1e-9)
    np.testing.assert_allclose(rows.clustered.std_errors, cells.clustered.std_errors, rtol=1e-9)
    assert rows.n_observations == cells.n_observations


def test_estimates_are_per_unit() -> None:
    cells = cells_of(case("five_answers"))
    fit = fit_ordered(cells)
    hours = fit_ordered(replace(cells, x=cells.x * np.array([24, 1, 1]) + np.array([1e6, 0, 0])))
    np.testing.assert_allclose(hours.estimates * np.array([24, 1, 1]), fit.estimates, rtol=1e-8)
    np.testing.assert_allclose(hours.std_errors * np.array([24, 1, 1]), fit.std_errors, rtol=1e-8)
    np.testing.assert_allclose(hours.thresholds, fit.thresholds + 1e6 * hours.estimates[0], rtol=1e-8)


def test_strong_effects_are_no_separation() -> None:
    # One answer in a hundred is out of line.
    four = pd.DataFrame({"teaching": [0, 0, 1, 1], "answer": [1, 2, 1, 2], "n": [9900, 100, 100, 9900]})
    frame = pd.concat(
        [four.assign(institution="a"), four.assign(institution="b", n=four["n"] // [3, 2, 1, 3])]
    )
    # In all 200 and 13200 with the dummy, 13200 and 150 without it.
    expected = np.log(13200 / 200) - np.log(150 / 13200)
    assert fit_ordered(cells_of(frame, ("teaching",))).estimates == pytest.approx([expected])


def rows_of_days(days: list[float], answer: list[int]) -> OrderedCells:
    institution = np.resize(["a", "b", "c"], len(days))
    return cells_of(
        pd.DataFrame({"institution": institution, "days": days, "answer": answer, "n": 1}), ("days",)
    )


def test_a_report_far_out_does_not_stop_the_search() -> None:
    # Newton's method from zero effects fails here: found by drawing.
    days, answer = [16.1, 25.8, 0.4, 0.2, 7.1, 3.0, 275.8, 0.5], [3, 3, 3, 3, 2, 3, 1, 2]
    expected = OrderedModel(answer, np.array(days)[:, None] / 100, distr="logit").fit(method="bfgs", disp=0)
    fit = fit_ordered(rows_of_days(days, answer))
    assert fit.log_likelihood == pytest.approx(expected.llf, rel=1e-7)
    assert fit.estimates * 100 == pytest.approx(expected.params[:1], rel=1e-3)


FIVE = case("five_answers")


@pytest.mark.parametrize(
    ("frame", "status", "words"),
    [
        (FIVE.assign(answer=4), Status.CONSTANT_COLUMN, "the outcome"),
        (FIVE.assign(teaching=0), Status.CONSTANT_COLUMN, "teaching"),
        (FIVE.assign(teaching=2 * FIVE["days"]), Status.PERFECT_COLLINEARITY, "teaching"),
        (FIVE.assign(days=np.nan), Status.INFINITE_VALUE, "days"),
        (FIVE[:0], Status.EMPTY_SUBSET, "No observation"),
        (FIVE.assign(institution="i"), Status.ONE_INSTITUTION, "All reports come from i"),
        # Who teaches always gives the highest answer, and others give it too.
        (
            FIVE.assign(answer=FIVE["answer"].where(FIVE["teaching"] == 0, 5)),
            Status.NOT_CONVERGED,
            "Without end grow: teaching.",
        ),
        # The days alone tell the answer.
        (
            FIVE.assign(answer=np.searchsorted([3, 6], FIVE["days"]) + 1),
            Status.NOT_CONVERGED,
            "Without end grow: .*days",
        ),
    ],
)
def test_refusals_say_why(frame: pd.DataFrame, status: Status, words: str) -> None:
    with pytest.raises(NoResultError) as caught:
        fit_ordered(cells_of(frame))
    assert caught.value.verdict.status is status
    assert re.search(words, caught.value.verdict.reason)


def test_thresholds_that_change_places_on_the_way_raise_no_warning() -> None:
    days = [23.8, 0.3, 19.8, 0.1, 0.1, 0.4, 1.4, 0.3]
    money = [2.9, 0.1, 41.9, 0.2, 0.8, 1.2, 2.2, 0.4]
    frame = pd.DataFrame({"institution": ["a", "b"] * 4, "days": days, "money": money, "n": 1})
    with pytest.raises(NoResultError, match="days, money"):
        fit_ordered(cells_of(frame.assign(answer=[5, 2, 3, 1, 1, 1, 2, 1]), ("days", "money")))


def test_institutions_that_agree_on_zero_give_no_clustered_error() -> None:
    # In both institutions the dummy goes with neither answer.
    frame = pd.DataFrame(
        {"institution": list("aaaabbbb"), "teaching": [0, 1] * 4, "answer": [1, 1, 2, 2] * 2, "n": 1}
    )
    with pytest.raises(NoResultError, match="2 institutions .* all agree on teaching") as caught:
        fit_ordered(cells_of(frame, ("teaching",)))
    assert caught.value.verdict.status is Status.TOO_FEW_OBSERVATIONS


@pytest.mark.parametrize(
    ("days", "answer"),
    [
        # Far out no slope is left.
        (
            [0.1, 0.2, 0.3, 0.3, 0.4, 0.5, 0.5, 0.6, 0.7, 0.7]
            + [1.1, 1.8, 3.2, 3.4, 3.6, 4.4, 5.1, 5.2, 6.8, 20, 1358],
            [3] * 10 + [2] * 10 + [1],
        ),
        # No predictor parts them, but the lowest answer stands alone too far out.
        ([0.6, 3.0, 0.1, 1.7, 24.8, 1.2, 6.5], [4, 3, 5, 4, 1, 3, 3]),
    ],
)
def test_a_search_that_runs_out_of_numbers_gives_no_result(days: list[float], answer: list[int]) -> None:
    # Both found by drawing.
    with pytest.raises(NoResultError, match=r"no top within reach.*(\(separation\)|thresholds)\.$") as caught:
        fit_ordered(rows_of_days(days, answer))
    assert caught.value.verdict.status is Status.NOT_CONVERGED
