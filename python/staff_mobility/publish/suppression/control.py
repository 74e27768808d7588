"""The disclosure control that `staff-mobility publish` uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from staff_mobility.publish.disclosure import Disclosure, MarkedAudiences, Release
from staff_mobility.publish.marts import Audience, Mart, names, quoted, text
from staff_mobility.publish.suppression.agency_record import AgencyRecord, KeptCounts, read_counts_of
from staff_mobility.publish.suppression.counts import (
    Decision,
    Facts,
    decide,
    edit_counts,
    edit_means,
    hide_rates,
)
from staff_mobility.publish.suppression.edits import Edits, release
from staff_mobility.publish.suppression.facts import (
    PERSON,
    WEIGHT,
    Place,
    by_source,
    read_facts,
    read_mart,
    read_values,
)
from staff_mobility.publish.suppression.former import FormerTables, former_tables
from staff_mobility.publish.suppression.primary import Rule
from staff_mobility.publish.suppression.results import hide_results
from staff_mobility.publish.suppression.settings import FILE, Rules
from staff_mobility.publish.suppression.statement import (
    Counts,
    Source,
    Statement,
    read_counts,
    read_statements,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Under this name the file of the current publication is attached while it is compared with.
_FORMER = "formerly"
# So many cells are named in a message.
_NAMED = 3


@dataclass(frozen=True)
class FormerPublication:
    """The publication that readers have now.

    Attributes:
        id: Of the publication.
        content_id: Of its content.
        file: Its DuckDB file.
    """

    id: str
    content_id: str
    file: Path


class Suppression:
    """Hides in public marts what tells of single persons; marts for analysts are published as they are."""

    def __init__(self, rules: Rules, records: Path, former: FormerPublication | None = None) -> None:
        """Name the rules.

        Args:
            rules: What is hidden.
            records: Folder with what the agency keeps of its publications.
            former: The current publication, None before the first.
        """
        self._rules = rules
        self._records = records
        self._former = former if rules.heeds_former and not rules.rounding_base else None

    @property
    def name(self) -> str:
        """The rules with their parameters."""
        return self._rules.name

    def control(self, con: DuckDBPyConnection, marts: Sequence[Mart]) -> Disclosure:
        """Decide for all marts at once.

        Raises:
            StepError: The published cells contradict each other, or a mart that is counted is not there.
        """
        marked = MarkedAudiences().control(con, marts)
        statements, problems = read_statements(marts)
        if problems or marked.problems:
            return Disclosure(marked.releases, (*marked.problems, *problems))
        if self._former is not None:
            con.execute(f"attach {text(str(self._former.file))} as {_FORMER} (read_only)")
        try:
            return self._disclosure(con, marts, statements, marked.releases)
        finally:
            if self._former is not None:
                con.execute(f"detach {_FORMER}")

    def _disclosure(
        self,
        con: DuckDBPyConnection,
        marts: Sequence[Mart],
        statements: Sequence[Statement],
        as_they_are: Sequence[Release],
    ) -> Disclosure:
        place: Place = {mart.name: mart.place for mart in marts}.get
        edits, kept, found = Edits(), [], list[str]()
        for source, group in by_source(statements).items():
            decision, own = self._counts(con, place, source, group, edits)
            kept.append(_kept(source, group, decision))
            found += _problems_of(decision, self._rules, own)
        self._rest(con, place, statements, edits)
        for mart in marts:
            edits.forget_empty(con, mart)
        if self._former is not None and not self._rules.accepts_already_public:
            found += _already_public(con, marts, edits, self._former.id)
        releases = tuple(
            release(con, mart, edits) if mart.audience is Audience.PUBLIC else each
            for mart, each in zip(marts, as_they_are, strict=True)
        )
        record = AgencyRecord(tuple(edits.hidden()), {mart.name: mart.keys for mart in marts}, tuple(kept))
        return Disclosure(releases, tuple(found), record)

    def _counts(
        self,
        con: DuckDBPyConnection,
        place: Place,
        source: Source,
        group: Sequence[tuple[Mart, Counts]],
        edits: Edits,
    ) -> tuple[Decision, bool]:
        """Hide cells of one group of marts; return the decision, and whether a former publication was heeded."""
        counted = [
            found for mart, counts in group if (found := read_mart(con, place, mart, counts)) is not None
        ]
        dimensions = sorted(set().union(*(counts.dimensions for _, counts in group)))
        facts = Facts(read_facts(con, place, source, dimensions), PERSON, WEIGHT)
        former = self._former_tables(con, source, group)
        decision = decide(counted, facts, self._rules, former)
        hide_rates(decision, edits)
        edit_counts(counted, decision, edits)
        for mart in counted:
            for column, mean in mart.counts.means.items():
                sums = read_values(con, place, source, mart.counts.by, mean.value)
                by = list(mart.counts.by)
                of_row = mart.rows[by].merge(sums, how="left", on=by)[mean.value].fillna(0.0)
                edit_means(mart, column, of_row.to_numpy(dtype=float), decision, self._rules, edits)
        return decision, former is not None

    def _former_tables(
        self, con: DuckDBPyConnection, source: Source, group: Sequence[tuple[Mart, Counts]]
    ) -> FormerTables | None:
        if self._former is None:
            return None
        records = read_counts_of(self._records, self._former.content_id) or ()
        kept = next((each for each in records if each.source == source.of), None)
        if kept is None:
            return None
        place = _former_place(con)
        marts = []
        for mart, _ in group:
            said = kept.statements.get(mart.name)
            read = (
                read_mart(con, place, mart, read_counts(said[0])) if said and said[1] == mart.keys else None
            )
            marts += [read] if read is not None else []
        return former_tables(marts, kept.atoms, WEIGHT, kept.protected) if marts else None

    def _rest(
        self, con: DuckDBPyConnection, place: Place, statements: Sequence[Statement], edits: Edits
    ) -> None:
        """Hide what does not hang together by sums: answers in confidence, shares, results; then what repeats other marts."""
        for statement in statements:
            _hide_confidential(con, statement, edits)
            _hide_shares(con, place, statement, self._rules, edits)
        hide_results(con, place, statements, self._rules, edits)
        keys = {statement.mart.name: statement.mart.keys for statement in statements}
        for statement in statements:
            _hide_copies(con, statement, keys, edits)


def _kept(source: Source, group: Sequence[tuple[Mart, Counts]], decision: Decision) -> KeptCounts:
    statements: dict[str, tuple[Mapping[str, Any], tuple[str, ...]]] = {
        mart.name: ((mart.disclosure or {})["counts"], mart.keys) for mart, _ in group
    }
    return KeptCounts(source.of, decision.atoms, frozenset(decision.protected), statements)


def _former_place(con: DuckDBPyConnection) -> Place:
    tables = con.execute(
        "select table_name from duckdb_tables() where database_name = ?", [_FORMER]
    ).fetchall()
    return {str(row[0]): f"{_FORMER}.main.{quoted(str(row[0]))}" for row in tables}.get


def _problems_of(decision: Decision, rules: Rules, heeds_former: bool) -> Iterable[str]:  # noqa: FBT001
    exposed = [cell for cell in decision.exposed if not (heeds_former and rules.accepts_already_public)]
    if exposed:
        cause = (
            "from this publication and the current one together; set former_publication.already_public to accept in"
            f" {FILE} if that is known and cannot be helped"
            if heeds_former
            else f"from public totals; take them out of `open` or `known_totals`, or out of the public marts (see {FILE})"
        )
        yield f"{_told([str(cell) for cell in exposed])} can be computed whatever is hidden, {cause}."


def _already_public(
    con: DuckDBPyConnection, marts: Sequence[Mart], edits: Edits, former: str
) -> Iterable[str]:
    """Yield a problem if values that are to be hidden for their own sake stand in the current publication."""
    place = _former_place(con)
    found = []
    for mart in marts:
        old = place(mart.name)
        if old is not None:
            found += [
                f"{mart.name}.{column} ({key})" for column, key in _same_as_before(con, mart, old, edits)
            ]
    if found:
        yield (
            f"{len(found)} values that must be hidden stand in the current publication {former} as they are, such as"
            f" {_told(found)}. Hiding them now protects nobody who has read it. Remove that publication and start anew, or set"
            f" former_publication.already_public to accept in {FILE}."
        )


def _same_as_before(con: DuckDBPyConnection, mart: Mart, old: str, edits: Edits) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    there = {row[0] for row in con.execute(f"describe select * from {old}").fetchall()}  # noqa: S608
    own = [
        (key, column)
        for key, row in edits.of(mart.name).items()
        for column, edit in row.items()
        if edit.rule not in (None, Rule.COMPLEMENTARY) and column in there
    ]
    if not own or not set(mart.keys) <= there:
        return []
    for column in sorted({column for _, column in own}):
        match = " and ".join(f"o.{quoted(key)} is not distinct from n.{quoted(key)}" for key in mart.keys)
        same = con.execute(
            f"select {', '.join('n.' + quoted(key) for key in mart.keys)} from {mart.place} as n inner join {old} as o"  # noqa: S608
            f" on {match} where n.{quoted(column)} = o.{quoted(column)}"
        ).fetchall()
        wanted = {key for key, name in own if name == column}
        found += [(column, ", ".join(map(str, key))) for key in sorted(wanted & set(same), key=str)]
    return found


def _hide_confidential(con: DuckDBPyConnection, statement: Statement, edits: Edits) -> None:
    if (said := statement.confidential) is None:
        return
    for column in said.columns:
        for key in _rows(con, statement.mart, [f"{quoted(column)} is not null", said.where]):
            edits.hide(statement.mart.name, key, column, Rule.CONFIDENTIAL)


def _hide_shares(
    con: DuckDBPyConnection, place: Place, statement: Statement, rules: Rules, edits: Edits
) -> None:
    if rules.minimum_persons is None:
        return
    for share in statement.shares:
        key, by = quoted(share.key), quoted(share.by)
        small = (
            f"{key} in (select {key} from (select {key}, count(distinct {quoted(share.person)}) as n from {place(share.of)}"  # noqa: S608
            f" where {by} is not null group by {key}, {by}) where n < {rules.minimum_persons})"
        )
        for row in _rows(con, statement.mart, [small, share.where]):
            for column in share.columns:
                edits.hide(statement.mart.name, row, column, Rule.THRESHOLD)


def _hide_copies(
    con: DuckDBPyConnection, statement: Statement, keys: Mapping[str, tuple[str, ...]], edits: Edits
) -> None:
    mart = statement.mart
    for copy in statement.copies:
        matched = [f"({copy.match[key]})" for key in keys[copy.of]]
        sql = f"select {names(mart.keys)}, {', '.join(matched)} from {mart.place}{_where([copy.where])}"  # noqa: S608
        for row in con.execute(sql).fetchall():
            own, other = row[: len(mart.keys)], row[len(mart.keys) :]
            edit = edits.find(copy.of, other, copy.column)
            if edit is None:
                continue
            for column in copy.columns:
                if edit.value is None or copy.emptied:
                    edits.hide(mart.name, own, column, edit.rule or Rule.COMPLEMENTARY)
                else:
                    edits.show(mart.name, own, column, edit.value)


def _rows(con: DuckDBPyConnection, mart: Mart, conditions: Sequence[str]) -> list[tuple[Any, ...]]:
    return con.execute(f"select {names(mart.keys)} from {mart.place}{_where(conditions)}").fetchall()  # noqa: S608


def _where(conditions: Sequence[str]) -> str:
    asked = [f"({condition})" for condition in conditions if condition]
    return f" where {' and '.join(asked)}" if asked else ""


def _told(cells: Sequence[str]) -> str:
    rest = len(cells) - _NAMED
    return ", ".join(cells[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
