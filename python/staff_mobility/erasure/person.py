# ruff: noqa: S608 (all names in queries are those of layouts and rules, which their schemas check)
"""Which rows of the raw tables are a person's: all versions in all extracts, also rows that count nowhere.

Rows are one person's when a chain of shared identifiers leads from one to the other, as `int_persons_linked` has it; an
e-mail address that stands beside many names is an office's and leads nowhere. Rows without an identifier (questionnaires,
legs of a journey) belong to the row of the same extract that bears their key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from staff_mobility.erasure.rewrite import StoredTable, stored_tables
from staff_mobility.landing.erased_persons import RowKeys
from staff_mobility.landing.pseudonyms import LINKING, NAMING, SHARED
from staff_mobility.landing.register import pseudonym_column

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

RAW = "raw"
_PSEUDONYM = pseudonym_column("")
# Temporary tables: each identifier of each row, the person's own identifiers, and the person's rows.
_IDENTIFIER, _OWN, ROWS = "row_identifier", "own_identifier", "person_row"
_ROW = ("raw_table", "extract_id", "row_number")


@dataclass(frozen=True)
class ExtractRows:
    """How many rows of a person one raw table has from one extract."""

    raw_table: str
    extract_id: str
    file_name: str
    file_sha256: str
    n_rows: int


@dataclass(frozen=True)
class Person:
    """What the raw tables hold of one person; the rows themselves are in the temporary table `ROWS`.

    Attributes:
        rows: By raw table and extract.
        row_ids: Raw table, extract and number of every row.
        identifiers: Number of different identifiers by pseudonym.
        pseudonyms: The identifiers' pseudonyms; an office's address is not among them.
        row_names: Keys of the rows, parts joined by /, by raw table.
    """

    rows: tuple[ExtractRows, ...]
    row_ids: frozenset[tuple[str, str, int]]
    identifiers: Mapping[str, int]
    pseudonyms: tuple[str, ...]
    row_names: Mapping[str, frozenset[str]]

    @property
    def n_rows(self) -> int:
        """Number of rows in all raw tables."""
        return len(self.row_ids)

    @property
    def extract_ids(self) -> frozenset[str]:
        """The extracts in which the person stands."""
        return frozenset(row.extract_id for row in self.rows)

    @property
    def fingerprint(self) -> str:
        """Tells this set of rows from another."""
        told = "\n".join("/".join(map(str, row)) for row in sorted(self.row_ids))
        return hashlib.sha256(told.encode()).hexdigest()


class RawPersons:
    """The identifiers of all rows of the raw tables."""

    def __init__(self, con: DuckDBPyConnection, row_keys: RowKeys, most_names_of_an_address: int) -> None:
        """Collect them in temporary tables.

        Args:
            con: The warehouse.
            row_keys: How rows are named.
            most_names_of_an_address: An address beside more names with birth dates is an office's.
        """
        self._con = con
        self._row_keys = row_keys
        self._tables = [
            table for table in stored_tables(con) if table.schema == RAW and "_row_number" in table.columns
        ]
        selects = [
            f"select '{table.name}' as raw_table, _extract_id as extract_id, _row_number as row_number,"
            f" '{column.removesuffix(_PSEUDONYM)}' as kind, \"{column}\" as pseudonym"
            f' from {table.place} where "{column}" is not null'
            for table in self._tables
            for column in _pseudonym_columns(table)
        ]
        nothing = (
            "select ''::varchar, ''::varchar, 0::integer, ''::varchar, ''::varchar where false"
            if not selects
            else ""
        )
        con.execute(f"create or replace temp table {_IDENTIFIER} as {' union all '.join(selects) or nothing}")
        con.execute(
            "create or replace temp table shared_address as select address.pseudonym"
            f" from {_IDENTIFIER} as address inner join {_IDENTIFIER} as name using ({', '.join(_ROW)})"
            f" where address.kind = '{SHARED}' and name.kind = '{NAMING}'"
            f" group by address.pseudonym having count(distinct name.pseudonym) > {most_names_of_an_address}"
        )

    def is_shared(self, pseudonyms: Iterable[str]) -> bool:
        """Whether one of them is an office's address."""
        return bool(self._one("select count(*) from shared_address where pseudonym in ?", [list(pseudonyms)]))

    def with_identifiers(self, pseudonyms: Iterable[str]) -> set[tuple[str, str, int]]:
        """Return the rows that bear one of these identifiers."""
        found = self._con.execute(
            f"select distinct {', '.join(_ROW)} from {_IDENTIFIER} where pseudonym in ?", [list(pseudonyms)]
        ).fetchall()
        return set(found)

    def person(self, start: Iterable[tuple[str, str, int]], *, is_alone: bool = False) -> Person:
        """Return the person of some rows, which are kept as the temporary table `ROWS`.

        Args:
            start: Rows that bear an identifier of the person.
            is_alone: Whether rows that other identifiers link to them are left out.
        """
        self._con.execute(
            f"create or replace temp table {ROWS} (raw_table varchar, extract_id varchar, row_number integer)"
        )
        start = sorted(start)
        if start:
            self._con.executemany(f"insert into {ROWS} values (?, ?, ?)", start)
        if not is_alone:
            self._follow_links()
        self._add_rows_without_identifiers()
        return self._described()

    def _follow_links(self) -> None:
        linking = ", ".join(f"'{name}'" for name in LINKING)
        self._con.execute(
            f"create or replace temp table {_OWN} (pseudonym varchar);"
            f"create or replace temp table link as select * from {_IDENTIFIER} where kind in ({linking})"
            " and pseudonym not in (select pseudonym from shared_address)"
        )
        while self._new_identifiers():
            self._con.execute(
                f"insert into {ROWS} select distinct {', '.join(_ROW)} from link where pseudonym in (from {_OWN})"
                f" except from {ROWS}"
            )

    def _new_identifiers(self) -> int:
        added = self._con.execute(
            f"insert into {_OWN} select pseudonym from link semi join {ROWS} using ({', '.join(_ROW)})"
            f" except from {_OWN}"
        ).fetchone()
        return int(added[0]) if added else 0

    def _add_rows_without_identifiers(self) -> None:
        """Add the rows that bear the key of one of the person's rows in the same extract and no identifier."""
        named = [table for table in self._tables if self._row_keys.get(table.name)]
        for owner in [table for table in named if _pseudonym_columns(table)]:
            key = self._row_keys[owner.name]
            for table in [each for each in named if list(self._row_keys[each.name]) == list(key)]:
                bare = " and ".join(f'other."{column}" is null' for column in _pseudonym_columns(table))
                same = " and ".join(f'other."{column}" = own."{column}"' for column in key)
                self._con.execute(
                    f"insert into {ROWS} select '{table.name}', other._extract_id, other._row_number"
                    f" from {table.place} as other"
                    f" inner join {owner.place} as own on other._extract_id = own._extract_id and {same}"
                    f" inner join {ROWS} as of_person on of_person.raw_table = '{owner.name}'"
                    " and of_person.extract_id = own._extract_id and of_person.row_number = own._row_number"
                    f" where {bare or 'true'} except from {ROWS}"
                )

    def _described(self) -> Person:
        own = f"from {_IDENTIFIER} semi join {ROWS} using ({', '.join(_ROW)})"
        counted = self._con.execute(
            f"select kind, count(distinct pseudonym) {own} group by 1 order by 1"
        ).fetchall()
        lasting = self._con.execute(
            f"select distinct pseudonym {own} where pseudonym not in (select pseudonym from shared_address) order by 1"
        ).fetchall()
        rows = self._con.execute(
            "select raw_table, extract_id, any_value(file_name), any_value(file_sha256), count(*)"
            f" from {ROWS} left join raw.extract using (extract_id) group by all order by all"
        ).fetchall()
        ids = self._con.execute(f"from {ROWS}").fetchall()
        return Person(
            tuple(ExtractRows(*row) for row in rows),
            frozenset(ids),
            dict(counted),
            tuple(row[0] for row in lasting),
            {
                table: self._names(table, self._row_keys.get(table, ()))
                for table in sorted({r[0] for r in ids})
            },
        )

    def _names(self, raw_table: str, key: Sequence[str]) -> frozenset[str]:
        if not key:
            return frozenset()
        named = " || '/' || ".join(f'"{column}"' for column in key)
        rows = self._con.execute(
            f'select distinct {named} from raw."{raw_table}" as delivered inner join {ROWS} as own'
            " on own.raw_table = ? and own.extract_id = delivered._extract_id"
            f" and own.row_number = delivered._row_number where {named} is not null",
            [raw_table],
        ).fetchall()
        return frozenset(row[0] for row in rows)

    def _one(self, query: str, parameters: Sequence[object]) -> int:
        row = self._con.execute(query, parameters).fetchone()
        return int(row[0]) if row else 0


def _pseudonym_columns(table: StoredTable) -> list[str]:
    return [column for column in table.columns if column.endswith(_PSEUDONYM)]
