"""What the verbs say on a terminal: counts and names of files, nothing of the person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from staff_mobility.erasure.corrections import SEED
from staff_mobility.erasure.erase import Plan
from staff_mobility.erasure.rotate_key import Rotation
from staff_mobility.landing.pseudonyms import NAMING
from staff_mobility.publish.candidate import Order


def plan_lines(plan: Plan, *, is_done: bool) -> Iterator[str]:
    """Yield one line per place in which the person stands."""
    bears = ", ".join(f"{count} {kind}" for kind, count in plan.identifiers.items())
    yield f"{'Erased' if is_done else 'Would be erased'}: {plan.n_rows} rows, which bear {bears}."
    if plan.identifiers.get(NAMING, 0) > 1:
        yield (
            "  The rows bear more than one name with birth date. Make sure that this is one person; --without-links takes only"
            " the rows that bear the identifier itself."
        )
    for row in plan.rows:
        yield f"  {row.n_rows:>6,}  raw.{row.raw_table}, extract {row.extract_id} ({row.file_name})"
    yield from (f"  {count:>6,}  {place}" for place, count in _places(plan) if count)
    for publication in plan.publications:
        shown = (
            f", which readers {'saw until now' if is_done else 'see now'}" if publication.is_current else ""
        )
        yield f"  publication {publication.publication_id}{shown}: its counts and means hold the person"


def _places(plan: Plan) -> Iterator[tuple[str, int]]:
    by_schema: Counter[str] = Counter()
    for derived in plan.derived:
        by_schema[derived.schema] += derived.n_rows
    yield from ((f"schema {schema}, built anew", count) for schema, count in sorted(by_schema.items()))
    yield "rows that the gate keeps with its results", plan.n_failing_rows
    yield f"corrections in {SEED}", plan.n_corrections
    yield from ((f"PostgreSQL, schema {each.schema}", each.n_rows) for each in plan.schemas)


def after_lines(plan: Plan, order: Order, *, is_done: bool) -> Iterator[str]:
    """Yield what an erasure does not reach, and what to do next."""
    yield "Not reached:"
    for file in plan.files:
        where = "in the drop folder" if file.is_there else "not in the drop folder any more"
        yield f"  {file.n_rows:>6,} rows  {file.name}, {where}"
    for mention in plan.mentions:
        yield f"  {mention.n_lines:>6,} lines  {mention.path}"
    yield "  backups, snapshots and free blocks of disks, and git, if any of this was committed"
    yield "  copies that others made of publications, and sites and replication packages made before: make them again"
    if not order.postgres:
        yield "  PostgreSQL: no address was given, so nothing was looked up there"
    yield (
        "Whoever kept a publication of before can compare it with the next one, and what differs may be this person's"
        " contribution; the disclosure control takes that into account for what it hides."
    )
    if not is_done:
        yield f"To erase exactly this, run the same command with: --confirm {plan.plan_id}"


def rotation_lines(rotation: Rotation, removed: Sequence[str] | None) -> Iterator[str]:
    """Yield what a change of the key did, or would do."""
    would = "" if removed is not None else "Would be changed: "
    yield (
        f"{would}{rotation.n_pseudonyms:,} pseudonyms in {len(rotation.tables)} tables and {rotation.n_tombstones:,}"
        " tombstones have new values."
    )
    if removed is None:
        yield f"The key file would get a key more, {rotation.n_keys} in all: {rotation.key_file}"
        return
    yield f"The key file has a key more: {rotation.key_file}. Keep it whole; each line of it is needed."
    yield f"Removed, because former pseudonyms stand in them: {len(removed)} publications and schemas."
    yield "Not reached: backups of the warehouse and of the key, and copies of raw tables that others made."
