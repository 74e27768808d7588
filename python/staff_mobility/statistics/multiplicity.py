"""Allowance for many tests at once: p values that hold for a whole family of them."""

from __future__ import annotations

from collections.abc import Sequence

from statsmodels.stats.multitest import multipletests

# As statsmodels calls them.
_METHODS = ("holm", "fdr_bh")


def adjusted(p_values: Sequence[float | None], method: str) -> list[float | None]:
    """Adjust the p values of one family of tests.

    Args:
        p_values: In any order; None for a test without a result, which stays None and doesn't count.
        method: ``holm`` (the chance of any false finding, Holm 1979) or ``fdr_bh`` (the share of false
            ones among the findings, Benjamini and Hochberg 1995).

    Raises:
        ValueError: A p value lies outside 0..1, or no such method.
    """
    if method not in _METHODS:
        raise ValueError(f"No method {method!r}; there are {', '.join(_METHODS)}.")
    known = [p for p in p_values if p is not None]
    if wrong := [p for p in known if not 0 <= p <= 1]:
        raise ValueError(f"Not a p value: {wrong[0]}.")
    made = iter(multipletests(known, method=method)[1])
    return [None if p is None else float(next(made)) for p in p_values]
