"""Landing: one file or a drop folder into the raw schema.

Each file is one transaction: all its rows and its entry in the register, or nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from staff_mobility.landing import register
from staff_mobility.landing.drop_folder import Content, content_of, drop_files, refuse_if_changed
from staff_mobility.landing.headers import Binding, bind
from staff_mobility.landing.layouts import Layout
from staff_mobility.landing.load import Load, Progress
from staff_mobility.landing.problems import (
    Problem,
    RefusalError,
    whole_file,
)
from staff_mobility.landing.pseudonyms import fingerprint
from staff_mobility.landing.readers import open_tables
from staff_mobility.landing.recognise import Recognised, extract_date_of, recognise
from staff_mobility.landing.results import LandedFile, LandedFolder, Status
from staff_mobility.landing.sources import TableSource
from staff_mobility.settings import KEY_ENV, WrongUseError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class LandingBrokenError(Exception):
    """The program failed on a file; the text holds nothing of the file's content."""


@dataclass(frozen=True)
class Landing:
    """What all files of one landing share.

    Attributes:
        layouts: The layouts, see `load_layouts`.
        key: Gives the pseudonym key; called only when a file with identifiers lands.
        today: Latest day that an extract can have.
        on_progress: Told at the start of each file and after each batch.
    """

    layouts: Sequence[Layout]
    key: Callable[[], bytes]
    today: dt.date
    on_progress: Progress = lambda file, rows: None


def land_folder(con: DuckDBPyConnection, folder: Path, landing: Landing) -> LandedFolder:
    """Land all files below a folder; a refused file does not keep the others out.

    Raises:
        WrongUseError: The pseudonym key is not the one of this warehouse.
    """
    register.ensure_raw_schema(con, landing.layouts)
    dates: dict[str, tuple[str, dt.date]] = {}
    outcomes = []
    for path in drop_files(folder):
        name = path.relative_to(folder).as_posix()
        outcome = _land(con, path, name, landing, dates)
        if outcome.extract_id is not None and outcome.extract_date is not None:
            dates.setdefault(outcome.extract_id, (name, outcome.extract_date))
        outcomes.append(outcome)
    return LandedFolder(tuple(outcomes))


def land_file(con: DuckDBPyConnection, path: Path, landing: Landing) -> LandedFile:
    """Land one file.

    Raises:
        WrongUseError: The pseudonym key is not the one of this warehouse.
    """
    register.ensure_raw_schema(con, landing.layouts)
    return _land(con, path, path.name, landing, {})


def _land(
    con: DuckDBPyConnection, path: Path, name: str, landing: Landing, dates: dict[str, tuple[str, dt.date]]
) -> LandedFile:
    landing.on_progress(name, 0)
    try:
        extract_date = extract_date_of(path.name, landing.today)
        content = content_of(path)
        _refuse_second_date(content, extract_date, dates)
        before = register.find_extract(con, content.extract_id)
        if before is not None and _is_current(before, extract_date, landing.layouts):
            return _outcome("already landed", name, before)
        recognised = recognise(path, landing.layouts)
        extract, unknown = _land_content(con, content, name, extract_date, recognised, landing)
        return _outcome("landed" if before is None else "replaced", name, extract, unknown)
    except RefusalError as refusal:
        return LandedFile(name, "refused", problems=refusal.problems)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        # Messages of such errors can quote a cell. The traceback's lines cannot.
        broken = LandingBrokenError(f"{name}: {type(error).__name__} while landing")
        raise broken.with_traceback(error.__traceback__) from None
    except OSError as error:
        problem = Problem(
            "", None, f"the file cannot be read ({error.strerror})", "Check its rights and the disk."
        )
        return LandedFile(name, "refused", problems=(problem,))


def _refuse_second_date(content: Content, day: dt.date, dates: dict[str, tuple[str, dt.date]]) -> None:
    """Refuse a copy with another date: which day is right cannot be told, and the two would take turns."""
    other, other_day = dates.get(content.extract_id, ("", day))
    if other_day != day:
        raise whole_file(
            f"the same content is in the folder as {other}, with the date {other_day.isoformat()}",
            "Keep the one with the right date.",
        )


def _is_current(before: register.Extract, day: dt.date, layouts: Sequence[Layout]) -> bool:
    versions = {layout.name: layout.version for layout in layouts}
    return before.extract_date == day and versions.get(before.layout, 1 << 31) <= before.layout_version


def _outcome(
    status: Status, name: str, extract: register.Extract, unknown: tuple[str, ...] = ()
) -> LandedFile:
    return LandedFile(
        file=name,
        status=status,
        source=extract.source,
        layout=extract.layout,
        extract_id=extract.extract_id,
        extract_date=extract.extract_date,
        rows=extract.row_count,
        unknown_columns=unknown,
    )


def _land_content(
    con: DuckDBPyConnection,
    content: Content,
    name: str,
    day: dt.date,
    recognised: Recognised,
    landing: Landing,
) -> tuple[register.Extract, tuple[str, ...]]:
    """Land a content; return its entry in the register and the headers that the layout does not know."""
    layout = recognised.layout
    key = _checked_key(con, landing) if layout.has_identifiers else b""
    with open_tables(content.path, layout, recognised.reading) as sources:
        bindings = _bind_all(sources)
        with register.transaction(con):
            register.remove_extract(con, content.extract_id)
            load = Load(con, content.extract_id, name, day, layout.source, key, landing.on_progress)
            extract = _entry(content, layout, day, load.run(sources, bindings), _column_count(sources))
            refuse_if_changed(content)
            register.add_extract(con, extract, dt.datetime.now(dt.UTC).replace(tzinfo=None))
            if key and register.known_fingerprint(con) is None:
                register.remember_fingerprint(con, fingerprint(key))
    # Sheets that are stacked have most headers in common.
    return extract, tuple(dict.fromkeys(header for binding in bindings for header in binding.unknown))


def _column_count(sources: Sequence[TableSource]) -> int:
    """Return the columns of all tables; stacked sheets count as the widest of them."""
    widest: dict[str, int] = {}
    for source in sources:
        name = source.table.raw_table
        widest[name] = max(widest.get(name, 0), len(source.headers))
    return sum(widest.values())


def _entry(content: Content, layout: Layout, day: dt.date, rows: int, columns: int) -> register.Extract:
    return register.Extract(
        extract_id=content.extract_id,
        file_name=content.path.name,
        file_sha256=content.sha256,
        file_bytes=content.bytes,
        source=layout.source,
        layout=layout.name,
        layout_version=layout.version,
        extract_date=day,
        row_count=rows,
        column_count=columns,
        publisher=layout.publisher,
        licence=layout.licence,
    )


def _checked_key(con: DuckDBPyConnection, landing: Landing) -> bytes:
    key = landing.key()
    known = register.known_fingerprint(con)
    if known is not None and known != fingerprint(key):
        raise WrongUseError(
            f"The pseudonym key (fingerprint {fingerprint(key)}) is not this warehouse's (fingerprint"
            f" {known}): the same person would get two pseudonyms. Give the former key in {KEY_ENV}, or"
            " remove the warehouse file and land all extracts again."
        )
    return key


def _bind_all(sources: Sequence[TableSource]) -> list[Binding]:
    bindings = []
    problems: list[Problem] = []
    for source in sources:
        try:
            bindings.append(bind(source))
        except RefusalError as refusal:
            problems += refusal.problems
    if problems:
        raise RefusalError(*problems)
    return bindings
