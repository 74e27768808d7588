"""The marts in PostgreSQL: a schema that is loaded beside and changes names in one transaction.

`<schema>` is what readers use, `<schema>_next` is being loaded, `<schema>_<id>` are former publications, which
nobody but their owner may use and which a rollback brings back.

The exchange first locks every table of the present schema, so it waits until no transaction reads it: a statement or
transaction that has read one table of a publication reads the others of the same one. Without the locks a statement
could resolve its first table before the exchange and its second after it. Whoever reads is never made to wait for more
than one attempt, because the locks are given up again at once if they cannot be had.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from staff_mobility.postgres import attach_postgres, first_line
from staff_mobility.publish.content import Content
from staff_mobility.publish.marts import quoted, text
from staff_mobility.publish.tables import PUBLICATION, About, comments, table_names, write_tables
from staff_mobility.settings import StepError, WrongUseError
from staff_mobility.warehouse_file import Patience

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PUBLIC_ROLE, ANALYST_ROLE = "staff_mobility_public", "staff_mobility_analyst"
_SERVED = "served"
# Shorter than PostgreSQL's deadlock_timeout of a second, so that no reader is ever cancelled for the exchange's sake.
_LOCK_WAIT = "300ms"
_PAUSE_SECONDS = 0.2
_BUSY = ("lock timeout", "deadlock detected")
_SCHEMA_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")


class PostgresTarget:
    """The schema in PostgreSQL that serves the marts."""

    def __init__(self, con: DuckDBPyConnection, address: str, schema: str) -> None:
        """Attach the database.

        Raises:
            WrongUseError: It cannot be reached, or the schema's name is none.
        """
        if not _SCHEMA_NAME.fullmatch(schema):
            raise WrongUseError(
                f"'{schema}' is no name for the schema: small letters, digits and _, 30 at most."
            )
        self._con = con
        self._schema = schema
        self._next = f"{schema}_next"
        attach_postgres(con, address, _SERVED, read_only=False)

    def current_id(self) -> str | None:
        """Return the id of the publication that readers see, None if there is none."""
        return self._publication_in(self._schema)

    def holds(self, publication_id: str) -> bool:
        """Whether a publication is there, in use or kept."""
        return publication_id == self.current_id() or self._kept_name(publication_id) in self._kept()

    def load(self, contents: Sequence[Content], about: About) -> None:
        """Load a publication beside the present one; no reader sees it yet."""
        self._make_roles()
        self._execute(f"drop schema if exists {self._next} cascade; create schema {self._next}")
        self._con.execute("begin")
        try:
            write_tables(self._con, f"{_SERVED}.{self._next}", contents, about)
            self._con.execute("commit")
        except Exception:
            self._con.execute("rollback")
            raise
        self._execute("; ".join(comments(self._next, contents)))
        self._grant(contents)

    def exchange(self, publication_id: str, patience: Patience) -> None:
        """Let readers see the publication that was loaded, in one transaction.

        Raises:
            StepError: Readers hold the present one longer than the patience lasts.
        """
        self._swap(self._next, publication_id, patience)

    def bring_back(self, publication_id: str, patience: Patience) -> None:
        """Let readers see a kept publication again."""
        self._swap(self._kept_name(publication_id), publication_id, patience)

    def prune(self, keep: int) -> None:
        """Drop all but the newest former publications; those that still are read go another time."""
        import duckdb

        for schema in self._kept()[: -keep or None]:
            try:
                self._execute(f"set local lock_timeout = '{_LOCK_WAIT}'; drop schema {schema} cascade")
            except duckdb.Error as error:
                if not _is_busy(error):
                    raise

    def schemas(self) -> list[str]:
        """Return the schemas of all publications, kept, in use and half loaded."""
        known = [*self._kept(), self._schema, self._next]
        return [schema for schema in known if self._tables(schema)]

    def made_from(self, schema: str) -> tuple[str | None, frozenset[str]]:
        """Return the publication in a schema and the extracts that it was made from; a half loaded one has none."""
        publication = self._publication_in(schema)
        if publication is None:
            return None, frozenset()
        return publication, frozenset(self._query(f"select extract_id from {schema}.publication_extract"))  # noqa: S608

    def columns(self, schema: str) -> dict[str, list[str]]:
        """Return the columns of a schema's tables, by table."""
        rows = self._query(
            "select table_name || ' ' || column_name from information_schema.columns"  # noqa: S608
            f" where table_schema = '{schema}' order by table_name, ordinal_position"
        )
        found: dict[str, list[str]] = {}
        for table, column in (row.split(" ", 1) for row in rows):
            found.setdefault(table, []).append(column)
        return found

    def count(self, schema: str, table: str, condition: str) -> int:
        """Return the number of a table's rows that meet a condition."""
        return int(self._query(f"select count(*) from {schema}.{quoted(table)} where {condition}")[0])  # noqa: S608

    def remove(self, schemas: Iterable[str], patience: Patience) -> list[str]:
        """Drop schemas of former publications for good; the one in use stays.

        Raises:
            StepError: Somebody reads one of them longer than the patience lasts.
        """
        gone = [schema for schema in schemas if schema != self._schema]
        for schema in gone:
            self._patiently(
                f"set local lock_timeout = '{_LOCK_WAIT}'; drop schema if exists {schema} cascade",
                f"the tables of schema {schema} are being read without a pause, so it could not be dropped.",
                patience,
            )
        return gone

    def _swap(self, coming: str, publication_id: str, patience: Patience) -> None:
        self._patiently(
            lambda: "; ".join(self._statements(coming, publication_id)),
            f"the tables of schema {self._schema} are being read without a pause, so {publication_id}"
            " could not take their place; readers see the former publication.",
            patience,
        )

    def _patiently(self, sql: str | Callable[[], str], problem: str, patience: Patience) -> None:
        """Run statements again until the locks that they need are free.

        Raises:
            StepError: They still are not when the patience has run out.
        """
        import duckdb

        deadline = time.monotonic() + patience.seconds
        while True:
            try:
                self._execute(sql if isinstance(sql, str) else sql())
                return
            except duckdb.Error as error:
                if not _is_busy(error):
                    raise
                if time.monotonic() >= deadline:
                    raise StepError(
                        f"PostgreSQL: {problem} End transactions that stay open (pg_stat_activity shows them), or give it"
                        " time with --wait SECONDS, and run this again."
                    ) from error
            time.sleep(_PAUSE_SECONDS)

    def _statements(self, coming: str, publication_id: str) -> Iterable[str]:
        former = self.current_id()
        # Another publisher may have loaded its own in the meantime.
        loaded = f"(select publication_id from {coming}.{PUBLICATION})"  # noqa: S608
        yield (
            f"do $$ begin if {loaded} <> {text(publication_id)} then"
            f" raise exception 'schema {coming} holds another publication'; end if; end $$"
        )
        if former is not None:
            kept = self._kept_name(former)
            yield f"set local lock_timeout = '{_LOCK_WAIT}'"
            tables = ", ".join(f"{self._schema}.{quoted(name)}" for name in self._tables(self._schema))
            yield f"lock table {tables} in access exclusive mode"
            yield f"revoke usage on schema {self._schema} from {PUBLIC_ROLE}, {ANALYST_ROLE}"
            yield f"alter schema {self._schema} rename to {kept}"
        yield f"alter schema {coming} rename to {self._schema}"
        yield f"grant usage on schema {self._schema} to {PUBLIC_ROLE}, {ANALYST_ROLE}"

    def _grant(self, contents: Sequence[Content]) -> None:
        public = [name for name in table_names(contents) if name not in _restricted(contents)]
        statements = [f"grant select on {self._next}.{quoted(name)} to {PUBLIC_ROLE}" for name in public]
        statements += [
            f"grant select on {self._next}.{quoted(name)} to {ANALYST_ROLE}" for name in table_names(contents)
        ]
        self._execute("; ".join(statements))

    def _make_roles(self) -> None:
        import duckdb

        try:
            for role in (PUBLIC_ROLE, ANALYST_ROLE):
                self._execute(
                    f"do $$ begin if not exists (select from pg_roles where rolname = '{role}') then"
                    f" create role {role} nologin; end if; end $$"
                )
        except duckdb.Error as error:
            raise WrongUseError(
                f"PostgreSQL: the roles cannot be made ({first_line(error)}). Let an administrator run once:"
                f" create role {PUBLIC_ROLE} nologin; create role {ANALYST_ROLE} nologin;"
            ) from error

    def _publication_in(self, schema: str) -> str | None:
        if PUBLICATION not in self._tables(schema):
            return None
        rows = self._query(f"select publication_id from {schema}.{PUBLICATION}")  # noqa: S608
        return rows[0] if rows else None

    def _tables(self, schema: str) -> list[str]:
        return self._query(f"select tablename from pg_tables where schemaname = '{schema}' order by 1")  # noqa: S608

    def _kept(self) -> list[str]:
        """Return the schemas of former publications, oldest first."""
        # A publication's id begins with the year.
        pattern = f"^{self._schema}_2[0-9]{{7}}t"
        return self._query(f"select nspname from pg_namespace where nspname ~ '{pattern}' order by 1")  # noqa: S608

    def _kept_name(self, publication_id: str) -> str:
        return f"{self._schema}_{re.sub('[^a-z0-9]', '_', publication_id.lower())}"

    def _query(self, sql: str) -> list[str]:
        rows = self._con.execute(f"select * from postgres_query({text(_SERVED)}, {text(sql)})").fetchall()  # noqa: S608
        return [str(row[0]) for row in rows]

    def _execute(self, sql: str) -> None:
        """Run statements in one transaction of PostgreSQL."""
        self._con.execute(f"call postgres_execute({text(_SERVED)}, {text(sql)})")
        # What DuckDB knows of the schemas is older than these statements.
        self._con.execute("call pg_clear_cache()")


def _restricted(contents: Iterable[Content]) -> set[str]:
    return {content.name for content in contents if not content.release.is_public}


def _is_busy(error: Exception) -> bool:
    return any(words in str(error) for words in _BUSY)
