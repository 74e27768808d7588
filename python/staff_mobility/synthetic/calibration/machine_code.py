"""Functions that are tried millions of times, as machine code."""

from typing import Any

import numba


def compiled(function: Any) -> Any:
    """`function` as machine code; its types are those of its first call."""
    return numba.njit(function)
