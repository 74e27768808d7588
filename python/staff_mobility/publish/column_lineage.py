"""From which columns each published column is computed, read from the SQL that dbt compiled.

A column depends on those that stand in its expression, not on those of joins, filters and groupings. What is computed in
Python is followed no further: there the tables that the model reads are told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from staff_mobility.publish.docs_page import place_of

if TYPE_CHECKING:
    from sqlglot.lineage import Node
    from sqlglot.schema import Schema

_DIALECT = "duckdb"


@dataclass(frozen=True, order=True)
class ColumnName:
    """A column of a table of the warehouse."""

    schema: str
    table: str
    column: str

    @property
    def relation(self) -> str:
        """Its table as SQL names it."""
        return f"{self.schema}.{self.table}"

    def __str__(self) -> str:
        """As SQL names it."""
        return f"{self.relation}.{self.column}"


@dataclass(frozen=True)
class Relation:
    """One table or view.

    Attributes:
        node: dbt's id of it.
        kind: `model`, `python` (a model in Python), `seed` or `source`.
        columns: Its columns, each with those that it is computed from; none of a constant, of a seed or of a source.
        reads: Tables that a model in Python reads.
        unread: Columns whose origin could not be read from the SQL.
    """

    schema: str
    table: str
    node: str
    kind: str
    columns: Mapping[str, tuple[ColumnName, ...]]
    reads: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As SQL names it."""
        return f"{self.schema}.{self.table}"


@dataclass(frozen=True)
class Lineage:
    """Tables by name, with all that they are computed from."""

    relations: Mapping[str, Relation] = field(default_factory=dict)

    def parents(self, column: ColumnName) -> tuple[ColumnName, ...]:
        """Return the columns from which a column is computed directly."""
        relation = self.relations.get(column.relation)
        return relation.columns.get(column.column, ()) if relation else ()

    def origins(self, column: ColumnName) -> tuple[ColumnName, ...]:
        """Return the columns at which a column's lines end: of seeds, sources and models in Python."""
        seen, waiting, ends = {column}, [column], set()
        while waiting:
            each = waiting.pop()
            found = self.parents(each)
            if not found and each != column:
                ends.add(each)
            waiting += [parent for parent in found if parent not in seen]
            seen.update(found)
        return tuple(sorted(ends))


def read_lineage(
    manifest: Mapping[str, Any], types: Mapping[tuple[str, str], Mapping[str, str]], wanted: Iterable[str]
) -> Lineage:
    """Return the lineage of tables with all that is upstream of them.

    Args:
        manifest: dbt's manifest, with compiled code.
        types: Types by column, by schema and table.
        wanted: dbt's ids of the tables to begin with.
    """
    nodes = {**manifest["nodes"], **manifest.get("sources", {})}
    schema = _schema(nodes, types)
    relations: dict[str, Relation] = {}
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        node = nodes[name]
        if (place := ".".join(place_of(node))) in relations:
            continue
        relations[place] = _relation(name, node, nodes, types.get(place_of(node), {}), schema)
        waiting += [parent for parent in _parents(node) if parent in nodes]
    return Lineage(dict(sorted(relations.items())))


def column_parents(sql: str, schema: Schema) -> tuple[dict[str, tuple[ColumnName, ...]], tuple[str, ...]]:
    """Return the columns that each column of a statement is computed from, and the columns that could not be read."""
    from sqlglot import exp
    from sqlglot.lineage import lineage

    roots = lineage(None, sql, schema, dialect=_DIALECT, trim_selects=False, copy=False)
    walked = {column: list(root.walk()) for column, root in roots.items()}
    # A recursive part is met a second time without its sources; what it reads has been followed the first time.
    known = {node.name for nodes in walked.values() for node in nodes if not _is_open(node)}
    unread = tuple(
        column
        for column, nodes in walked.items()
        if any(_is_open(node) and node.name not in known for node in nodes)
    )
    parents = {
        column: tuple(sorted({_column(node) for node in nodes if isinstance(node.expression, exp.Table)}))
        for column, nodes in walked.items()
    }
    return parents, unread


def _is_open(node: Node) -> bool:
    from sqlglot import exp

    return isinstance(node.expression, exp.Placeholder)


def _column(node: Node) -> ColumnName:
    table = node.expression
    return ColumnName(table.text("db"), table.name, node.name.rpartition(".")[2].strip('"'))


def _relation(
    name: str, node: Mapping[str, Any], nodes: Mapping[str, Any], columns: Mapping[str, str], schema: Schema
) -> Relation:
    place, kind = place_of(node), node["resource_type"]
    if kind == "model" and node.get("language") == "python":
        reads = tuple(sorted(".".join(place_of(nodes[each])) for each in _parents(node) if each in nodes))
        return Relation(*place, name, "python", dict.fromkeys(columns, ()), reads)
    sql = node.get("compiled_code") if kind == "model" else None
    if not sql:
        return Relation(
            *place, name, kind, dict.fromkeys(columns, ()), unread=tuple(columns) if kind == "model" else ()
        )
    parents, unread = column_parents(sql, schema)
    return Relation(
        *place, name, kind, {column: parents.get(column, ()) for column in columns}, unread=unread
    )


def _schema(nodes: Mapping[str, Any], types: Mapping[tuple[str, str], Mapping[str, str]]) -> Schema:
    from sqlglot.schema import MappingSchema

    tables: dict[str, Any] = {}
    for node in nodes.values():
        place = place_of(node)
        if place in types and node.get("database"):
            tables.setdefault(node["database"], {}).setdefault(place[0], {})[place[1]] = types[place]
    return MappingSchema(tables, dialect=_DIALECT)


def _parents(node: Mapping[str, Any]) -> list[str]:
    return list((node.get("depends_on") or {}).get("nodes") or ())
