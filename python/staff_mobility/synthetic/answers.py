"""Answers of the participant reports: motives, outcomes and change."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from staff_mobility.synthetic.calibrated import stored_stays
from staff_mobility.synthetic.stays import Stay
from staff_mobility.synthetic.tables import table

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


def numbered(value: int) -> str:
    """Answer label of the Beneficiary Module."""
    return f"{value} - {TEXT_LABELS[value - 1]}"


def worded(value: int) -> str:
    """Answer label of the Mobility Tool."""
    return TEXT_LABELS[value - 1]


def _motive_cells(names: list[str], ticks: tuple[bool, ...]) -> dict[str, str]:
    if not ticks:
        return {}
    return {name: "YES" if tick else "NO" for name, tick in zip(names, ticks, strict=True)}


def _section(item: str) -> str:
    return item.split("__")[0]


def _item_cells(rng: Generator, values: tuple[int, ...], label: Callable[[int], str]) -> dict[str, str]:
    """Answers of one report by item; without an answer "Not applicable", or nothing when left empty or the section is skipped."""
    setting = table("answers")
    items = list(zip(setting["items"].items(), values, strict=True))
    answered = {_section(name) for (name, _), value in items if value}
    cells: dict[str, str] = {}
    for (name, (_, _, share)), value in items:
        apart = rng.random() < share / (share + setting["empty_item"])
        if value:
            cells[name] = label(value)
        elif apart and _section(name) in answered:
            cells[name] = NOT_APPLICABLE
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
    """Fill in the answers of all stays' reports, as text by canonical column name.

    Outgoing stays have the replies that the search found for their slots; guests repeat the reply of some stay.
    """
    motives = list(table("answers")["motives"])
    stored = stored_stays()
    for stay in stays:
        place = int(rng.random() * len(stored))
        reply = stored[place if stay.incoming_from else stay.slot].reply
        label: Callable[[int], str] = numbered if stay.system == "bm" else worded
        stay.answers = {
            **_motive_cells(motives, reply.motives),
            **_item_cells(rng, reply.items, label),
            **_other_cells(rng, stay),
        }
