"""Text out of bytes, strictly, and words about what goes wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

REPLACEMENT = "\ufffd"
_SAMPLE_BYTES = 1 << 20
_NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "cp1252": "cp1252", "latin-1": "latin-1"}

# C2 and C3 start the two bytes of every letter of western Europe; read as cp1252 they show as 'Â' and 'Ã'.
_CONTINUATION = "".join(bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xC0))
_MOJIBAKE = re.compile(f"[ÂÃ][{re.escape(_CONTINUATION)}\x81\x8d\x8f\x90\x9d]")


class UndecodableError(Exception):
    """A line that is not text in the expected encoding.

    Attributes:
        line: Physical line, from 1.
        before: The line's text before the bad byte.
        reason: Which byte, which encoding.
        is_cut: Whether the file ends inside a letter, so that the encoding is right and the end is missing.
    """

    def __init__(self, line: int, before: str, reason: str, *, is_cut: bool = False) -> None:
        super().__init__(reason)
        self.line = line
        self.before = before
        self.reason = reason
        self.is_cut = is_cut


def is_mojibake(text: str) -> bool:
    """Whether a text is UTF-8 that was read as cp1252, such as 'CafÃ©'."""
    if not _MOJIBAKE.search(text):
        return False
    try:
        # A name such as 'IRMÃ', followed by a quotation mark, is no UTF-8 as a whole unless it stands alone.
        text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return False
    return True


def without_bom(encoding: str) -> str:
    """Return the encoding that also accepts a byte order mark, where there is one."""
    return "utf-8-sig" if encoding == "utf-8" else encoding


def looks_like(sample: bytes) -> str:
    """Guess the encoding of a file's first bytes: UTF-16, UTF-8 or cp1252."""
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in sample[:200]:
        return "UTF-16"
    try:
        # A sample may end inside a letter.
        sample[: sample.rfind(b"\n") + 1 or None].decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "UTF-8"


def sample_of(file: BinaryIO) -> bytes:
    """Return the first bytes of a file, enough to guess from, and go back to its start."""
    file.seek(0)
    sample = file.read(_SAMPLE_BYTES)
    file.seek(0)
    return sample


def decoded_lines(file: BinaryIO, encoding: str) -> Iterator[str]:
    """Yield the physical lines of a file with their line ends.

    Raises:
        UndecodableError: A line is not text in this encoding, or shows that it was written in UTF-8.
    """
    codec = without_bom(encoding)
    for number, line in enumerate(file, start=1):
        if number == 2 and codec == "utf-8-sig":
            codec = "utf-8"
        _refuse_foreign_bytes(number, line, encoding)
        try:
            yield line.decode(codec)
        except UnicodeDecodeError as error:
            # The codec that drops a byte order mark counts from behind it.
            at = error.start + len(line) - len(error.object)
            is_cut = error.reason == "unexpected end of data"
            before = line[:at].decode(codec, "replace")
            raise UndecodableError(number, before, _not_text(line[at], encoding), is_cut=is_cut) from None


def _not_text(byte: int, encoding: str) -> str:
    return f"byte 0x{byte:02X} is not {_NAMES.get(encoding, encoding)}"


def _refuse_foreign_bytes(number: int, line: bytes, encoding: str) -> None:
    """Refuse lines that decode but are wrong all the same."""
    if b"\x00" in line:
        raise UndecodableError(number, "", _not_text(0, encoding))
    if encoding not in ("cp1252", "latin-1") or line.isascii():
        return
    if number == 1 and line.startswith(b"\xef\xbb\xbf"):
        raise UndecodableError(
            number, "", f"the file starts with the byte order mark of UTF-8, not {encoding}"
        )
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return
    match = re.search(rb"[\xc2\xc3][\x80-\xbf]", line)
    if match:
        pair = " ".join(f"0x{byte:02X}" for byte in match.group())
        before = line[: match.start()].decode(encoding, "replace")
        raise UndecodableError(number, before, f"bytes {pair} are one letter in UTF-8 and two in {encoding}")
