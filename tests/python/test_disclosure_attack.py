"""What an attacker can compute from published files; make disclosure-attack tries many more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from disclosure_attacker import Published, attack, hidden_counts
from disclosure_example import Example, Publisher, grown, random_example

from staff_mobility.publish.suppression.settings import Rules

SEEDS = (1, 4)
# A set in which the rates of both publications, with one decimal each, give a year away.
WITH_RATES = 1068


def recovered(files: list[tuple[Path, Example]]) -> tuple[int, int]:
    """Number of hidden counts and of those that have but one possible value; of two publications, the last year has changed."""
    published = [Published.read(file, example.national) for file, example in files]
    hidden = [unknown for number, each in enumerate(published) for unknown in hidden_counts(number, each)]
    years = files[0][1].stays["year"]
    found = attack(published, set(years) - {years.max()}).recovered(hidden)
    return len(hidden), len(found)


def test_the_attacker_solves_what_can_be_solved() -> None:
    """5 stays, 2 in the first year: 3 in the second, all teaching; re-use is 0 to 2 and 1 to 3."""
    by_year = pd.DataFrame(
        {
            **{"institution_key": ["i", "i"], "year": [2015, 2016], "n_stays": [2.0, None]},
            **{
                "n_teaching_stays": [2.0, None],
                "n_training_stays": [0.0, 0.0],
                "n_combined_stays": [0.0, 0.0],
            },
            **{
                "n_reuse_stays": [None, None],
                "staff_fte": [10.0, 10.0],
                "mobilities_per_100_fte": [None, None],
            },
        }
    )
    in_all = pd.DataFrame(
        [("i", 5.0, None, 3.0, None, None)],
        columns=[
            "institution_key",
            "n_stays",
            "stay_share",
            "n_reuse_stays",
            "reuse_share",
            "mobilities_per_100_fte",
        ],
    )
    by_entity = pd.DataFrame(
        [("i", "i", 2015, None, 10.0), ("i", "i", 2016, None, 10.0)],
        columns=["institution_key", "reporting_institution_key", "year", "n_stays", "staff_fte"],
    )
    published = Published(by_year, in_all, by_entity)
    found = attack([published]).ranges(list(hidden_counts(0, published)))
    assert found == {
        (0, "stays", "i", 2016): (3, 3),
        (0, "teaching", "i", 2016): (3, 3),
        (0, "reuse", "i", 2015): (0, 2),
        (0, "reuse", "i", 2016): (1, 3),
        (0, "entity", "i", "i", 2015): (2, 2),
        (0, "entity", "i", "i", 2016): (3, 3),
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_no_hidden_count_can_be_computed(tmp_path: Path, seed: int) -> None:
    example = random_example(seed)
    publisher = Publisher(tmp_path, Rules())
    file, answer = publisher.publish(example, "safe")
    assert answer.problems == ()
    n_hidden, n_recovered = recovered([(file, example)])
    assert (n_hidden > 20, n_recovered) == (True, 0)


@pytest.mark.parametrize("seed", SEEDS)
def test_without_complementary_suppression_some_can(tmp_path: Path, seed: int) -> None:
    example = random_example(seed)
    file, _ = Publisher(tmp_path, Rules(protection_interval=None)).publish(example, "primary")
    assert recovered([(file, example)])[1] > 0


@pytest.mark.parametrize("seed", [1, WITH_RATES])
def test_no_hidden_count_follows_from_two_publications(tmp_path: Path, seed: int) -> None:
    """Stays of the last year have come; the same without heed of the former publication gives some away."""
    before = random_example(seed)
    after = grown(before, seed)
    heeding, careless = Publisher(tmp_path, Rules()), Publisher(tmp_path, Rules(heeds_former=False))
    first, _ = heeding.publish(before, "first")
    second, answer = heeding.publish(after, "second", former="first")
    assert answer.problems == ()
    assert recovered([(first, before), (second, after)])[1] == 0
    other, _ = careless.publish(after, "other", former="first")
    assert recovered([(first, before), (other, after)])[1] > 0


def test_the_same_marts_are_hidden_alike_the_next_time(tmp_path: Path) -> None:
    example, publisher = random_example(4), Publisher(tmp_path, Rules())
    first, one = publisher.publish(example, "first")
    second, two = publisher.publish(example, "second", former="first")
    assert one.record is not None
    assert two.record is not None
    assert (tmp_path / "first_hidden.csv").read_bytes() == (tmp_path / "second_hidden.csv").read_bytes()


def test_what_was_public_cannot_be_hidden_silently(tmp_path: Path) -> None:
    example = random_example(4)
    nothing = Rules(minimum_persons=None, dominance=None)
    Publisher(tmp_path, nothing).publish(example, "first")
    _, refused = Publisher(tmp_path, Rules()).publish(example, "second", former="first")
    words = "that must be hidden stand in the current publication first as they are"
    assert any(words in problem for problem in refused.problems), refused.problems
    _, accepted = Publisher(tmp_path, replace(Rules(), accepts_already_public=True)).publish(
        example, "third", former="first"
    )
    assert accepted.problems == ()


def test_a_rate_has_one_decimal_where_a_year_is_hidden(tmp_path: Path) -> None:
    """With all digits, stays in whole numbers and public staff, the mean of the yearly rates would give the years."""
    example = random_example(1)
    file, _ = Publisher(tmp_path, Rules()).publish(example, "safe")
    with duckdb.connect(str(file), read_only=True) as con:
        rows = con.execute(
            "select mobilities_per_100_fte, (select count(*) from mart_usage__institution_year as y where y.institution_key ="
            " i.institution_key and staff_fte is not null and n_stays is null) from mart_usage__institution as i"
            " where mobilities_per_100_fte is not null"
        ).fetchall()
    assert any(n_hidden for _, n_hidden in rows)
    assert all(rate == round(rate, 1) for rate, n_hidden in rows if n_hidden)
