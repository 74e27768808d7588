"""Opens the warehouse file: waits for whoever has it open, and clears what a killed process left."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from staff_mobility.lock_holder import LockHolder, holder_told_by
from staff_mobility.settings import StepError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

T = TypeVar("T")

WAIT_ENV = "STAFF_MOBILITY_WAIT"
DEFAULT_WAIT_SECONDS = 60

_PAUSE_SECONDS = 0.2
# Three headers of 4096 bytes; DuckDB writes them when it makes a file, and cannot open one that has fewer.
_HEADER_BYTES = 3 * 4096
_MARK_OF_DUCKDB = slice(8, 12), b"DUCK"


class WarehouseInUseError(StepError):
    """Another process has the warehouse open."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for another process that has the warehouse open.

    Attributes:
        seconds: 0 = not at all.
        say: Told at once that and for whom it waits.
    """

    seconds: float = 0
    say: Callable[[str], object] = lambda text: sys.stderr.write(f"{text}\n")


def connect(
    warehouse: Path, patience: Patience | None = None, *, read_only: bool = False
) -> DuckDBPyConnection:
    """Open a warehouse file; unless `read_only`, it is made if it does not exist.

    Raises:
        WarehouseInUseError: Another process still has it open when the patience has run out.
    """
    import duckdb

    return _patiently(
        warehouse, patience or Patience(), lambda: duckdb.connect(str(warehouse), read_only=read_only)
    )


def attach_read_only(
    con: DuckDBPyConnection, warehouse: Path, name: str, patience: Patience | None = None
) -> None:
    """Attach a warehouse file to a connection for reading.

    Raises:
        WarehouseInUseError: Another process still writes it when the patience has run out.
    """
    quoted = str(warehouse).replace("'", "''")
    _patiently(
        warehouse, patience or Patience(), lambda: con.execute(f"attach '{quoted}' as {name} (read_only)")
    )


def _patiently(warehouse: Path, patience: Patience, opened: Callable[[], T]) -> T:
    import duckdb

    deadline = time.monotonic() + patience.seconds
    told: LockHolder | None = None
    while True:
        _remove_unfinished(warehouse)
        try:
            return opened()
        except duckdb.IOException as error:
            holder = holder_told_by(error)
            if holder is None:
                raise
        left = deadline - time.monotonic()
        if left <= 0:
            raise WarehouseInUseError(
                f"{warehouse} is in use by {holder}. Close it (a BI tool, a DuckDB shell, another build), or"
                f" give it time with --wait SECONDS (with dbt: {WAIT_ENV}=SECONDS), and run this again."
            )
        if holder != told:
            patience.say(f"{warehouse} is in use by {holder}. Waiting up to {left:.0f} seconds for it.")
            told = holder
        time.sleep(min(left, _PAUSE_SECONDS))


def _remove_unfinished(warehouse: Path) -> None:
    """Remove a file whose making was cut off before it held anything: DuckDB would refuse it for ever."""
    if not warehouse.is_file() or warehouse.stat().st_size >= _HEADER_BYTES:
        return
    with suppress(BlockingIOError), warehouse.open("r+b") as file:
        # Whoever is making it just now holds the lock.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        head = file.read(_HEADER_BYTES + 1)
        place, mark = _MARK_OF_DUCKDB
        if len(head) < _HEADER_BYTES and (not head or head[place] == mark):
            warehouse.unlink()


def remove_spilled(warehouse: Path) -> None:
    """Remove what a killed process had spilled to disk; only for who has the warehouse open for writing."""
    folder = warehouse.with_name(f"{warehouse.name}.tmp")
    for file in folder.glob("duckdb_temp_*"):
        file.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


def wait_from_environment() -> float:
    """Return the seconds to wait that the environment names."""
    text = os.environ.get(WAIT_ENV, "")
    try:
        return max(0.0, float(text)) if text else DEFAULT_WAIT_SECONDS
    except ValueError:
        raise StepError(f"{WAIT_ENV} is '{text}'; it takes a number of seconds, such as 60.") from None
