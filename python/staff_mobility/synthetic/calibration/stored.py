"""What the generator reads: the search's result as two CSV files."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import numpy.typing as npt

from staff_mobility.synthetic.calibration.exchanges import COUNTRY, DAYS, TEACHING, Reports
from staff_mobility.synthetic.calibration.published import INSTITUTIONS
from staff_mobility.synthetic.calibration.questions import QUESTIONS, Answers
from staff_mobility.synthetic.stays import COMBINED, TRAINING
from staff_mobility.synthetic.stays import TEACHING as TEACHING_PURPOSE
from staff_mobility.synthetic.tables import countries

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]


def _write(file: Path, header: list[str], rows: list[list[object]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_institutions(
    file: Path,
    rates: dict[str, float],
    reused: dict[str, int],
    indicators: dict[str, dict[str, float]],
    answers: Answers,
) -> None:
    """Write one row an institution: rate, reused stays, indicators, and the coordinator's answers where there are any."""
    names = sorted({name for values in indicators.values() for name in values})
    rows: list[list[object]] = []
    for key in sorted(rates):
        own = answers[INSTITUTIONS.index(key)].tolist() if key in INSTITUTIONS else [""] * len(QUESTIONS)
        values = [indicators.get(key, {}).get(name, "") for name in names]
        rows.append([key, f"{rates[key]:.6f}", reused[key], *values, *own])
    _write(file, ["institution_key", "rate", "reused_stays", *names, *QUESTIONS], rows)


def write_stays(
    file: Path, reports: Reports, combined: Booleans, ticks: Booleans, skipped: Booleans, answers: Integers
) -> None:
    """Write one row a slot: country, purpose, days, ticks (17 marks, none when skipped) and answers (26 digits, 0 for none)."""
    codes = list(countries())
    rows: list[list[object]] = []
    for place, own in enumerate(reports.properties):
        purpose = COMBINED if combined[place] else TEACHING_PURPOSE if own[TEACHING] else TRAINING
        motives = "" if skipped[place] else "".join("01"[int(tick)] for tick in ticks[place])
        items = "".join(str(answer) for answer in answers[place])
        rows.append([codes[own[COUNTRY]], purpose, int(own[DAYS]), motives, items])
    _write(file, ["country_code", "purpose", "days", "motives", "items"], rows)
