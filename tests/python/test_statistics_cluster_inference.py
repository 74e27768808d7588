"""The simulation of inference with few institutions: its samples, its stored results, and the page that shows them."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from warehouse_build import PROJECT

sys.path.insert(0, str(PROJECT / "tests" / "campaigns"))

import cluster_inference as campaign

from staff_mobility.statistics.plan import load_plan

RUNS = 1000
STORED_RUNS = 5000
INDEX = campaign.INDEX
OF_INSTITUTIONS = (INDEX, "cluster_3")
HONEST = ("cluster_cr2", "cluster_cr3", "wild_bootstrap")
# The seeds are fixed; limits are such that another seed would do as well.
CHANCE = 1e-4


@pytest.fixture(scope="module")
def designs(built_warehouse: Path) -> dict[str, campaign.Design]:
    found = campaign.designs(built_warehouse, load_plan(PROJECT / "analysis_plan.yml"))
    return {design.key: design for design in found}


@pytest.fixture(scope="module")
def unequal(designs: dict[str, campaign.Design]) -> Counter[tuple[str, str]]:
    """Rejections where a tenth of the variance lies between institutions."""
    return campaign.rejections(campaign.Task(designs["bivariate"], 0.10, RUNS, (1,)))


@pytest.fixture(scope="module")
def alike(designs: dict[str, campaign.Design]) -> Counter[tuple[str, str]]:
    """Rejections where institutions do not differ."""
    return campaign.rejections(campaign.Task(designs["bivariate"], 0.0, RUNS, (2,)))


@pytest.fixture(scope="module")
def modelled(designs: dict[str, campaign.Design]) -> Counter[tuple[str, str]]:
    """Rejections in the model of table 4.5, where a tenth of the variance lies between institutions."""
    return campaign.rejections(campaign.Task(designs["table_4_5"], 0.10, RUNS, (6,)))


Rates = dict[tuple[str, str, str, str], float]


@pytest.fixture(scope="module")
def stored_rates() -> Rates:
    return {
        (row["design"], row["term"], row["icc"], row["method"]): int(row["rejections"]) / int(row["runs"])
        for row in campaign.stored()
    }


def rates_of(rates: Rates, method: str, terms: tuple[str, ...]) -> dict[str, list[float]]:
    """Return rates of one method by intraclass correlation."""
    found: dict[str, list[float]] = {}
    for (_, term, icc, of_method), rate in rates.items():
        if of_method == method and term in terms:
            found.setdefault(icc, []).append(rate)
    return found


# The samples


def test_the_designs_hold_the_institutions_and_predictors_of_the_study(
    designs: dict[str, campaign.Design],
) -> None:
    for design in designs.values():
        assert len(design.cells.institutions) == 20
    assert len(designs["table_4_5"].cells.names) == 12
    # Dummies are 1 and 0, institutions have one value, reports of an institution many durations.
    cells = designs["table_4_5"].cells
    column = dict(zip(cells.names, cells.x.T, strict=True))
    assert set(column["cluster_3"]) == {0.0, 1.0}
    one = cells.institution == cells.institutions[0]
    assert len(set(column[INDEX][one])) == 1
    assert len(set(column["duration"][one])) > 1


def test_a_sample_varies_between_institutions_as_much_as_asked(designs: dict[str, campaign.Design]) -> None:
    design, rng = designs["table_4_5"], np.random.default_rng(3)
    between = campaign.drawn(design, 1.0, rng)
    for institution in between.institutions:
        means = between.y_mean[between.institution == institution]
        assert np.ptp(means) < 1e-12
    assert between.within < 1e-9
    # Over many samples the mean of an institution has the variance icc + (1 - icc) / n.
    design, icc = designs["bivariate"], 0.4
    means = np.array([campaign.drawn(design, icc, rng).y_mean for _ in range(1000)])
    expected = icc + (1 - icc) / design.cells.n
    statistic = 999 * means.var(axis=0, ddof=1) / expected
    assert statistic.sum() == pytest.approx(999 * 20, rel=5 * np.sqrt(2 / (999 * 20)))


def test_an_index_is_drawn_anew_for_institutions(designs: dict[str, campaign.Design]) -> None:
    rng = np.random.default_rng(4)
    first, second = (campaign.drawn(designs["redrawn_index"], 0.1, rng) for _ in range(2))
    assert len(set(first.x[:, 0])) == 20
    assert not np.isclose(first.x, second.x).any()
    fixed = campaign.drawn(designs["bivariate"], 0.1, rng)
    assert (fixed.x == designs["bivariate"].cells.x).all()


def test_p_values_are_those_of_statsmodels_on_single_reports(designs: dict[str, campaign.Design]) -> None:
    import statsmodels.api as sm

    design, rng = designs["table_4_5"], np.random.default_rng(5)
    cells = design.cells
    cell = np.repeat(np.arange(len(cells.n)), cells.n.astype(int))
    codes = np.unique(cells.institution, return_inverse=True)[1][cell]
    y = rng.normal(scale=0.3, size=20)[codes] + rng.normal(size=len(cell))
    sample = replace(cells, y_sum=np.bincount(cell, y), y_square_sum=np.bincount(cell, y**2))
    found = {(term, method): p for term, method, p in campaign.p_values(sample, design.terms, 7)}
    assert {method for _, method in found} == set(campaign.METHODS)
    model = sm.OLS(y, sm.add_constant(cells.x[cell]))
    plain, clustered = model.fit(), model.fit(cov_type="cluster", cov_kwds={"groups": codes})
    for term in design.terms:
        position = 1 + cells.names.index(term)
        assert found[term, "least_squares"] == pytest.approx(plain.pvalues[position], rel=1e-9)
        assert found[term, "cluster_normal"] == pytest.approx(clustered.pvalues[position], rel=1e-9)


def test_least_squares_rejects_far_too_often(unequal: Counter[tuple[str, str]]) -> None:
    # More often than not, by more than chance.
    assert stats.binom.sf(unequal[INDEX, "least_squares"] - 1, RUNS, 0.5) < CHANCE


@pytest.mark.parametrize("method", HONEST)
def test_methods_for_few_institutions_do_not(unequal: Counter[tuple[str, str]], method: str) -> None:
    # No more often than they claim, within chance.
    assert 0 < unequal[INDEX, method] <= stats.binom.isf(CHANCE, RUNS, campaign.LEVEL)


def test_without_differences_between_institutions_least_squares_is_right(
    alike: Counter[tuple[str, str]],
) -> None:
    # The p value of a t test is exact there: any other rate would be a fault of the simulation.
    assert stats.binomtest(alike[INDEX, "least_squares"], RUNS, campaign.LEVEL).pvalue > CHANCE


@pytest.mark.parametrize("method", campaign.METHODS)
@pytest.mark.parametrize(
    ("sample", "design", "term", "icc"),
    [
        ("alike", "bivariate", INDEX, "0.00"),
        ("unequal", "bivariate", INDEX, "0.10"),
        *(("modelled", "table_4_5", term, "0.10") for term in (INDEX, "cluster_3", "duration")),
    ],
)
def test_the_sample_agrees_with_the_stored_results(
    request: pytest.FixtureRequest,
    stored_rates: Rates,
    sample: str,
    design: str,
    term: str,
    icc: str,
    method: str,
) -> None:
    rejected = request.getfixturevalue(sample)[term, method]
    assert stats.binomtest(rejected, RUNS, stored_rates[design, term, icc, method]).pvalue > CHANCE


# The stored results


def test_the_stored_results_are_complete() -> None:
    rows = campaign.stored()
    assert tuple(rows[0]) == (
        *("design", "term", "icc", "method"),
        *("runs", "rejections", "rejection_rate", "mc_std_error"),
    )
    terms = {"bivariate": [INDEX], "redrawn_index": [INDEX], "table_4_5": [INDEX, "cluster_3", "duration"]}
    expected = [
        (design, term, icc, method)
        for design, tested in terms.items()
        for term in tested
        for icc in ("0.00", "0.01", "0.03", "0.10")
        for method in ("least_squares", "cluster_normal", "cluster_cr2", "cluster_cr3", "wild_bootstrap")
    ]
    assert [(row["design"], row["term"], row["icc"], row["method"]) for row in rows] == expected


def test_rates_and_their_errors_follow_from_the_counts() -> None:
    for row in campaign.stored():
        runs, rejected = int(row["runs"]), int(row["rejections"])
        assert runs >= 2000
        assert float(row["rejection_rate"]) == pytest.approx(rejected / runs, abs=5e-5)
        # Of a share: the standard deviation of the runs, each of which is 1 or 0.
        outcomes = np.repeat([1.0, 0.0], [rejected, runs - rejected])
        assert float(row["mc_std_error"]) == pytest.approx(outcomes.std() / np.sqrt(runs), abs=5e-5)


@pytest.mark.parametrize("icc", campaign.ICCS)
def test_least_squares_rejects_as_often_as_moulton_says(
    designs: dict[str, campaign.Design], stored_rates: Rates, icc: float
) -> None:
    """By theory (Moulton 1986): an institution's n reports share its effect, so the estimate varies more than t knows."""
    cells = designs["bivariate"].cells
    n, total = cells.n, cells.n.sum()
    x = cells.x[:, 0] - n @ cells.x[:, 0] / total
    spread = n @ x**2
    true = (n * x) ** 2 @ (icc + (1 - icc) / n) / spread**2
    # What least squares takes for the variance, in expectation.
    residual = total - (icc * (n @ n) / total + 1 - icc) - true * spread
    believed = residual / (total - 2) / spread
    expected = 2 * stats.norm.sf(stats.norm.isf(campaign.LEVEL / 2) * np.sqrt(believed / true))
    found = stored_rates["bivariate", INDEX, f"{icc:.2f}", "least_squares"]
    assert found == pytest.approx(expected, abs=0.025)


# The page


def test_the_page_shows_the_stored_results() -> None:
    page = campaign.PAGE.read_text(encoding="utf-8")
    assert page == campaign.with_table(page, campaign.table(campaign.stored()))


def test_the_table_shows_per_cent_with_their_errors() -> None:
    rows = [
        {
            "design": "bivariate",
            "term": INDEX,
            "icc": "0.10",
            "method": method,
            "runs": "400",
            "rejections": str(rejected),
            "rejection_rate": f"{rejected / 400:.4f}",
            "mc_std_error": "0.0109",
        }
        for method, rejected in zip(campaign.METHODS, (300, 50, 20, 19, 21), strict=True)
    ]
    assert campaign.table(rows).splitlines() == [
        "| design | tested | ICC | least squares | CR1, normal | CR2, Satterthwaite | CR3, t(G − 1) | wild bootstrap |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        "| index alone | `strategy_index` | 0.10 | 75.0 (1.1) | 12.5 (1.1) | 5.0 (1.1) | 4.8 (1.1) | 5.2 (1.1) |",
        "",
        "400 runs per row.",
    ]


def rate_by_algebra(design: campaign.Design, term: str, icc: float) -> float:
    """How often least squares rejects, from the coefficient's true variance beside the one that it takes for true."""
    n = design.cells.n
    x = np.column_stack([np.ones(len(n)), design.cells.x])
    bread = np.linalg.inv((x * n[:, None]).T @ x)
    sums = np.array(
        [
            (x * n[:, None])[design.cells.institution == key].sum(0)
            for key in np.unique(design.cells.institution)
        ]
    )
    meat = icc * sums.T @ sums + (1 - icc) * np.linalg.inv(bread)
    freedom = n.sum() - x.shape[1]
    assumed = (n.sum() - np.trace(bread @ meat)) / freedom * bread
    position = 1 + design.cells.names.index(term)
    share = (assumed / (bread @ meat @ bread))[position, position]
    return float(2 * stats.norm.sf(stats.t.isf(campaign.LEVEL / 2, freedom) * np.sqrt(share)))


def test_least_squares_rejects_as_often_as_follows_from_algebra(designs: dict[str, campaign.Design]) -> None:
    wrong = []
    for row in campaign.stored():
        if row["method"] == "least_squares" and row["design"] != "redrawn_index":
            expected = rate_by_algebra(designs[row["design"]], row["term"], float(row["icc"]))
            if stats.binomtest(int(row["rejections"]), int(row["runs"]), expected).pvalue <= CHANCE:
                wrong.append((row["design"], row["term"], row["icc"], row["rejection_rate"], expected))
    assert wrong == []


# What the page says of the results, sentence by sentence


def test_least_squares_keeps_its_level_only_where_institutions_do_not_differ(stored_rates: Rates) -> None:
    rates = rates_of(stored_rates, "least_squares", OF_INSTITUTIONS)
    assert all(0.04 <= rate <= 0.06 for rate in rates["0.00"])
    assert min(rates_of(stored_rates, "least_squares", (INDEX,))["0.01"]) > 3 * campaign.LEVEL
    assert min(rates["0.10"]) > 0.5


def test_a_redrawn_index_gives_the_same_picture(stored_rates: Rates) -> None:
    for (design, term, icc, method), rate in stored_rates.items():
        if design == "redrawn_index":
            assert rate == pytest.approx(stored_rates["bivariate", term, icc, method], abs=0.05)


def test_least_squares_is_nearly_right_for_what_differs_within_institutions(stored_rates: Rates) -> None:
    rates = rates_of(stored_rates, "least_squares", ("duration",))
    assert all(0.04 <= rate <= 0.06 for icc in ("0.00", "0.01", "0.03") for rate in rates[icc])
    assert all(0.06 < rate <= 0.08 for rate in rates["0.10"])


def test_usual_cluster_robust_errors_reject_twice_as_often_as_they_claim(stored_rates: Rates) -> None:
    rates = rates_of(stored_rates, "cluster_normal", OF_INSTITUTIONS)
    assert min(rate for of_icc in rates.values() for rate in of_icc) >= 2 * campaign.LEVEL


@pytest.mark.parametrize(
    ("method", "least", "most"), [("cluster_cr2", 0.03, 0.055), ("wild_bootstrap", 0.035, 0.07)]
)
def test_methods_for_few_institutions_stay_near_their_level(
    stored_rates: Rates, method: str, least: float, most: float
) -> None:
    rates = rates_of(stored_rates, method, (INDEX, "duration"))
    assert all(least <= rate <= most for of_icc in rates.values() for rate in of_icc)


def test_the_jackknife_is_never_far_above(stored_rates: Rates) -> None:
    rates = rates_of(stored_rates, "cluster_cr3", (INDEX, "duration"))
    assert all(0.025 <= rate <= 0.075 for of_icc in rates.values() for rate in of_icc)


@pytest.mark.parametrize("method", HONEST)
def test_all_three_are_careful_with_few_institutions(stored_rates: Rates, method: str) -> None:
    rates = rates_of(stored_rates, method, ("cluster_3",))
    assert all(rate <= 0.055 for of_icc in rates.values() for rate in of_icc)
    # CR3 least: it is below its level by more than chance.
    most = (
        stats.binom.ppf(CHANCE, STORED_RUNS, campaign.LEVEL) / STORED_RUNS
        if method == "cluster_cr3"
        else 0.035
    )
    assert all(rate < most for rate in rates["0.10"])
