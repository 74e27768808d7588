# ruff: noqa: S608 (all names in queries are those of the catalogue)
"""The verb ``rotate-key``: every pseudonym of the warehouse is mapped to one that a new key makes of it.

Mapped and not landed again: identifiers are not kept and delivered files may be gone, the order of landing and what
persons have accepted stay as they are, and HMAC(new key, former pseudonym) is as secret as the new key.

The warehouse and the key change one after the other. The next key lies whole beside the former one before the new file
takes its place, and whoever opens the warehouse then finds by its fingerprint that the next key is the right one.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from staff_mobility.erasure.rewrite import MADE, StoredTable, owner_only, rewritten, stored_tables
from staff_mobility.landing.connection import known_key, next_key_file, open_warehouse
from staff_mobility.landing.pseudonyms import KeyChain, rotated_pseudonym, rotated_tombstone
from staff_mobility.landing.register import known_fingerprint, pseudonym_column
from staff_mobility.publish.candidate import Order
from staff_mobility.publish.disclosure import OF_SINGLE_PERSONS
from staff_mobility.publish.marts import quoted
from staff_mobility.publish.place import Publication, Published
from staff_mobility.publish.postgres_target import PostgresTarget
from staff_mobility.publish.suppression.agency_record import forget_others
from staff_mobility.settings import (
    KEY_ENV,
    KEY_FILE_ENV,
    NEXT_KEY,
    Settings,
    WrongUseError,
    pseudonym_key_file,
    read_key_file,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

KIND = "key_rotation"
_KEY_BYTES = 32
_ENDING = pseudonym_column("")


@dataclass(frozen=True)
class Rotation:
    """What a change of the key does.

    Attributes:
        key_file: The file of the key.
        n_keys: How many keys the chain has afterwards.
        n_pseudonyms: Different pseudonyms that are mapped.
        n_tombstones: Tombstones that are mapped.
        tables: Tables with pseudonyms.
    """

    key_file: Path
    n_keys: int
    n_pseudonyms: int
    n_tombstones: int
    tables: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain values for the machine-readable answer."""
        return {
            "key_file": str(self.key_file),
            "n_keys": self.n_keys,
            "n_pseudonyms": self.n_pseudonyms,
            "n_tombstones": self.n_tombstones,
            "tables": list(self.tables),
        }


def plan_rotation(settings: Settings, order: Order) -> Rotation:
    """Return what a change of the key would do; nothing is changed.

    Raises:
        WrongUseError: The key is not this warehouse's, or not in a file.
    """
    with open_warehouse(settings, order.patience) as con:
        _known_chain(con, settings)
        return _rotation(con, settings)


def rotate_key(settings: Settings, order: Order) -> Rotation:
    """Give the warehouse new pseudonyms and the project the key that makes them.

    Raises:
        WrongUseError: The key is not this warehouse's, or not in a file.
    """
    file = pseudonym_key_file(settings)
    with open_warehouse(settings, order.patience) as con:
        # Finishes a change that was broken off, before another one begins.
        _known_chain(con, settings)
    key = secrets.token_bytes(_KEY_BYTES)
    try:
        owner_only(
            next_key_file(file), f"{file.read_text(encoding='utf-8').strip()}\n{NEXT_KEY}{key.hex()}\n"
        )
    except OSError as error:
        raise WrongUseError(
            f"The next key cannot be written beside {file} ({error.strerror}). Make its folder writable and run this again."
        ) from None
    chain = read_key_file(next_key_file(file), "the next key")
    with rewritten(settings.warehouse, order.patience) as con:
        rotation = _rotation(con, settings)
        _write(con, key, chain)
        con.execute(
            f"insert into {MADE}.raw._rewrite values (?, ?, ?, ?, null)",
            [chain.fingerprint, KIND, dt.datetime.now(dt.UTC).replace(tzinfo=None), rotation.n_pseudonyms],
        )
    next_key_file(file).replace(file.resolve())
    return rotation


def are_pseudonyms_shown(settings: Settings, order: Order) -> bool:
    """Whether a publication, in use or kept, has pseudonyms in its marts."""
    in_files = any(map(_has_pseudonyms, Published(settings.published).all()))
    return in_files or (bool(order.postgres) and bool(_schemas_with_pseudonyms(order)))


def remove_former_pseudonyms(settings: Settings, order: Order) -> list[str]:
    """Remove publications and schemas with former pseudonyms in them, but for those that readers see now.

    Returns:
        Ids of removed publications and names of dropped schemas.
    """
    import duckdb

    published, removed = Published(settings.published), list[str]()
    with published.alone_if_there(order.patience) as work:
        holding = {each.id for each in published.all() if _has_pseudonyms(each)} - {published.current_id()}
        if work:
            published.withdraw(holding, work)
            removed += published.remove(holding, work)
        forget_others(settings.disclosure_records, (each.manifest["content_id"] for each in published.all()))
    if order.postgres:
        schemas = _schemas_with_pseudonyms(order)
        with duckdb.connect() as con:
            removed += PostgresTarget(con, order.postgres, order.schema).remove(schemas, order.patience)
    return removed


def _has_pseudonyms(publication: Publication) -> bool:
    return any(map(_is_made_by_key, publication.column_names))


def _schemas_with_pseudonyms(order: Order) -> list[str]:
    import duckdb

    with duckdb.connect() as con:
        target = PostgresTarget(con, order.postgres or "", order.schema)
        return [
            schema
            for schema in target.schemas()
            if any(
                _is_made_by_key(column) for columns in target.columns(schema).values() for column in columns
            )
        ]


def _known_chain(con: DuckDBPyConnection, settings: Settings) -> KeyChain:
    if KEY_ENV in os.environ:
        raise WrongUseError(
            f"The key is given in {KEY_ENV}, where a new one cannot be written. Put it into a file of mode 600, name that by"
            f" {KEY_FILE_ENV}, and run this again."
        )
    if known_fingerprint(con) is None:
        raise WrongUseError("The warehouse holds no pseudonyms, so there is no key to change.")
    return known_key(con, settings)


def _rotation(con: DuckDBPyConnection, settings: Settings) -> Rotation:
    file = pseudonym_key_file(settings)
    named = [table for table in stored_tables(con) if any(map(_is_pseudonym, table.columns))]
    pseudonyms = " union ".join(
        f"select {quoted(column)} from {table.place} where {quoted(column)} is not null"
        for table in named
        for column in table.columns
        if _is_pseudonym(column)
    )
    counted = con.execute(
        f"select (select count(*) from ({pseudonyms})), (select count(*) from raw._tombstone)"
    ).fetchone()
    n_pseudonyms, n_tombstones = counted or (0, 0)
    n_keys = len(read_key_file(file, "the key").keys) + 1
    return Rotation(
        file, n_keys, n_pseudonyms, n_tombstones, tuple(f"{each.schema}.{each.name}" for each in named)
    )


def _write(con: DuckDBPyConnection, key: bytes, chain: KeyChain) -> None:
    """Fill the new file: everything as it was but for the pseudonyms, tombstones and the key's fingerprint."""
    _add_function(con, "next_pseudonym", lambda former: rotated_pseudonym(key, former))
    _add_function(con, "next_tombstone", lambda former: rotated_tombstone(key, former))
    former = con.execute("select current_database()").fetchone()
    # Views and comments too; the tables that it makes are empty.
    con.execute(f"copy from database {quoted(former[0] if former else '')} to {MADE} (schema)")
    for table in stored_tables(con):
        con.execute(f"insert into {MADE}.{table.place} {_mapped(table, chain)}")


def _mapped(table: StoredTable, chain: KeyChain) -> str:
    match table.place:
        case '"raw"."_key"':
            return f"select '{chain.fingerprint}'"
        case '"raw"."_tombstone"':
            return "select next_tombstone(tombstone) as tombstone from raw._tombstone order by all"
    columns = ", ".join(
        f"next_pseudonym({quoted(column)})" if _is_pseudonym(column) else quoted(column)
        for column in table.columns
    )
    return f"select {columns} from {table.place}"


def _add_function(con: DuckDBPyConnection, name: str, function: Callable[[str], str]) -> None:
    con.create_function(name, function, ["VARCHAR"], "VARCHAR")


def _is_pseudonym(column: str) -> bool:
    return column.endswith(_ENDING)


def _is_made_by_key(column: str) -> bool:
    """Whether the key has made what a publication has in this column: in the warehouse, keys of reports are the sources' own."""
    return _is_pseudonym(column) or column in OF_SINGLE_PERSONS
