"""Sentences of the audit in its languages, from findings.yml and the numbers of the checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from string import Formatter
from typing import Any

import yaml

from staff_mobility.audit.result import Number, Outcome

LANGUAGES = ("nb", "en")
TEXTS: Mapping[str, Any] = yaml.safe_load(
    files(__package__).joinpath("findings.yml").read_text(encoding="utf-8")
)
# Decimal sign, thousands' sign and sign before a percentage by language.
_SIGNS = {"nb": (",", "\u00a0", "\u00a0%"), "en": (".", ",", "%")}


class SentenceWriter(Formatter):
    """Fills places in a sentence: `{name:2}` with two decimals, `{name:0%}` as a percentage.

    Args:
        language: Of the sentence.
        names: Short names of institutions by key.
    """

    def __init__(self, language: str, names: Mapping[str, str]) -> None:
        self._language = language
        self._names = names

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return a number or word as this language writes it."""
        if isinstance(value, str):
            return self._words(value)
        decimal, thousands, percent = _SIGNS[self._language]
        is_share = format_spec.endswith("%")
        decimals = int(format_spec.rstrip("%") or 0)
        is_year = isinstance(value, int) and not format_spec
        number = f"{float(value) * (100 if is_share else 1):,.{decimals}f}"
        number = number.replace("-", "\u2212").replace(",", "\0").replace(".", decimal)
        return number.replace("\0", "" if is_year else thousands) + (percent if is_share else "")

    def word(self, key: str) -> str:
        """Return an outcome or predictor as this language calls it."""
        return str(TEXTS["words"][key][LANGUAGES.index(self._language)])

    def _words(self, text: str) -> str:
        kind, _, content = text.partition(":")
        if kind == "text":
            return content
        if kind == "institution":
            return self._names[content]
        if kind == "outcome":
            return self.word(content)
        pairs = [pair.split(",") for pair in content.split(";") if pair]
        return "; ".join(f"{self.word(predictor)} × {self.word(outcome)}" for predictor, outcome in pairs)


def sentence(finding: Mapping[str, Any], outcome: Outcome, language: str, names: Mapping[str, str]) -> str:
    """Return what the audit says of a finding.

    Raises:
        KeyError: The sentence asks for a number that the check does not give.
    """
    sentences = finding["sentences"]
    both = sentences.get(str(outcome.verdict)) or sentences["otherwise"]
    writer = SentenceWriter(language, names)
    words: dict[str, Number] = {f"word_{key}": f"outcome:{key}" for key in TEXTS["words"]}
    return writer.vformat(both[LANGUAGES.index(language)], (), {**words, **outcome.evidence})


def number_text(number: Number, decimals: int, language: str) -> str:
    """Return a number with so many decimals as the language writes it."""
    return SentenceWriter(language, {}).format_field(float(number), str(decimals))


def in_language(both: Sequence[str], language: str) -> str:
    """Return the text of a language of a pair in findings.yml."""
    return both[LANGUAGES.index(language)]
