"""The audit of the printed values: hand-made cases whose answer is known, and verdicts that a changed value turns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr
from warehouse_build import PROJECT

from staff_mobility.audit import chance, correlations, counts, headers, index_mean, sample_sizes, spread
from staff_mobility.audit.audit import CHECKS, audited, conflict_rows, evidence_rows, finding_rows
from staff_mobility.audit.correlation_search import Search, write_witness
from staff_mobility.audit.inputs import COMPONENTS, OUTCOMES, PREDICTORS, Study
from staff_mobility.audit.page import page, verdict_labels
from staff_mobility.audit.published import Limits, Published, Value, published_of_rows
from staff_mobility.audit.result import Outcome, Verdict
from staff_mobility.audit.seeds import study_of_seeds
from staff_mobility.audit.systems import LinearSystem
from staff_mobility.audit.texts import LANGUAGES, TEXTS, SentenceWriter, sentence


@pytest.fixture(scope="module")
def study() -> Study:
    return study_of_seeds(PROJECT)


@pytest.fixture(scope="module")
def outcomes(study: Study) -> Mapping[str, Outcome]:
    return audited(study)


def printed(study: Study, **numbers: float) -> Study:
    """The study as if other numbers had been printed (`__` stands for a dot)."""
    return replace(study, published=study.published.changed(**numbers))


def said(study: Study, **statements: object) -> Study:
    """The study as if its text had said something else."""
    return replace(study, statements={**study.statements, **statements})


# Values


def value_of(comparator: str, number: str, decimals: int) -> Value:
    row = {
        **{
            "value_id": "x",
            "published_value": number,
            "printed_decimals": decimals,
            "comparator": comparator,
        },
        **{"outcome_as_printed": None, "outcome_as_corrected": None, "institution_key": None},
    }
    allowed = {
        "eq": (1, None, None),
        "about": (0, 0.1, 0.1),
        "almost": (0, 0.1, 0),
        "less": (None, None, None),
        "greater": (None, None, None),
    }
    comparators = [
        {
            "comparator": name,
            "half_units_allowed": half,
            "share_below_allowed": low,
            "share_above_allowed": high,
        }
        for name, (half, low, high) in allowed.items()
    ]
    return published_of_rows([row], comparators)["x"]


@pytest.mark.parametrize(
    ("comparator", "number", "decimals", "low", "high"),
    [
        ("eq", "3.58", 2, 3.575, 3.585),
        ("eq", "-0.105", 3, -0.1055, -0.1045),
        ("about", "50", 0, 45, 55),
        ("almost", "12", 0, 10.8, 12),
        ("less", "0.001", 3, -1e9, 0.001),
        ("greater", "30", 0, 30, 1e9),
    ],
)
def test_print_allows_an_interval(
    comparator: str, number: str, decimals: int, low: float, high: float
) -> None:
    value = value_of(comparator, number, decimals)
    assert (value.low, value.high) == pytest.approx((low, high))


# Systems


def triangle(third: float) -> LinearSystem:
    """a + b = 1 and a - b = 0, so a = 1/2; a third value says what a is, and a fourth has nothing to do with it."""
    system = LinearSystem()
    system.add({"a": 1.0, "b": 1.0}, 1.0, 1.0, "sum")
    system.add({"c": 1.0}, 0.0, 1.0, "apart")
    system.add({"a": 1.0, "b": -1.0}, 0.0, 0.0, "difference")
    system.add({"a": 1.0}, third, third, "a")
    return system


def test_a_possible_system_has_no_conflict() -> None:
    assert triangle(0.5).is_possible()
    assert triangle(0.5).smallest_conflict() == ()
    limits = triangle(0.5).limits({"b": 1.0})
    assert limits is not None and (limits.low, limits.high) == pytest.approx((0.5, 0.5))


def test_the_smallest_conflict_leaves_out_what_it_does_not_need() -> None:
    assert triangle(0.6).smallest_conflict() == ("sum", "difference", "a")
    assert triangle(0.6).limits({"b": 1.0}) is None


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2), st.integers(-3, 3)), min_size=1, max_size=7)
)
def test_no_value_of_a_conflict_can_be_spared(rows: list[tuple[int, int, int]]) -> None:
    system = LinearSystem(bounds={"x": (-1.0, 1.0), "y": (-1.0, 1.0)})
    for number, (a, b, low) in enumerate(rows):
        system.add({"x": float(a), "y": float(b)}, low=float(low), value_id=str(number))
    conflict = system.smallest_conflict()
    assert bool(conflict) != system.is_possible()
    others = set(system.value_ids) - set(conflict)
    for value_id in conflict:
        assert not system.is_possible(others)
        assert system.is_possible({*others, value_id})


# 1: headings


def column(**numbers: float) -> dict[str, Value]:
    return {
        key: Value(key, number, number - 0.005, number + 0.005, half_unit=0.005)
        for key, number in numbers.items()
    }


def test_shading_fixes_the_mean_of_all_stays() -> None:
    # Shaded from 3.65 on and not at 3.64, by more than 0.06: the mean is 3.58 to 3.59, give or take the rounding.
    named = [headers.Named("x", True, 0.06, frozenset({"a", "b"}))]
    limits = headers.shaded_mean(column(a=3.65, b=3.9, c=3.64, d=3.2), named)
    assert (limits.low, limits.high) == pytest.approx((3.575, 3.595))


def test_only_one_order_of_the_headings_passes_every_test(
    study: Study, outcomes: Mapping[str, Outcome]
) -> None:
    found = outcomes["headings"]
    assert found.verdict is Verdict.IMPOSSIBLE
    assert (found.evidence["orders"], found.evidence["orders_by_all"]) == (math.factorial(4), 1)
    assert float(found.evidence["best_distance"]) < 0.05 < float(found.evidence["printed_distance"])
    assert set(found.conflicts) == {"heading_quality", "heading_institution"}


def test_a_table_under_its_own_headings_is_possible(study: Study) -> None:
    order = headers.best_order(study)
    moved = [
        replace(value, outcome=order[value.outcome])
        for value in study.published.table("table_4_2.")
        if value.outcome
    ]
    others = study.published.chosen(lambda name: not name.startswith("table_4_2.") or "shade" in name)
    named = [{**row, "column": order[row["column"]]} for row in study.statements["named"]]
    right = said(replace(study, published=Published([*moved, *others])), named=named)
    assert headers.check(right).verdict is Verdict.POSSIBLE
    assert headers.check(right).conflicts == {}


def test_volumes_move_a_mean_only_so_far(study: Study) -> None:
    values, total = study.column("quality"), study.outcome_mean("quality")
    assert not headers.column_system(study, values, total).is_possible()
    assert headers.column_system(study, values, study.outcome_mean("staff")).is_possible()


# 2: index


def test_the_least_mean_lies_at_the_corner() -> None:
    indices = LinearSystem()
    for key in "abc":
        indices.add({f"x {key}": 1.0}, 0.2, 0.8)
    indices.add({f"x {key}": 1 / 3 for key in "abc"}, 0.5, 0.5)
    shares = LinearSystem(bounds={f"w {key}": (0.1, 1.0) for key in "abc"})
    shares.add({f"w {key}": 1.0 for key in "abc"}, 1.0, 1.0)
    # 0.8 of the stays at 0.2; the other two have 0.1 each, and their indices are 1.3 together.
    found = index_mean.least_mean(indices, shares, ("a", "b", "c"), 0.2)
    assert found == pytest.approx(0.8 * 0.2 + 0.1 * 1.3, abs=1e-6)
    assert found == pytest.approx(index_mean.bounded_mean(0.2, 0.5, 3, 0.1), abs=1e-6)


def test_the_floor_and_the_bound_are_inverse() -> None:
    floor = index_mean.greatest_floor(0.375, 0.565, 20, 0.425)
    assert index_mean.bounded_mean(0.375, 0.565, 20, floor) == pytest.approx(0.425)


def test_a_mean_over_stays_below_every_index_is_impossible(study: Study) -> None:
    low = {name.replace(".", "__"): 0.30 for name in study.parts["index_by_motive"]}
    high = {name.replace(".", "__"): 0.58 for name in study.parts["index_by_motive"]}
    assert index_mean.check(study).verdict is Verdict.STRAINED
    assert index_mean.check(printed(study, **low)).verdict is Verdict.IMPOSSIBLE
    assert index_mean.check(printed(study, **high)).verdict is Verdict.POSSIBLE


def test_clusters_that_the_mean_excludes_are_a_conflict(study: Study) -> None:
    found = index_mean.check(printed(study, strategy_index__cluster_2=0.80))
    assert found.verdict is Verdict.IMPOSSIBLE
    assert set(found.conflicts["index_means"]) == {
        *(
            "strategy_index.mean",
            "strategy_index.cluster_1",
            "strategy_index.cluster_2",
            "strategy_index.cluster_3",
        )
    }


# 4 and 17: correlations


def test_a_witness_gives_what_least_squares_gives() -> None:
    generator = np.random.default_rng(1)
    n, k = 500, len(PREDICTORS)
    x = generator.normal(size=(n, k)) @ generator.normal(size=(k, k))
    y = x @ generator.normal(size=(k, 4)) + generator.normal(size=(n, 4)) * 9
    zx, zy = ((m - m.mean(0)) / m.std(0) for m in (x, y))
    b = np.linalg.lstsq(zx, zy, rcond=None)[0]
    found = correlations.implied(
        correlations.Witness(np.corrcoef(x.T), b, np.full(4, float(n))), np.corrcoef(y.T)
    )
    residual = zy - zx @ b
    adjusted = 1 - (residual**2).sum(0) / n * (n - 1) / (n - k - 1)
    assert found.adjusted_r2 == pytest.approx(adjusted)
    assert found.correlations == pytest.approx(zx.T @ zy / n)
    error = np.sqrt((residual**2).sum(0) / (n - k - 1) * np.diag(np.linalg.inv(zx.T @ zx))[:, None])
    z = np.abs(b / error)
    # Normal for Student: alike at 500.
    assert found.p_values == pytest.approx(2 * chance.norm.sf(z), abs=1e-9)
    assert found.least_eigenvalue == pytest.approx(np.linalg.eigvalsh(np.corrcoef(np.hstack([x, y]).T))[0])


def test_the_witness_is_verified_and_not_believed(study: Study) -> None:
    assert correlations.check_regressions(study).verdict is Verdict.POSSIBLE
    off = printed(study, table_4_5__quality__strategy_index__beta=-0.205)
    assert correlations.check_regressions(off).verdict is Verdict.NEEDS_RAW_DATA
    off = printed(study, table_4_3__institution__r=-0.2)
    assert correlations.check_regressions(off).verdict is Verdict.NEEDS_RAW_DATA


def test_correlations_that_no_reports_have_are_impossible(study: Study) -> None:
    off = printed(study, table_4_1__staff_x_quality__r=0.9, table_4_1__staff_x_institution__r=-0.9)
    assert correlations.check_regressions(off).verdict is Verdict.IMPOSSIBLE


def test_the_search_finds_the_misfit_of_its_witness_small(study: Study, tmp_path: object) -> None:
    searching = Search(study)
    assert searching.misfit(searching.start(0)) > 100
    path = PROJECT / "python" / "staff_mobility" / "audit" / correlations.WITNESS
    copy = tmp_path / correlations.WITNESS  # type: ignore[operator]
    write_witness(correlations.read_witness(), copy)
    assert copy.read_text("utf-8") == path.read_text("utf-8")


def test_an_index_of_components_correlates_as_their_mean(study: Study) -> None:
    """Correlations computed from numbers pass; the printed ones fail together and not one by one."""
    generator = np.random.default_rng(2)
    parts = generator.normal(size=(400, 5)) * np.array([2, 1, 0.5, 1, 1.5])
    y = generator.normal(size=(400, 4)) + parts[:, :1] * 0.3
    index = parts.mean(1)
    numbers = {
        f"table_4_4__{component}__{outcome}__r": float(np.corrcoef(parts[:, row], y[:, place])[0, 1])
        for row, component in enumerate(COMPONENTS)
        for place, outcome in enumerate(OUTCOMES)
    } | {
        f"table_4_3__{o}__r": float(np.corrcoef(index, y[:, place])[0, 1]) for place, o in enumerate(OUTCOMES)
    }
    assert correlations.check_components(printed(study, **numbers)).verdict is Verdict.POSSIBLE
    found = correlations.check_components(study)
    assert found.verdict is Verdict.STRAINED
    assert float(found.evidence["needed_slack"]) > 0
    alone = printed(study, table_4_3__staff__r=0.9)
    assert correlations.check_components(alone).verdict is Verdict.IMPOSSIBLE


def test_the_replication_reads_the_headings_as_the_audit_finds_them(study: Study) -> None:
    """Otherwise the score of the corrected reading would rest on another order than the one that the audit defends."""
    seed = {heading: next(iter(study.column(heading).values())).read_as for heading in OUTCOMES}
    assert seed == headers.best_order(study)
    assert headers.check(study).evidence["read_fits_shades"] == 1


def test_one_minus_sign_would_let_index_and_components_agree(study: Study) -> None:
    """What seeds/published/known_conflict.csv says of the value."""
    assert not correlations.component_system(study).is_possible()
    with_minus = printed(study, table_4_3__institutional_change__r=-0.018)
    assert correlations.component_system(with_minus).is_possible()


def test_an_index_cannot_correlate_less_than_all_of_its_components(study: Study) -> None:
    """Components of .5 each: their mean has .5 or more, because components that vary apart make its spread smaller."""
    names = {f"table_4_4__{component}__{outcome}__r": 0.5 for component in COMPONENTS for outcome in OUTCOMES}
    for index, verdict in ((0.1, Verdict.IMPOSSIBLE), (0.5, Verdict.POSSIBLE), (0.8, Verdict.POSSIBLE)):
        numbers = names | {f"table_4_3__{outcome}__r": index for outcome in OUTCOMES}
        assert correlations.check_components(printed(study, **numbers)).verdict is verdict, index


# 5, 6, 7, 9, 16, 18: counts


def test_medians(study: Study) -> None:
    found = counts.check_medians(study)
    assert found.verdict is Verdict.IMPOSSIBLE
    assert found.conflicts["median_of_training"] == (
        *("purpose.teaching.share", "duration.two_to_five_days.share", "duration.training.median"),
    )
    # (1 - .795) / (1 - .525)
    assert found.evidence["longest_training_share"] == pytest.approx(0.205 / 0.475)
    whole = printed(study, duration__training__median=5.0, duration__teaching__median=4.0)
    assert counts.check_medians(whole).verdict is Verdict.POSSIBLE
    six = printed(study, duration__training__median=6.0, duration__teaching__median=4.0)
    assert counts.check_medians(six).verdict is Verdict.IMPOSSIBLE
    fewer_short = printed(six, duration__two_to_five_days__share=60)
    assert counts.check_medians(fewer_short).verdict is Verdict.POSSIBLE


def test_count_and_share(study: Study) -> None:
    assert counts.check_large_country(study).verdict is Verdict.POSSIBLE
    assert counts.check_large_country(printed(study, countries__uk__count=400)).verdict is Verdict.IMPOSSIBLE


@pytest.mark.parametrize(
    ("either", "verdict"), [(9, "impossible"), (10, "possible"), (13, "possible"), (14, "impossible")]
)
def test_either_of_two_documents(study: Study, either: int, verdict: str) -> None:
    assert counts.check_mentions(printed(study, strategy__mobility__any=either)).verdict == verdict


def test_years(study: Study) -> None:
    assert counts.check_years(study).verdict is Verdict.TEXT_DIFFERS
    assert counts.check_years(said(study, title_last_year=2022)).verdict is Verdict.POSSIBLE


def test_regions_and_purposes(study: Study) -> None:
    found = counts.check_regions(study)
    assert found.verdict is Verdict.TEXT_DIFFERS
    # All at their ends: a smaller region of training leaves more stays, with a smaller share of teaching, to the others.
    least = (0.515 - 0.445 * 0.395 - 0.125 * 0.705) / (1 - 0.445 - 0.125)
    assert found.evidence["least_teaching_share"] == pytest.approx(least, abs=2e-5)
    assert counts.check_regions(printed(study, purpose__teaching__share=47)).verdict is Verdict.POSSIBLE


def test_rates_of_two_divisions(study: Study) -> None:
    found = counts.check_rates(study)
    # 12 * 2.765 + 8 * 1.835 - 17 * 1.735 - 6.45 - .25
    assert found.evidence["highest_high"] == pytest.approx(11.665, abs=1e-6)
    off = counts.check_rates(printed(study, volume_by_strategy_document__mentioned=1.5))
    assert off.verdict is Verdict.IMPOSSIBLE
    assert "volume_by_strategy_document.mentioned" in off.conflicts["rates"]


# 10 and 11: reports


def test_reports_are_found_again() -> None:
    """From a fit of known size: coefficient and p value, rounded as in print, give N - 1 by the inflation."""
    generator = np.random.default_rng(3)
    n = 2500
    x1 = generator.normal(size=n)
    x = np.column_stack([x1, 0.8 * x1 + 0.6 * generator.normal(size=n)])
    y = 0.05 * x[:, 0] + generator.normal(size=n)
    zx, zy = (x - x.mean(0)) / x.std(0), (y - y.mean()) / y.std()
    b = np.linalg.lstsq(zx, zy, rcond=None)[0]
    s2 = ((zy - zx @ b) ** 2).sum() / (n - 3)
    error = math.sqrt(s2 * np.linalg.inv(zx.T @ zx)[0, 0])
    p = 2 * chance.norm.sf(abs(b[0]) / error)
    adjusted = 1 - s2 * (n - 1) / n
    assert 0.0005 < p < 0.9995

    def rounded(number: float) -> Value:
        return Value(
            "x", round(number, 3), round(number, 3) - 0.0005, round(number, 3) + 0.0005, half_unit=0.0005
        )

    limits = sample_sizes.reports_by_inflation(rounded(b[0]), rounded(p), rounded(adjusted))
    inflation = np.linalg.inv(np.corrcoef(x.T))[0, 0]
    assert limits is not None
    assert limits.low <= (n - 1) / inflation <= limits.high


def test_print_that_hides_all_gives_no_limits() -> None:
    some, none = (
        Value("x", 0.05, 0.0495, 0.0505, half_unit=0.0005),
        Value("x", 0.0, -0.0005, 0.0005, half_unit=0.0005),
    )
    assert sample_sizes.reports_by_inflation(none, some, some) is None
    assert sample_sizes.reports_by_inflation(some, none, some) is None


def test_a_star_needs_reports(study: Study) -> None:
    n = math.ceil(sample_sizes.least_reports_of_correlation(study.value("weakest_star"), 0.05))
    assert chance.correlation_p(0.0445, n) == pytest.approx(0.05, abs=2e-4)


def test_more_reports_than_there_are_is_impossible(study: Study) -> None:
    assert sample_sizes.check_reports(study).verdict is Verdict.FOLLOWS
    few = printed(study, reports__count=1500)
    assert sample_sizes.check_reports(few).verdict is Verdict.IMPOSSIBLE


def test_collinearity(study: Study) -> None:
    assert sample_sizes.check_collinearity(study).verdict is Verdict.FOLLOWS
    ordinary = printed(
        study,
        **{
            f"table_4_5__staff__{name}__{statistic}": number
            for name in PREDICTORS[:4]
            for statistic, number in (("beta", -0.023), ("p", 0.289))
        },
    )
    assert sample_sizes.check_collinearity(ordinary).verdict is Verdict.POSSIBLE


# 12, 13, 15, 20: chance


def test_holm() -> None:
    assert chance.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert chance.holm([0.5, 0.9]) == [1.0, 1.0]


def test_p_and_interval_of_a_correlation() -> None:
    generator = np.random.default_rng(4)
    x, y = generator.normal(size=(2, 20))
    r, p = pearsonr(x, y)
    assert chance.correlation_p(float(r), 20) == pytest.approx(p)
    interval = pearsonr(x, y).confidence_interval(0.95)
    found = chance.fisher_interval(float(r), 20, 0.05)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_one_point_more() -> None:
    generator = np.random.default_rng(5)
    x, y = generator.normal(size=(2, 19))
    far = (3.0, -2.5)
    r = np.corrcoef(x, y)[0, 1]
    with_it = np.corrcoef([*x, x.mean() + far[0] * x.std()], [*y, y.mean() + far[1] * y.std()])[0, 1]
    assert chance.joined(float(r), 19, *far) == pytest.approx(with_it)
    all_x = np.array([*x, x.mean() + 3.0 * x.std()])
    hat = 1 / 20 + (all_x[-1] - all_x.mean()) ** 2 / ((all_x - all_x.mean()) ** 2).sum()
    assert chance.leverage(3.0, 19) == pytest.approx(hat)


@pytest.mark.parametrize(("without", "with_it"), [(0.246, -0.134), (0.303, -0.106), (-0.2, 0.4)])
def test_no_nearer_point_turns_the_correlation(without: float, with_it: float) -> None:
    x, y = chance.least_point(without, with_it, 19)
    assert chance.joined(without, 19, x, y) == pytest.approx(with_it)
    turns = np.linspace(0, 2 * math.pi, 721)
    for radius in np.linspace(0, 0.999 * math.hypot(x, y), 60):
        values = [
            chance.joined(without, 19, radius * math.cos(turn), radius * math.sin(turn)) for turn in turns
        ]
        assert (min(values) > with_it) if with_it < without else (max(values) < with_it)


def test_a_correlation_that_stands_by_itself(study: Study) -> None:
    assert chance.check_one_point(study).verdict is Verdict.FOLLOWS
    assert (
        chance.check_one_point(printed(study, signals_x_rate__without_outlier__r=0.7)).verdict
        is Verdict.POSSIBLE
    )


def test_clusters_matter_when_institutions_differ(study: Study) -> None:
    assert chance.check_independence(study).verdict is Verdict.FOLLOWS
    alike = printed(study, share_basic_research_x_institution__r=-0.01)
    assert chance.check_independence(alike).verdict is Verdict.POSSIBLE


def test_the_number_of_tests(study: Study) -> None:
    found = chance.check_number_of_tests(study)
    assert found.evidence["coefficients"] == len(PREDICTORS) * len(OUTCOMES)
    assert found.evidence["stars"] == sum(
        study.regression(p, o, "p").value < 0.05 for p in PREDICTORS for o in OUTCOMES
    )
    assert 0 < int(found.evidence["stars_after_holm"]) <= int(found.evidence["stars_after_holm_at_most"])
    sure = {f"table_4_5__{o}__{p}__p": 0.0 for p in PREDICTORS for o in OUTCOMES}
    # Below .0005 each: 48 times that is .024.
    assert chance.check_number_of_tests(printed(study, **sure)).verdict is Verdict.POSSIBLE


def test_tendencies_with_few_institutions(study: Study) -> None:
    assert chance.check_few_institutions(study).verdict is Verdict.TEXT_DIFFERS
    strong = {name.replace(".", "__"): 0.6 for name in study.parts["said_clear"]}
    assert chance.check_few_institutions(printed(study, **strong)).verdict is Verdict.POSSIBLE


# 3: text


def test_text_and_table(study: Study, outcomes: Mapping[str, Outcome]) -> None:
    found = outcomes["text_and_table"]
    assert found.verdict is Verdict.TEXT_DIFFERS
    assert found.evidence["contradicted_list"] == (
        "effects:strategy_index,institution;cluster_3,institution;region_northern,institution"
    )
    agreed = printed(
        study,
        table_4_5__institution__strategy_index__p=0.105,
        table_4_5__institution__cluster_3__p=0.055,
        table_4_5__institution__region_northern__p=0.051,
    )
    assert CHECKS["text_and_table"](agreed).verdict is Verdict.POSSIBLE
    unfounded = printed(agreed, table_4_5__quality__region_southern__p=0.2)
    assert CHECKS["text_and_table"](unfounded).verdict is Verdict.TEXT_DIFFERS


# 8 and 19: institutions


def test_the_mean_of_the_institution_outcome(study: Study) -> None:
    found = spread.check_institution_mean(study)
    assert found.verdict is Verdict.POSSIBLE
    assert found.evidence["heading"] == "outcome:institutional_change"
    limits = spread.limits_of_mean(study, study.column("institutional_change"))
    assert min(v.low for v in study.column("institutional_change").values()) < limits.low < limits.high


def test_the_greatest_spread_is_that_of_half_and_half(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """With free volumes the spread is greatest with half of the stays at either end: half the range."""
    monkeypatch.setattr(
        spread, "_of_the_institutions", lambda study, column: dict.fromkeys(column, (0.0, 1.0))
    )
    assert spread.greatest_spread(study, column(a=3.0, b=3.4, c=4.0)) == pytest.approx(0.5, abs=1e-3)


def test_institutions_that_are_alike_have_no_correlation(study: Study) -> None:
    alike = {v.value_id.replace(".", "__"): 3.47 for v in study.column("institutional_change").values()}
    assert spread.check_between(study).verdict is Verdict.FOLLOWS
    assert spread.check_between(printed(study, **alike)).verdict is Verdict.IMPOSSIBLE


# Texts and rows


def test_every_check_has_a_finding_and_every_finding_a_check() -> None:
    assert [finding["check"] for finding in TEXTS["findings"]] == list(CHECKS)
    assert [finding["number"] for finding in TEXTS["findings"]] == list(range(1, len(CHECKS) + 1))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_every_verdict_can_be_written(
    language: str, study: Study, outcomes: Mapping[str, Outcome]
) -> None:
    for finding in TEXTS["findings"]:
        for verdict in Verdict:
            numbers = {"peripheral_high": 1.0, "highest_high": 1.0, "ratio_low": 1.0, "ratio_high": 1.0}
            outcome = replace(outcomes[finding["check"]], verdict=verdict)
            text = sentence(
                finding, replace(outcome, evidence={**numbers, **outcome.evidence}), language, study.names
            )
            assert "{" not in text and "nan" not in text.lower().split()


def test_no_number_of_a_sentence_is_typed() -> None:
    """Digits of a sentence come from places, but for names of tables, figures and scales."""
    names = {"1", "15", "4.1", "4.5", "3.1", "3.3", "2.6", "3.8", "5", "4.3", "4.4", "R²"}
    for finding in TEXTS["findings"]:
        for text in [text for both in finding["sentences"].values() for text in both]:
            plain = "".join(part for part, *_ in SentenceWriter("en", {}).parse(text))
            typed = {
                word.strip(",.:;()") for word in plain.split() if any(letter.isdigit() for letter in word)
            }
            assert typed <= names, (finding["number"], typed - names)


def test_numbers_are_written_as_the_language_writes_them() -> None:
    nb, en = SentenceWriter("nb", {"a": "A"}), SentenceWriter("en", {"a": "A"})
    assert nb.vformat(
        "{x:2} {y:0} {z:1%} {i}", (), {"x": -0.105, "y": 4238, "z": 0.25, "i": "institution:a"}
    ) == (
        "−0,10 4\u00a0238 25,0\u00a0% A" if f"{-0.105:.2f}" == "-0.10" else "−0,11 4\u00a0238 25,0\u00a0% A"
    )
    assert en.vformat("{y:0} {year}", (), {"y": 4238.0, "year": 2023}) == "4,238 2023"


def test_rows_of_the_tables(study: Study, outcomes: Mapping[str, Outcome]) -> None:
    findings, evidence = list(finding_rows(study, outcomes)), list(evidence_rows(outcomes))
    assert len(findings) == len(CHECKS)
    assert {row["finding_number"] for row in evidence} == {row["finding_number"] for row in findings}
    by_key = {(row["finding_number"], row["evidence_key"]): row for row in evidence}
    assert (by_key[5, "training_median"]["text_nb"], by_key[5, "training_median"]["text_en"]) == (
        "6,3",
        "6.3",
    )
    for row in conflict_rows(outcomes):
        assert study.published[row["value_id"]]


def test_without_a_study_there_is_no_audit(study: Study) -> None:
    empty = replace(study, published=Published([]))
    assert list(finding_rows(empty, audited(empty))) == []


def test_the_page_is_what_the_computation_gives(study: Study) -> None:
    written = (PROJECT / "docs" / "audit.md").read_text(encoding="utf-8")
    assert written == page(study, verdict_labels(PROJECT)), (
        "print docs/audit.md anew: python -m staff_mobility.audit.page"
    )


def test_the_page_follows_a_changed_number(study: Study) -> None:
    off = printed(study, duration__training__median=7.3)
    assert "The medians of 7.3 and 3.9 days" in page(off, verdict_labels(PROJECT))


def test_every_part_names_a_printed_value(study: Study) -> None:
    for part, names in study.parts.items():
        if part.endswith("_prefix"):
            assert study.published.table(names)
            continue
        listed = names.values() if isinstance(names, dict) else names if isinstance(names, list) else [names]
        for name in listed:
            assert study.published[name[-1] if isinstance(name, list) else name], part


def test_limits_meet_at_their_ends() -> None:
    assert Limits(0, 1).meets(Limits(1, 2))
    assert not Limits(0, 1).meets(Limits(1.1, 2))
