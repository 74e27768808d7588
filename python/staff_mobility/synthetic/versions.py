"""What sets an extract apart from another: reports that the next one lacks, corrected ones, moved ones."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from numpy.random import Generator

from staff_mobility.synthetic.persons import Person
from staff_mobility.synthetic.reports import Row, mobility_tool_row
from staff_mobility.synthetic.stays import Stay

WITHDRAWN = 4
OTHER_ACTIVITY = 3
MOVED = 3
# Stays of the last call of the former programme whose project went over to the present one.
_MOVED_CALL = 2020
_MOVED_UNTIL = date(2022, 6, 30)


def _some(rng: Generator, size: int, count: int) -> list[int]:
    """`count` different places of `size`, in their order."""
    return sorted(rng.permutation(size)[:count].tolist())


def with_withdrawn(rng: Generator, rows: Sequence[Row]) -> list[Row]:
    """`rows` and, after them, stays registered a second time by mistake: under another id, two weeks earlier.

    The office deletes them later, so that the next extract does not have them.
    """
    found = list(rows)
    for number, place in enumerate(_some(rng, len(rows), WITHDRAWN), start=1):
        mistake = dict(rows[place])
        mistake["mobility_id"] = f"SYN{number:010d}"
        for name in ("start_date", "end_date"):
            mistake[name] = rows[place][name] - timedelta(days=14)
        found.append(mistake)
    return found


def with_other_activity(rng: Generator, rows: Sequence[Row]) -> list[Row]:
    """`rows`, some of them with teaching for training or the other way round, which is put right later."""
    other = {"STA": "STT", "STT": "STA"}
    found = list(rows)
    for place in _some(rng, len(rows), OTHER_ACTIVITY):
        before, kind, after = rows[place]["activity_type"].split("-")
        found[place] = rows[place] | {"activity_type": f"{before}-{other[kind]}-{after}"}
    return found


def moved_rows(rng: Generator, stays: Sequence[Stay], persons: Sequence[Person]) -> list[Row]:
    """Return stays of the Beneficiary Module as they stood before their project changed programme.

    The last has the person's name in another spelling: only the e-mail address tells who it is.
    """
    able = [
        stay
        for stay in stays
        if not stay.incoming_from and stay.start <= _MOVED_UNTIL and not persons[stay.person].office_mail
    ]
    rows = []
    for place in _some(rng, len(able), MOVED):
        former = replace(able[place], system="mt", call=_MOVED_CALL, answers=_worded(able[place].answers))
        rows.append(mobility_tool_row(rng, former, persons[former.person]))
    rows[-1]["first_name"] += " S."
    return rows


def _worded(answers: dict[str, str]) -> dict[str, str]:
    """Return answers on the scale of the Mobility Tool, which has words without the numbers before them."""
    return {
        name: text.split(" - ", 1)[1] if text[:1].isdigit() and " - " in text else text
        for name, text in answers.items()
    }
