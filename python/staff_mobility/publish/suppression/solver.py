"""The mixed-integer solver, without what it prints.

HiGHS writes some remarks of its own to the process's standard output, past Python and whatever is asked of it
(1.12: "transformNewIntegerFeasibleSolution tmpSolver.run();"), and `publish --json` promises one object there.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from scipy.optimize import OptimizeResult, milp

_STDOUT = 1


def solve(*arguments: Any, **named: Any) -> OptimizeResult:
    """Return what `scipy.optimize.milp` returns; nothing is written to standard output."""
    with _silent_stdout():
        return milp(*arguments, **named)


@contextmanager
def _silent_stdout() -> Iterator[None]:
    """Let the file descriptor of standard output lead nowhere; what C code has buffered goes there too."""
    sys.stdout.flush()
    kept = os.dup(_STDOUT)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        _flush_buffers_of_c()
        os.dup2(nowhere, _STDOUT)
        yield
        _flush_buffers_of_c()
    finally:
        os.dup2(kept, _STDOUT)
        os.close(kept)
        os.close(nowhere)


def _flush_buffers_of_c() -> None:
    ctypes.CDLL(None).fflush(None)
