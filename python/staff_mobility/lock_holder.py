"""Who holds the lock of a warehouse file, as far as the operating system tells."""

from __future__ import annotations

import datetime as dt
import os
import re
from dataclasses import dataclass
from pathlib import Path

_REFUSED = "Could not set lock on file"
_PROCESSES = Path("/proc")
_SHOWN_CHARACTERS = 100


@dataclass(frozen=True)
class LockHolder:
    """The process that has the file open.

    Attributes:
        process: Its id, None if DuckDB does not name it.
    """

    process: int | None

    def __str__(self) -> str:
        """Return the process id, its command line and since when it runs, as far as they can be read."""
        if self.process is None:
            return "another process"
        command, started = _command(self.process), _started(self.process)
        known = [command] if command else []
        known += [f"running since {started:%Y-%m-%d %H:%M:%S}"] if started else []
        return f"process {self.process}" + (f" ({', '.join(known)})" if known else "")


def holder_told_by(error: Exception) -> LockHolder | None:
    """Return who holds the lock if DuckDB's error is about one, else None."""
    text = str(error)
    if _REFUSED not in text:
        return None
    process = re.search(r"\(PID (\d+)\)", text)
    return LockHolder(int(process.group(1)) if process else None)


def _command(process: int) -> str:
    """Return the command line up to its first argument with a blank, which may be SQL with names in it."""
    try:
        line = (_PROCESSES / str(process) / "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""
    words: list[str] = []
    for word in line.rstrip("\0").split("\0"):
        if re.search(r"[\s@]", word):
            words.append("…")
            break
        words.append(word)
    words[0] = Path(words[0]).name
    shown = " ".join(words)
    return shown if len(shown) <= _SHOWN_CHARACTERS else shown[: _SHOWN_CHARACTERS - 1] + "…"


def _started(process: int) -> dt.datetime | None:
    """Return the local time at which a process was started."""
    try:
        # The name of the program, in brackets, can hold anything; the start is the 20th field after it.
        fields = (_PROCESSES / str(process) / "stat").read_text(errors="replace").rpartition(")")[2].split()
        boot = re.search(r"^btime (\d+)$", (_PROCESSES / "stat").read_text(), re.MULTILINE)
    except OSError:
        return None
    if boot is None:
        return None
    seconds = int(boot.group(1)) + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return dt.datetime.fromtimestamp(seconds)
