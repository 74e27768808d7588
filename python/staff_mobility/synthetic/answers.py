"""Answers of the participant reports: motives, outcomes and change, from a latent-factor model."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from staff_mobility.synthetic.stays import Stay
from staff_mobility.synthetic.tables import table

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

CATEGORIES = ("personal", "quality", "institution")
TEXT_LABELS = (
    "Strongly disagree",
    "Rather disagree",
    "Neither agree nor disagree",
    "Rather agree",
    "Strongly agree",
)
NOT_APPLICABLE = "Not applicable"
SHARING = ("Presentation to colleagues", "Report on the intranet", "Workshop", "New teaching material")
TEXTS = (
    "Synthetic answer: useful visit; new contacts.",
    'Synthetic text: a colleague said "come back"; we will.',
    "Synthetic text, first line;\nsecond line: joint course planned.",
    'Synthetic: I learned how "flipped" seminars work;\nmore staff should go.',
    "Synthetic answer without details.",
)
# A standard deviation of an outcome index over reports, to turn differences of means into standard units.
_INDEX_SD = {"staff": 0.70, "quality": 0.62, "institution": 0.80, "institutional_change": 0.80}


def _category_columns() -> dict[str, list[int]]:
    motives = list(table("answers")["motives"].values())
    return {name: [i for i, entry in enumerate(motives) if entry[0] == name] for name in CATEGORIES}


def tick_motives(rng: Generator, stays: list[Stay]) -> npt.NDArray[np.bool_]:
    """Ticks of the 17 motives, one row a stay; each motive's planned share holds over all stays."""
    setting = table("answers")
    spread, shifts = setting["motive_spread"], setting["motive_shift"]
    size = len(stays)
    teaching = np.array([stay.teaching for stay in stays], dtype=float)
    ticking = spread["ticking"] * rng.standard_normal(size)
    factor = {
        name: spread[name] * rng.standard_normal(size)
        + np.array([shifts.get(stay.institution, shifts["other"])[place] for stay in stays])
        for place, name in enumerate(CATEGORIES)
    }
    ticks = np.zeros((size, len(setting["motives"])), dtype=bool)
    for place, (category, share, shift) in enumerate(setting["motives"].values()):
        latent = ticking + factor[category] + shift * teaching + rng.standard_normal(size)
        ticks[:, place] = latent > np.quantile(latent, 1 - share)
    return ticks


def dominating(ticks: npt.NDArray[np.bool_]) -> list[str]:
    """Category with the largest ticked share of each row; quality, then personal wins a tie; "" without."""
    columns = _category_columns()
    order = ("quality", "personal", "institution")
    shares = np.stack([ticks[:, columns[name]].mean(axis=1) for name in order], axis=1)
    best = shares.argmax(axis=1)
    answered = [bool(row.any()) for row in ticks]
    return [order[int(place)] if some else "" for place, some in zip(best, answered, strict=True)]


def _standard(values: list[float] | list[bool]) -> Vector:
    vector = np.array(values, dtype=float)
    centred: Vector = (vector - vector.mean()) / max(float(vector.std()), 1e-9)
    return centred


def _predictors(stays: list[Stay], motive: list[str]) -> dict[str, Vector]:
    regions = {"region_nordic": "nordic", "region_northern": "north", "region_southern": "south"}
    found = {
        "duration": _standard([float(min(stay.duration, 30)) for stay in stays]),
        "teaching": _standard([stay.teaching for stay in stays]),
        "motive_personal": _standard([name == "personal" for name in motive]),
        "motive_institution": _standard([name == "institution" for name in motive]),
    }
    for name, region in regions.items():
        found[name] = _standard([stay.country.region == region for stay in stays])
    return found


def _group_factors(rng: Generator, stays: list[Stay], motive: list[str]) -> dict[str, Vector]:
    """Latent factor of each outcome group: shared person factor, own properties, institution."""
    setting = table("answers")
    root = np.linalg.cholesky(np.array(setting["factor_correlation"]))
    noise = rng.standard_normal((len(stays), len(setting["groups"]))) @ root.T
    predictors = _predictors(stays, motive)
    means = setting["institution_means"]
    found: dict[str, Vector] = {}
    for place, group in enumerate(setting["groups"]):
        middle = float(np.mean([values[place] for values in means.values()]))
        found[group] = noise[:, place].copy()
        for name, weight in setting["weights"][group].items():
            found[group] += 1.25 * weight * predictors[name]
        found[group] += np.array(
            [
                1.2 * (means[stay.institution][place] - middle) / _INDEX_SD[group]
                if stay.institution in means
                else 0
                for stay in stays
            ]
        )
    return found


def _centre_for_mean(latent: Vector, mean: float, spread: float) -> float:
    """Shift that gives the rounded and clipped answers the wanted mean."""
    low, high = -3.0, 9.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _likert(latent, middle, spread).mean() < mean else (low, middle)
    return (low + high) / 2


def _likert(latent: Vector, centre: float, spread: float) -> Vector:
    answers: Vector = np.clip(np.rint(centre + spread * latent), 1, 5)
    return answers


def rate_items(rng: Generator, stays: list[Stay], motive: list[str]) -> tuple[Matrix, Mask]:
    """Answers 1..5 of the 26 items, one row a stay, and where "Not applicable" stands instead."""
    setting = table("answers")
    factors = _group_factors(rng, stays, motive)
    size = len(stays)
    answers = np.zeros((size, len(setting["items"])))
    apart = np.zeros(answers.shape, dtype=bool)
    for place, (group, mean, share) in enumerate(setting["items"].values()):
        loading = setting["loading"][group]
        latent = loading * factors[group] + np.sqrt(1 - loading**2) * rng.standard_normal(size)
        apart[:, place] = rng.random(size) < share
        centre = _centre_for_mean(latent[~apart[:, place]], mean, 1.15)
        answers[:, place] = _likert(latent, centre, 1.15)
    return answers, apart


def numbered(value: int) -> str:
    """Answer label of the Beneficiary Module."""
    return f"{value} - {TEXT_LABELS[value - 1]}"


def worded(value: int) -> str:
    """Answer label of the Mobility Tool."""
    return TEXT_LABELS[value - 1]


def _motive_cells(names: list[str], ticks: npt.NDArray[np.bool_], skipped: bool) -> dict[str, str]:
    if skipped:
        return {}
    return {name: "YES" if tick else "NO" for name, tick in zip(names, ticks, strict=True)}


def _item_cells(
    rng: Generator, names: list[str], row: Vector, apart: Mask, skip: dict[str, bool], empty: float
) -> dict[str, str | int]:
    """Answers of one report by item: a whole number, "Not applicable", or nothing when left empty."""
    left_out = rng.random(len(names)) < empty
    cells: dict[str, str | int] = {}
    for place, name in enumerate(names):
        if skip["change" if name.startswith("change__") else "outcomes"] or left_out[place]:
            continue
        cells[name] = NOT_APPLICABLE if apart[place] else int(row[place])
    return cells


def _other_cells(rng: Generator, stay: Stay) -> dict[str, str]:
    plans = [text for text in SHARING if rng.random() < 0.4]
    return {
        "has_mobility_agreement": "YES" if rng.random() < (0.85 if stay.teaching else 0.55) else "NO",
        "sharing_plans": ";".join(plans),
        "learning_text": TEXTS[int(rng.random() * len(TEXTS))] if rng.random() < 0.3 else "",
        "comment_text": "Synthetic comment; none." if rng.random() < 0.04 else "",
    }


def answer_reports(rng: Generator, stays: list[Stay]) -> None:
    """Fill in the answers of all stays' reports, as text by canonical column name."""
    setting = table("answers")
    motives, items = list(setting["motives"]), list(setting["items"])
    ticks = tick_motives(rng, stays)
    values, apart = rate_items(rng, stays, dominating(ticks))
    for index, stay in enumerate(stays):
        form = "old" if stay.old_form else "new"
        skip = {part: bool(rng.random() < share) for part, share in setting["skip"][form].items()}
        label: Callable[[int], str] = numbered if stay.system == "bm" else worded
        cells = _item_cells(rng, items, values[index], apart[index], skip, setting["empty_item"][form])
        stay.answers = {
            **_motive_cells(motives, ticks[index], skip["motives"]),
            **{name: label(value) if isinstance(value, int) else value for name, value in cells.items()},
            **_other_cells(rng, stay),
        }
