"""What a mutation is, and those that change the cells of columns: dates, numbers, answers, codes, blanks, letters."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from mutation_drafts import NO_CELL, Draft, Grid, NotApplicableError

from staff_mobility.landing.layouts import Column

Change = Callable[[str, random.Random], str]
Wanted = Callable[[Column], bool]
FORMATS = ("csv", "xlsx", "json")


@dataclass(frozen=True)
class Kind:
    """A kind of mutation.

    Attributes:
        group: What it changes.
        name: What it does.
        apply: Changes a draft.
        formats: Of which files.
        plausible: Why such a file can be as right as the one before, so that no check can see it; empty if a
            check must.
        large: Whether it usually changes most cells of a column; where it happens to change few, it looks like
            corrections.
    """

    group: str
    name: str
    apply: Callable[[Draft, random.Random], None]
    formats: tuple[str, ...] = FORMATS
    plausible: str = ""
    large: bool = False


KINDS: list[Kind] = []


def kind(
    group: str, name: str, *formats: str, plausible: str = "", large: bool = False
) -> Callable[[Callable[[Draft, random.Random], None]], Callable[[Draft, random.Random], None]]:
    """Enter a function as a kind of mutation."""

    def enter(apply: Callable[[Draft, random.Random], None]) -> Callable[[Draft, random.Random], None]:
        KINDS.append(Kind(group, name, apply, formats or FORMATS, plausible, large))
        return apply

    return enter


def is_date(column: Column) -> bool:
    return column.type == "date" and column.is_landed


def is_number(column: Column) -> bool:
    return column.type in ("integer", "decimal", "decimal_comma") and column.is_landed


def is_answer(column: Column) -> bool:
    return column.answers is not None


def is_item(column: Column) -> bool:
    return column.name.startswith(("motive__", "outcome__", "change__"))


def is_text(column: Column) -> bool:
    return column.type == "text" and column.answers is None and column.sensitivity != "free_text"


def is_landed_text(column: Column) -> bool:
    return is_text(column) and column.is_landed


def is_code(column: Column) -> bool:
    return is_landed_text(column) and column.name.endswith(("_code", "_id", "_oid", "_pic"))


def is_any(column: Column) -> bool:
    return column.sensitivity != "free_text"


def a_column(draft: Draft, chance: random.Random, wanted: Wanted) -> tuple[Grid, int]:
    """Choose a column with cells."""
    places = [(grid, position) for grid in draft.grids for position in grid.positions(wanted)]
    if not places:
        raise NotApplicableError
    return chance.choice(places)


def in_cell(wanted: Wanted, change: Change) -> Callable[[Draft, random.Random], None]:
    """Change one cell of a column."""

    def apply(draft: Draft, chance: random.Random) -> None:
        grid, position = a_column(draft, chance, wanted)
        row = chance.choice([row for row in grid.data if row[position] not in NO_CELL])
        row[position] = change(str(row[position]), chance)

    return apply


def in_column(wanted: Wanted, change: Change) -> Callable[[Draft, random.Random], None]:
    """Change all cells of a column alike."""

    def apply(draft: Draft, chance: random.Random) -> None:
        grid, position = a_column(draft, chance, wanted)
        for row in grid.data:
            if row[position] not in NO_CELL:
                row[position] = change(str(row[position]), chance)

    return apply


def cells(
    group: str,
    name: str,
    wanted: Wanted,
    change: Change,
    *formats: str,
    plausible: str = "",
    whole: bool = True,
    single: bool = True,
) -> None:
    """Enter a change both for one cell and for a whole column; one cell can be plausible, a column cannot."""
    if single:
        kind(group, f"{name}, one cell", *formats, plausible=plausible)(in_cell(wanted, change))
    if whole:
        kind(group, f"{name}, whole column", *formats, large=True)(in_column(wanted, change))


def _parts(text: str) -> tuple[str, str, str, str]:
    """Return year, month, day and separator of a date."""
    if match := re.fullmatch(r"(\d{4})([-/.])(\d{2})\2(\d{2})", text):
        return match[1], match[3], match[4], match[2]
    if match := re.fullmatch(r"(\d{2})([-/.])(\d{2})\2(\d{4})", text):
        return match[4], match[3], match[1], match[2]
    raise NotApplicableError


def _again(text: str, year: str, month: str, day: str) -> str:
    separator = _parts(text)[3]
    parts = (year, month, day) if text[:4].isdigit() else (day, month, year)
    return separator.join(parts)


def _other_form(text: str, chance: random.Random) -> str:
    year, month, day, separator = _parts(text)
    other = [
        f"{year}/{month}/{day}",
        f"{day}.{month}.{year}",
        f"{month}-{day}-{year[2:]}",
        f"{year}{month}{day}",
    ]
    return next(form for form in other[len(text) % 2 :] if form != text and separator not in form)


def _day_and_month(text: str, _: random.Random) -> str:
    year, month, day, _ = _parts(text)
    return _again(text, year, day, month)


def _moved_day(text: str, chance: random.Random) -> str:
    year, month, day, _ = _parts(text)
    return _again(text, year, month, f"{int(day) % 28 + 1:02}")


def _with_year(change: Callable[[str], str]) -> Change:
    def apply(text: str, _: random.Random) -> str:
        year, month, day, _ = _parts(text)
        return _again(text, change(year), month, day)

    return apply


_ONE_DATE = "another day of the same time is as likely"
cells("dates", "in another form", is_date, _other_form)
cells("dates", "day and month exchanged", is_date, _day_and_month, plausible=_ONE_DATE)
cells("dates", "moved by a day", is_date, _moved_day, plausible=_ONE_DATE, whole=False)
cells("dates", "in another century", is_date, _with_year(lambda year: f"19{year[2:]}"))
cells("dates", "in the future", is_date, _with_year(lambda year: "2098"))
cells("dates", "of a day that is none", is_date, lambda text, _: _again(text, _parts(text)[0], "02", "30"))
cells("dates", "with a time of day", is_date, lambda text, _: f"{text} 00:00:00")


def _other_point(text: str, _: random.Random) -> str:
    if "," not in text and "." not in text:
        return f"{text},5" if len(text) % 2 else f"{text}.5"
    return text.translate(str.maketrans(",.", ".,"))


_ONE_NUMBER = "another number of the same size is as likely"
cells("numbers", "with the other decimal sign", is_number, _other_point)
cells("numbers", "with thousands apart", is_number, lambda text, _: f"1\u00a0{text:>03}")
# No model reads the teaching hours, which one of two layouts has; an indicator can be below zero.
cells(
    "numbers",
    "with a minus",
    lambda column: is_number(column) and column.name not in ("teaching_hours", "value"),
    lambda text, _: f"-{text}",
)
cells("numbers", "with a unit", is_number, lambda text, _: f"{text} EUR")
cells("numbers", "with the letter O", is_number, lambda text, _: text.replace("0", "O") + "O")
cells("numbers", "as a power of ten", is_number, lambda text, _: f"{text}E1", "csv", "xlsx")
cells("numbers", "ten times as large", is_number, lambda text, _: _ten_times(text), plausible=_ONE_NUMBER)
cells("numbers", "rounded", is_number, lambda text, _: re.split("[,.]", text)[0], plausible=_ONE_NUMBER)


def _ten_times(text: str) -> str:
    match = re.fullmatch(r"(\d+)([,.])(\d)(\d*)", text)
    return f"{match[1].lstrip('0')}{match[3]}{match[2]}{match[4] or '0'}" if match else f"{text}0"


def _misspelt(text: str, chance: random.Random) -> str:
    at = chance.randrange(max(len(text) - 1, 1))
    return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]


def _translated(text: str, _: random.Random) -> str:
    words = {"YES": "JA", "NO": "NEI", "Not applicable": "Ikke relevant"}
    return words.get(text, f"{text} (nb)")


cells("answers", "misspelt", is_answer, _misspelt)
cells("answers", "translated", is_answer, _translated)
cells("answers", "in other case", is_answer, lambda text, _: text.swapcase())
cells(
    "answers",
    "emptied",
    is_item,
    lambda text, _: "",
    plausible="a person may leave an item without an answer",
)


@kind("answers", "of two items exchanged, one row", plausible="another answer is as likely")
def _answers_exchanged(draft: Draft, chance: random.Random) -> None:
    grid, first, second = _two_items(draft, chance)
    row = chance.choice(grid.data)
    row[first], row[second] = row[second], row[first]


@kind("answers", "of two items exchanged, all rows", large=True)
def _items_exchanged(draft: Draft, chance: random.Random) -> None:
    grid, first, second = _two_items(draft, chance)
    for row in grid.data:
        row[first], row[second] = row[second], row[first]


def _two_items(draft: Draft, chance: random.Random) -> tuple[Grid, int, int]:
    grid, first = a_column(draft, chance, is_item)
    column = grid.column_at(first)
    others = [
        each
        for each in grid.positions(is_item)
        if each != first and (other := grid.column_at(each)) and column and other.answers == column.answers
    ]
    if not others:
        raise NotApplicableError
    return grid, first, chance.choice(others)


@kind("answers", "scale turned round, whole column", large=True)
def _turned_round(draft: Draft, chance: random.Random) -> None:
    grid, position = a_column(draft, chance, is_item)
    column = grid.column_at(position)
    answers = list(column.answers or ()) if column else []
    scale = answers[:5] if len(answers) > 2 else answers
    turned = dict(zip(scale, reversed(scale), strict=True))
    for row in grid.data:
        row[position] = turned.get(row[position], row[position])


def _lost_zeros(text: str, _: random.Random) -> str:
    return text.lstrip("0") or text


def _float_form(text: str, _: random.Random) -> str:
    digits = re.sub(r"\D", "", text)
    if len(digits) < 3:
        raise NotApplicableError
    return f"{digits[0]}.{digits[1:].rstrip('0') or '0'}E{len(digits) - 1}"


_ONE_CODE = "another code of the same form is as likely, and no list holds the codes of this column"
cells("codes", "without leading zeros", is_code, _lost_zeros, plausible=_ONE_CODE)
cells("codes", "as a number in float form", is_code, _float_form, plausible=_ONE_CODE)
cells("codes", "in lower case", is_code, lambda text, _: text.lower(), plausible=_ONE_CODE)
cells(
    "codes",
    "with a hyphen for a blank",
    is_code,
    lambda text, _: re.sub("[ -]", "_", text),
    plausible=_ONE_CODE,
)
cells("codes", "with a letter too many", is_code, lambda text, _: f"{text}X", plausible=_ONE_CODE)

_ONE_TEXT = "another text is as likely, and no list holds the texts of this column"
cells(
    "blanks", "around the text", is_any, lambda text, _: f"  {text} ", plausible="models trim names and codes"
)
cells("blanks", "that do not break", is_any, lambda text, _: f"\u00a0{text}\u00a0", plausible=_ONE_TEXT)
cells("blanks", "without width", is_any, lambda text, _: f"{text[:1]}\u200b{text[1:]}", plausible=_ONE_TEXT)
cells("blanks", "byte order mark in the text", is_any, lambda text, _: f"\ufeff{text}", plausible=_ONE_TEXT)


def _mojibake(text: str, _: random.Random) -> str:
    try:
        return text.encode("utf-8").decode("cp1252")
    except UnicodeError:
        return text


cells("letters", "UTF-8 read as cp1252", is_text, _mojibake, plausible=_ONE_TEXT)
cells(
    "letters",
    "lost, as question marks",
    is_text,
    lambda text, _: text.encode("ascii", "replace").decode(),
    plausible=_ONE_TEXT,
)
cells(
    "letters",
    "lost, as U+FFFD",
    is_text,
    lambda text, _: re.sub(r"[^\x00-\x7f]|s", "\ufffd", text),
    plausible=_ONE_TEXT,
)
cells(
    "letters",
    "in two parts (NFD)",
    is_text,
    lambda text, _: unicodedata.normalize("NFD", text),
    plausible=_ONE_TEXT,
)
cells("letters", "misspelt", is_text, _misspelt, plausible=_ONE_TEXT)
cells(
    "letters",
    "a control character among them",
    is_text,
    lambda text, _: f"{text[:2]}\x02{text[2:]}",
    "csv",
    "json",
)
cells(
    "letters",
    "order of reading turned",
    is_text,
    lambda text, _: f"\u202e{text}",
    plausible="identifiers are compared without it",
)
cells(
    "letters",
    "a quotation mark among them",
    is_text,
    lambda text, _: f'{text[:2]}"{text[2:]}',
    plausible=_ONE_TEXT,
)
cells(
    "letters",
    "a line break among them",
    is_text,
    lambda text, _: f"{text[:2]}\n{text[2:]}",
    plausible=_ONE_TEXT,
)
cells("letters", "a formula in their place", is_text, lambda text, _: "=1+1", plausible=_ONE_TEXT)
cells(
    "letters",
    "text of 200,000 characters",
    is_text,
    lambda text, _: text * (200_000 // max(len(text), 1) + 1),
    "csv",
    "json",
    whole=False,
)
cells(
    "cells", "emptied", is_any, lambda text, _: "", plausible="a cell may be empty where no rule asks for it"
)
cells(
    "cells",
    "text in the place of a value",
    lambda column: is_date(column) or is_number(column),
    lambda text, _: "unknown",
)


@kind("cells", "of two columns exchanged, one row", plausible="both texts are as likely in both columns")
def _cells_exchanged(draft: Draft, chance: random.Random) -> None:
    grid = draft.a_grid(chance)
    first, second = chance.sample(range(len(grid.header)), 2)
    row = chance.choice(grid.data)
    row[first], row[second] = row[second], row[first]


@kind("cells", "of two rows exchanged, one column", plausible="both texts are as likely in both rows")
def _exchanged_in_column(draft: Draft, chance: random.Random) -> None:
    grid, position = a_column(draft, chance, is_any)
    first, second = chance.sample(grid.data, 2)
    first[position], second[position] = second[position], first[position]
