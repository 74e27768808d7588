"""Adjusted p values are those of R's p.adjust."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staff_mobility.statistics.multiplicity import adjusted

# Benjamini and Hochberg's method as in R 4.2.2: p.adjust(p, "BH") and p.adjust(p, "holm").
P_VALUES = [
    *(0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216, 0.222, 0.251, 0.269, 0.275),
    *(0.34, 0.341, 0.384, 0.569, 0.594, 0.696, 0.762, 0.94, 0.942, 0.975, 0.986),
]
HOLM = [0.025, 0.192, 0.897, 0.902, 0.902, *[1.0] * 20]
HOCHBERG = [
    *(0.025, 0.1, 0.21, 0.21, 0.21, 0.25, 0.264285714285714),
    *[0.491071428571429] * 7,
    *(0.5328125, 0.5328125, 0.564705882352941, 0.781578947368421, 0.781578947368421, 0.87),
    *(0.907142857142857, 0.986, 0.986, 0.986, 0.986),
]
by_method = pytest.mark.parametrize(("method", "expected"), [("holm", HOLM), ("fdr_bh", HOCHBERG)])


@by_method
def test_values_of_r(method: str, expected: list[float]) -> None:
    assert adjusted(P_VALUES, method) == pytest.approx(expected, rel=1e-13)


@by_method
def test_order_does_not_matter(method: str, expected: list[float]) -> None:
    backwards = adjusted(P_VALUES[::-1], method)
    assert backwards[::-1] == pytest.approx(expected, rel=1e-13)


def test_tests_without_a_result_do_not_count() -> None:
    """R 4.2.2: p.adjust(c(0.04, NA, 0.001, 0.03, NA, 0.5), "holm"), and "BH"."""
    p_values = [0.04, None, 0.001, 0.03, None, 0.5]
    holm = adjusted(p_values, "holm")
    assert holm[1] is holm[4] is None
    assert [p for p in holm if p is not None] == pytest.approx([0.09, 0.004, 0.09, 0.5], rel=1e-14)
    hochberg = [p for p in adjusted(p_values, "fdr_bh") if p is not None]
    assert hochberg == pytest.approx([0.0533333333333333, 0.004, 0.0533333333333333, 0.5], rel=1e-14)


@given(st.lists(st.none(), max_size=3), st.sampled_from(["holm", "fdr_bh"]))
def test_nothing_to_adjust(p_values: list[None], method: str) -> None:
    assert adjusted(p_values, method) == p_values


@pytest.mark.parametrize("p_value", [float("nan"), -0.01, 1.01])
def test_what_is_no_p_value_is_refused(p_value: float) -> None:
    with pytest.raises(ValueError, match=str(p_value)):
        adjusted([0.5, p_value], "holm")


def test_an_unknown_method_names_the_known() -> None:
    with pytest.raises(ValueError, match="'bonferoni'; there are holm, fdr_bh"):
        adjusted([0.5], "bonferoni")
