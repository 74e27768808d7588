"""What is wrong with a file, in words for the person who sent it.

A value is shown only where the layout calls its column an attribute; names, addresses and free text never
reach a message.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

PROBLEMS_SHOWN = 20
_VALUE_LENGTH = 60
ORDER_CONTROLS = "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
"""Controls that turn the order in which a text is read: it is not what it seems."""


@dataclass(frozen=True)
class Problem:
    """One reason to refuse a file.

    Attributes:
        where: Place in the file (``line 12``, ``sheet 'X', row 12``, ``record 12``), or empty.
        column: Header of the column, None where no column is meant.
        reason: What is wrong, a clause without a full stop.
        to_do: What to do about it, a sentence.
    """

    where: str
    column: str | None
    reason: str
    to_do: str

    def text(self, file: str) -> str:
        """Return the message as a user sees it."""
        place = f"{file}, {self.where}" if self.where else file
        column = f", column '{self.column}'" if self.column is not None else ""
        end = "" if self.reason.endswith("?") else "."
        return printable(f"{place}{column}: {self.reason}{end} {self.to_do}")


class RefusalError(Exception):
    """A file is refused; nothing of it is landed."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems


class TooManyProblemsError(RefusalError):
    """A file is refused before its end, because it has enough problems to show."""


def whole_file(reason: str, to_do: str) -> RefusalError:
    """Return a refusal that concerns the file as such."""
    return RefusalError(Problem("", None, reason, to_do))


class ProblemList:
    """Collects the problems of one file and ends the reading when there are enough of them."""

    def __init__(self, limit: int = PROBLEMS_SHOWN) -> None:
        self._limit = limit
        self._problems: list[Problem] = []

    def add(self, problem: Problem) -> None:
        """Keep a problem.

        Raises:
            TooManyProblemsError: The limit is reached.
        """
        self._problems.append(problem)
        if len(self._problems) >= self._limit:
            note = f"reading stopped after {self._limit} problems"
            raise TooManyProblemsError(
                *self._problems, Problem("", None, note, "Mend these and land the file again.")
            )

    def extend(self, problems: Iterable[Problem]) -> None:
        """Keep several problems, see `add`."""
        for problem in problems:
            self.add(problem)

    def refuse_if_any(self, *more: Problem) -> None:
        """Refuse the file if a problem was kept or is given.

        Raises:
            RefusalError: There is at least one problem.
        """
        if self._problems or more:
            raise RefusalError(*self._problems, *more)


def printable(text: str) -> str:
    """Return a text with the characters escaped that are not seen or that change how the rest is shown."""
    if text.isprintable() and text.isascii():
        return text
    return "".join(
        character.encode("unicode_escape").decode() if _is_control(character) else character
        for character in text
    )


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in ORDER_CONTROLS


def without_address(value: str | None) -> str | None:
    """Return a value that may be kept beside a result: None for one that looks like an e-mail address."""
    return None if value is not None and "@" in value else value


def shown(value: str) -> str:
    """Return an attribute's value in quotes, shortened.

    A value with an at sign is never shown: when columns are shifted, an address can stand where an attribute
    belongs.
    """
    if "@" in value:
        return "a value that looks like an e-mail address (not shown)"
    text = value if len(value) <= _VALUE_LENGTH else value[: _VALUE_LENGTH - 1] + "…"
    return f"'{printable(text)}'"
