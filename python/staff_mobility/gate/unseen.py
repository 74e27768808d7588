"""Characters that no reader sees, and that can make others look like what they are not."""

from __future__ import annotations

import unicodedata

# Control and format characters (those that change direction among them), halves of pairs, private use, and
# the separators of lines and paragraphs.
_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))


def is_unseen(character: str) -> bool:
    """Tell whether a character cannot be seen; blanks of any width can."""
    return unicodedata.category(character) in _CATEGORIES
