"""Mixed models: lme4's values, statsmodels', nested analysis of variance by hand, and what is refused."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import optimize, stats
from warehouse_build import PROJECT

from staff_mobility.statistics.mixed import MixedFit, PersonRows, fit_mixed
from staff_mobility.statistics.status import NoResultError, Status

pytestmark = pytest.mark.filterwarnings("error")

REFERENCE = PROJECT / "tests" / "reference"
DATA = pd.read_csv(REFERENCE / "mixed_models.csv")
BY_LME4 = json.loads((REFERENCE / "mixed_models.json").read_text(encoding="utf-8"))
PREDICTORS = ("x_report", "x_person", "x_institution")


def rows_of(frame: pd.DataFrame, names: tuple[str, ...] = PREDICTORS) -> PersonRows:
    return PersonRows(
        names,
        frame[list(names)].to_numpy(float),
        frame["y"].to_numpy(float),
        frame["institution"].to_numpy(str),
        frame["person"].to_numpy(str),
    )


def case(name: str) -> pd.DataFrame:
    return DATA[DATA["case"] == name]


@pytest.mark.parametrize("name", sorted(BY_LME4))
@pytest.mark.parametrize("model", ["with_persons", "institutions_only"])
def test_agrees_with_lme4(name: str, model: str) -> None:
    fit = fit_mixed(rows_of(case(name)), with_persons=model == "with_persons")
    expected = BY_LME4[name][model]
    np.testing.assert_allclose(fit.estimates, expected["estimates"], rtol=1e-6)
    np.testing.assert_allclose(fit.std_errors, expected["std_errors"], rtol=1e-4)
    for variance in ("institution_variance", "person_variance", "residual_variance"):
        assert getattr(fit, variance) == pytest.approx(expected[variance], rel=1e-4, abs=1e-8), variance
    assert fit.log_likelihood == pytest.approx(expected["log_likelihood"], abs=1e-7)
    assert fit.n_observations == expected["n_observations"]


def test_cases_hold_variances_at_zero_and_far_from_it() -> None:
    zero = {
        name: [round(fit["with_persons"][f"{level}_variance"], 9) == 0 for level in ("institution", "person")]
        for name, fit in BY_LME4.items()
    }
    assert zero == {
        "large_variances": [False, False],
        "institutions_alike": [True, False],
        "persons_alike": [False, True],
        "all_alike": [True, True],
    }


@pytest.mark.parametrize("name", ["large_variances", "persons_alike"])
def test_institutions_alone_agree_with_statsmodels(name: str) -> None:
    frame = case(name)
    fit = fit_mixed(rows_of(frame), with_persons=False)
    model = smf.mixedlm("y ~ x_report + x_person + x_institution", frame, groups=frame["institution"])
    expected = model.fit(reml=True, gtol=1e-7)
    np.testing.assert_allclose(fit.estimates, expected.fe_params, rtol=1e-5)
    np.testing.assert_allclose(fit.std_errors, expected.bse_fe, rtol=1e-3)
    assert fit.institution_variance == pytest.approx(float(expected.cov_re.iloc[0, 0]), rel=1e-3)
    assert fit.residual_variance == pytest.approx(expected.scale, rel=1e-3)


# Three institutions of two persons with two reports. Means of persons: 1, 5; 12, 14; 20, 26; of institutions 3, 13, 23.
# Squares between reports 6 x 2 = 12 (6 df): 2. Between persons 2 (4+4 + 1+1 + 9+9) = 56 (3 df): 56/3.
# Between institutions 4 (100 + 0 + 100) = 800 (2 df): 400.
NESTED = pd.DataFrame(
    {
        "institution": np.repeat(["a", "b", "c"], 4),
        "person": np.repeat(["1", "2", "1", "2", "1", "2"], 2),
        "y": [0.0, 2, 4, 6, 11, 13, 13, 15, 19, 21, 25, 27],
    }
)


def test_balanced_data_give_the_analysis_of_variance() -> None:
    fit = fit_mixed(rows_of(NESTED, ()), with_persons=True)
    assert fit.residual_variance == pytest.approx(2)
    assert fit.person_variance == pytest.approx((56 / 3 - 2) / 2)
    assert fit.institution_variance == pytest.approx((400 - 56 / 3) / 4)
    # The mean of 12 reports has the variance 400 / 12, judged by institutions less one.
    assert fit.estimates == pytest.approx([13])
    assert fit.std_errors == pytest.approx([np.sqrt(400 / 12)])
    assert fit.degrees_of_freedom == pytest.approx([2])
    assert (fit.n_observations, fit.n_institutions, fit.n_persons) == (12, 3, 6)


def test_without_persons_their_squares_join_the_reports() -> None:
    fit = fit_mixed(rows_of(NESTED, ()), with_persons=False)
    assert fit.residual_variance == pytest.approx((12 + 56) / 9)
    assert fit.person_variance == 0
    assert fit.institution_variance == pytest.approx((400 - 68 / 9) / 4)


def test_degrees_of_freedom_are_those_of_the_level() -> None:
    frame = case("large_variances")
    fit = fit_mixed(rows_of(frame), with_persons=True)
    # 12 institutions less a constant and one term; 242 reports less four coefficients.
    assert fit.names == ("constant", "x_report", "x_person", "x_institution")
    assert fit.degrees_of_freedom.tolist() == [10, 238, 238, 10]
    t = BY_LME4["large_variances"]["with_persons"]
    distance = abs(t["estimates"][3] / t["std_errors"][3])
    assert fit.p_values[3] == pytest.approx(2 * stats.t.sf(distance, 10), rel=1e-4)
    half = stats.t.ppf(0.95, 10) * t["std_errors"][3]
    assert fit.intervals(0.9)[3] == pytest.approx(
        [t["estimates"][3] - half, t["estimates"][3] + half], rel=1e-4
    )


def test_a_person_in_two_institutions_counts_in_each() -> None:
    frame = case("large_variances")
    assert frame.loc[frame["person"] == "p001", "institution"].nunique() == 2
    fit = fit_mixed(rows_of(frame), with_persons=True)
    assert fit.n_persons == len(frame[["institution", "person"]].drop_duplicates())


def same(one: MixedFit, other: MixedFit) -> bool:
    return bool((one.estimates == other.estimates).all()) and one.log_likelihood == other.log_likelihood


def test_order_of_rows_changes_no_digit() -> None:
    frame = case("institutions_alike")
    fit = fit_mixed(rows_of(frame), with_persons=True)
    for seed in range(3):
        assert same(fit, fit_mixed(rows_of(frame.sample(frac=1, random_state=seed)), with_persons=True))


def test_a_large_constant_costs_no_digits() -> None:
    rows = rows_of(case("large_variances"))
    moved = replace(rows, y=rows.y + 1e7, x=rows.x + np.array([1e6, 0, 0]))
    fit, far = fit_mixed(rows, with_persons=True), fit_mixed(moved, with_persons=True)
    np.testing.assert_allclose(far.estimates[1:], fit.estimates[1:], rtol=1e-6)
    np.testing.assert_allclose(far.std_errors[1:], fit.std_errors[1:], rtol=1e-6)
    assert far.person_variance == pytest.approx(fit.person_variance, rel=1e-6)


# Found by drawing: the likelihood has a top at a ratio of 0 and a higher one near 5.
TWO_TOPS = pd.DataFrame(
    {
        "institution": ["a"] * 13 + ["b"] * 4 + ["c"] * 2,
        "x": [
            4.1,
            4.5,
            4.9,
            4.0,
            5.5,
            4.6,
            3.5,
            4.1,
            3.1,
            4.1,
            4.8,
            3.7,
            1.4,
            -2.2,
            -1.8,
            -0.7,
            -0.4,
            3.8,
            4.5,
        ],
        "y": [
            -0.4,
            1.6,
            -0.1,
            0.8,
            0.7,
            1.4,
            1.0,
            -0.1,
            0.5,
            0.8,
            0,
            -0.7,
            0.6,
            -2.8,
            -2.8,
            -2.3,
            -2.6,
            0.6,
            1,
        ],
    }
).assign(person=lambda frame: frame.index.astype(str))


def restricted_log_likelihood(frame: pd.DataFrame, ratio: float) -> float:
    """The textbook's formula with the covariance of all rows written out (Harville 1977)."""
    institutions = pd.get_dummies(frame["institution"]).to_numpy(float)
    x, y = np.column_stack([np.ones(len(frame)), frame["x"]]), frame["y"].to_numpy()
    covariance = np.eye(len(y)) + ratio * institutions @ institutions.T
    inverse = np.linalg.inv(covariance)
    information = x.T @ inverse @ x
    residual = y - x @ np.linalg.solve(information, x.T @ inverse @ y)
    freedom = len(y) - 2
    variance = residual @ inverse @ residual / freedom
    determinants = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(information)[1]
    return float(-(determinants + freedom * (1 + np.log(2 * np.pi * variance))) / 2)


def test_of_two_tops_the_higher_is_found() -> None:
    grid = np.append(0, np.geomspace(1e-3, 1e3, 4001))
    heights = np.array([restricted_log_likelihood(TWO_TOPS, ratio) for ratio in grid])
    is_top = np.diff(np.sign(np.diff(np.concatenate([[-np.inf], heights, [-np.inf]])))) < 0
    assert is_top.sum() == 2
    fit = fit_mixed(rows_of(TWO_TOPS, ("x",)), with_persons=False)
    assert fit.log_likelihood == pytest.approx(heights.max(), abs=1e-5)
    assert fit.institution_variance / fit.residual_variance == pytest.approx(grid[heights.argmax()], rel=1e-2)


def test_a_search_that_is_cut_short_gives_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = optimize.minimize
    monkeypatch.setattr(
        optimize, "minimize", lambda *args, **kwargs: whole(*args, **(kwargs | {"options": {"maxiter": 1}}))
    )
    status, reason = refusal(case("large_variances"))
    assert status is Status.NOT_CONVERGED
    assert "likelihood still rises" in reason


def refusal(
    frame: pd.DataFrame, names: tuple[str, ...] = PREDICTORS, *, with_persons: bool = True
) -> tuple[Status, str]:
    with pytest.raises(NoResultError) as caught:
        fit_mixed(rows_of(frame, names), with_persons=with_persons)
    return caught.value.verdict.status, caught.value.verdict.reason


LARGE = case("large_variances")


@pytest.mark.parametrize(
    ("frame", "names", "with_persons", "status", "words"),
    [
        (LARGE[LARGE["institution"] == "i01"], ("x_report",), True, Status.ONE_INSTITUTION, "i01"),
        (
            LARGE[LARGE["institution"].isin(["i01", "i02"])],
            ("x_report", "x_institution"),
            True,
            Status.TOO_FEW_OBSERVATIONS,
            "2 institutions cannot carry a constant and 1 predictors .* x_institution",
        ),
        (
            LARGE.drop_duplicates("institution"),
            ("x_report",),
            False,
            Status.TOO_FEW_OBSERVATIONS,
            "has one report",
        ),
        (LARGE.assign(person="p"), ("x_report",), True, Status.TOO_FEW_OBSERVATIONS, "has one person"),
        (
            LARGE.drop_duplicates(["institution", "person"]),
            PREDICTORS,
            True,
            Status.TOO_FEW_OBSERVATIONS,
            "None of the .* persons has two reports",
        ),
        (LARGE.assign(x_person=1), PREDICTORS, True, Status.CONSTANT_COLUMN, "x_person"),
        (LARGE.assign(y=1), PREDICTORS, True, Status.CONSTANT_COLUMN, "the outcome"),
        (
            LARGE.assign(x_person=2 * LARGE["x_report"]),
            PREDICTORS,
            True,
            Status.PERFECT_COLLINEARITY,
            "x_person",
        ),
        (LARGE.assign(y=2 * LARGE["x_report"] + 1), PREDICTORS, True, Status.PERFECT_COLLINEARITY, "outcome"),
        (LARGE.assign(y=np.inf), PREDICTORS, True, Status.INFINITE_VALUE, "outcome"),
        (LARGE[:0], PREDICTORS, True, Status.EMPTY_SUBSET, "No observation"),
        # The institution says all of the outcome that the predictors don't.
        (
            LARGE.assign(y=LARGE["x_report"] + LARGE["institution"].str[1:].astype(int) ** 2),
            ("x_report",),
            False,
            Status.NOT_CONVERGED,
            "no residual variance",
        ),
    ],
)
def test_refusals_say_why(
    frame: pd.DataFrame, names: tuple[str, ...], with_persons: bool, status: Status, words: str
) -> None:
    found, reason = refusal(frame, names, with_persons=with_persons)
    assert found is status
    assert re.search(words, reason)
