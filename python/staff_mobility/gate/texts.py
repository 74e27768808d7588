"""Words of the checks in both languages; the words themselves stand in ``checks.yml``."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from staff_mobility.gate.results import LANGUAGES, CheckResult, Texts

_FILE = Path(__file__).with_name("checks.yml")


@functools.cache
def _texts() -> dict[str, Any]:
    import yaml

    content: dict[str, Any] = yaml.safe_load(_FILE.read_bytes())
    return content


def check_names() -> tuple[str, ...]:
    """Return the names of all checks."""
    return tuple(_texts()["checks"])


def title(check: str) -> Texts:
    """Return a check in a few words."""
    return dict(_texts()["checks"][check]["title"])


def guidance(check: str, **values: object) -> Texts:
    """Return what to do when a check fails."""
    return _filled(_texts()["checks"][check]["guidance"], values)


def message(check: str, **values: object) -> Texts:
    """Return what was found by a check that is told by numbers."""
    return _filled(_texts()["checks"][check]["message"], values)


def fault(check: str, **values: object) -> Texts:
    """Return what is wrong with one value."""
    return _filled(_texts()["checks"][check]["fault"], values)


def common(name: str, **values: object) -> Texts:
    """Return a text that all checks share."""
    return _filled(_texts()["common"][name], values)


def hint(value: str | None, allowed: list[str]) -> Texts:
    """Return the allowed answer that comes near a value, as the end of a sentence; empty if none does."""
    near = get_close_matches(
        (value or "").casefold().strip(), [answer.casefold() for answer in allowed], 1, 0.8
    )
    matches = [answer for answer in allowed if near and answer.casefold() == near[0]]
    if not matches:
        return dict.fromkeys(LANGUAGES, "")
    return common("did_you_mean", near=f"'{matches[0]}'")


def number(value: int) -> Texts:
    """Return a whole number with its thousands set apart."""
    from babel.numbers import format_decimal

    return {language: format_decimal(value, locale=language) for language in LANGUAGES}


def percent(share: float) -> Texts:
    """Return a share as per cent with one decimal."""
    from babel.numbers import format_percent

    return {language: format_percent(share, "0.0 %", locale=language) for language in LANGUAGES}


def because(checks: Sequence[CheckResult]) -> Texts:
    """Return the checks that set rows aside, as the end of a sentence; empty without any."""
    return {
        language: "".join(
            f"; {check.title[language]} ({check.column}): {check.n_failing}" for check in checks
        )
        for language in LANGUAGES
    }


def joined(faults: Sequence[Texts], n_failing: int, n_checked: int) -> Texts:
    """Return several faults as one message with their counts."""
    together = {language: "; ".join(fault[language] for fault in faults) for language in LANGUAGES}
    return common("counted", n_failing=number(n_failing), n_checked=number(n_checked), faults=together)


def all_well(n_checked: int) -> Texts:
    """Return what a check that passed says."""
    return common("passed", n_checked=number(n_checked)) if n_checked else common("nothing")


def _filled(texts: Mapping[str, str], values: Mapping[str, object]) -> Texts:
    """Fill the blanks of a text; a value can be a text by language itself."""
    return {
        language: texts[language].format_map(
            {name: value[language] if isinstance(value, Mapping) else value for name, value in values.items()}
        )
        for language in LANGUAGES
    }
