"""Third step: which stay goes where, how long and why, and which report says what, by simulated annealing.

Every table of chapter 2 is a count over stays. Exchanges of whole stays (country, purpose, days) between slots of one period,
of durations within a purpose, and of motives and answered sections within an institution leave those counts as they are. They
change how predictors of table 4.5 go together, and with that the standard errors, the adjusted R2 and what the betas of
institutions' numbers say of the outcome's means. Compiled, because millions of exchanges are tried.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from staff_mobility.synthetic.calibration.machine_code import compiled
from staff_mobility.synthetic.calibration.moments import MISSING_MOTIVES, Moments
from staff_mobility.synthetic.calibration.motives import motive_counts
from staff_mobility.synthetic.calibration.published import (
    GROUPS,
    INSTITUTIONS,
    OF_INSTITUTIONS,
    Floats,
    place_of,
    published,
    value,
)
from staff_mobility.synthetic.plan import Slot
from staff_mobility.synthetic.stays import TRAINING, Visit
from staff_mobility.synthetic.tables import countries, table

Integers = npt.NDArray[np.int64]

# Columns of `properties`: days, teaching, region (0 east, 1 nordic, 2 north, 3 south), country.
DAYS, TEACHING, REGION, COUNTRY = range(4)
NO_MOTIVE, PERSONAL, QUALITY, INSTITUTION = range(4)
# Before and after it stays are not exchanged: the study compares regions over time.
FIRST_YEAR_OF_PANDEMIC = 2020
OTHERS_REACH = 0.25  # how far the mean of reports without motives may be from that of all
# Until which share of tries stays, days and motives are exchanged; then answered sections.
KINDS_UNTIL = np.array([0.4, 0.5, 0.65])
MEANS_FROM, MEAN_STEP = 0.85, 0.01  # the share of tries above which a mean is moved, and how far
BETA_ROUNDING = 0.0003  # how far a beta is from its print at most in the next step


@dataclass(frozen=True)
class Reports:
    """The stays as the search changes them, one row a slot.

    Attributes:
        institution: place in INSTITUTIONS, -1 outside.
        period: slots of one period exchange stays.
        properties: n x 4, columns DAYS, TEACHING, REGION and COUNTRY.
        motive: dominating category or NO_MOTIVE.
        answered: n x 4, whether the report has each outcome.
    """

    institution: Integers
    period: Integers
    properties: Integers
    motive: Integers
    answered: npt.NDArray[np.bool_]


@compiled
def _fill(row, institution, properties, motive, own):  # type: ignore[no-untyped-def]
    """Predictors of one report after a leading 1."""
    row[0] = 1.0
    for k in range(own.shape[1]):
        row[1 + k] = own[institution, k]
    row[6] = properties[DAYS]
    row[7] = 1.0 if motive == PERSONAL else 0.0
    row[8] = 1.0 if motive == INSTITUTION else 0.0
    row[9] = properties[TEACHING]
    for region in range(1, 4):
        row[9 + region] = 1.0 if properties[REGION] == region else 0.0


@compiled
def _add(sums, row, sign):  # type: ignore[no-untyped-def]
    for a in range(row.shape[0]):
        if row[a] != 0.0:
            for b in range(row.shape[0]):
                sums[a, b] += sign * row[a] * row[b]


@compiled
def _correlation(sums):  # type: ignore[no-untyped-def]
    size = sums.shape[0] - 1
    n = sums[0, 0]
    found = np.empty((size, size))
    deviation = np.empty(size)
    for a in range(size):
        deviation[a] = np.sqrt(sums[a + 1, a + 1] / n - (sums[0, a + 1] / n) ** 2)
    for a in range(size):
        for b in range(size):
            covariance = sums[a + 1, b + 1] / n - sums[0, a + 1] * sums[0, b + 1] / n**2
            found[a, b] = covariance / (deviation[a] * deviation[b])
    return found, deviation


@compiled
def _outside(size: float, tolerance: float, unit: float) -> float:
    return max(0.0, (size - tolerance) / unit) ** 2


@compiled
def _misfit(g, sums, targets, between, out):  # type: ignore[no-untyped-def]
    """Squares of what one regression misses: betas of institutions' numbers, standard errors, adjusted R2."""
    beta, smallest, largest, adjusted = targets[0][g], targets[1][g], targets[2][g], targets[3][g]
    n = sums[0, 0]
    correlation, deviation = _correlation(sums)
    with_outcome = correlation @ beta
    r2 = beta @ with_outcome
    parameters = beta.shape[0] + 1
    out[:] = 0
    for k in range(between.shape[1]):
        out[0] += _outside(abs(with_outcome[k] - between[g, k] / deviation[k]), 0.0004, 0.001)
    out[1] = _outside(abs(1 - (1 - r2) * (n - 1) / (n - parameters) - adjusted), 0.0003, 0.0003)
    inverse = np.linalg.inv(correlation)
    for k in range(beta.shape[0]):
        error = np.sqrt((1 - r2) * inverse[k, k] / (n - parameters))
        out[2] += _outside(1 - error / smallest[k], 0.0, 0.003) + _outside(error / largest[k] - 1, 0.0, 0.003)
    return out.sum()


@compiled
def _between(g, counts, means, own, spread, between):  # type: ignore[no-untyped-def]
    """Fill `between[g]`: covariances of an outcome's means with the predictors of institutions, in the outcome's deviations."""
    n = counts[g].sum()
    mean = (counts[g] * means[g]).sum() / n
    for k in range(own.shape[1]):
        between[g, k] = (counts[g] * own[:, k] * (means[g] - mean)).sum() / n / spread[g]


@compiled
def _exchange(kind, a, b, properties, motive, answered):  # type: ignore[no-untyped-def]
    """Exchange what `kind` says between the reports a and b; doing it twice undoes it."""
    if kind == 0:
        for k in range(4):
            properties[a, k], properties[b, k] = properties[b, k], properties[a, k]
    elif kind == 1:
        properties[a, DAYS], properties[b, DAYS] = properties[b, DAYS], properties[a, DAYS]
    elif kind == 2:
        motive[a], motive[b] = motive[b], motive[a]
    elif kind >= 4:
        g = kind - 4
        answered[a, g], answered[b, g] = answered[b, g], answered[a, g]


@compiled
def _may_exchange_stays(a, b, institution, period, properties):  # type: ignore[no-untyped-def]
    same = True
    for column in (DAYS, TEACHING, REGION):
        same = same and properties[a, column] == properties[b, column]
    return period[a] == period[b] and institution[a] != institution[b] and not same


@compiled
def _pick(kind, reports, members, first):  # type: ignore[no-untyped-def]
    """Two reports that may exchange what `kind` says, or -1."""
    institution, period, properties, motive, answered = reports
    a = np.random.randint(institution.shape[0])
    if kind <= 1:
        b = np.random.randint(institution.shape[0])
        if kind == 0:
            allowed = _may_exchange_stays(a, b, institution, period, properties)
        else:
            same_purpose = properties[a, TEACHING] == properties[b, TEACHING]
            allowed = same_purpose and properties[a, DAYS] != properties[b, DAYS]
        return (a, b) if allowed else (-1, -1)
    i = institution[a]
    if i < 0:
        return -1, -1
    b = members[first[i] + np.random.randint(first[i + 1] - first[i])]
    differ = motive[a] != motive[b] if kind == 2 else answered[a, kind - 4] != answered[b, kind - 4]
    known = motive[a] != NO_MOTIVE and motive[b] != NO_MOTIVE
    return (a, b) if known and differ else (-1, -1)


@compiled
def _count(s, sign, kind, reports, own, sums, touched, row):  # type: ignore[no-untyped-def]
    """Add a report to the sums of the regressions that `kind` concerns, or take it out."""
    institution, _, properties, motive, answered = reports
    if institution[s] < 0 or motive[s] == NO_MOTIVE:
        return
    _fill(row, institution[s], properties[s], motive[s], own)
    for g in range(answered.shape[1]):
        if answered[s, g] and (kind < 4 or kind - 4 == g):
            touched[g] = True
            _add(sums[g], row, sign)


@compiled
def _accepted(change, temperature):  # type: ignore[no-untyped-def]
    return change <= 0 or np.random.random() < np.exp(-change / temperature)


@compiled
def _try_mean(temperature, state, outcomes, counts, own, targets):  # type: ignore[no-untyped-def]
    """Move the mean of one institution's reports with one outcome."""
    sums, _, cost, _, parts, new_parts, between, _ = state
    means, least, most, spread = outcomes
    g, i = np.random.randint(means.shape[0]), np.random.randint(means.shape[1])
    before = means[g, i]
    means[g, i] = min(max(before + MEAN_STEP * np.random.standard_normal(), least[g, i]), most[g, i])
    _between(g, counts, means, own, spread, between)
    total = _misfit(g, sums[g], targets, between, new_parts[g])
    if _accepted(total - cost[g], temperature):
        cost[g] = total
        parts[g] = new_parts[g]
    else:
        means[g, i] = before
        _between(g, counts, means, own, spread, between)


@compiled
def _try_exchange(kind, a, b, temperature, state, reports, own, targets):  # type: ignore[no-untyped-def]
    """Exchange what `kind` says between two reports."""
    sums, changed, cost, new_cost, parts, new_parts, between, touched = state
    _, _, properties, motive, answered = reports
    row = np.zeros(sums.shape[1])
    touched[:] = False
    for s in (a, b):
        _count(s, -1.0, kind, reports, own, changed, touched, row)
    _exchange(kind, a, b, properties, motive, answered)
    for s in (a, b):
        _count(s, 1.0, kind, reports, own, changed, touched, row)
    total = 0.0
    for g in np.flatnonzero(touched):
        new_cost[g] = _misfit(g, changed[g], targets, between, new_parts[g])
        total += new_cost[g] - cost[g]
    if _accepted(total, temperature):
        for g in np.flatnonzero(touched):
            sums[g], cost[g], parts[g] = changed[g], new_cost[g], new_parts[g]
    else:
        _exchange(kind, a, b, properties, motive, answered)
        for g in np.flatnonzero(touched):
            changed[g] = sums[g]


@compiled
def _start(reports, own, members, first, outcomes, targets):  # type: ignore[no-untyped-def]
    """Return the state of the search and the reports of each regression by institution."""
    means, _, _, spread = outcomes
    groups, width = targets[0].shape[0], targets[0].shape[1] + 1
    sums, row = np.zeros((groups, width, width)), np.zeros(width)
    counts, between = np.zeros((groups, own.shape[0])), np.zeros((groups, own.shape[1]))
    touched = np.zeros(groups, np.bool_)
    for place in range(own.shape[0]):
        for s in members[first[place] : first[place + 1]]:
            _count(s, 1.0, 0, reports, own, sums, touched, row)
            if reports[3][s] != NO_MOTIVE:
                counts[:, place] += reports[4][s]
    parts, cost = np.zeros((groups, 3)), np.zeros(groups)
    for g in range(groups):
        _between(g, counts, means, own, spread, between)
        cost[g] = _misfit(g, sums[g], targets, between, parts[g])
    return (sums, sums.copy(), cost, np.zeros(groups), parts, np.zeros((groups, 3)), between, touched), counts


@compiled
def _anneal(reports, own, members, first, outcomes, targets, tries, hot, cold, seed):  # type: ignore[no-untyped-def]
    """Leave in the arrays what the search comes to; return the misfit, 4 outcomes x betas, R2 and standard errors."""
    np.random.seed(seed)
    state, counts = _start(reports, own, members, first, outcomes, targets)
    for done in range(tries):
        temperature = hot * (cold / hot) ** (done / tries)
        draw = np.random.random()
        if draw > MEANS_FROM:
            _try_mean(temperature, state, outcomes, counts, own, targets)
            continue
        kind = np.searchsorted(KINDS_UNTIL, draw)
        kind = 4 + np.random.randint(targets[0].shape[0]) if kind == len(KINDS_UNTIL) else kind
        a, b = _pick(kind, reports, members, first)
        if a >= 0:
            _try_exchange(kind, a, b, temperature, state, reports, own, targets)
        if state[2].sum() < 1e-9:
            break
    return state[4]


def members_by_institution(institution: Integers, size: int) -> tuple[Integers, Integers]:
    """Places of the reports by institution, and where each institution's begin."""
    order = np.argsort(institution, kind="stable")
    order = order[institution[order] >= 0]
    return order, np.searchsorted(institution[order], np.arange(size + 1)).astype(np.int64)


@dataclass(frozen=True)
class Outcomes:
    """What the earlier steps say of the four outcomes.

    Attributes:
        complete_means: 4 x 20, means of the reports that the regressions use, to start from.
        least, most: 4 x 20, between which those means may lie.
        spread: 4, standard deviations.
    """

    complete_means: Floats
    least: Floats
    most: Floats
    spread: Floats


@dataclass(frozen=True)
class Exchanged:
    """Reports, means of those that the regressions use (4 x 20), and the misfit (4 outcomes x betas, R2, standard errors)."""

    reports: Reports
    complete_means: Floats
    left: Floats


def exchange(
    reports: Reports, own: Floats, outcomes: Outcomes, *, tries: int, hot: float, cold: float, seed: int
) -> Exchanged:
    """Return what `tries` exchanges come to.

    Args:
        reports: the start; not changed.
        own: 20 x 5, predictors of institutions in the order of PREDICTORS.
        outcomes: means and spreads; the means of the reports that a regression uses move within their limits.
        tries: number of exchanges to try.
        hot: first temperature, in units of the misfit.
        cold: last temperature.
        seed: of the random numbers.
    """
    if own.shape[1] != OF_INSTITUTIONS:
        raise ValueError(f"{own.shape[1]} predictors of institutions, not {OF_INSTITUTIONS}")
    target = published(BETA_ROUNDING)
    properties, motive, answered = reports.properties.copy(), reports.motive.copy(), reports.answered.copy()
    members, first = members_by_institution(reports.institution, len(own))
    means = np.clip(outcomes.complete_means, outcomes.least, outcomes.most)
    targets = (
        target.betas,
        np.maximum(target.smallest_error * 1.001, 1e-6),
        target.largest_error * 0.999,
        target.adjusted_r2,
    )
    left = _anneal(
        (reports.institution, reports.period, properties, motive, answered),
        np.ascontiguousarray(own),
        members,
        first,
        (means, outcomes.least, outcomes.most, outcomes.spread),
        targets,
        tries,
        hot,
        cold,
        seed,
    )
    return Exchanged(Reports(reports.institution, reports.period, properties, motive, answered), means, left)


def outcomes_of(found: Moments, reports: Reports) -> Outcomes:
    """Means of the reports that the regressions use, as far from those of all as the other reports can make up for."""
    least, most = np.zeros((len(GROUPS), len(INSTITUTIONS))), np.zeros((len(GROUPS), len(INSTITUTIONS)))
    for g in range(len(GROUPS)):
        for place in range(len(INSTITUTIONS)):
            mine = reports.answered[:, g] & (reports.institution == place)
            used = mine & (reports.motive != NO_MOTIVE)
            reach = OTHERS_REACH * (mine.sum() - used.sum()) / max(used.sum(), 1)
            least[g, place], most[g, place] = found.means[place, g] - reach, found.means[place, g] + reach
    return Outcomes(np.ascontiguousarray(found.complete_means.T), least, most, found.spread)


def _answering(group: str, key: str, known: float, all_stays: int) -> int:
    """Whole number of reports with an outcome, near the wanted one, with which the printed mean can come out.

    An index is a mean of few whole numbers, so a small institution's mean takes few values.
    """
    wanted = known * (1 + MISSING_MOTIVES)
    size = sum(entry[0] == group for entry in table("answers")["items"].values())
    parts = np.lcm.reduce(np.arange((size + 1) // 2, size + 1))
    mean = published().means[place_of(key), GROUPS.index(group)]
    able = [
        n
        for n in range(max(1, round(0.5 * wanted)), all_stays + 1)
        if np.ceil((mean - 0.0049) * parts * n) <= np.floor((mean + 0.0049) * parts * n)
    ]
    if not able:
        raise ValueError(
            f"{key}: no number of up to {all_stays} reports gives {mean} for {group}; plan more stays"
        )
    return min(able, key=lambda n: abs(n - wanted))


def first_reports(rng: Generator, found: Moments, slots: list[Slot], visits: list[Visit]) -> Reports:
    """Visits as drawn, with motives and answered sections in the numbers that the first step found, in random order.

    Raises:
        ValueError: when an institution has too few stays for a printed mean.
    """
    codes = list(countries())
    regions = {"nordic": 1, "north": 2, "south": 3}
    institution = np.array(
        [INSTITUTIONS.index(slot.institution) if slot.institution in INSTITUTIONS else -1 for slot in slots]
    )
    properties = np.array(
        [
            [
                visit.days,
                visit.purpose != TRAINING,
                regions.get(visit.country.region, 0),
                codes.index(visit.country.code),
            ]
            for visit in visits
        ],
        dtype=np.int64,
    )
    motive = np.zeros(len(slots), dtype=np.int64)
    answered = np.zeros((len(slots), len(GROUPS)), dtype=bool)
    counts = motive_counts(np.bincount(institution[institution >= 0]).astype(float), found.motives)
    for place, key in enumerate(INSTITUTIONS):
        here = rng.permutation(np.flatnonzero(institution == place))
        known, personal, institutional = counts[place]
        kinds = [PERSONAL] * personal + [INSTITUTION] * institutional
        motive[here[:known]] = rng.permutation(kinds + [QUALITY] * (known - len(kinds)))
        for g, group in enumerate(GROUPS):
            total = _answering(group, key, float(found.weights[g, place]), len(here))
            without = min(round(total * MISSING_MOTIVES / (1 + MISSING_MOTIVES)), len(here) - known)
            without = max(without, total - known)
            answered[rng.permutation(here[:known])[: total - without], g] = True
            answered[rng.permutation(here[known:])[:without], g] = True
    _fill_outside(rng, found, institution, motive, answered)
    period = np.array([int(slot.year >= FIRST_YEAR_OF_PANDEMIC) for slot in slots])
    return Reports(institution, period, properties, motive, answered)


def _fill_outside(
    rng: Generator, found: Moments, institution: Integers, motive: Integers, answered: npt.NDArray[np.bool_]
) -> None:
    """Motives and answered sections of the other senders, so that the shares of all stays come out."""
    outside = rng.permutation(np.flatnonzero(institution < 0))
    known = len(outside) - round(len(outside) * MISSING_MOTIVES / (1 + MISSING_MOTIVES))
    all_known = known + int((motive != NO_MOTIVE).sum())
    shares = {
        PERSONAL: value("dominating_motive.personal.share"),
        INSTITUTION: value("dominating_motive.institution.share"),
    }
    numbers = {
        kind: max(0, round(share / 100 * all_known) - int((motive == kind).sum()))
        for kind, share in shares.items()
    }
    kinds = [kind for kind, number in numbers.items() for _ in range(number)]
    motive[outside[:known]] = rng.permutation(kinds + [QUALITY] * (known - len(kinds)))
    for g in range(len(GROUPS)):
        share = found.weights[g].sum() / (institution >= 0).sum() * (1 + MISSING_MOTIVES)
        answered[outside, g] = rng.random(len(outside)) < share
