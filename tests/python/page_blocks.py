"""The fenced blocks of a page in Markdown, so that a test can run what the page shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(?P<head>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
TRIED = "tried"


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Attributes:
        line: Where it begins.
        language: The first word of its head.
        is_tried: Whether the head says so.
    """

    line: int
    language: str
    is_tried: bool
    text: str


def blocks(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page in order."""
    whole = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(whole):
        language, *marks = found["head"].split() or [""]
        yield Block(whole.count("\n", 0, found.start()) + 1, language, TRIED in marks, found["text"])
