"""What the generator draws before any search: the start of the first step."""

from __future__ import annotations

import numpy as np
from numpy.random import default_rng

from staff_mobility.synthetic.answers import dominating, tick_motives
from staff_mobility.synthetic.calibration.moments import INDICATORS, Start
from staff_mobility.synthetic.calibration.motives import Ticks
from staff_mobility.synthetic.calibration.predictors import STAY_PROPERTIES
from staff_mobility.synthetic.calibration.published import INSTITUTIONS
from staff_mobility.synthetic.plan import Slot, stay_slots
from staff_mobility.synthetic.stays import Stay, Visit, drawn_visits, outgoing_stays
from staff_mobility.synthetic.tables import indicator_values, table

# Reports with each outcome that table 4.5's p values imply, given how its predictors go together (audit: finding 10).
N_COMPLETE = (2250.0, 2550.0, 2150.0, 1900.0)


def _properties(stays: list[Stay], motives: list[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array(
        [
            [
                stay.duration,
                motive == "personal",
                motive == "institution",
                stay.teaching,
                *(stay.country.region == region for region in ("nordic", "north", "south")),
            ]
            for stay, motive in zip(stays, motives, strict=True)
        ],
        dtype=float,
    )


def slots_and_visits() -> tuple[list[Slot], list[Visit]]:
    """Return the plan's slots and a visit for each, as the generator's own streams draw them."""
    seed = table("plan")["seed"]
    slots = stay_slots(default_rng([seed, 0]))
    return slots, drawn_visits(default_rng([seed, 1]), slots)


def stays_and_ticks() -> tuple[list[Stay], Ticks]:
    """Return the stays of these visits in the order of departure, and the motives that each ticks."""
    seed = table("plan")["seed"]
    stays = outgoing_stays(default_rng([seed, 1]), *slots_and_visits())
    return stays, tick_motives(default_rng([seed, 4]), stays)


def start() -> Start:
    """Return what the plan and the generator's own streams give; the same each time."""
    stays, ticks = stays_and_ticks()
    motives = dominating(ticks)
    known = [
        (INSTITUTIONS.index(stay.institution), place)
        for place, stay in enumerate(stays)
        if stay.institution in INSTITUTIONS and motives[place]
    ]
    institution = np.array([key for key, _ in known])
    places = [place for _, place in known]
    properties = _properties([stays[place] for place in places], [motives[place] for place in places])
    reports = np.bincount(institution, minlength=len(INSTITUTIONS)).astype(float)
    mix = np.array([properties[institution == place].mean(0) for place in range(len(INSTITUTIONS))])
    rows = {row["institution_key"]: row for row in indicator_values()}
    (other,) = set(table("plan")["state"]) - set(INSTITUTIONS)
    within = np.corrcoef((properties - mix[institution]).T)
    if within.shape != (STAY_PROPERTIES, STAY_PROPERTIES):
        raise AssertionError("seven properties of a stay")
    return Start(
        reports=reports,
        cluster=np.array([int(rows[key]["cluster"]) for key in INSTITUTIONS], dtype=float),
        indicators=np.array([[float(rows[key][name]) for key in INSTITUTIONS] for name in INDICATORS]),
        mix=mix,
        within=within,
        n_complete=np.array(N_COMPLETE),
        other=np.array([float(rows[other]["exchange_share"]), float(table("plan")["state"][other]["rate"])]),
    )
