"""Words of the gate's pages, and what makes the words of others harmless."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from importlib.resources import files
from typing import Any

import yaml

from staff_mobility.gate.results import GateResult
from staff_mobility.gate.unseen import is_unseen
from staff_mobility.report.catalogue import SourceTitles
from staff_mobility.report.formats import MISSING, Style, format_day, format_number
from staff_mobility.report.views import source_title

TEXTS: Mapping[str, Mapping[str, str]] = yaml.safe_load(
    files(__package__).joinpath("texts.yml").read_text(encoding="utf-8")
)

# Characters kept of a text that came with a file, by field of the result.
_LENGTHS = {
    "shown": 80,
    "report": 80,
    "column": 120,
    "check": 120,
    "limit": 120,
    "accepted_by": 80,
    "acceptance_reason": 500,
    "file": 160,
}
_LENGTH_OF_OTHERS = 1200


def visible(text: str, length: int) -> str:
    """Return a text in which every character can be seen, such as ``[U+202E]``, cut in its middle."""
    if len(text) > length:
        end = length // 4
        text = f"{text[: length - end]} … {text[-end:]}"
    return "".join(f"[U+{ord(each):04X}]" if is_unseen(each) else each for each in text)


def displayable(result: GateResult) -> GateResult:
    """Return the result with all its texts made `visible`: names, headers and cells are anybody's words."""
    return GateResult.from_json(_displayable(result.as_json(), ""))


def _displayable(value: Any, name: str) -> Any:
    if isinstance(value, str):
        return visible(value, _LENGTHS.get(name, _LENGTH_OF_OTHERS))
    if isinstance(value, Mapping):
        return {key: _displayable(each, key) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_displayable(each, name) for each in value]
    return value


def file_name(path: str) -> str:
    """Return the name at the end of a path in the drop folder."""
    return path.rpartition("/")[2]


def count_text(count: int | None, language: str) -> str:
    """Write a count, or the sign for what is missing."""
    return MISSING if count is None else format_number(count, Style.WHOLE, language)


def change_text(change: int, language: str) -> str:
    """Write a difference with its sign."""
    sign = "+" if change > 0 else "\u2212" if change < 0 else ""
    return sign + count_text(abs(change), language)


def day_text(day: str | None, language: str) -> str:
    """Write an ISO date in words, or that it is not known."""
    return TEXTS[language]["unknown"] if day is None else format_day(date.fromisoformat(day), language)


def moment_text(moment: str, language: str) -> str:
    """Write an ISO time in UTC to the minute."""
    at = datetime.fromisoformat(moment)
    return f"{format_day(at.date(), language)} {at:%H:%M} UTC"


def source_text(source: str | None, titles: SourceTitles, language: str) -> str:
    """Write a source system, or that it is not known."""
    return TEXTS[language]["unknown_source"] if source is None else source_title(titles, source, language)
