"""Two tables, row by row and cell by cell, in both directions."""

import math
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

# Relative or absolute, whichever is wider; counts, texts, dates and decimals are compared exactly.
TOLERANCE = 1e-12
Row = dict[str, Any]


def read_rows(warehouse: Path, query: str) -> list[Row]:
    """Return the rows of a query as DuckDB types them."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        result = connection.execute(query)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def plain(value: Any) -> Any:
    """Return the one form of a missing value and of a date."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return value.isoformat() if isinstance(value, date) else value


def same(expected: Any, found: Any) -> bool:
    """Say whether two cells hold the same value."""
    expected, found = plain(expected), plain(found)
    if expected is None or found is None:
        return expected is found
    if isinstance(found, Decimal):
        return Fraction(found) == Fraction(expected)
    if isinstance(found, float):
        return math.isclose(float(expected), found, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(expected == found)


def differences(expected: pd.DataFrame, found: Sequence[Row], keys: Sequence[str]) -> list[str]:
    """Return a sentence for each row that only one side has and each cell that differs."""
    wanted = by_key([{str(name): row[name] for name in row} for row in expected.to_dict("records")], keys)
    present = by_key(found, keys)
    said = [f"{key}: missing in the warehouse" for key in wanted.keys() - present.keys()]
    said += [f"{key}: only in the warehouse" for key in present.keys() - wanted.keys()]
    if found and set(found[0]) != set(expected.columns):
        said.append(f"columns differ: {sorted(set(found[0]) ^ set(expected.columns))}")
    for key in wanted.keys() & present.keys():
        for column in wanted[key].keys() & present[key].keys():
            oracle, warehouse = wanted[key][column], present[key][column]
            if not same(oracle, warehouse):
                said.append(f"{key} {column}: oracle {oracle}, warehouse {warehouse}")
    return sorted(said)


def by_key(rows: Iterable[Row], keys: Sequence[str]) -> dict[tuple[Any, ...], Row]:
    """Return rows by their key; a key that comes twice is an error."""
    keyed: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        if key in keyed:
            raise ValueError(f"two rows for {key}")
        keyed[key] = row
    return keyed
