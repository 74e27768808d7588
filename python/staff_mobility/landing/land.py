"""Landing: one file or a drop folder into the raw schema.

Each file is one transaction: all its rows and its entry in the register, or nothing. So is each
archive, whose files are extracts of their own, known by their own content.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from staff_mobility.landing import register
from staff_mobility.landing.deliveries import (
    Dates,
    Delivery,
    dates_of,
    deliveries_in,
    delivery_of,
    not_landed,
    unpacked_deliveries,
)
from staff_mobility.landing.drop_folder import Content, refuse_if_changed
from staff_mobility.landing.headers import Binding, bind
from staff_mobility.landing.layouts import Layout
from staff_mobility.landing.limits import DEFAULT_LIMITS, Limits
from staff_mobility.landing.load import Load, Progress
from staff_mobility.landing.problems import Problem, RefusalError, whole_file
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
        limits: How large and how odd a file may be.
        on_progress: Told at the start of each file and after each batch.
    """

    layouts: Sequence[Layout]
    key: Callable[[], bytes]
    today: dt.date
    on_progress: Progress = lambda file, rows: None
    limits: Limits = DEFAULT_LIMITS


def land_folder(con: DuckDBPyConnection, folder: Path, landing: Landing) -> LandedFolder:
    """Land all files below a folder; a refused file does not keep the others out.

    Raises:
        WrongUseError: The pseudonym key is not the one of this warehouse.
    """
    register.ensure_raw_schema(con, landing.layouts)
    outcomes: list[LandedFile] = []
    for delivery in deliveries_in(folder):
        outcomes += _land_delivery(con, delivery, landing, dates_of(outcomes))
    return LandedFolder(tuple(outcomes))


def land_file(con: DuckDBPyConnection, path: Path, landing: Landing) -> tuple[LandedFile, ...]:
    """Land one file; an archive has one outcome for each of its files.

    Raises:
        WrongUseError: The pseudonym key is not the one of this warehouse.
    """
    register.ensure_raw_schema(con, landing.layouts)
    return tuple(_land_delivery(con, delivery_of(path, path.parent), landing, {}))


class _ArchiveRefusedError(Exception):
    """A file of an archive is refused, so that none of it lands."""


def _land_delivery(
    con: DuckDBPyConnection, delivery: Delivery, landing: Landing, dates: Dates
) -> list[LandedFile]:
    if not delivery.is_archive:
        return [_land(con, delivery, landing, dates, register.transaction(con))]
    outcomes: list[LandedFile] = []
    try:
        with (
            _refusals(delivery.name, outcomes),
            unpacked_deliveries(delivery, landing.limits) as members,
            register.transaction(con),
        ):
            for member in members:
                known = dates | dates_of(outcomes)
                outcomes.append(_land(con, member, landing, known, nullcontext()))
            if any(outcome.status == "refused" for outcome in outcomes):
                raise _ArchiveRefusedError
    except _ArchiveRefusedError:
        return not_landed(outcomes)
    return outcomes


@contextmanager
def _refusals(name: str, outcomes: list[LandedFile]) -> Iterator[None]:
    """Turn what is raised about a file into its outcome."""
    try:
        yield
    except RefusalError as refusal:
        outcomes.append(LandedFile(name, "refused", problems=refusal.problems))
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        # Messages of such errors can quote a cell. The traceback's lines cannot.
        broken = LandingBrokenError(f"{name}: {type(error).__name__} while landing")
        raise broken.with_traceback(error.__traceback__) from None
    except OSError as error:
        problem = Problem(
            "", None, f"the file cannot be read ({error.strerror})", "Check its rights and the disk."
        )
        outcomes.append(LandedFile(name, "refused", problems=(problem,)))


def _land(
    con: DuckDBPyConnection,
    delivery: Delivery,
    landing: Landing,
    dates: Dates,
    transaction: AbstractContextManager[None],
) -> LandedFile:
    landing.on_progress(delivery.name, 0)
    outcomes: list[LandedFile] = []
    with _refusals(delivery.name, outcomes):
        delivery.refuse_odd_name()
        extract_date = extract_date_of(delivery.dated, landing.today)
        content = delivery.content(landing.limits)
        _refuse_second_date(content, extract_date, dates)
        before = register.find_extract(con, content.extract_id)
        if before is not None and _is_current(before, extract_date, landing.layouts):
            return _outcome("already landed", delivery.name, before)
        recognised = recognise(content, landing.layouts, landing.limits)
        extract, unknown = _land_content(con, content, extract_date, recognised, landing, transaction)
        status: Status = "landed" if before is None else "replaced"
        return _outcome(status, delivery.name, extract, unknown, recognised.reading.remarks)
    return outcomes[0]


def _refuse_second_date(content: Content, day: dt.date, dates: Dates) -> None:
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
    status: Status,
    name: str,
    extract: register.Extract,
    unknown: tuple[str, ...] = (),
    remarks: tuple[str, ...] = (),
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
        remarks=remarks,
    )


def _land_content(
    con: DuckDBPyConnection,
    content: Content,
    day: dt.date,
    recognised: Recognised,
    landing: Landing,
    transaction: AbstractContextManager[None],
) -> tuple[register.Extract, tuple[str, ...]]:
    """Land a content; return its entry in the register and the headers that the layout does not know."""
    layout = recognised.layout
    key = _checked_key(con, landing) if layout.has_identifiers else b""
    with open_tables(content, layout, recognised.reading, landing.limits) as sources:
        bindings = _bind_all(sources)
        with transaction:
            register.remove_extract(con, content.extract_id)
            load = Load(con, content.extract_id, content.name, day, layout.source, key, landing.on_progress)
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
        file_name=content.name.rpartition("/")[2],
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
