"""Text out of bytes, strictly, and words about what goes wrong.

The encoding of a file is decided from the whole of it: a byte order mark decides; a file that is UTF-8 from
end to end is UTF-8; of the others, those that hold mostly UTF-8 are damaged UTF-8 and the rest is cp1252.
The reading that follows is strict, so that a line in the other encoding is refused, never read as wrong
letters.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

REPLACEMENT = "\ufffd"
BYTE_ORDER_MARK = "\ufeff"
UTF16 = "utf-16"
_CHUNK = 1 << 16
SAMPLE_BYTES = 1 << 20
_NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16"}
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, UTF16),
    (codecs.BOM_UTF16_BE, UTF16),
)

# C2 and C3 start the two bytes of every letter of western Europe; read as cp1252 they show as 'Â' and 'Ã'.
_CONTINUATION = "".join(bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xC0))
_MOJIBAKE = re.compile(f"[ÂÃ][{re.escape(_CONTINUATION)}\x81\x8d\x8f\x90\x9d]")
# Bytes that are letters or marks in UTF-8 and in cp1252 a sequence that nobody writes: one letter of Latin
# script, one dash or quotation mark, or two letters of another script in a row.
_UTF8_LETTERS = re.compile(
    rb"[\xc2-\xc5][\x80-\xbf]|\xe2[\x80-\x82][\x80-\xbf]|(?:[\xce-\xd1][\x80-\xbf]){2}"
    rb"|(?:[\xe0-\xef][\x80-\xbf]{2}){2}|\xf0[\x90-\xbf][\x80-\xbf]{2}"
)


_ASCII = bytes(range(0x80))


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


@dataclass(frozen=True)
class TextFacts:
    """What the whole of a file says about its text.

    Attributes:
        byte_order_mark: The encoding that a byte order mark at the start names, if there is one.
        is_utf8: Whether all of the file is UTF-8; ASCII is.
        utf8_letters: Letters of more than one byte, counted in files that are not UTF-8 as a whole.
        other_bytes: Bytes that are no part of such letters and no ASCII, counted likewise.
        is_cut: Whether the only bad bytes of a UTF-8 file are half a letter at its end.
        longest_line: Bytes of the longest line.
    """

    byte_order_mark: str | None = None
    is_utf8: bool = True
    utf8_letters: int = 0
    other_bytes: int = 0
    is_cut: bool = False
    longest_line: int = 0

    def encoding(self, usual: str) -> str:
        """Return the encoding to read with; the layout's usual one decides where the file says nothing."""
        if self.byte_order_mark is not None:
            return self.byte_order_mark
        if self.is_utf8:
            return "utf-8"
        doubtful = self.utf8_letters == (0 if self.is_cut else self.other_bytes)
        is_damaged_utf8 = self.is_cut or self.utf8_letters > self.other_bytes
        return "utf-8" if (usual.startswith("utf-8") if doubtful else is_damaged_utf8) else "cp1252"


class TextScan:
    """Gathers the facts of a file's text from its chunks, in bounded memory."""

    def __init__(self) -> None:
        self._decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
        self._start = b""
        self._line = 0
        self._longest = 0

    def update(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        if len(self._start) < len(codecs.BOM_UTF8):
            self._start += chunk[: len(codecs.BOM_UTF8)]
        first, *others = chunk.split(b"\n")
        self._line += len(first)
        if others:
            self._longest = max(self._longest, self._line, *map(len, others))
            self._line = len(others[-1])
        if self._decoder is not None:
            try:
                self._decoder.decode(chunk)
            except UnicodeDecodeError:
                self._decoder = None

    def facts(self, path: Path) -> TextFacts:
        """Return the facts of the whole file; one that is not UTF-8 is read once more."""
        mark = next((name for mark, name in _BYTE_ORDER_MARKS if self._start.startswith(mark)), None)
        longest = max(self._longest, self._line)
        is_cut = self._decoder is not None and bool(self._decoder.getstate()[0])
        if mark is not None or (self._decoder is not None and not is_cut):
            return TextFacts(mark, is_utf8=not is_cut, longest_line=longest)
        letters = others = 0
        with path.open("rb") as file:
            for line in _bounded_lines(file):
                if not line.isascii():
                    rest, found = _UTF8_LETTERS.subn(b"", line)
                    letters += found
                    others += 0 if _is_utf8(line) else len(rest.translate(None, _ASCII))
        return TextFacts(None, False, letters, others, is_cut, longest)


def _bounded_lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(SAMPLE_BYTES):
        yield line


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


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


def encoding_name(encoding: str) -> str:
    """Return the name of an encoding as messages have it."""
    return _NAMES.get(encoding, encoding)


def looks_like(sample: bytes) -> str:
    """Guess the encoding of a file's first bytes: UTF-16, UTF-8 or cp1252."""
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\x00" in sample[:200]:
        return "UTF-16"
    # A sample may end inside a letter.
    return "UTF-8" if _is_utf8(sample[: sample.rfind(b"\n") + 1 or None]) else "cp1252"


def sample_of(file: BinaryIO) -> bytes:
    """Return the first bytes of a file, enough to guess from, and go back to its start."""
    file.seek(0)
    sample = file.read(SAMPLE_BYTES)
    file.seek(0)
    return sample


def decoded_lines(file: BinaryIO, encoding: str) -> Iterator[str]:
    """Yield the physical lines (ended by LF) of a file with their line ends, without a byte order mark.

    Raises:
        UndecodableError: A line is not text in this encoding, or shows that it was written in UTF-8.
    """
    if encoding == UTF16:
        yield from _utf16_lines(file)
        return
    codec = "cp1252" if encoding == "cp1252" else "utf-8"
    if encoding == "utf-8-sig":
        file.seek(len(codecs.BOM_UTF8))
    for number, line in enumerate(file, start=1):
        if b"\x00" in line:
            raise UndecodableError(number, "", _not_text(0, encoding))
        if codec == "cp1252" and not line.isascii():
            _refuse_utf8(number, line)
        try:
            yield line.decode(codec)
        except UnicodeDecodeError as error:
            is_cut = error.reason == "unexpected end of data"
            before = line[: error.start].decode(codec, "replace")
            raise UndecodableError(
                number, before, _not_text(line[error.start], encoding), is_cut=is_cut
            ) from None


def _utf16_lines(file: BinaryIO) -> Iterator[str]:
    codec = "utf-16-le" if file.read(2) == codecs.BOM_UTF16_LE else "utf-16-be"
    decoder = codecs.getincrementaldecoder(codec)()
    number = 0
    rest = ""
    at_end = False
    while not at_end:
        chunk = file.read(_CHUNK)
        at_end = not chunk
        try:
            text = rest + decoder.decode(chunk, final=at_end)
        except UnicodeDecodeError as error:
            before = rest + error.object[: error.start].decode(codec, "replace")
            is_cut = "end" in error.reason or "truncated" in error.reason
            reason = "a letter is half, so this is not UTF-16"
            line = number + before.count("\n") + 1
            raise UndecodableError(line, before[before.rfind("\n") + 1 :], reason, is_cut=is_cut) from None
        *lines, rest = text.split("\n")
        for line_text in [f"{line}\n" for line in lines] + ([rest] if at_end and rest else []):
            number += 1
            if "\x00" in line_text:
                raise UndecodableError(number, "", "the character U+0000 is no text")
            yield line_text


def _not_text(byte: int, encoding: str) -> str:
    return f"byte 0x{byte:02X} is not {encoding_name(encoding)}"


def _refuse_utf8(number: int, line: bytes) -> None:
    """Refuse a line that decodes as cp1252 but was written in UTF-8."""
    match = _UTF8_LETTERS.search(line)
    if not match or not _is_utf8(line):
        return
    letter = match.group().decode("utf-8")[0].encode("utf-8")
    shown = " ".join(f"0x{byte:02X}" for byte in letter)
    count = {2: "two", 3: "three", 4: "four"}[len(letter)]
    before = line[: match.start()].decode("cp1252", "replace")
    raise UndecodableError(number, before, f"bytes {shown} are one letter in UTF-8 and {count} in cp1252")
