"""Rates for which the numbers of chapter 3 come out, when the coordinators' answers are given.

Rates are free numbers, so least squares finds them. What the answers exclude is left to few numbers (Cauchy loss) instead of
a little to all of them.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import least_squares

from staff_mobility.synthetic.calibration.moments import pearson
from staff_mobility.synthetic.calibration.published import (
    INSTITUTIONS,
    OBJECTIVES,
    STATEMENTS,
    Floats,
    place_of,
    value,
)
from staff_mobility.synthetic.calibration.sector import QUESTIONS, Answers, components

STARTS, FITS = 40, 200
_R, _MEAN = (0.0002, 0.0003), (0.003, 0.002)  # tolerance and unit of a correlation and of a mean rate
_APART = 0.02  # how far a rate is at least above another one that the study calls lower
_HIGH_PRIORITY = 4


def _outside(miss: float, tolerance: float, unit: float) -> float:
    return float(np.sign(miss)) * max(abs(miss) - tolerance, 0.0) / unit


class Rates:
    """Misses of the numbers that rest on rates.

    Attributes:
        answers: 20 x 15 coordinators' answers.
        exchange: 21 shares of graduates with an exchange; the last is of the institution without a survey.
        cluster: 20.
        other: exchange share and rate of the institution without a survey.
    """

    def __init__(self, answers: Answers, exchange: Floats, cluster: Floats, other: Floats) -> None:
        self._answer = {name: answers[:, place] for place, name in enumerate(QUESTIONS)}
        self._index = components(answers)[0]
        self._exchange, self._cluster, self._other = np.append(exchange, other[0]), cluster, float(other[1])

    def _of_correlations(self, rates: Floats) -> list[float]:
        """Table 3.1, footnotes 10, 11 and 15, figure 3.9."""
        outlier = np.arange(len(rates)) != place_of(STATEMENTS["extreme_rate"])
        pairs = [
            (self._answer[f"objective_{name}"], rates, value(f"table_3_1.{name}.r")) for name in OBJECTIVES
        ]
        for name, question in (("facilitation", "facilitation"), ("signals", "leadership_signals")):
            answer = self._answer[question]
            pairs.append((answer, rates, value(f"{name}_x_rate.r")))
            pairs.append((answer[outlier], rates[outlier], value(f"{name}_x_rate.without_outlier.r")))
        all_rates = np.append(rates, self._other)
        kept = np.arange(len(all_rates)) != place_of(STATEMENTS["extreme_exchange"])
        pairs.append((self._index, rates, value("strategy_index_x_rate.r")))
        pairs.append((self._exchange, all_rates, value("rate_x_exchange_share.r")))
        without = value("rate_x_exchange_share.without_nhh.r")
        pairs.append((self._exchange[kept], all_rates[kept], without))
        return [_outside(pearson(x.astype(float), y) - r, *_R) for x, y, r in pairs]

    def _of_means(self, rates: Floats) -> list[float]:
        """Figures 3.1 to 3.4."""
        anchored = self._answer["mobility_main"] + self._answer["mobility_sub"] > 0
        place, high = (
            self._answer["place_among_instruments"],
            self._answer["priority_compared"] >= _HIGH_PRIORITY,
        )
        means = [
            (anchored, "volume_by_strategy_document.mentioned"),
            (~anchored, "volume_by_strategy_document.not_mentioned"),
            (place == 4, "volume_by_place.central"),  # noqa: PLR2004
            (place == 3, "volume_by_place.neutral"),  # noqa: PLR2004
        ]
        found = [_outside(float(rates[here].mean()) - value(name), *_MEAN) for here, name in means]
        ratio = float(rates[high].mean() / rates[~high].mean())
        found.append(_outside(ratio - value("volume_by_priority_high.ratio"), 0.2, 0.05))
        by_priority = [
            float(rates[self._answer["research_priority"] == answer].mean()) for answer in range(2, 6)
        ]
        return found + [
            self._below(low, high) for high, low in zip(by_priority, by_priority[1:], strict=False)
        ]

    def _of_order(self, rates: Floats) -> list[float]:
        """Figures 2.7, 2.8 and 3.9."""
        means = {number: rates[self._cluster == number] for number in (1, 2, 3)}
        means[2] = np.append(means[2], self._other)
        low, high, middle = (float(means[number].mean()) for number in (1, 2, 3))
        highest, lowest = (float(rates[place_of(key)]) for key in STATEMENTS["rate_ratio"])
        return [
            self._below(middle, high),
            self._below(low, middle),
            self._below(float(rates.mean()), float(rates[place_of(STATEMENTS["rate_above_mean"])])),
            _outside(highest / lowest - value("rate.nmh_over_ntnu"), 3.5, 0.5),
        ]

    @staticmethod
    def _below(low: float, high: float) -> float:
        return max(0.0, low + _APART - high) / _APART

    def misses(self, rates: Floats) -> Floats:
        """Return how far each number is missed, in units of about half a last digit; 0 inside the printed precision."""
        return np.array(self._of_correlations(rates) + self._of_means(rates) + self._of_order(rates))


def fit_rates(problem: Rates, first: Floats, seed: int) -> Floats:
    """Return the rates that miss the fewest numbers, from several starts around `first` (20)."""
    low, high = 0.55 * first, 1.7 * first
    for key, limits in STATEMENTS["rate_bounds"].items():
        low[place_of(key)], high[place_of(key)] = limits
    rng = np.random.default_rng(seed)
    best, fewest = first, np.inf
    for number in range(STARTS):
        start = first * np.exp(rng.normal(0, 0.15, len(INSTITUTIONS)) if number else 0)
        fit = least_squares(
            problem.misses,
            np.clip(start, low * 1.0001, high * 0.9999),
            bounds=(low, high),
            x_scale=high - low,
            max_nfev=FITS,
            loss="cauchy",
            f_scale=0.3,
        )
        missed = float((np.abs(fit.fun) > 1).sum()) + 1e-3 * fit.cost
        if missed < fewest:
            best, fewest = fit.x, missed
    return best
