"""Opens the warehouse, and lands the drop folder of a project with that project's settings."""

from __future__ import annotations

import datetime as dt
import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from staff_mobility.gate.gate import Gate
from staff_mobility.gate.outcome import Acceptance
from staff_mobility.gate.reference_lists import load_reference_lists, spellings_of
from staff_mobility.gate.rules import load_rules
from staff_mobility.landing.land import Landing, land_folder
from staff_mobility.landing.layouts import load_layouts
from staff_mobility.landing.load import Progress
from staff_mobility.landing.pseudonyms import KeyChain
from staff_mobility.landing.register import ensure_raw_schema, known_fingerprint, require_key_of
from staff_mobility.landing.results import LandedFolder
from staff_mobility.settings import (
    KEY_ENV,
    KEY_FILE_ENV,
    Settings,
    WrongUseError,
    load_pseudonym_key,
    pseudonym_key_file,
    read_key_file,
)
from staff_mobility.warehouse_file import Patience, connect, remove_spilled

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@contextmanager
def open_warehouse(settings: Settings, patience: Patience | None = None) -> Iterator[DuckDBPyConnection]:
    """Open the warehouse for writing; it is made, with an empty raw schema, if it does not exist.

    Raises:
        WarehouseInUseError: Another process has it open, and goes on for longer than the patience.
        WrongUseError: A layout is not valid.
    """
    settings.warehouse.parent.mkdir(parents=True, exist_ok=True)
    with connect(settings.warehouse, patience) as con:
        remove_spilled(settings.warehouse)
        ensure_raw_schema(con, load_layouts(settings.layouts))
        yield con


def land_into(con: DuckDBPyConnection, settings: Settings, folder: Path | None = None) -> LandedFolder:
    """Land a drop folder (the project's own by default); a folder that is missing or empty lands nothing.

    Raises:
        WrongUseError: A layout is not valid, or the pseudonym key is not the one of this warehouse.
    """
    return land_folder(con, folder or settings.extracts, landing_of(con, settings))


def landing_of(
    con: DuckDBPyConnection,
    settings: Settings,
    on_progress: Progress = lambda file, rows: None,
    *,
    acceptance: Acceptance | None = None,
    is_rehearsal: bool = False,
) -> Landing:
    """Return what a landing into this warehouse needs.

    Args:
        con: The warehouse.
        settings: The project.
        on_progress: Told at the start of each file and after each batch.
        acceptance: Who overrules the gate, if somebody does.
        is_rehearsal: Whether files are checked and nothing of them stays.

    Raises:
        WrongUseError: A layout or rule is not valid.
    """
    beside = settings.with_warehouse(_file_of(con, settings.warehouse))
    return Landing(
        layouts=load_layouts(settings.layouts),
        key=functools.cache(lambda: warehouse_key(con, beside)),
        # The machine's own day, not UTC's: an extract taken this morning is not in the future.
        today=dt.date.today(),
        gate=gate_of(beside),
        acceptance=acceptance,
        is_rehearsal=is_rehearsal,
        on_progress=on_progress,
    )


def warehouse_key(con: DuckDBPyConnection, settings: Settings) -> KeyChain:
    """Return the key of the pseudonyms.

    A change of the key that was broken off between the warehouse's new file and the key's is finished first: the warehouse
    has the new pseudonyms then, and the new key lies whole beside the former one.

    Raises:
        WrongUseError: See `load_pseudonym_key`.
    """
    file = pseudonym_key_file(settings)
    following = next_key_file(file)
    is_waiting = KEY_ENV not in os.environ and following.is_file()
    if is_waiting and read_key_file(following, "the next key").fingerprint == known_fingerprint(con):
        following.replace(file.resolve())
    return load_pseudonym_key(settings)


def known_key(con: DuckDBPyConnection, settings: Settings) -> KeyChain:
    """Return the key with which the pseudonyms of this warehouse were made; any, if no person has landed yet.

    Raises:
        WrongUseError: The key is missing, or is another one.
    """
    known = known_fingerprint(con)
    if known and KEY_ENV not in os.environ and not pseudonym_key_file(settings).is_file():
        raise WrongUseError(
            f"The key of this warehouse's pseudonyms (fingerprint {known}) is not there. Name its file by {KEY_FILE_ENV}."
        )
    chain = warehouse_key(con, settings)
    require_key_of(con, chain)
    return chain


def next_key_file(file: Path) -> Path:
    """Return the file in which a key's successor waits until the warehouse has the new pseudonyms."""
    return file.resolve().with_name(f"{file.resolve().name}.next")


def gate_of(settings: Settings) -> Gate:
    """Return the gate of a project: its rules and reference lists, with results beside the warehouse."""
    rules = settings.layouts / "rules"
    if not rules.is_dir():
        return Gate(folder=settings.gate_results)
    return Gate(
        rules=load_rules(rules),
        lists=load_reference_lists(rules, settings.project / "seeds"),
        own_country=spellings_of(_agency_country(settings), settings.project / "seeds"),
        folder=settings.gate_results,
    )


def _agency_country(settings: Settings) -> str:
    import yaml

    project = yaml.safe_load((settings.project / "dbt_project.yml").read_bytes())
    return str(project.get("vars", {}).get("agency_country", ""))


def _file_of(con: DuckDBPyConnection, default: Path) -> Path:
    """Return the file that a connection writes to; a warehouse in memory counts as the default one."""
    row = con.execute(
        "select path from duckdb_databases() where database_name = current_database()"
    ).fetchone()
    return Path(row[0]).absolute() if row and row[0] else default
