"""Prints docs/audit.md: its text is page.md, its numbers are computed.

python -m staff_mobility.audit.page > docs/audit.md
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path

from staff_mobility.audit.audit import audited, finding_rows
from staff_mobility.audit.inputs import Study
from staff_mobility.audit.result import Number, Outcome
from staff_mobility.audit.seeds import study_of_seeds
from staff_mobility.audit.texts import SentenceWriter
from staff_mobility.settings import load_settings

LANGUAGE = "en"


class _Numbers:
    """Numbers of one check, for places such as `{headings.orders}`."""

    def __init__(self, numbers: Mapping[str, Number]) -> None:
        self.__dict__.update(numbers)


def page(study: Study, verdicts: Mapping[str, str]) -> str:
    """Return the page.

    Args:
        study: The printed values.
        verdicts: Labels of verdicts.
    """
    outcomes = audited(study)
    template = files(__package__).joinpath("page.md").read_text(encoding="utf-8")
    places: dict[str, object] = {name: _Numbers(outcome.evidence) for name, outcome in outcomes.items()}
    table = "\n".join(_table(study, outcomes, verdicts))
    return SentenceWriter(LANGUAGE, study.names).vformat(template, (), {**places, "table": f"text:{table}"})


def verdict_labels(project: Path) -> dict[str, str]:
    """Return the labels of verdicts from their seed."""
    path = project / "seeds" / "audit" / "audit_verdict.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["audit_verdict"]: row[f"label_{LANGUAGE}"] for row in csv.DictReader(file)}


def _table(study: Study, outcomes: Mapping[str, Outcome], verdicts: Mapping[str, str]) -> Iterator[str]:
    yield "| No. | Place | Verdict | What the numbers say |"
    yield "|---:|---|---|---|"
    for row in finding_rows(study, outcomes):
        cells = (
            str(row["finding_number"]),
            row[f"place_{LANGUAGE}"],
            verdicts[row["verdict"]],
            row[f"sentence_{LANGUAGE}"].replace("|", "\\|"),
        )
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    root = load_settings().project
    sys.stdout.write(page(study_of_seeds(root), verdict_labels(root)))
