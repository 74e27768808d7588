# ruff: noqa: S608 (all names in queries are those of the raw schema)
"""The verb ``erase``: first a plan in counts, then, if exactly that plan is confirmed, a warehouse without the person.

What lies outside of the warehouse is cleared before the new file takes the old one's place, because nobody knows
afterwards whose rows they were; what only needs the extracts' ids (build, publication, former publications) comes after,
and a call that was killed there is finished by the next.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from staff_mobility.erasure import corrections, gate_results
from staff_mobility.erasure.delivered_files import DeliveredFile, delivered_files
from staff_mobility.erasure.named_person import Reading, read_identifier, readings_of
from staff_mobility.erasure.person import RAW, ROWS, ExtractRows, Person, RawPersons
from staff_mobility.erasure.reach import (
    HoldingPublication,
    HoldingSchema,
    MentioningFile,
    Served,
    TableRows,
    derived_rows,
    holding_publications,
    holding_schemas,
    mentioning_files,
)
from staff_mobility.erasure.rewrite import MADE, StoredTable, copy_table, rewritten, stored_tables
from staff_mobility.gate.rules import load_rules
from staff_mobility.landing.connection import known_key, open_warehouse
from staff_mobility.landing.layouts import load_layouts
from staff_mobility.landing.pseudonyms import KeyChain
from staff_mobility.publish.candidate import Order
from staff_mobility.publish.place import Published
from staff_mobility.publish.postgres_target import PostgresTarget
from staff_mobility.publish.served_keys import add_served_key, served_key_sql
from staff_mobility.publish.suppression.agency_record import forget_others
from staff_mobility.report.site import GATE
from staff_mobility.settings import Settings, WrongUseError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

KIND = "erasure"
_PLAN_CHARACTERS = 12
_REPORTS_OF_A_PERSON = (
    "select raw_tables.raw_table, reports.extract_id, reports.row_number"
    " from intermediate.int_persons_linked as persons"
    " inner join intermediate.int_reports_versioned as reports using (report_key)"
    " inner join row_identifier as raw_tables on raw_tables.extract_id = reports.extract_id"
    " and raw_tables.row_number = reports.row_number"
    " and raw_tables.raw_table like reports.source_system || '\\_\\_%' escape '\\'"
    f" where ? in (person_key, {served_key_sql('person_key')})"
)


class NotFoundError(Exception):
    """Who was named is nobody in the raw tables, or more than one person; the text says what to do."""


@dataclass(frozen=True)
class Asked:
    """Whose erasure is asked.

    Attributes:
        person_from: File with the identifier as an extract has it, or - for stdin.
        person_key: The person's key in a mart for analysts, of a publication or of the warehouse.
        layout: Name of the only layout that is meant.
        column: The only column or pseudonym that is meant.
        is_alone: Whether rows that other identifiers link to the person stay.
    """

    person_from: str = ""
    person_key: str = ""
    layout: str = ""
    column: str = ""
    is_alone: bool = False

    @property
    def is_anybody(self) -> bool:
        """Whether anybody is named."""
        return bool(self.person_from or self.person_key)


@dataclass(frozen=True)
class Plan:
    """What an erasure would reach.

    Attributes:
        rows: Rows of the raw tables by table and extract.
        identifiers: Number of different identifiers that these rows bear, by kind.
        derived: Rows of tables that are made from them; those are built anew.
        publications: Publications that are removed.
        schemas: Schemas in PostgreSQL that are dropped or exchanged.
        n_failing_rows: Rows in the gate's kept results.
        n_corrections: Corrections that are taken out of their seed.
        files: Delivered files, which are not touched.
        mentions: Other files that name the person's reports, which are not touched.
    """

    rows: tuple[ExtractRows, ...]
    identifiers: Mapping[str, int]
    derived: tuple[TableRows, ...]
    publications: tuple[HoldingPublication, ...]
    schemas: tuple[HoldingSchema, ...]
    n_failing_rows: int
    n_corrections: int
    files: tuple[DeliveredFile, ...]
    mentions: tuple[MentioningFile, ...]
    fingerprint: str

    @property
    def n_rows(self) -> int:
        """Rows of the raw tables."""
        return sum(row.n_rows for row in self.rows)

    @property
    def plan_id(self) -> str:
        """Id of exactly this plan: the same rows, publications and schemas."""
        told = [
            self.fingerprint,
            [asdict(each) for each in self.publications],
            [asdict(each) for each in self.schemas],
        ]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:_PLAN_CHARACTERS]

    def as_json(self) -> dict[str, Any]:
        """Return plain values for the machine-readable answer."""
        content = asdict(self)
        content.pop("fingerprint")
        for row in content["rows"]:
            # The files are told by their names.
            row.pop("file_sha256")
        return {"plan_id": self.plan_id, "n_rows": self.n_rows, **content}


def is_unfinished(con: DuckDBPyConnection, kind: str) -> bool:
    """Whether a rewriting of the warehouse was broken off after the new file had taken its place."""
    return bool(
        con.execute("select 1 from raw._rewrite where kind = ? and completed_at is null", [kind]).fetchall()
    )


def complete(con: DuckDBPyConnection, kind: str) -> None:
    """Note that nothing is left to do after the rewritings of a kind."""
    con.execute(
        "update raw._rewrite set completed_at = ? where kind = ? and completed_at is null",
        [dt.datetime.now(dt.UTC).replace(tzinfo=None), kind],
    )


def make_plan(settings: Settings, asked: Asked, order: Order) -> Plan:
    """Find the person and count where it stands; nothing is changed.

    Raises:
        NotFoundError: It is nobody, or more than one.
        WrongUseError: What was given cannot be read.
    """
    with open_warehouse(settings, order.patience) as con:
        person, _ = _find(con, settings, asked, _readings(con, settings, asked))
        return _plan(con, settings, person, order)


def erase(settings: Settings, asked: Asked, order: Order, plan_id: str) -> Plan:
    """Put a warehouse without the person in the place of the present one; the marts are to be built after it.

    Raises:
        NotFoundError: The plan is not the confirmed one any more.
    """
    published = Published(settings.published)
    # Makes what an older warehouse lacks, and finishes a change of the key, before the file is read.
    with open_warehouse(settings, order.patience) as con:
        readings = _readings(con, settings, asked)
    with (
        published.alone_if_there(order.patience) as work,
        rewritten(settings.warehouse, order.patience) as con,
    ):
        person, tombstoned = _find(con, settings, asked, readings)
        plan = _plan(con, settings, person, order)
        if plan.plan_id != plan_id:
            raise NotFoundError(
                f"The plan is {plan.plan_id} now and not the confirmed {plan_id}. Look at it again with --dry-run."
            )
        key = known_key(con, settings)
        _write(con, _kept_tables(con, settings), person, [key.tombstone(each) for each in tombstoned])
        con.execute(
            f"insert into {MADE}.raw._rewrite values (?, ?, ?, ?, null)",
            [plan.plan_id, KIND, dt.datetime.now(dt.UTC).replace(tzinfo=None), plan.n_rows],
        )
        # As late as can be: a call that is killed from here on has begun to forget, and the same call does it again.
        if work:
            published.withdraw((each.publication_id for each in plan.publications), work)
        gate_results.forget(settings.gate_results, settings.site / GATE, person)
        corrections.forget(settings.project, person)
    return plan


def remove_publications(settings: Settings, order: Order, shown: str | None) -> list[str]:
    """Remove all former publications and schemas that were made from extracts with erased persons in them.

    Args:
        settings: The project.
        order: Its address of PostgreSQL and its patience count.
        shown: The publication that was made after the erasure.

    Returns:
        Ids of removed publications and names of dropped schemas.
    """
    import duckdb

    with open_warehouse(settings, order.patience) as con:
        rows = con.execute("select distinct extract_id from raw.erased_rows").fetchall()
        erased_at = con.execute(
            "select max(rewritten_at) from raw._rewrite where kind = ?", [KIND]
        ).fetchone()
    extract_ids = frozenset(row[0] for row in rows)
    published, removed = Published(settings.published), list[str]()
    with published.alone_if_there(order.patience) as work:
        former = [
            each
            for each in published.all()
            if erased_at and each.published_at < erased_at[0] and each.id != shown
        ]
        holding = holding_publications(former, published.current_id(), extract_ids)
        if work:
            removed += published.remove((each.publication_id for each in holding), work)
        # Made by a rehearsal, from the former publication and another one.
        settings.difference_page.unlink(missing_ok=True)
        forget_others(settings.disclosure_records, (each.manifest["content_id"] for each in published.all()))
    if order.postgres:
        younger = {each.id for each in published.all()} - set(removed)
        with duckdb.connect() as con:
            target = PostgresTarget(con, order.postgres, order.schema)
            schemas = [
                each.schema
                for each in holding_schemas(target, extract_ids)
                if each.publication_id is None or each.publication_id not in younger
            ]
            removed += target.remove(schemas, order.patience)
    return removed


def _readings(con: DuckDBPyConnection, settings: Settings, asked: Asked) -> tuple[Reading, ...]:
    if not asked.person_from:
        return ()
    lines = read_identifier(asked.person_from)
    return readings_of(
        lines, load_layouts(settings.layouts), known_key(con, settings), asked.layout, asked.column
    )


def _find(
    con: DuckDBPyConnection, settings: Settings, asked: Asked, readings: Sequence[Reading]
) -> tuple[Person, tuple[str, ...]]:
    """Return the person and the pseudonyms that get tombstones; the rows are in the temporary table `ROWS`."""
    rules = load_rules(settings.layouts / "rules")
    raw = RawPersons(con, {table: each.key for table, each in rules.items()}, _most_names(settings))
    if asked.person_key:
        start = _rows_of_key(con, known_key(con, settings), asked.person_key)
        return (found := _one_person(raw, {"": start}, asked)), found.pseudonyms
    if raw.is_shared(reading.pseudonym for reading in readings):
        raise NotFoundError(
            "The address stands beside several persons' names, so it is an office's and nobody's own. Give another"
            " identifier of the person."
        )
    starts: dict[str, set[tuple[str, str, int]]] = {}
    for reading in readings:
        rows = raw.with_identifiers([reading.pseudonym])
        starts.setdefault(f"--column {reading.name} --layout {reading.layout}", rows)
    person = _one_person(raw, {told: rows for told, rows in starts.items() if rows}, asked)
    own = tuple({reading.pseudonym for reading in readings} & set(person.pseudonyms))
    return person, own if asked.is_alone else person.pseudonyms


def _one_person(raw: RawPersons, starts: Mapping[str, set[tuple[str, str, int]]], asked: Asked) -> Person:
    persons = {told: raw.person(rows, is_alone=asked.is_alone) for told, rows in starts.items()}
    found = {person.row_ids for person in persons.values() if person.row_ids}
    if not found:
        raise NotFoundError(
            "Nobody in the raw tables bears this identifier. Write it as an extract has it, all of its columns, one a line;"
            " what was erased before is not found again."
        )
    if len(found) > 1:
        told = "; ".join(f"{each}: {person.n_rows} rows" for each, person in persons.items())
        raise NotFoundError(f"It stands for different persons. Say which is meant: {told}.")
    return next(person for person in persons.values() if person.row_ids)


def _rows_of_key(con: DuckDBPyConnection, key: KeyChain, person_key: str) -> set[tuple[str, str, int]]:
    """Return the rows of a person whose key stands so in a publication or in the warehouse."""
    import duckdb

    add_served_key(con, key)
    try:
        return set(con.execute(_REPORTS_OF_A_PERSON, [person_key]).fetchall())
    except duckdb.CatalogException:
        raise WrongUseError(
            "Persons' keys are known once the marts are built. Run: staff-mobility build"
        ) from None


def _most_names(settings: Settings) -> int:
    import yaml

    project = yaml.safe_load((settings.project / "dbt_project.yml").read_bytes())
    # The default is that of the project as it is delivered.
    return int(project.get("vars", {}).get("email_max_persons", 2))


def _plan(con: DuckDBPyConnection, settings: Settings, person: Person, order: Order) -> Plan:
    import duckdb

    published = Published(settings.published)
    schemas: tuple[HoldingSchema, ...] = ()
    if order.postgres:
        # On a connection of its own: the warehouse's is for the warehouse alone.
        with duckdb.connect() as served:
            target = PostgresTarget(served, order.postgres, order.schema)
            key = known_key(con, settings)
            schemas = holding_schemas(target, person.extract_ids, Served(person, key))
    written = (settings.log.parent, settings.target, settings.site, settings.results, settings.replication)
    # The gate's pages are written anew.
    mentions = mentioning_files(settings.project, written, settings.site / GATE, person)
    return Plan(
        rows=person.rows,
        identifiers=person.identifiers,
        derived=derived_rows(con, person),
        publications=holding_publications(published.all(), published.current_id(), person.extract_ids),
        schemas=schemas,
        n_failing_rows=gate_results.failing_rows(settings.gate_results, person),
        n_corrections=corrections.corrections_of(settings.project, person),
        files=delivered_files(settings.extracts, person),
        mentions=mentions,
        fingerprint=person.fingerprint,
    )


def _kept_tables(con: DuckDBPyConnection, settings: Settings) -> list[StoredTable]:
    """Return the tables that a build cannot make again: the raw ones, and models that add to what they hold."""
    kept = set()
    if settings.manifest.is_file():
        nodes = json.loads(settings.manifest.read_text(encoding="utf-8"))["nodes"]
        kept = {
            (node["schema"], node.get("alias") or node["name"])
            for node in nodes.values()
            if (node.get("config") or {}).get("materialized") == "incremental"
        }
    return [
        table for table in stored_tables(con) if table.schema == RAW or (table.schema, table.name) in kept
    ]


def _write(
    con: DuckDBPyConnection, tables: Iterable[StoredTable], person: Person, tombstones: Sequence[str]
) -> None:
    """Fill the new file: all rows but the person's, and in their place their number and the tombstones."""
    con.execute("create or replace temp table new_tombstone (tombstone varchar)")
    if tombstones:
        con.executemany("insert into new_tombstone values (?)", [[each] for each in tombstones])
    for table in tables:
        copy_table(con, table, _rows_without(table))


def _rows_without(table: StoredTable) -> str:
    if table.schema == RAW and "_row_number" in table.columns:
        return _living(table, f"'{table.name}'", "_extract_id", "_row_number")
    match table.place:
        case '"raw"."rejected_row"':
            return _living(table, "kept.raw_table", "extract_id", "row_number")
        case '"raw"."erased_rows"':
            return (
                "select extract_id, raw_table, sum(row_count)::bigint from (from raw.erased_rows union all"
                f" select extract_id, raw_table, count(*) from {ROWS} group by all) group by all order by all"
            )
        case '"raw"."_tombstone"':
            # In the order of the texts, so that nothing tells which were written together.
            return "select * from (from raw._tombstone union from new_tombstone) order by all"
    return f"from {table.place}"


def _living(table: StoredTable, raw_table: str, extract_id: str, row_number: str) -> str:
    return (
        f"select kept.* from {table.place} as kept where not exists (select 1 from {ROWS} as gone"
        f" where gone.raw_table = {raw_table} and gone.extract_id = kept.{extract_id}"
        f" and gone.row_number = kept.{row_number})"
    )
