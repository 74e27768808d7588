"""What a warehouse holds after a command was killed, and whether it can be."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from staff_mobility.build_state import why_not_whole
from staff_mobility.warehouse_file import connect


@dataclass(frozen=True)
class Left:
    """What a warehouse holds.

    Attributes:
        raw: Number of rows and a sum over their hashes, by raw table; times of landing do not count.
        problems: Extracts of which the register and the raw tables say different things.
        outcome: How the last build ended, None if there was none.
        is_whole: Whether the marts are taken for those of one build.
    """

    n_extracts: int
    raw: Mapping[str, tuple[int, int]]
    problems: tuple[str, ...]
    outcome: str | None
    is_whole: bool


NOTHING = Left(0, {}, (), None, False)


def look(warehouse: Path, place: Path) -> Left:
    """Read a copy of a warehouse file and of what stands beside it, so that the looking heals nothing."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for file in warehouse.parent.glob(f"{warehouse.name}*"):
        (shutil.copytree if file.is_dir() else shutil.copy)(file, place / file.name)
    if not (place / warehouse.name).exists():
        return NOTHING
    with connect(place / warehouse.name) as con:
        tables = _raw_tables(con)
        if not tables:
            return NOTHING
        if "extract" not in tables or not any("_extract_id" in names for names in tables.values()):
            return replace(NOTHING, problems=("the raw schema is half made",))
        n_extracts = con.execute("select count(*) from raw.extract").fetchall()[0][0]
        return Left(
            n_extracts=n_extracts,
            raw={table: _sums(con, table, columns) for table, columns in tables.items()},
            problems=_half_landed(con, [table for table, names in tables.items() if "_extract_id" in names]),
            outcome=_last_outcome(con),
            is_whole=why_not_whole(con) is None,
        )


def _raw_tables(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    rows = con.execute(
        "select table_name, list(column_name order by column_name) from information_schema.columns"
        " where table_schema = 'raw' group by all order by all"
    ).fetchall()
    return dict(rows)


def _sums(con: duckdb.DuckDBPyConnection, table: str, columns: list[str]) -> tuple[int, int]:
    # The same rows land at another time of the day in every run.
    compared = ", ".join(f'"{column}"' for column in columns if not column.endswith("_at"))
    count, total = con.execute(
        f'select count(*), coalesce(sum(hash({compared})::hugeint), 0) from raw."{table}"'
    ).fetchall()[0]
    return count, int(total)


def _half_landed(con: duckdb.DuckDBPyConnection, tables: list[str]) -> tuple[str, ...]:
    delivered = " union all ".join(f'select _extract_id as extract_id from raw."{table}"' for table in tables)
    rows: list[Any] = con.execute(
        f"with delivered as (select extract_id, count(*) as n_rows from ({delivered}) group by all)"
        " select extract_id, row_count, n_rows from raw.extract full join delivered using (extract_id)"
        " where row_count is distinct from n_rows order by all"
    ).fetchall()
    return tuple(f"extract {key}: {count} rows by the register, {n} in raw tables" for key, count, n in rows)


def _last_outcome(con: duckdb.DuckDBPyConnection) -> str | None:
    try:
        rows = con.execute("select outcome from quality.build_state order by started_at desc").fetchall()
    except duckdb.CatalogException:
        return None
    return (rows[0][0] or "unfinished") if rows else None
