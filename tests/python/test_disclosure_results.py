"""Results of models that rest on too little, answers in confidence, shares, and marts that repeat another one's values."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from staff_mobility.publish.marts import Audience, Column, Mart
from staff_mobility.publish.suppression.control import Suppression
from staff_mobility.publish.suppression.settings import Rules

HIDDEN = tuple[str, tuple[Any, ...], str, str]


def mart(
    name: str, columns: str, keys: tuple[str, ...], disclosure: Any, audience: Audience = Audience.PUBLIC
) -> Mart:
    return Mart(
        name,
        "marts",
        name,
        audience,
        name,
        keys,
        tuple(Column(each, "") for each in columns.split()),
        disclosure,
    )


def hidden_in(tables: dict[str, str], marts: list[Mart], rules: Rules, tmp_path: Any) -> set[HIDDEN]:
    """What the control hides in tables that are given as SQL."""
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as working; create schema working.marts")
        for name, sql in tables.items():
            con.execute(f"create table working.marts.{name} as {sql}")
        con.execute("use working")
        answer = Suppression(rules, tmp_path).control(con, marts)
        assert answer.problems == ()
        shown = {release.mart.name: con.execute(release.sql).fetchall() for release in answer.releases}
    assert {name: len(rows) for name, rows in shown.items()} == {
        name: len(rows) for name, rows in ((m.name, shown[m.name]) for m in marts)
    }
    record = answer.record
    return {(name, key, column, str(rule)) for name, key, column, rule in record.hidden}  # type: ignore[union-attr]


REPORTS = (
    "select 'p' || n as person_key, case when n < 4 then 'arts' else 'law' end as faculty, n % 2 = 0 as is_even,"
    " case when n < 16 then 3.0 end as quality_index, 'u' || (n // 17) as institution from range(20) as r(n)"
)
MODELS = (
    "select analysis_id, n_observations, 2 as n_predictors"
    " from (values ('wide', 13), ('narrow', 12), ('none', null)) as v(analysis_id, n_observations)"
)
REPORT_MART = mart(
    "reports", "person_key faculty is_even quality_index institution", ("person_key",), None, Audience.ANALYST
)


def test_a_model_needs_ten_residual_degrees_of_freedom(tmp_path: Any) -> None:
    """13 - 2 - 1 = 10 are enough, 9 are not; the terms of that model fall with it, in another mart, but for an empty one."""
    said = {
        "results": {
            "analysis": "analysis_id",
            "residual": "n_observations - n_predictors - 1",
            "columns": ["n_observations"],
        }
    }
    models = mart("models", "analysis_id n_observations n_predictors", ("analysis_id",), said)
    terms = mart(
        *("terms", "analysis_id term estimate", ("analysis_id", "term")),
        {"results": {"analysis": "analysis_id", "columns": ["estimate"]}},
    )
    tables = {
        "models": MODELS,
        "terms": "select * from (values ('wide', 'x', 0.5), ('narrow', 'x', 0.5), ('narrow', 'y', 0.1),"
        " ('narrow', 'empty', null))"
        " as v(analysis_id, term, estimate)",
    }
    assert hidden_in(tables, [models, terms], Rules(), tmp_path) == {
        ("models", ("narrow",), "n_observations", "degrees_of_freedom"),
        ("terms", ("narrow", "x"), "estimate", "degrees_of_freedom"),
        ("terms", ("narrow", "y"), "estimate", "degrees_of_freedom"),
    }
    assert hidden_in(tables, [models, terms], Rules(minimum_degrees_of_freedom=None), tmp_path) == set()


def test_a_group_of_four_persons_takes_its_analysis_with_it(tmp_path: Any) -> None:
    """Four of sixteen reports with the outcome are of arts; even and odd ones are eight each."""
    groups = {
        **{"of": "reports", "person": "person_key", "named_in": "term", "outcome": "outcome"},
        "conditions": {"arts": "faculty = 'arts'", "even": "is_even", "faculty": "faculty"},
    }
    said = {"results": {"analysis": "analysis_id", "groups": groups, "columns": ["estimate"]}}
    terms = mart("terms", "analysis_id term outcome estimate", ("analysis_id", "term"), said)
    tables = {
        "reports": REPORTS,
        "terms": "select * from (values ('a', 'arts', 'quality', 1.0), ('a', 'even', 'quality', 2.0),"
        " ('b', 'even', 'quality', 3.0),"
        " ('c', 'faculty', 'quality', 4.0), ('d', 'other', 'quality', 5.0)) as v(analysis_id, term, outcome, estimate)",
    }
    assert hidden_in(tables, [terms, REPORT_MART], Rules(), tmp_path) == {
        ("terms", ("a", "arts"), "estimate", "threshold"),
        ("terms", ("a", "even"), "estimate", "threshold"),
        ("terms", ("c", "faculty"), "estimate", "threshold"),
    }


def test_a_result_without_three_persons_tells_of_them(tmp_path: Any) -> None:
    """u0 has 17 persons, u1 has 3: all less all without u1 are these three."""
    left_out = {"column": "without", "of": "reports", "key": "institution", "person": "person_key"}
    said = {"results": {"columns": ["estimate"], "left_out": left_out}}
    results = mart("results", "row_name without estimate", ("row_name",), said)
    tables = {
        "reports": REPORTS,
        "results": "select * from (values ('r0', 'u0', 1.0), ('r1', 'u1', 1.0), ('r2', null, 1.0))"
        " as v(row_name, without, estimate)",
    }
    assert hidden_in(tables, [results, REPORT_MART], Rules(), tmp_path) == {
        ("results", ("r1",), "estimate", "threshold")
    }


def test_shares_fall_together_where_one_group_is_small(tmp_path: Any) -> None:
    """u0 has four persons of arts among its 17, u1 three of law."""
    share = {
        "of": "reports",
        "person": "person_key",
        "key": "institution",
        "by": "faculty",
        "columns": ["share"],
    }
    shares = mart("shares", "institution faculty share", ("institution", "faculty"), {"shares": [share]})
    tables = {
        "reports": REPORTS.replace("17", "10"),
        "shares": "select * from (values ('u0', 'arts', 0.4), ('u0', 'law', 0.6), ('u1', 'law', 1.0))"
        " as v(institution, faculty, share)",
    }
    assert hidden_in(tables, [shares, REPORT_MART], Rules(), tmp_path) == {
        ("shares", ("u0", "arts"), "share", "threshold"),
        ("shares", ("u0", "law"), "share", "threshold"),
    }


def test_answers_in_confidence_are_hidden_and_the_rest_is_not(tmp_path: Any) -> None:
    said = {
        "confidential": {
            "columns": ["answer"],
            "where": "question like 'own_%'",
            "reason": "given in confidence",
        }
    }
    answers = mart("answers", "question answer", ("question",), said)
    tables = {
        "answers": "select * from (values ('own_1', 5), ('own_2', null), ('index', 3)) as v(question, answer)"
    }
    assert hidden_in(tables, [answers], Rules(), tmp_path) == {
        ("answers", ("own_1",), "answer", "confidential")
    }


COUNTS = {
    "counts": {
        **{
            "of": "reports",
            "person": "person_key",
            "weight": "weight",
            "by": ["institution"],
            "columns": {"n": {}},
        },
        "ratios": {"rate": {"numerator": "n", "denominator": "staff", "times": 100}},
    }
}
COUNTED = {
    "reports": REPORTS.replace(" from range", ", 1.0 as weight from range"),
    "counted": "select * from (values ('u0', 17, 50, 34.0), ('u1', 3, 50, 6.0)) as v(institution, n, staff, rate)",
}


def test_what_repeats_a_hidden_value_falls_with_it(tmp_path: Any) -> None:
    counted = mart("counted", "institution n staff rate", ("institution",), COUNTS)
    copy = {
        "of": "counted",
        "column": "rate",
        "match": {"institution": "who"},
        "columns": ["value"],
        "where": "what = 'rate'",
    }
    repeated = mart("repeated", "who what value", ("who", "what"), {"copies": [copy]})
    tables = COUNTED | {
        "repeated": "select * from (values ('u0', 'rate', 34.0), ('u1', 'rate', 6.0), ('u1', 'age', 40.0))"
        " as v(who, what, value)"
    }
    assert hidden_in(tables, [counted, repeated, REPORT_MART], Rules(), tmp_path) == {
        ("counted", ("u1",), "n", "threshold"),
        ("counted", ("u1",), "rate", "threshold"),
        ("repeated", ("u1", "rate"), "value", "threshold"),
    }


@pytest.mark.parametrize("base", [5, 10])
def test_rates_of_rounded_counts_are_computed_from_them(tmp_path: Any, base: int) -> None:
    """17 becomes 15 or 20 and 3 becomes 0, 5 or 10, and the rate is that of what is shown."""
    counted = mart("counted", "institution n staff rate", ("institution",), COUNTS)
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as working; create schema working.marts")
        for name, sql in COUNTED.items():
            con.execute(f"create table working.marts.{name} as {sql}")
        con.execute("use working")
        marts = [counted, REPORT_MART]
        answer = Suppression(Rules(rounding_base=base), tmp_path).control(con, marts)
        rows = con.execute(f"select n, rate from ({answer.releases[0].sql}) order by institution").fetchall()
    assert [n % base for n, _ in rows] == [0, 0]
    assert [abs(n - exact) < base for (n, _), exact in zip(rows, (17, 3), strict=True)] == [True, True]
    assert [rate for _, rate in rows] == [2 * n for n, _ in rows]
