"""The oracle's rules on strategy, motives and outcomes, on cases worked out by hand."""

from fractions import Fraction

import pytest
from oracle.correlation import pearson
from oracle.motives import leaders, ticked_shares, ticks_of
from oracle.outcomes import Item, answered_mean, deviation_level, item_mean, outcome_index, weighted_mean
from oracle.strategy import any_of, component, index_without, mean_of, questions_mean, strategy_index

YES, NO = Fraction(1), Fraction(0)
QUARTER, HALF = Fraction(1, 4), Fraction(1, 2)
FULL = {"personal": 7, "quality": 4, "institution": 6}


def choices(**ticked: int) -> list[tuple[str, bool, bool | None]]:
    """A whole section of 7, 4 and 6 options, of which the first so many of each category are ticked."""
    return [
        (category, True, number < ticked.get(category, 0))
        for category, options in FULL.items()
        for number in range(options)
    ]


def items(*values: int | None, weight: int = 1, is_asked: bool = True) -> list[Item]:
    return [Item(f"item {number}", weight, is_asked, value) for number, value in enumerate(values)]


@pytest.mark.parametrize(
    ("ticked", "winners"),
    [
        # 2/7, 1/4 and 1/6: the most ticks are not the largest share's alone.
        ({"personal": 2, "quality": 1, "institution": 1}, ["personal"]),
        # 2/7 against 1/4 against 2/6: two ticks of six outweigh two of seven.
        ({"personal": 2, "quality": 1, "institution": 2}, ["institution"]),
        # 2/4 and 3/6 are one half each, 3/7 is less.
        ({"personal": 3, "quality": 2, "institution": 3}, ["quality", "institution"]),
        ({"personal": 7, "institution": 6}, ["personal", "institution"]),
        ({"personal": 7, "quality": 4, "institution": 6}, ["quality", "personal", "institution"]),
        ({}, []),
    ],
)
def test_the_largest_ticked_share_dominates_and_ties_have_an_order(
    ticked: dict[str, int], winners: list[str]
) -> None:
    assert leaders(ticked_shares(choices(**ticked))) == winners


def test_an_unanswered_section_has_no_shares_and_a_section_without_a_tick_has_zeroes() -> None:
    unanswered = ticked_shares([(category, True, None) for category, _, _ in choices()])
    assert set(unanswered.values()) == {None}
    assert leaders(unanswered) == []
    assert set(ticked_shares(choices()).values()) == {NO}


def test_ticks_are_counted_for_each_category_that_has_an_answer() -> None:
    ticked = choices(personal=2, institution=1)
    assert [ticks_of(ticked, category) for category in FULL] == [2, 0, 1]
    assert ticks_of([(category, True, None) for category, _, _ in ticked], "personal") is None


def test_a_share_is_of_the_options_that_the_form_asks() -> None:
    # Three of four quality options asked, one ticked: 1/3 beats 2/7.
    asked = [(of, asked, ticked) for of, asked, ticked in choices(personal=2, quality=1)]
    last_quality = max(place for place, (of, _, _) in enumerate(asked) if of == "quality")
    asked[last_quality] = ("quality", False, None)
    assert ticked_shares(asked)["quality"] == Fraction(1, 3)
    assert leaders(ticked_shares(asked)) == ["quality"]


@pytest.mark.parametrize(
    ("values", "index"),
    [
        # (5 + 4) / 2, two of three answered.
        ((5, 4, None), Fraction(9, 2)),
        # One of three is less than half.
        ((5, None, None), None),
        # Exactly half of six is enough: (1 + 2 + 5) / 3.
        ((1, 2, 5, None, None, None), Fraction(8, 3)),
        ((1, 2, None, None, None, None), None),
        # Four of seven, not three.
        ((3, 3, 3, 4, None, None, None), Fraction(13, 4)),
        ((3, 3, 3, None, None, None, None), None),
        ((None, None, None), None),
    ],
)
def test_an_index_needs_half_of_the_items(values: tuple[int | None, ...], index: Fraction | None) -> None:
    assert outcome_index(items(*values)) == index


def test_a_mean_without_a_minimum_needs_one_answer() -> None:
    assert answered_mean(items(5, None, None)) == 5
    assert answered_mean(items(5, weight=2) + items(2)) == 4
    assert answered_mean(items(None, None)) is None


def test_half_is_of_the_items_asked() -> None:
    asked, not_asked = items(4, None), items(None, None, None, is_asked=False)
    assert outcome_index(asked + not_asked) == 4
    assert outcome_index(not_asked) is None


def test_what_the_stay_has_led_to_weighs_twice_what_it_will_lead_to() -> None:
    # (2 * 5 + 1 * 2) / 3, and with an unanswered pair beside it the same.
    led, will = items(5, weight=2), items(2)
    assert outcome_index(led + will) == 4
    assert outcome_index(led + will + items(None, weight=2) + items(None)) == 4
    # Two of the first and three of the second: (2 * (5 + 4) + 1 + 1 + 1) / 7.
    five_of_ten = items(5, 4, None, None, None, weight=2) + items(1, 1, 1, None, None)
    assert outcome_index(five_of_ten) == 3
    # The half is of items, not of weights: four of ten with weight 8 of 15 are not enough.
    assert outcome_index(items(5, 5, 5, 5, None, weight=2) + items(None, None, None, None, None)) is None


def test_an_item_that_few_answer_counts_as_much_in_the_mean_of_item_means() -> None:
    # Means 4 (of three answers) and 1 (of one): 2.5, while the mean over all answers is 3.25.
    first = [Item("a", 1, True, value) for value in (3, 4, 5)]
    second = [Item("b", 1, True, value) for value in (1, None, None)]
    assert item_mean(first + second) == Fraction(5, 2)
    # Weight 2 for the first: (2 * 4 + 1) / 3. What nobody answered is left out.
    weighted = [item._replace(weight=2) for item in first]
    assert item_mean(weighted + second + [Item("c", 2, True, None)]) == 3
    assert item_mean([Item("c", 2, True, None)]) is None


@pytest.mark.parametrize(
    ("hundredths", "level"),
    [
        (Fraction(5999, 1000), "none"),
        (6, "above"),
        (10, "above"),
        (Fraction(10001, 1000), "far_above"),
        (0, "none"),
        (-6, "below"),
        (-10, "below"),
        (-11, "far_below"),
    ],
)
def test_a_deviation_is_light_from_6_to_10_hundredths_and_dark_beyond(
    hundredths: Fraction, level: str
) -> None:
    assert deviation_level(Fraction(hundredths) / 100) == level
    assert deviation_level(None) is None


def test_anchoring_is_yes_with_one_yes_and_no_only_when_both_are_known() -> None:
    assert any_of([NO, YES]) == 1
    assert any_of([None, YES]) == 1
    assert any_of([NO, NO]) == 0
    assert any_of([NO, None]) is None
    assert any_of([None, None]) is None


def test_a_component_needs_half_of_its_questions() -> None:
    assert mean_of([QUARTER, None]) == QUARTER
    assert mean_of([None, None]) is None
    # Three of five: (1/4 + 1/2 + 1) / 3; two of five are too few.
    assert mean_of([QUARTER, HALF, YES, None, None]) == Fraction(7, 12)
    assert mean_of([QUARTER, HALF, None, None, None]) is None


def test_entities_that_count_as_one_give_their_mean_and_one_yes_is_a_yes() -> None:
    answers = {"main": [NO, YES], "sub": [NO], "first": [QUARTER, YES], "second": [HALF]}
    assert component("any", ["main", "sub"], answers) == 1
    # ((1/4 + 1) / 2 + 1/2) / 2 = (5/8 + 4/8) / 2, not the mean of three answers 7/12.
    assert component("mean", ["first", "second"], answers) == Fraction(9, 16)
    assert component("any", ["main", "never asked"], {"main": [NO, NO]}) is None


def test_the_strategy_index_needs_all_five_components() -> None:
    # Answers yes; 3 and 4; 4; 2; 1 2 3 4 5 -> 1, 5/8, 3/4, 1/4, 1/2 -> 25/40.
    components = [YES, Fraction(5, 8), Fraction(3, 4), QUARTER, HALF]
    assert strategy_index(components) == Fraction(5, 8)
    assert strategy_index([*components[:4], None]) is None


def test_the_index_without_anchoring_needs_all_others() -> None:
    others = {"relative_priority": HALF, "leadership_signals": YES, "facilitation": NO, "strategic_use": HALF}
    assert index_without("anchoring", {"anchoring": YES, **others}) == HALF
    assert index_without("anchoring", {"anchoring": None, **others}) == HALF
    assert index_without("anchoring", {"anchoring": YES, **others, "facilitation": None}) is None


def test_questions_weigh_alike_and_those_of_anchoring_are_one() -> None:
    # Yes; 1/2 and 1; 1/4 (the mean of 0 and 1/2); 0; three of five objectives 1 -> (1 + 3/2 + 1/4 + 3) / 8.
    answers = {
        "mobility_main": [NO],
        "mobility_sub": [YES],
        "priority_compared": [HALF],
        "place_among_instruments": [YES],
        "facilitation": [NO, HALF],
        "leadership_signals": [NO],
        "objective_student_mobility": [YES],
        "objective_education_cooperation": [YES],
        "objective_education_quality": [YES],
        "research_priority": [NO],
    }
    assert questions_mean(answers) == Fraction(23, 32)
    # Without an index there is none: anchoring is not known.
    assert questions_mean({key: value for key, value in answers.items() if key != "mobility_sub"}) is None


def test_a_mean_of_nothing_is_nothing() -> None:
    assert weighted_mean([]) is None


def test_a_correlation_is_of_the_pairs_that_are_whole() -> None:
    # x 1 2 3, y 2 4 5: sums of squares 2 and 14/3, of products 3, so 3 / sqrt(28/3).
    assert pearson([(1, 2), (2, 4), (3, 5), (None, 9), (9, None)]) == (3, pytest.approx(3 / (28 / 3) ** 0.5))
    assert pearson([(1, 3), (2, 2), (3, 1)]) == (3, -1.0)
    assert pearson([(1, 3), (2, 3)]) == (2, None)
    assert pearson([]) == (0, None)
