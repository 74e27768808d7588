"""Multiple imputation: Rubin's rules by hand, and what must not change it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.imputation.mice import MICEData

from staff_mobility.statistics.cells import rows_as_cells, standardised
from staff_mobility.statistics.clustered import cr2_satterthwaite, moments_of
from staff_mobility.statistics.imputation import fit_imputed, impute, pooled
from staff_mobility.statistics.inference import Inference
from staff_mobility.statistics.missing import missing_of
from staff_mobility.statistics.status import NoResultError, Status

pytestmark = pytest.mark.filterwarnings("error")


def _reports(n: int = 400, seed: int = 7) -> tuple[pd.DataFrame, np.ndarray]:
    """Invented reports: y follows x1 and x2, and z tells of y."""
    draw = np.random.default_rng(seed)
    x1, x2 = draw.normal(size=n), draw.integers(0, 2, size=n).astype(float)
    y = 0.5 * x1 - 0.4 * x2 + draw.normal(size=n)
    z = y + draw.normal(scale=0.5, size=n)
    institution = np.array([f"i{k:02d}" for k in draw.integers(0, 12, size=n)])
    return pd.DataFrame({"y": y, "x1": x1, "x2": x2, "z": z}), institution


def _gaps(frame: pd.DataFrame, column: str, share: float, seed: int = 3) -> pd.DataFrame:
    is_gap = np.random.default_rng(seed).random(len(frame)) < share
    return frame.assign(**{column: frame[column].mask(is_gap)})


def test_rubins_rules_by_hand() -> None:
    """Estimates 1, 2, 3 with standard errors 1, 2, 2 and 10 degrees of freedom.

    Within (1 + 4 + 4) / 3 = 3; between 1, times 4/3; total 13/3; share (4/3) / (13/3) = 4/13. Degrees of freedom: of copies
    2 / (4/13)^2 = 21.125; observed 11/13 * 10 * 9/13 = 990/169; together 1 / (169/990 + 1/21.125) = 4.5865...
    """
    fits = [
        Inference(np.array([b]), np.array([se]), np.array([10.0]))
        for b, se in ((1.0, 1.0), (2.0, 2.0), (3.0, 2.0))
    ]
    found = pooled(("constant",), fits)
    assert found.estimates[0] == 2
    assert found.std_errors[0] == pytest.approx((13 / 3) ** 0.5)
    assert found.missing_information[0] == pytest.approx(4 / 13)
    assert found.degrees_of_freedom[0] == pytest.approx(1 / (169 / 990 + 16 / 338))


def test_without_gaps_nothing_is_added() -> None:
    frame, institution = _reports()
    found = fit_imputed(impute(frame, institution, imputations=3, seed=1), "y", ["x1", "x2"])
    cells = rows_as_cells(("x1", "x2"), frame[["x1", "x2"]].to_numpy(), frame["y"].to_numpy(), institution)
    complete = cr2_satterthwaite(moments_of(standardised(cells)[0]))
    np.testing.assert_allclose(found.estimates, complete.estimates, atol=1e-12)
    np.testing.assert_allclose(found.std_errors, complete.std_errors, rtol=1e-10)
    np.testing.assert_array_equal(found.missing_information, 0)
    np.testing.assert_allclose(found.degrees_of_freedom, complete.degrees_of_freedom, rtol=1e-8)


def test_the_draws_are_those_of_statsmodels_with_its_formulas() -> None:
    frame, institution = _reports(60)
    gaps = _gaps(_gaps(frame, "y", 0.2), "z", 0.3, seed=4)
    found = impute(gaps, institution, imputations=2, seed=8)
    order = np.lexsort((institution, *gaps.to_numpy().T[::-1]))
    chain = MICEData(gaps.iloc[order], k_pmm=5, rng=8)
    chain.update_all(10)
    for copy in found.values:
        chain.update_all(3)
        np.testing.assert_array_equal(copy, chain.data.to_numpy())


def test_a_column_that_repeats_another_does_no_harm() -> None:
    frame, institution = _reports()
    gaps = _gaps(frame, "y", 0.2).assign(again=2 * frame["x1"])
    found = fit_imputed(impute(gaps, institution, imputations=3, seed=1), "y", ["x1", "x2"])
    whole = fit_imputed(impute(frame, institution, imputations=3, seed=1), "y", ["x1", "x2"])
    assert np.abs(found.estimates - whole.estimates).max() < 0.1


def test_a_column_that_tells_of_the_outcome_mends_what_listwise_deletion_breaks() -> None:
    """The higher z, the more often y is missing: the reports left show weaker effects."""
    frame, institution = _reports(1500)
    is_left = np.random.default_rng(8).random(1500) > 1 / (1 + np.exp(-2 * frame["z"]))
    whole = fit_imputed(impute(frame, institution, imputations=2, seed=1), "y", ["x1", "x2"])
    left = impute(frame[is_left], institution[is_left.to_numpy()], imputations=2, seed=1)
    filled = impute(frame.assign(y=frame["y"].where(is_left)), institution, imputations=5, seed=1)
    assert (np.abs(fit_imputed(left, "y", ["x1", "x2"]).estimates - whole.estimates)[1:] > 0.04).all()
    assert (np.abs(fit_imputed(filled, "y", ["x1", "x2"]).estimates - whole.estimates)[1:] < 0.025).all()


def test_the_seed_decides_and_the_order_of_rows_does_not() -> None:
    frame, institution = _reports()
    gaps = _gaps(frame, "y", 0.3)
    order = np.random.default_rng(9).permutation(len(frame))
    first = fit_imputed(impute(gaps, institution, imputations=3, seed=1), "y", ["x1", "x2"])
    other = impute(gaps.iloc[order], institution[order], imputations=3, seed=1)
    again = fit_imputed(other, "y", ["x1", "x2"])
    np.testing.assert_array_equal(first.estimates, again.estimates)
    np.testing.assert_array_equal(first.std_errors, again.std_errors)
    drawn_anew = fit_imputed(impute(gaps, institution, imputations=3, seed=2), "y", ["x1", "x2"])
    assert (drawn_anew.estimates[1:] != first.estimates[1:]).all()


def test_answers_stay_and_gaps_are_filled_with_answers_of_others() -> None:
    frame, institution = _reports()
    gaps = _gaps(frame, "y", 0.3)
    filled = impute(gaps, institution, imputations=2, seed=1)
    assert filled.n_imputed == {"y": int(gaps["y"].isna().sum()), "x1": 0, "x2": 0, "z": 0}
    for copy in filled.values:
        assert np.isfinite(copy).all()
        # Predictive mean matching takes values that were given.
        assert set(copy[:, 0]) <= set(gaps["y"].dropna())
    # Where an answer was given it is the same in all copies; where it was not, copies differ.
    differs = (filled.values[0] != filled.values[1]).any(axis=1)
    assert 0 < differs.sum() <= gaps["y"].isna().sum()


def test_gaps_at_random_cost_precision_and_do_not_move_the_estimate() -> None:
    frame, institution = _reports(3000)
    whole = fit_imputed(impute(frame, institution, imputations=2, seed=1), "y", ["x1", "x2"])
    gaps = fit_imputed(impute(_gaps(frame, "y", 0.4), institution, imputations=5, seed=1), "y", ["x1", "x2"])
    assert np.abs(gaps.estimates - whole.estimates).max() < 0.05
    assert (gaps.missing_information[1:] > 0.02).all()


@pytest.mark.parametrize(
    ("column", "status", "words"),
    [
        ([np.nan] * 60, Status.EMPTY_SUBSET, "No report has a value of z"),
        ([np.nan] + [1.0] * 59, Status.CONSTANT_COLUMN, "z"),
        ("attribute", Status.NOT_APPLICABLE, "same in all reports of an institution.*: z"),
    ],
)
def test_refusals_say_why(column: list[float] | str, status: Status, words: str) -> None:
    frame, institution = _reports(60)
    if column == "attribute":
        number = np.array([float(key[1:]) for key in institution])
        column = list(np.where(institution == "i03", np.nan, number))
    with pytest.raises(NoResultError, match=words) as raised:
        fit_imputed(impute(frame.assign(z=column), institution, imputations=2, seed=1), "y", ["x1", "z"])
    assert raised.value.verdict.status is status


def test_an_infinite_value_is_refused_in_a_column_that_only_helps_to_foretell() -> None:
    frame, institution = _reports(60)
    with pytest.raises(NoResultError, match="Not a finite number: a value of z") as raised:
        impute(frame.assign(z=np.inf), institution, imputations=2, seed=1)
    assert raised.value.verdict.status is Status.INFINITE_VALUE


def test_gaps_are_counted_with_their_weights() -> None:
    """Six reports in four rows: y is missing in 2 of them, x in 3; one of those 3 also lacks y."""
    frame = pd.DataFrame({"y": [1.0, np.nan, np.nan, 2.0], "x": [np.nan, np.nan, 1.0, 3.0]})
    y, x = missing_of(frame, ["y", "x"], np.array([2.0, 1.0, 1.0, 2.0]))
    assert (y["n_observations"], y["n_missing"], y["n_lost_by_it_alone"]) == (6, 2, 1)
    assert (x["n_missing"], x["missing_share"], x["n_lost_by_it_alone"]) == (3, 0.5, 2)
