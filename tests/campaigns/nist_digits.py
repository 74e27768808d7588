"""Prints how many digits of NIST's certified values the project's least squares gives; the table of docs/numerics.md.

python tests/campaigns/nist_digits.py
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

from certified_digits import table  # noqa: E402

if __name__ == "__main__":
    print(table(), end="")
