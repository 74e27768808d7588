"""Landing: one file or a drop folder into the raw schema.

Each file is one transaction: all its rows, the gate's answer and its entry in the register, or nothing.
So is each archive, whose files are extracts of their own, known by their own content.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from staff_mobility.full_disk import is_full_disk
from staff_mobility.gate.gate import Gate
from staff_mobility.gate.loaded import Loaded
from staff_mobility.gate.outcome import Acceptance, GateRefusalError, Seen, outcome_of, refusal_of
from staff_mobility.gate.results import GateResult
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
from staff_mobility.landing.erased_persons import ErasedPersons
from staff_mobility.landing.headers import Binding, bind
from staff_mobility.landing.layouts import Layout
from staff_mobility.landing.limits import DEFAULT_LIMITS, Limits
from staff_mobility.landing.load import Load, Progress
from staff_mobility.landing.memory import bounded_memory
from staff_mobility.landing.problems import Problem, RefusalError, whole_file
from staff_mobility.landing.pseudonyms import KeyChain
from staff_mobility.landing.readers import open_tables
from staff_mobility.landing.recognise import Recognised, extract_date_of, recognise
from staff_mobility.landing.results import LandedFile, LandedFolder, Status
from staff_mobility.landing.sources import TableSource

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
        gate: Checks every new extract before it is accepted.
        acceptance: Who overrules the gate, if somebody does.
        is_rehearsal: Whether files are checked and nothing of them stays.
        limits: How large and how odd a file may be.
        on_progress: Told at the start of each file and after each batch.
    """

    layouts: Sequence[Layout]
    key: Callable[[], KeyChain]
    today: dt.date
    gate: Gate = field(default_factory=Gate)
    acceptance: Acceptance | None = None
    is_rehearsal: bool = False
    on_progress: Progress = lambda file, rows: None
    limits: Limits = DEFAULT_LIMITS


def land_folder(con: DuckDBPyConnection, folder: Path, landing: Landing) -> LandedFolder:
    """Land all files below a folder; a refused file does not keep the others out.

    Raises:
        WrongUseError: The pseudonym key is not the one of this warehouse.
    """
    register.ensure_raw_schema(con, landing.layouts)
    outcomes: list[LandedFile] = []
    with bounded_memory(con):
        for delivery in deliveries_in(folder):
            outcomes += _land_delivery(con, delivery, landing, dates_of(outcomes))
    return LandedFolder(tuple(outcomes))


def land_place(con: DuckDBPyConnection, place: Path, landing: Landing) -> LandedFolder:
    """Land a folder, or one file of it.

    Raises:
        WrongUseError: The pseudonym key is not the one of this warehouse.
    """
    if place.is_dir():
        return land_folder(con, place, landing)
    return LandedFolder(land_file(con, place, landing))


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
        alone = [_land(con, delivery, landing, dates, _transaction(con, is_rehearsal=landing.is_rehearsal))]
        return _quarantined(con, alone, landing)
    outcomes: list[LandedFile] = []
    try:
        with (
            _refusals(Seen(delivery.name), outcomes),
            unpacked_deliveries(delivery, landing.limits) as members,
            _transaction(con, is_rehearsal=landing.is_rehearsal),
        ):
            for member in members:
                known = dates | dates_of(outcomes)
                outcomes.append(_land(con, member, landing, known, nullcontext()))
            if any(outcome.status == "refused" for outcome in outcomes):
                raise _ArchiveRefusedError
    except _ArchiveRefusedError:
        return _quarantined(con, not_landed(outcomes), landing)
    return _quarantined(con, outcomes, landing)


def _quarantined(con: DuckDBPyConnection, outcomes: list[LandedFile], landing: Landing) -> list[LandedFile]:
    """Keep the answers about refused files: they are known, with the reasons, and nothing of them has landed."""
    for outcome in outcomes:
        if outcome.status == "refused" and outcome.result is not None and not landing.is_rehearsal:
            with register.transaction(con):
                register.quarantine(con, outcome.result)
            landing.gate.keep(outcome.result)
    return outcomes


@contextmanager
def _refusals(seen: Seen, outcomes: list[LandedFile]) -> Iterator[None]:
    """Turn what is raised about a file into its outcome."""
    name = seen.name
    try:
        yield
    except RefusalError as refusal:
        result = refusal_of(seen, refusal)
        outcomes.append(LandedFile(name, "refused", problems=refusal.problems, result=result))
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        # Messages of such errors can quote a cell. The traceback's lines cannot.
        broken = LandingBrokenError(f"{name}: {type(error).__name__} while landing")
        raise broken.with_traceback(error.__traceback__) from None
    except OSError as error:
        if is_full_disk(error):
            # Nothing is wrong with the file: the gate's answer about it found no space.
            raise
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
    seen = Seen(delivery.name)
    with _refusals(seen, outcomes):
        delivery.refuse_odd_name()
        content = seen.content = delivery.content(landing.limits)
        extract_date = seen.extract_date = extract_date_of(delivery.dated, landing.today)
        _refuse_second_date(content, extract_date, dates)
        before = register.find_extract(con, content.extract_id)
        if before is not None and _is_current(before, extract_date, landing.layouts):
            return _outcome("already landed", delivery.name, before)
        recognised = recognise(content, landing.layouts, landing.limits)
        seen.layout, seen.remarks = recognised.layout, recognised.reading.remarks
        extract, loaded, result = _land_content(con, seen, recognised, landing, transaction)
        status: Status = "landed" if before is None else "replaced"
        return _outcome("checked" if landing.is_rehearsal else status, delivery.name, extract, loaded, result)
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
    loaded: Loaded | None = None,
    result: GateResult | None = None,
) -> LandedFile:
    return LandedFile(
        file=name,
        status=status,
        source=extract.source,
        layout=extract.layout,
        extract_id=extract.extract_id,
        extract_date=extract.extract_date,
        rows=extract.row_count,
        unknown_columns=loaded.unknown_headers if loaded else (),
        remarks=loaded.remarks if loaded else (),
        result=result,
    )


def _land_content(
    con: DuckDBPyConnection,
    seen: Seen,
    recognised: Recognised,
    landing: Landing,
    transaction: AbstractContextManager[None],
) -> tuple[register.Extract, Loaded, GateResult]:
    """Land a content and let the gate judge it; return its entry in the register, what was loaded, and the gate's answer.

    Raises:
        RefusalError: The file cannot be read, or the gate refuses it and nobody overrules the gate.
    """
    layout, content, day = recognised.layout, seen.known_content, seen.known_date
    key = _checked_key(con, landing) if layout.has_identifiers else None
    with open_tables(content, layout, recognised.reading, landing.limits) as sources:
        seen.stage = "columns"
        seen.columns = _column_count(sources)
        bindings = _bind_all(sources)
        seen.stage = "rows"
        with transaction:
            register.remove_extract(con, content.extract_id)
            erased = _erased_persons(con, landing, key, layout) if key else None
            load = Load(
                con, content.extract_id, seen.name, day, layout.source, key, landing.on_progress, erased
            )
            unreadable: tuple[Problem, ...] = ()
            try:
                seen.rows = load.run(sources, bindings)
            except RefusalError as refusal:
                # The rows that can be read are checked all the same, so that everything is told at once.
                unreadable = refusal.problems
            refuse_if_changed(content)
            loaded = _loaded(seen, sources, bindings)
            answer = landing.gate.check(con, loaded, unreadable)
            result = outcome_of(seen, answer, landing.acceptance)
            if result.verdict == "refused":
                raise GateRefusalError(result, *answer.problems)
            extract = _entry(content, layout, result)
            register.add_extract(con, extract, dt.datetime.now(dt.UTC).replace(tzinfo=None))
            register.add_checks(con, result)
            if erased is not None:
                register.add_erased_rows(con, content.extract_id, erased.n_rows)
            if key and register.known_fingerprint(con) is None:
                register.remember_fingerprint(con, key.fingerprint)
            if not landing.is_rehearsal:
                # Before the end of the transaction: an accepted extract is never without its result.
                landing.gate.keep(result)
    return extract, loaded, result


def _column_count(sources: Sequence[TableSource]) -> int:
    """Return the columns of all tables; stacked sheets count as the widest of them."""
    widest: dict[str, int] = {}
    for source in sources:
        name = source.table.raw_table
        widest[name] = max(widest.get(name, 0), len(source.headers))
    return sum(widest.values())


@contextmanager
def _transaction(con: DuckDBPyConnection, *, is_rehearsal: bool) -> Iterator[None]:
    """Commit at the end, or take everything back if it was a rehearsal."""
    if not is_rehearsal:
        with register.transaction(con):
            yield
        return
    con.execute("begin")
    try:
        yield
    finally:
        con.execute("rollback")


def _loaded(seen: Seen, sources: Sequence[TableSource], bindings: Sequence[Binding]) -> Loaded:
    places = {source.table.raw_table: source.place for source in sources}
    # Sheets that are stacked have most headers in common.
    missing = dict.fromkeys(
        column.header
        for source, binding in zip(sources, bindings, strict=True)
        for column in source.table.columns
        if column.name not in binding.positions
    )
    return Loaded(
        extract_id=seen.known_content.extract_id,
        layout=seen.known_layout,
        extract_date=seen.known_date,
        rows=seen.rows or 0,
        unknown_headers=tuple(dict.fromkeys(header for binding in bindings for header in binding.unknown)),
        missing_headers=tuple(missing),
        remarks=seen.remarks,
        place=lambda table, row: places[table](row),
    )


def _entry(content: Content, layout: Layout, result: GateResult) -> register.Extract:
    record = result.record
    return register.Extract(
        extract_id=content.extract_id,
        file_name=content.name.rpartition("/")[2],
        file_sha256=content.sha256,
        file_bytes=content.bytes,
        source=layout.source,
        layout=layout.name,
        layout_version=layout.version,
        extract_date=dt.date.fromisoformat(record.extract_date or ""),
        row_count=record.rows or 0,
        column_count=record.columns or 0,
        publisher=layout.publisher,
        licence=layout.licence,
        accepted_by=record.accepted_by or "",
        acceptance_reason=record.acceptance_reason,
    )


def _erased_persons(
    con: DuckDBPyConnection, landing: Landing, key: KeyChain, layout: Layout
) -> ErasedPersons:
    row_keys = {table: rules.key for table, rules in landing.gate.rules.items()}
    return ErasedPersons(register.known_tombstones(con), key, layout.source, row_keys)


def _checked_key(con: DuckDBPyConnection, landing: Landing) -> KeyChain:
    key = landing.key()
    register.require_key_of(con, key)
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
