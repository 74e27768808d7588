"""Keyed pseudonyms: the same person gives the same text, and nobody without the key can go back or recompute.

A pseudonym is HMAC-SHA-256 over the pseudonym's name and the normalised parts, joined with U+001F. The name
is part of it, so that an e-mail address and a participant id of the same text stay apart.

A key that is changed stays the first of a chain: the next key makes HMAC(next key, former pseudonym). So what is stored
can be mapped without the identifiers, and is as secret as the newest key even if the former ones are known.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SEPARATOR = "\x1f"

# Ids of one system mean nothing in another: they carry their source into the pseudonym. E-mail addresses and
# names with birth dates do not, because they link a person across the systems.
IDS_OF_ONE_SYSTEM = frozenset({"participant_id"})

# The identifiers that make two rows one person's, as int_persons_linked has it; a name alone does not.
LINKING = ("participant_id", "email", "name_birth_date")
# An address beside many names with birth dates is an office's and links nobody.
SHARED, NAMING = "email", "name_birth_date"


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


@dataclass(frozen=True)
class KeyChain:
    """The secret of the pseudonyms.

    Attributes:
        keys: The first makes pseudonyms of identifiers, each later one makes new pseudonyms of the former.
    """

    keys: tuple[bytes, ...]

    @property
    def fingerprint(self) -> str:
        """A short text that tells chains apart and does not give them away."""
        told = fingerprint(self.keys[0])
        for key in self.keys[1:]:
            told = _step(key, "fingerprint", told)[: len(told)]
        return told

    def pseudonym(self, name: str, source: str, parts: Sequence[str]) -> str | None:
        """Return the pseudonym of an identifier as this warehouse has it; see `pseudonymise`."""
        made = self._generations(name, source, parts)
        return made[-1] if made else None

    def possible_tombstones(self, name: str, source: str, parts: Sequence[str]) -> Iterator[str]:
        """Yield what would stand for an identifier among the tombstones, by the key that was in use when it was erased."""
        for number, pseudonym in enumerate(self._generations(name, source, parts)):
            yield KeyChain(self.keys[: number + 1])._aged(pseudonym, self.keys[number + 1 :])

    def tombstone(self, pseudonym: str) -> str:
        """Return what is kept of an erased person's pseudonym, made with a key of its own: nothing can be joined to it."""
        return self._aged(pseudonym, ())

    def served_key(self, column: str, key: str) -> str:
        """Return what publications have in place of a key of a report or person, made with a key of its own."""
        purpose = hmac.digest(self.keys[-1], b"key of the keys in publications", "sha256")
        return hmac.digest(purpose, SEPARATOR.join([column, key]).encode(), "sha256").hex()

    def _aged(self, pseudonym: str, later: Sequence[bytes]) -> str:
        purpose = hmac.digest(self.keys[-1], b"key of the tombstones of erased persons", "sha256")
        made = hmac.digest(purpose, pseudonym.encode(), "sha256").hex()
        for key in later:
            made = rotated_tombstone(key, made)
        return made

    def _generations(self, name: str, source: str, parts: Sequence[str]) -> list[str]:
        first = pseudonymise(self.keys[0], name, source, parts)
        made = [first] if first else []
        for key in self.keys[1:]:
            made += [rotated_pseudonym(key, former) for former in made[-1:]]
        return made


def rotated_pseudonym(key: bytes, former: str) -> str:
    """Return the pseudonym that follows a former one when a key is added to the chain."""
    return _step(key, "pseudonym", former)


def rotated_tombstone(key: bytes, former: str) -> str:
    """Return the tombstone that follows a former one when a key is added to the chain."""
    return _step(key, "tombstone", former)


def _step(key: bytes, what: str, former: str) -> str:
    return hmac.digest(key, SEPARATOR.join(["next", what, former]).encode(), "sha256").hex()
