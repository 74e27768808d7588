"""Fourth step: every answer from 1 to 5, by simulated annealing.

With the stays of the third step fixed, each published number on the outcomes is a function of a few sums over reports. A
change raises or lowers one answer by one (or lets a report of a small institution answer one item more or less) and is kept
when the sums come nearer to what is printed, or by chance while the search is hot.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.random import Generator
from scipy.stats import t as student

from staff_mobility.synthetic.calibration.exchanges import (
    DAYS,
    INSTITUTION,
    NO_MOTIVE,
    PERSONAL,
    REGION,
    TEACHING,
    Reports,
    members_by_institution,
)
from staff_mobility.synthetic.calibration.machine_code import compiled
from staff_mobility.synthetic.calibration.moments import INDICATORS, Moments
from staff_mobility.synthetic.calibration.published import (
    FOOTNOTES,
    GROUPS,
    INSTITUTIONS,
    OF_INSTITUTIONS,
    STATEMENTS,
    Floats,
    published,
    strategy_targets,
    value,
)
from staff_mobility.synthetic.plan import Slot
from staff_mobility.synthetic.tables import indicator_values, table

Integers = npt.NDArray[np.int64]
PAIRS = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))  # of outcomes, in the order of table 4.1
SMALL = 60  # reports of an institution with fewer stays may answer more or fewer items, so that its mean can come out
SMALL_TRIES = (
    0.1  # share of tries that go to such reports: their means take few values, which are seldom met by chance
)
BEFORE, AFTER = 2, 3  # columns of a change
COUNTERPARTS = 0.7  # share of tries in which another report makes up for the change
UNIT_T = 0.05
MEAN_TOLERANCE, UNPRINTED = 0.0045, 0.25  # of items
ONE_DECIMAL = "institutional_change"  # the outcome whose mean over all stays is printed with one decimal
ITEM_NOISE = np.array(
    [0.75, 0.55, 0.75, 0.80]
)  # deviation of an answer from the report's outcome, to start from
SPREAD_ROUNDS = 4
PARTS = (
    "table 4.2",
    "tables 4.3 and 4.4, footnotes",
    "betas",
    "p values",
    "adjusted R2",
    "table 4.1",
    "items",
    "groups",
)


class Aim(NamedTuple):
    """How near is near enough, and what adds 1 to the misfit beyond that.

    Attributes:
        tolerance, unit: of numbers with three decimals.
        mean_tolerance, mean_unit: of table 4.2, with two.
        p_units: how many units of its last digit a p value is missed by when it adds 1. With one unit the large ones are so stiff
            that a search freezes early.
    """

    tolerance: float
    unit: float
    mean_tolerance: float
    mean_unit: float
    p_units: float


# The first leaves room for the later ones; the last uses up all that the printed digits leave, stiffest for correlations.
ROUGH, FINE, AS_PRINTED = (
    Aim(0.0002, 0.0005, 0.0042, 0.001, 4.0),
    Aim(0.0002, 0.0005, 0.0042, 0.001, 1.5),
    Aim(0.00049, 0.00003, 0.00495, 0.0001, 0.6),
)


class Given(NamedTuple):
    """What stays fixed, n reports and 26 items.

    Attributes:
        place: n, institution 0..19 as in INSTITUTIONS, 20 for state institutions without a survey, 21 for others.
        complete: n, whether the regressions use the report when it has the outcome.
        predictors: n x 13, a leading 1 and the predictors of table 4.5.
        group, weight: 26, outcome and weight of the item.
        adjustable: n, whether the report may answer more or fewer items.
        inverse: 4 x 12 x 12, inverse correlations of the predictors of each regression.
        moments: 4 x 2 x 12, means and standard deviations of the predictors of each regression.
        features: 15 x 21, numbers of institutions that are correlated with outcomes (6 of tables 4.3 and 4.4, then footnotes).
        of_group: 15 x 4, whether the study prints the correlation.
    """

    place: Integers
    complete: npt.NDArray[np.bool_]
    predictors: Floats
    group: Integers
    weight: Floats
    adjustable: npt.NDArray[np.bool_]
    inverse: Floats
    moments: Floats
    features: Floats
    of_group: npt.NDArray[np.bool_]


class Targets(NamedTuple):
    """What is aimed at; tolerances are half the last printed digit, a little less.

    Attributes:
        means: 4 x 20, table 4.2.
        correlations: 15 x 4, of Given.features with the outcomes.
        betas, least_t, most_t: 4 x 12.
        unit_t: 4 x 12, by how much t moves p by a unit of its last digit, at most UNIT_T, times Aim.p_units.
        adjusted: 4.
        pairs: 6, table 4.1.
        items, item_tolerance: 26, means over all reports.
        all_means, all_tolerance: 4, means of the outcomes over all reports.
        signs: 4 x 12, of the betas.
        aim: how near is near enough.
    """

    means: Floats
    correlations: Floats
    betas: Floats
    least_t: Floats
    most_t: Floats
    unit_t: Floats
    adjusted: Floats
    pairs: Floats
    items: Floats
    item_tolerance: Floats
    all_means: Floats
    all_tolerance: Floats
    signs: Floats
    aim: Aim


class Sums(NamedTuple):
    """Sums over reports that all published numbers follow from."""

    n: Floats  # 4 x 22
    y: Floats  # 4 x 22
    square: Floats  # 4 x 22
    complete: Floats  # 4 x 13, with predictors
    complete_square: Floats  # 4
    pair: Floats  # 6 x 6: n, a, b, aa, bb, ab
    item_n: Floats  # 26
    item: Floats  # 26


@compiled
def _over(value: float, tolerance: float, unit: float) -> float:
    return max(0.0, (abs(value) - tolerance) / unit) ** 2


@compiled
def _index(row, group, weight, g):  # type: ignore[no-untyped-def]
    """Weighted mean of the answered items of a group and the sum of weights; (0, 0) when less than half are answered."""
    total = weights = 0.0
    asked = answered = 0
    for j in range(row.shape[0]):
        if group[j] == g:
            asked += 1
            if row[j] > 0:
                answered += 1
                total += weight[j] * row[j]
                weights += weight[j]
    if 2 * answered < asked:
        return 0.0, 0.0
    return total / weights, weights


@compiled
def _sum_up(answers, given, y, weights):  # type: ignore[no-untyped-def]
    """All sums from the answers; fills y and weights (n x 4)."""
    size = answers.shape[0]
    sums = Sums(
        np.zeros((4, 22)), np.zeros((4, 22)), np.zeros((4, 22)), np.zeros((4, 13)), np.zeros(4), np.zeros((6, 6)),
        np.zeros(26), np.zeros(26),
    )  # fmt: skip
    for s in range(size):
        for g in range(4):
            y[s, g], weights[s, g] = _index(answers[s], given.group, given.weight, g)
        for j in range(26):
            if answers[s, j] > 0:
                sums.item_n[j] += 1
                sums.item[j] += answers[s, j]
        for g in range(4):
            if weights[s, g] > 0:
                _count(sums, given, s, g, y, weights, 1.0)
        for p in range(6):
            _count_pair(sums, p, s, y, weights, 1.0)
    return sums


@compiled
def _count(sums, given, s, g, y, weights, sign):  # type: ignore[no-untyped-def]
    i, value = given.place[s], y[s, g]
    sums.n[g, i] += sign
    sums.y[g, i] += sign * value
    sums.square[g, i] += sign * value**2
    if given.complete[s]:
        sums.complete_square[g] += sign * value**2
        for k in range(13):
            sums.complete[g, k] += sign * value * given.predictors[s, k]


@compiled
def _count_pair(sums, p, s, y, weights, sign):  # type: ignore[no-untyped-def]
    a, b = PAIRS[p]
    if weights[s, a] > 0 and weights[s, b] > 0:
        sums.pair[p, 0] += sign
        sums.pair[p, 1] += sign * y[s, a]
        sums.pair[p, 2] += sign * y[s, b]
        sums.pair[p, 3] += sign * y[s, a] ** 2
        sums.pair[p, 4] += sign * y[s, b] ** 2
        sums.pair[p, 5] += sign * y[s, a] * y[s, b]


@compiled
def _of_institutions(g, sums, given, targets):  # type: ignore[no-untyped-def]
    """Table 4.2."""
    found = 0.0
    for i in range(20):
        if sums.n[g, i] > 0:
            found += _over(
                sums.y[g, i] / sums.n[g, i] - targets.means[g, i],
                targets.aim.mean_tolerance,
                targets.aim.mean_unit,
            )
    return found


@compiled
def _of_features(g, sums, given, targets):  # type: ignore[no-untyped-def]
    """Tables 4.3 and 4.4 over the institutions with a survey, footnotes 26 to 29 over all of the state sector."""
    found = 0.0
    for f in range(given.features.shape[0]):
        if not given.of_group[f, g]:
            continue
        n = y = yy = x = xx = xy = 0.0
        for i in range(20 if f < 6 else 21):
            value = given.features[f, i]
            n += sums.n[g, i]
            y += sums.y[g, i]
            yy += sums.square[g, i]
            x += sums.n[g, i] * value
            xx += sums.n[g, i] * value**2
            xy += sums.y[g, i] * value
        r = (xy - x * y / n) / np.sqrt((xx - x**2 / n) * (yy - y**2 / n))
        found += _over(r - targets.correlations[f, g], targets.aim.tolerance, targets.aim.unit)
    return found


@compiled
def _of_regression(g, sums, given, targets, n, out):  # type: ignore[no-untyped-def]
    """Table 4.5: betas, p values, adjusted R2."""
    mean = sums.complete[g, 0] / n
    deviation = np.sqrt(sums.complete_square[g] / n - mean**2)
    with_outcome = (sums.complete[g, 1:] / n - mean * given.moments[g, 0]) / (given.moments[g, 1] * deviation)
    beta = given.inverse[g] @ with_outcome
    r2 = beta @ with_outcome
    for k in range(beta.shape[0]):
        out[2] += _over(beta[k] - targets.betas[g, k], targets.aim.tolerance, targets.aim.unit)
        # On the wrong side of 0 the same p would hold the search where it is.
        t = beta[k] * targets.signs[g, k] / np.sqrt((1 - r2) * given.inverse[g, k, k] / (n - 13))
        out[3] += _over(
            max(targets.least_t[g, k] - t, t - targets.most_t[g, k], 0.0), 0.0, targets.unit_t[g, k]
        )
    out[4] = _over(
        1 - (1 - r2) * (n - 1) / (n - 13) - targets.adjusted[g], targets.aim.tolerance, targets.aim.unit
    )


@compiled
def _of_group(g, sums, given, targets, n_complete, out):  # type: ignore[no-untyped-def]
    """Misfit of one outcome by part."""
    out[:] = 0
    out[0] = _of_institutions(g, sums, given, targets)
    out[1] = _of_features(g, sums, given, targets)
    _of_regression(g, sums, given, targets, n_complete[g], out)
    mean = sums.y[g].sum() / sums.n[g].sum()
    out[7] = _over(mean - targets.all_means[g], targets.all_tolerance[g], 0.002)
    return out.sum()


@compiled
def _of_pair(p, sums, targets):  # type: ignore[no-untyped-def]
    n, a, b, aa, bb, ab = sums.pair[p]
    r = (ab - a * b / n) / np.sqrt((aa - a**2 / n) * (bb - b**2 / n))
    return _over(r - targets.pairs[p], targets.aim.tolerance, targets.aim.unit)


@compiled
def _of_item(j, sums, targets):  # type: ignore[no-untyped-def]
    return _over(sums.item[j] / sums.item_n[j] - targets.items[j], targets.item_tolerance[j], 0.005)


@compiled
def _change(sums, given, s, g, y, weights, new, new_weight):  # type: ignore[no-untyped-def]
    """Set the outcome g of report s to `new` in all sums."""
    _count(sums, given, s, g, y, weights, -1.0)
    for p in range(6):
        if PAIRS[p][0] == g or PAIRS[p][1] == g:
            _count_pair(sums, p, s, y, weights, -1.0)
    y[s, g] = new
    weights[s, g] = new_weight
    _count(sums, given, s, g, y, weights, 1.0)
    for p in range(6):
        if PAIRS[p][0] == g or PAIRS[p][1] == g:
            _count_pair(sums, p, s, y, weights, 1.0)


@compiled
def _propose(s, j, answers, given):  # type: ignore[no-untyped-def]
    """Another answer of report s to item j (0: none), or -1."""
    before = answers[s, j]
    if given.adjustable[s] and np.random.random() < 0.2:
        return np.random.randint(1, 6) if before == 0 else 0
    if before == 0:
        return -1
    after = before + (1 if np.random.random() < 0.5 else -1)
    return after if 1 <= after <= 5 else -1


@compiled
def _propose_counterpart(change, answers, given, weights, members):  # type: ignore[no-untyped-def]
    """Add a step the other way on the same outcome by a report of the same institution, where the first one drawn allows it.

    A single answer moves a large p by more than its last digit; two that nearly make up for each other move it by less.
    """
    order, first = members
    i, g, step = given.place[change[0, 0]], given.group[change[0, 1]], change[0, 3] - change[0, 2]
    s = order[first[i] + np.random.randint(first[i + 1] - first[i])]
    j = np.random.randint(given.group.shape[0])
    before = answers[s, j]
    after = before - step
    if s != change[0, 0] and given.group[j] == g and weights[s, g] > 0 and before > 0 and 1 <= after <= 5:
        change[1, 0], change[1, 1], change[1, 2], change[1, 3] = s, j, before, after


@compiled
def _set(s, j, after, answers, sums, given, y, weights):  # type: ignore[no-untyped-def]
    """Set an answer, and with it the report's outcome, in all sums."""
    before, g = answers[s, j], given.group[j]
    answers[s, j] = after
    new, new_weight = _index(answers[s], given.group, given.weight, g)
    _change(sums, given, s, g, y, weights, new, new_weight)
    sums.item[j] += after - before
    sums.item_n[j] += int(after > 0) - int(before > 0)


@compiled
def _leaves_an_outcome(s, j, after, answers, given):  # type: ignore[no-untyped-def]
    """Whether the report still answers half of the group: which reports have an outcome is fixed."""
    before = answers[s, j]
    answers[s, j] = after
    _, weight = _index(answers[s], given.group, given.weight, given.group[j])
    answers[s, j] = before
    return weight > 0


@compiled
def _make(change, column, answers, sums, given, y, weights):  # type: ignore[no-untyped-def]
    """Set the answers of a change to those before (column 2) or after (3) it; twice is the same as once."""
    for s, j, before, after in change:
        if s >= 0:
            _set(s, j, before if column == BEFORE else after, answers, sums, given, y, weights)


@compiled
def _of_items(change, sums, targets, item):  # type: ignore[no-untyped-def]
    """By how much the misfit of the items of a change differs from `item`; two reports may have changed the same one."""
    found = 0.0
    for row in range(change.shape[0]):
        j = change[row, 1]
        if change[row, 0] >= 0 and (row == 0 or j != change[0, 1]):
            found += _of_item(j, sums, targets) - item[j]
    return found


@compiled
def _try(change, temperature, answers, sums, given, targets, y, weights, costs):  # type: ignore[no-untyped-def]
    """Make a change (rows of report, item, answer before and after; report -1: none) and undo it unless it is accepted."""
    cost, pair, item, new_pair, part, n_complete = costs
    g = given.group[change[0, 1]]
    _make(change, AFTER, answers, sums, given, y, weights)
    new_cost = _of_group(g, sums, given, targets, n_complete, part)
    for p in range(6):
        new_pair[p] = _of_pair(p, sums, targets) if g in PAIRS[p] else pair[p]
    total = new_cost - cost[g] + _of_items(change, sums, targets, item) + (new_pair - pair).sum()
    if total <= 0 or np.random.random() < np.exp(-total / temperature):
        cost[g] = new_cost
        pair[:] = new_pair
        for s, j, _, _ in change:
            if s >= 0:
                item[j] = _of_item(j, sums, targets)
    else:
        _make(change, BEFORE, answers, sums, given, y, weights)


@compiled
def _costs(sums, given, targets, n_complete, out):  # type: ignore[no-untyped-def]
    """Misfit of the outcomes, the pairs of table 4.1 and the items; fills `out`, by outcome (then what they share) and part."""
    out[:] = 0
    cost, pair, item = np.zeros(4), np.zeros(6), np.zeros(26)
    for g in range(4):
        cost[g] = _of_group(g, sums, given, targets, n_complete, out[g])
    for p in range(6):
        pair[p] = _of_pair(p, sums, targets)
    for j in range(26):
        item[j] = _of_item(j, sums, targets)
    out[4, 5], out[4, 6] = pair.sum(), item.sum()
    return cost, pair, item


@compiled
def _anneal(answers, given, members, targets, tries, hot, cold, seed):  # type: ignore[no-untyped-def]
    """Leave in `answers` what the search comes to; return the misfit as _costs gives it."""
    np.random.seed(seed)
    size = answers.shape[0]
    y, weights, out = np.zeros((size, 4)), np.zeros((size, 4)), np.zeros((5, 8))
    sums = _sum_up(answers, given, y, weights)
    n_complete = np.zeros(4)
    for g in range(4):
        n_complete[g] = (given.complete & (weights[:, g] > 0)).sum()
    cost, pair, item = _costs(sums, given, targets, n_complete, out)
    small, change = np.flatnonzero(given.adjustable), np.zeros((2, 4), np.int64)
    costs = (cost, pair, item, np.zeros(6), np.zeros(8), n_complete)
    for done in range(tries):
        s, j = np.random.randint(size), np.random.randint(26)
        if small.shape[0] > 0 and np.random.random() < SMALL_TRIES:
            s = small[np.random.randint(small.shape[0])]
        if weights[s, given.group[j]] == 0:
            continue
        after = _propose(s, j, answers, given)
        if after >= 0 and _leaves_an_outcome(s, j, after, answers, given):
            change[0, 0], change[0, 1], change[0, 2], change[0, 3] = s, j, answers[s, j], after
            change[1, 0] = -1
            if after > 0 and answers[s, j] > 0 and np.random.random() < COUNTERPARTS:
                _propose_counterpart(change, answers, given, weights, members)
            temperature = hot * (cold / hot) ** (done / tries)
            _try(change, temperature, answers, sums, given, targets, y, weights, costs)
        if done % 1000 == 0 and cost.sum() + pair.sum() + item.sum() < 1e-12:
            break
    # Anew, because adding and taking away leaves traces in the last digits.
    _costs(_sum_up(answers, given, y, weights), given, targets, n_complete, out)
    return out


def search(
    answers: Integers, given: Given, targets: Targets, *, tries: int, hot: float, cold: float, seed: int
) -> tuple[Integers, Floats]:
    """Return the answers after `tries` changes and the misfit, 5 x 8: by outcome (then what they share) and PARTS."""
    found = answers.copy()
    members = members_by_institution(given.place, given.place.max() + 1)
    left = _anneal(found, given, members, targets, tries, hot, cold, seed)
    return found, left


def _item_names() -> list[str]:
    return list(table("answers")["items"])


def _weights() -> Floats:
    """What has happened counts twice what will: definition of institutional change."""
    return np.array([2.0 if name.endswith("__has_led") else 1.0 for name in _item_names()])


def given(reports: Reports, slots: list[Slot], found: Moments, own: Floats, components: Floats) -> Given:
    """Return what the third step leaves fixed.

    Args:
        reports: the stays and who answered what.
        slots: of all stays.
        found: numbers of institutions.
        own: 20 x 5, predictors of institutions.
        components: 6 x 20, strategy index and its components.
    """
    entries = list(table("answers")["items"].values())
    surveyed = reports.institution >= 0
    state = np.array([slot.institution in table("plan")["state"] for slot in slots])
    place = np.where(surveyed, reports.institution, np.where(state, 20, 21))
    complete = surveyed & (reports.motive != NO_MOTIVE)
    predictors = np.zeros((len(slots), 13))
    predictors[:, 0] = 1
    predictors[complete, 1 : 1 + OF_INSTITUTIONS] = own[reports.institution[complete]]
    predictors[:, 6] = reports.properties[:, DAYS]
    predictors[:, 7] = reports.motive == PERSONAL
    predictors[:, 8] = reports.motive == INSTITUTION
    predictors[:, 9] = reports.properties[:, TEACHING]
    for region in (1, 2, 3):
        predictors[:, 9 + region] = reports.properties[:, REGION] == region
    inverse, moments = np.zeros((4, 12, 12)), np.zeros((4, 2, 12))
    for g in range(len(GROUPS)):
        used = predictors[complete & reports.answered[:, g], 1:]
        inverse[g] = np.linalg.inv(np.corrcoef(used.T))
        moments[g] = used.mean(0), used.std(0)
    rows = {row["institution_key"]: row for row in indicator_values()}
    (without_survey,) = set(table("plan")["state"]) - set(INSTITUTIONS)
    features, of_group = np.zeros((15, 21)), np.zeros((15, 4), dtype=bool)
    features[:6, :20] = components
    of_group[:6] = True
    for number, (indicator, group) in enumerate(FOOTNOTES, start=6):
        features[number, :20] = found.indicators[INDICATORS.index(indicator)]
        features[number, 20] = float(rows[without_survey][indicator])
        of_group[number, GROUPS.index(group)] = True
    stays = np.bincount(reports.institution[surveyed], minlength=len(INSTITUTIONS))
    return Given(
        place=place.astype(np.int64),
        complete=complete,
        predictors=predictors,
        group=np.array([GROUPS.index(entry[0]) for entry in entries]),
        weight=_weights(),
        adjustable=surveyed & (stays[reports.institution] < SMALL),
        inverse=inverse,
        moments=moments,
        features=features,
        of_group=of_group,
    )


def targets(given: Given, reports: Reports, aim: Aim = FINE) -> Targets:
    """Return the printed numbers with their tolerances."""
    printed = published()
    n = [(given.complete & reports.answered[:, g]).sum() for g in range(len(GROUPS))]
    freedom = np.array(n)[:, None] - 13
    p_values = printed.p_values
    least = student.isf(np.minimum(p_values + aim.tolerance, 1) / 2, freedom)
    most = student.isf(np.maximum(p_values - aim.tolerance, 1e-12) / 2, freedom)
    correlations = np.zeros((15, 4))
    correlations[:6] = strategy_targets()
    for number, (_, group) in enumerate(FOOTNOTES, start=6):
        correlations[number, GROUPS.index(group)] = printed.footnotes[number - 6]
    bars = STATEMENTS["item_means"]
    return Targets(
        means=np.ascontiguousarray(printed.means.T),
        correlations=correlations,
        betas=printed.betas,
        least_t=least,
        most_t=np.where(p_values > 0, most, np.inf),
        unit_t=aim.p_units
        * np.minimum(
            0.0005 / (2 * student.pdf(student.isf(np.clip(p_values, 1e-4, 1) / 2, freedom), freedom)), UNIT_T
        ),
        adjusted=printed.adjusted_r2,
        pairs=np.array([value(f"table_4_1.{GROUPS[a]}_x_{GROUPS[b]}.r") for a, b in PAIRS]),
        items=np.array(
            [
                value(bars[name]) if name in bars else entry[1]
                for name, entry in table("answers")["items"].items()
            ]
        ),
        item_tolerance=np.array([MEAN_TOLERANCE if name in bars else UNPRINTED for name in _item_names()]),
        all_means=np.array([value(f"outcome.{group}.mean") for group in GROUPS]),
        all_tolerance=np.array(
            [10 * MEAN_TOLERANCE if group == ONE_DECIMAL else MEAN_TOLERANCE for group in GROUPS]
        ),
        signs=np.where(printed.betas < 0, -1.0, 1.0),
        aim=aim,
    )


def indices(answers: Integers, given: Given) -> Floats:
    """Return the outcomes of each report, n x 4, nan without."""
    found = np.full((len(answers), len(GROUPS)), np.nan)
    for g in range(len(GROUPS)):
        columns = given.group == g
        own, weight = answers[:, columns], given.weight[columns]
        able = 2 * (own > 0).sum(1) >= columns.sum()
        found[able, g] = ((own * weight).sum(1)[able]) / np.where(own > 0, weight, 0).sum(1)[able]
    return found


def _answered(rng: Generator, reports: Reports, given: Given) -> npt.NDArray[np.bool_]:
    """Which items each report answers: at least half of a group, or none of it."""
    left_out = np.array([entry[2] for entry in table("answers")["items"].values()])
    found = np.zeros((len(reports.motive), len(left_out)), dtype=bool)
    for g in range(len(GROUPS)):
        columns = np.flatnonzero(given.group == g)
        for s in np.flatnonzero(reports.answered[:, g]):
            marks = rng.random(len(columns)) >= left_out[columns]
            while 2 * marks.sum() < len(columns):
                marks = rng.random(len(columns)) >= left_out[columns]
            found[s, columns] = marks
    return found


def _latent(rng: Generator, given: Given, targets: Targets, spread: Floats) -> Floats:
    """Normal deviates of each report by outcome, which go together as table 4.1 says when rounding has weakened it."""
    correlation = np.eye(len(GROUPS))
    for (a, b), r in zip(PAIRS, targets.pairs, strict=True):
        correlation[a, b] = correlation[b, a] = r
    items = np.array([(given.weight[given.group == g] ** 2).sum() for g in range(len(GROUPS))])
    totals = np.array([given.weight[given.group == g].sum() ** 2 for g in range(len(GROUPS))])
    own = np.maximum(spread**2 - (ITEM_NOISE**2 + 1 / 12) * items / totals, 0.3 * spread**2)
    covariance = correlation * np.outer(spread, spread)
    np.fill_diagonal(covariance, own)
    values, vectors = np.linalg.eigh(covariance)
    covariance = (vectors * np.maximum(values, 1e-3)) @ vectors.T
    return rng.multivariate_normal(np.zeros(len(GROUPS)), covariance, size=len(given.place))


def _centred(
    latent: Floats, g: int, reports: Reports, given: Given, targets: Targets, complete_means: Floats
) -> Floats:
    """Shift one outcome so that reports with and without motives have the wanted means at each institution."""
    found = latent.copy()
    answered = reports.answered[:, g]
    for place in range(22):
        here = answered & (given.place == place)
        used, others = here & given.complete, here & ~given.complete
        mean = targets.means[g, place] if place < len(INSTITUTIONS) else targets.means[g].mean()
        wanted = complete_means[g, place] if used.any() and others.any() else mean
        if used.any():
            found[used] += wanted - found[used].mean()
        if others.any():
            rest = (mean * here.sum() - wanted * used.sum()) / others.sum()
            found[others] += rest - found[others].mean()
    return found


def first_answers(
    seed: int, reports: Reports, given: Given, targets: Targets, complete_means: Floats, spread: Floats
) -> Integers:
    """Return answers near what is wanted, n x 26: means of institutions, betas of stays' properties, one factor an outcome."""
    factor = np.ones(len(GROUPS))
    for _ in range(SPREAD_ROUNDS):
        rng = np.random.default_rng(seed)
        pattern = _answered(rng, reports, given)
        latent = _latent(rng, given, targets, spread) * factor
        answers = np.zeros(pattern.shape, dtype=np.int64)
        for g in range(len(GROUPS)):
            of_stays = given.predictors[:, 1 + OF_INSTITUTIONS :] - given.moments[g, 0, OF_INSTITUTIONS:]
            of_stays = of_stays / given.moments[g, 1, OF_INSTITUTIONS:]
            latent[:, g] += of_stays @ targets.betas[g, OF_INSTITUTIONS:] * spread[g]
            outcome = _centred(latent[:, g], g, reports, given, targets, complete_means)
            columns = np.flatnonzero(given.group == g)
            weight = given.weight[columns]
            level = targets.items[columns] - (targets.items[columns] @ weight) / weight.sum()
            noise = ITEM_NOISE[g] * rng.standard_normal((len(outcome), len(columns)))
            rounded = np.clip(np.rint(outcome[:, None] + level + noise), 1, 5).astype(np.int64)
            answers[:, columns] = np.where(pattern[:, columns], rounded, 0)
        factor *= spread / np.nanstd(indices(answers, given)[given.complete], axis=0)
    return answers
