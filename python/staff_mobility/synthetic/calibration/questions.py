"""The coordinators' answers as the search has them: their order, and the strategy index that they give."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from staff_mobility.synthetic.calibration.machine_code import compiled
from staff_mobility.synthetic.calibration.published import COMPONENTS, OBJECTIVES, Floats

Answers = npt.NDArray[np.int64]

QUESTIONS = (
    "internationalisation_main",
    "internationalisation_sub",
    "mobility_main",
    "mobility_sub",
    "quantitative_target",
    "priority_compared",
    "place_among_instruments",
    "research_priority",
    "facilitation",
    "leadership_signals",
    *(f"objective_{name}" for name in OBJECTIVES),
)
(MAIN, SUB, PRIORITY, PLACE, RESEARCH, FACILITATION, SIGNALS, FIRST_OBJECTIVE) = (
    QUESTIONS.index(name)
    for name in (
        "mobility_main",
        "mobility_sub",
        "priority_compared",
        "place_among_instruments",
        "research_priority",
        "facilitation",
        "leadership_signals",
        "objective_student_mobility",
    )
)


@compiled
def fill_components(answers, parts):  # type: ignore[no-untyped-def]
    """Fill `parts` (6 x 20) with the index and its components, in the order of COMPONENTS."""
    for i in range(answers.shape[0]):
        parts[1, i] = 1.0 if answers[i, MAIN] + answers[i, SUB] > 0 else 0.0
        parts[2, i] = (answers[i, PRIORITY] + answers[i, PLACE] - 2) / 8.0
        parts[3, i] = (answers[i, SIGNALS] - 1) / 4.0
        parts[4, i] = (answers[i, FACILITATION] - 1) / 4.0
        parts[5, i] = (answers[i, FIRST_OBJECTIVE:].sum() / 5.0 - 1) / 4.0
        parts[0, i] = parts[1:, i].sum() / 5.0


def components(answers: Answers) -> Floats:
    """Strategy index and its five components, 6 x institutions: footnote 18."""
    parts = np.zeros((1 + len(COMPONENTS), len(answers)))
    fill_components(answers, parts)
    return parts
