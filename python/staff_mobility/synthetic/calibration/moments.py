"""First step: numbers of institutions under which tables 4.2, 4.3 and 4.5 and footnotes 22 and 26 to 29 can all hold.

Unknown are, by institution: reports with each outcome, the strategy index, four indicators, the true means behind the rounded
ones, means of the reports that the regressions use, and the mix of its stays; over all reports: spread of the outcomes, and how
properties of a stay go together within an institution. Every published number is a smooth function of these, so least
squares finds them. Residuals are zero inside the printed precision.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from staff_mobility.synthetic.calibration.predictors import (
    SPREAD_OF_DURATION,
    STAY_PROPERTIES,
    of_institutions,
    together,
)
from staff_mobility.synthetic.calibration.published import (
    FOOTNOTES,
    GROUPS,
    INSTITUTIONS,
    OF_INSTITUTIONS,
    STATEMENTS,
    Floats,
    place_of,
    published,
    strategy_targets,
    value,
)

MISSING_MOTIVES = (
    0.09  # reports without motives, for each with them: they have outcomes, but no regression uses them
)
COMPLETE_MEAN_SPAN = 0.08  # how far the mean of the reports used by a regression may be from that of all
BETA_ROUNDING = 0.0004  # how far a beta may be from its print when its p value is judged
ROUNDING = 0.0042  # of a printed mean, a little inside half its last digit
SPREAD_BOUNDS = (0.45, 0.85)  # of an outcome over reports
INDICATORS = (
    "publication_points_per_academic",
    "sector_share_students",
    "share_basic_research",
    "exchange_share",
)
# How far an invented indicator may be from its first value, as factors.
INDICATOR_SPAN = {
    "publication_points_per_academic": (0.5, 1.8),
    "sector_share_students": (0.8, 1.25),
    "share_basic_research": (0.5, 1.6),
    "exchange_share": (0.7, 1.4),
}
# Shares of reports dominated by a kind of motive, of institutions that the text on figure 4.2 does not name.
LEAST_QUALITY, MOST_QUALITY, MOST_PERSONAL = 0.30, 0.64, 0.37


@dataclass(frozen=True)
class Start:
    """What the generator has before the search, in the order of INSTITUTIONS.

    Attributes:
        reports: reports by institution.
        cluster: cluster by institution.
        indicators: 4 x 20, in the order of INDICATORS.
        mix: means of the seven properties of stays by institution, 20 x 7.
        within: 7 x 7 correlations of those properties within institutions.
        n_complete: 4, number of reports that each regression is to have, about.
        other: exchange share and rate of the state institution without a survey.
    """

    reports: Floats
    cluster: Floats
    indicators: Floats
    mix: Floats
    within: Floats
    n_complete: Floats
    other: Floats


class Unknowns:
    """Names parts of the vector of unknowns, with bounds and a start."""

    def __init__(self) -> None:
        self.slices: dict[str, slice] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        self._low: list[Floats] = []
        self._high: list[Floats] = []
        self._start: list[Floats] = []
        self._size = 0

    def add(self, name: str, start: Floats, low: Floats, high: Floats) -> None:
        """Add a part of the shape of `start`."""
        self.slices[name] = slice(self._size, self._size + start.size)
        self.shapes[name] = start.shape
        self._size += start.size
        for kept, part in ((self._low, low), (self._high, high), (self._start, start)):
            kept.append(np.broadcast_to(part, start.shape).ravel().astype(float))

    def parts(self, vector: Floats) -> dict[str, Floats]:
        """Split the vector."""
        return {name: vector[place].reshape(self.shapes[name]) for name, place in self.slices.items()}

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """Lower and upper bounds."""
        return np.concatenate(self._low), np.concatenate(self._high)

    @property
    def start(self) -> Floats:
        """First values."""
        return np.concatenate(self._start)


def weight_bounds(reports: Floats) -> tuple[Floats, Floats]:
    """Return the least and the most reports that a regression may use, 4 x 20."""
    least = np.where(reports < 30, 0.5, 0.3) * reports
    most = 0.97 * reports / (1 + MISSING_MOTIVES)
    return np.tile(least, (4, 1)), np.tile(most, (4, 1))


def indicator_bounds(indicators: Floats) -> tuple[Floats, Floats]:
    """Return the least and the most that the indicators may be, 4 x 20: near the first ones, or what the study says."""
    span = np.array([INDICATOR_SPAN[name] for name in INDICATORS])
    least, most = (indicators * span[:, [side]] for side in (0, 1))
    for key, (least_share, most_share) in STATEMENTS["exchange_bounds"].items():
        place = INDICATORS.index("exchange_share"), place_of(key)
        least[place], most[place] = least_share, most_share
    return least, most


def personal_bounds(motives: Floats) -> tuple[Floats, Floats]:
    """Return the least and the largest shares of reports dominated by personal motives, 20 each, that figure 4.2 allows.

    Args:
        motives: 20 x 2, shares dominated by personal and by institutional motives; the latter stay.
    """
    personal, institution = motives.T
    least = np.maximum(1 - institution - MOST_QUALITY, 0.03)
    most = np.minimum(1 - institution - LEAST_QUALITY, MOST_PERSONAL)
    for category in ("quality", "personal"):
        for key in STATEMENTS["motive_shares"][category]:
            least[place_of(key)] = most[place_of(key)] = personal[place_of(key)]
    return np.minimum(least, personal), np.maximum(most, personal)


def unknowns(start: Start) -> Unknowns:
    """Return the unknowns with their bounds."""
    found = Unknowns()
    reports, size = start.reports, len(INSTITUTIONS)
    least, most = weight_bounds(reports)
    first = np.minimum(start.n_complete[:, None] * reports / reports.sum(), 0.98 * most)
    found.add("weights", first, least, most)
    low, high = np.full(size, 0.385), np.full(size, 0.80)
    for key, (least_index, most_index) in STATEMENTS["index_bounds"].items():
        low[place_of(key)], high[place_of(key)] = least_index, most_index
    index = np.clip(np.full(size, 0.57), low + 0.001, high - 0.001)
    found.add("index", index, low, high)
    least_indicator, most_indicator = indicator_bounds(start.indicators)
    first_indicator = np.clip(start.indicators, least_indicator + 1e-3, most_indicator - 1e-3)
    found.add("indicators", first_indicator, least_indicator, most_indicator)
    found.add("spread", np.array([0.5, 0.52, 0.53, 0.68]), *map(np.array, SPREAD_BOUNDS))
    found.add("rounding", np.zeros((size, 4)), np.array(-ROUNDING), np.array(ROUNDING))
    found.add("complete", np.zeros((size, 4)), np.array(-1.0), np.array(1.0))
    reach = np.array([1.2, 9, 9, 0.2, 0.2, 0.2, 0.2])
    found.add(
        "mix",
        start.mix,
        np.maximum(start.mix - reach, np.array([2.5, *[0.03] * 6])),
        np.minimum(start.mix + reach, np.array([9, 0.45, 0.47, *[0.9] * 4])),
    )
    found.add("within", np.zeros(21), np.array(-0.10), np.array(0.10))
    found.add("duration_spread", np.ones(1), np.array(0.8), np.array(1.25))
    return found


def outside(values: Floats, tolerance: float) -> Floats:
    """How far values are outside of plus or minus the tolerance, with their sign."""
    return np.sign(values) * np.maximum(np.abs(values) - tolerance, 0)


def pearson(x: Floats, y: Floats) -> float:
    """Pearson's r of two vectors."""
    x, y = x - x.mean(), y - y.mean()
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))


def weighted_r(weights: Floats, x: Floats, means: Floats, spread: float) -> float:
    """Correlation over reports of an institution's number with an outcome, from the outcome's institution means."""
    x = x - weights @ x
    return float((weights * x) @ (means - weights @ means) / np.sqrt(weights @ x**2) / spread)


class Problem:
    """The residuals of the published numbers."""

    def __init__(self, start: Start) -> None:
        self.start = start
        self.unknowns = unknowns(start)
        self.low, self.high = self.unknowns.bounds
        self.first = self.unknowns.start
        self._upper = np.triu_indices(STAY_PROPERTIES, 1)
        self._order = np.array([place_of(key) for key in STATEMENTS["motive_order"]])

    def correlation(self, weights: Floats, parts: dict[str, Floats]) -> tuple[Floats, Floats, Floats, Floats]:
        """Deviations of the institutions, standard deviations, correlations and means of the 12 predictors."""
        own = of_institutions(parts["index"], parts["indicators"], self.start.cluster)
        features = np.hstack([own, parts["mix"]])
        variance = float((SPREAD_OF_DURATION * parts["duration_spread"][0]) ** 2)
        means, deviation, correlation = together(weights, features, self.within(parts), variance)
        return features - means, deviation, correlation, means

    def within(self, parts: dict[str, Floats]) -> Floats:
        """Correlations of properties of stays inside institutions, 7 x 7."""
        extra = np.zeros((STAY_PROPERTIES, STAY_PROPERTIES))
        extra[self._upper] = parts["within"]
        return self.start.within + extra + extra.T

    def _of_outcome(self, place: int, parts: dict[str, Floats]) -> dict[str, Floats]:
        target = published(BETA_ROUNDING)
        n = parts["weights"][place].sum()
        weights = parts["weights"][place] / n
        deviations, deviation, correlation, _ = self.correlation(weights, parts)
        beta, spread = target.betas[place], parts["spread"][place]
        with_outcome = correlation @ beta
        r2 = beta @ with_outcome
        error = np.sqrt((1 - r2) * np.diag(np.linalg.inv(correlation)) / (n - 13))
        means = target.means[:, place] + parts["rounding"][:, place]
        complete = means + COMPLETE_MEAN_SPAN * parts["complete"][:, place]
        complete = complete - weights @ complete
        between = (
            deviations[:, :OF_INSTITUTIONS].T @ (weights * complete) / (deviation[:OF_INSTITUTIONS] * spread)
        )
        adjusted = 1 - (1 - r2) * (n - 1) / (n - 13)
        correlations = [weighted_r(weights, parts["index"], means, spread) - strategy_targets()[0, place]]
        by_name = dict(zip(INDICATORS, parts["indicators"], strict=True))
        correlations += [
            weighted_r(weights, by_name[name], means, spread) - wanted
            for (name, group), wanted in zip(FOOTNOTES, target.footnotes, strict=True)
            if group == GROUPS[place]
        ]
        group = GROUPS[place]
        return {
            f"adjusted R2 of {group}": outside(np.array([adjusted - target.adjusted_r2[place]]), 0.0003)
            / 0.0005,
            f"p of {group}, error too small": np.minimum(
                error / np.maximum(target.smallest_error[place] * 1.001, 1e-9) - 1, 0
            )
            / 0.002,
            f"p of {group}, error too large": np.maximum(error / (target.largest_error[place] * 0.999) - 1, 0)
            / 0.002,
            f"betas of {group} and table 4.2": outside(between - with_outcome[:OF_INSTITUTIONS], 0.0005)
            / 0.0006,
            f"correlations with {group}": outside(np.array(correlations), 0.0003) / 0.0005,
        }

    def _of_motives(self, parts: dict[str, Floats]) -> dict[str, Floats]:
        """Figure 4.2, and the signs of footnote 22."""
        personal, institution = parts["mix"][:, 1], parts["mix"][:, 2]
        shares = {"personal": personal, "institution": institution, "quality": 1 - personal - institution}
        named: dict[str, list[int]] = {}
        printed: list[float] = []
        for category, keys in STATEMENTS["motive_shares"].items():
            named[category] = [place_of(key) for key in keys]
            printed += [
                shares[category][place_of(key)] - value(f"dominating_motive.{category}.{key}") / 100
                for key in keys
            ]
        quality = np.delete(shares["quality"], named["quality"])
        weights = self.start.reports / self.start.reports.sum()
        index = parts["index"] - weights @ parts["index"]

        def with_index(share: Floats) -> float:
            mean = weights @ share
            return float((weights * index) @ share / np.sqrt((weights @ index**2) * mean * (1 - mean)))

        return {
            "figure 4.2, order": np.minimum(np.diff(institution[self._order]) - 0.006, 0) / 0.004,
            "figure 4.2, shares": outside(np.array(printed), 0.003) / 0.003,
            "figure 4.2, others' quality not highest": np.maximum(quality - MOST_QUALITY, 0) / 0.004,
            "figure 4.2, others' quality not low": np.minimum(quality - LEAST_QUALITY, 0) / 0.004,
            "figure 4.2, others' personal not highest": np.maximum(
                np.delete(personal, named["personal"]) - MOST_PERSONAL, 0
            )
            / 0.004,
            "footnote 22": np.array(
                [max(with_index(personal) + 0.075, 0), min(with_index(institution) - 0.05, 0)]
            )
            / 0.002,
        }

    def _of_institutions(self, parts: dict[str, Floats]) -> dict[str, Floats]:
        index, indicators = parts["index"], parts["indicators"]
        with_points = pearson(index, indicators[0]) - value(
            "strategy_index_x_publication_points_per_academic.r"
        )
        cluster = self.start.cluster
        means = [index.mean() - value("strategy_index.mean")]
        means += [index[cluster == k].mean() - value(f"strategy_index.cluster_{k}") for k in (1, 2, 3)]
        means += [min(index.min() - 0.39, 0)]
        return {
            "footnote 18 and figure 3.8": outside(np.array(means), 0.003) / 0.002,
            "section 3, index and publication points": outside(np.array([with_points]), 0.02) / 0.01,
        }

    def of_print(self, vector: Floats) -> dict[str, Floats]:
        """Residuals of what is printed, by place; 0 inside the printed precision, 1 about one last digit outside."""
        parts = self.unknowns.parts(vector)
        found: dict[str, Floats] = {}
        for place in range(4):
            found |= self._of_outcome(place, parts)
        return found | self._of_motives(parts) | self._of_institutions(parts)

    def residuals(self, vector: Floats) -> Floats:
        """All residuals: those of what is printed, of what is known of the whole, and of the distance to the start."""
        parts = self.unknowns.parts(vector)
        found = list(self.of_print(vector).values())
        weights = parts["weights"] / parts["weights"].sum(1, keepdims=True)
        shares = self.correlation(weights[0], parts)[3][6:]
        found += [
            outside(shares - np.array([0.27, 0.20, 0.52, 0.20, 0.45, 0.23]), 0.02) / 0.01,
            outside(parts["weights"].sum(1) / self.start.n_complete - 1, 0.15) / 0.02,
            outside((weights / weights[0] - 1).ravel(), 0.15) / 0.2,
            # Of solutions that are as good, the one nearest to the start.
            5e-3 * (vector - self.first) / (self.high - self.low + 1e-9),
        ]
        return np.concatenate(found)


@dataclass(frozen=True)
class Moments:
    """What the first step hands on, in the order of INSTITUTIONS and of GROUPS.

    Attributes:
        weights: reports that each regression uses, 4 x 20.
        index: strategy index, 20.
        indicators: 4 x 20, in the order of INDICATORS.
        spread: standard deviation of each outcome index, 4.
        means, complete_means: of all reports and of those that a regression uses, 20 x 4.
        mix: means of the seven properties of stays, 20 x 7.
        within: 7 x 7 correlations of those properties inside institutions.
        duration_spread: standard deviation of durations, in units of SPREAD_OF_DURATION.
    """

    weights: Floats
    index: Floats
    indicators: Floats
    spread: Floats
    means: Floats
    complete_means: Floats
    mix: Floats
    within: Floats
    duration_spread: float

    @property
    def motives(self) -> Floats:
        """Shares dominated by personal and by institutional motives, 20 x 2."""
        return self.mix[:, 1:3]


def solve(problem: Problem, rounds: int) -> tuple[Floats, float]:
    """Return the vector with the least residuals and half their sum of squares."""
    span = problem.high - problem.low
    first = np.clip(problem.first, problem.low + 1e-3 * span, problem.high - 1e-3 * span)
    found = least_squares(
        problem.residuals,
        first,
        bounds=(problem.low, problem.high),
        x_scale=np.maximum(span, 1e-6),
        max_nfev=rounds,
    )
    return found.x, float(found.cost)


def moments(problem: Problem, vector: Floats) -> Moments:
    """Return what the vector says."""
    parts = problem.unknowns.parts(vector)
    means = published().means + parts["rounding"]
    return Moments(
        weights=parts["weights"],
        index=parts["index"],
        indicators=parts["indicators"],
        spread=parts["spread"],
        means=means,
        complete_means=means + COMPLETE_MEAN_SPAN * parts["complete"],
        mix=parts["mix"],
        within=problem.within(parts),
        duration_spread=float(parts["duration_spread"][0]),
    )
