"""What landing says on a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import get_args

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from staff_mobility.landing.results import LandedFile, LandedFolder, Status

QUICK_SECONDS = 2.0


def summary_lines(outcome: LandedFolder) -> Iterator[str]:
    """Yield one line per file that is in the warehouse, and the counts."""
    for file in outcome.files:
        if file.status != "refused":
            origin = f"{file.layout}, of {file.extract_date}"
            yield f"{file.status:<15} {file.rows:>9,} rows  {file.file}  ({origin})"
        yield from remark_lines(file)
    counts = {status: outcome.count(status) for status in get_args(Status)}
    yield ", ".join(f"{count} {status}" for status, count in counts.items() if count) or "no files"


def remark_lines(file: LandedFile) -> Iterator[str]:
    """Yield one line per check that an accepted file did not pass."""
    if file.result is None or file.status == "refused":
        return
    for check in file.result.failures:
        place = f", column '{check.column}'" if check.column else ""
        yield f"  {check.severity}: {check.title['en']}{place}: {check.message['en']}"


class LandingProgress:
    """A progress bar on stderr, for landings that take longer than a moment; nothing if it is no terminal."""

    def __init__(self, console: Console, n_files: int) -> None:
        self._console = console
        self._n_files = n_files
        self._started = time.monotonic()
        self._seen: set[str] = set()
        self._bar: Progress | None = None

    def __call__(self, file: str, rows: int) -> None:
        """Take note of a file's rows."""
        self._seen.add(file)
        if self._bar is None:
            if not self._console.is_terminal or time.monotonic() - self._started < QUICK_SECONDS:
                return
            self._bar = Progress(
                TextColumn("landing"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.description}"),
                console=self._console,
                transient=True,
            )
            self._bar.add_task("", total=self._n_files)
            self._bar.start()
        self._bar.update(
            self._bar.task_ids[0], completed=len(self._seen) - 1, description=f"{file}: {rows:,} rows"
        )

    def stop(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
