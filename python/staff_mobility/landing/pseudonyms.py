"""Keyed pseudonyms: the same person gives the same text, and nobody without the key can go back or recompute.

A pseudonym is HMAC-SHA-256 over the pseudonym's name and the normalised parts, joined with U+001F. The name
is part of it, so that an e-mail address and a participant id of the same text stay apart.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Sequence

SEPARATOR = "\x1f"

# Ids of one system mean nothing in another: they carry their source into the pseudonym. E-mail addresses and
# names with birth dates do not, because they link a person across the systems.
IDS_OF_ONE_SYSTEM = frozenset({"participant_id"})


def normalise(text: str) -> str:
    """Return the form in which identifiers are compared; idempotent.

    Compatibility forms are unified (NFKC), case is folded, blanks of any kind are collapsed and trimmed, and
    characters without width (zero-width space, soft hyphen, byte order mark) are dropped.
    """
    if text.isascii():
        # The same in one step, for most addresses and ids.
        return " ".join(text.lower().split())
    # One pass can undo what another did (folding and normal form bring each other's letters back).
    while (again := _fold_once(text)) != text:
        text = again
    return text


def _fold_once(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    visible = "".join(character for character in folded if unicodedata.category(character) != "Cf")
    return " ".join(visible.split())


def pseudonymise(key: bytes, name: str, source: str, parts: Sequence[str]) -> str | None:
    """Return the pseudonym of an identifier as 64 hexadecimal digits.

    Args:
        key: The secret key.
        name: Name of the pseudonym, for example ``email``.
        source: Name of the source system.
        parts: The identifier's parts in column order; birth dates in ISO form.

    Returns:
        None if any part is empty, because half an identifier would link strangers.
    """
    normalised = [normalise(part) for part in parts]
    if not all(normalised):
        return None
    scope = [source] if name in IDS_OF_ONE_SYSTEM else []
    message = SEPARATOR.join([name, *scope, *normalised])
    return hmac.digest(key, message.encode(), "sha256").hex()


def fingerprint(key: bytes) -> str:
    """Return a short text that tells keys apart and does not give them away."""
    return hmac.digest(key, b"fingerprint of the pseudonym key", "sha256").hex()[:16]
