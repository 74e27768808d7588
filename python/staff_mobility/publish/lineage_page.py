"""The lineage of published columns as a file for programs and as a page for people, which links each column to its origins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from staff_mobility.publish.column_lineage import ColumnName, Lineage, Relation

# The folders of models in the order in which a reader goes back from a mart; what else there is comes before the seeds and files.
_FIRST, _LAST = ("marts",), ("staging", "reference", "raw")


def as_json(lineage: Lineage, marts: Sequence[str], publication_id: str) -> dict[str, Any]:
    """Return plain values: each table's columns with those that they are computed from, and the ends of published columns."""
    return {
        "publication_id": publication_id,
        "relations": {
            name: {
                "node": relation.node,
                "kind": relation.kind,
                "columns": {
                    column: [str(each) for each in found] for column, found in relation.columns.items()
                },
                **({"reads": list(relation.reads)} if relation.reads else {}),
                **({"unread": list(relation.unread)} if relation.unread else {}),
            }
            for name, relation in lineage.relations.items()
        },
        "origins": {
            str(column): [str(each) for each in lineage.origins(column)]
            for name in marts
            if (relation := lineage.relations.get(name))
            for column in _columns(relation)
        },
    }


def as_html(lineage: Lineage, marts: Sequence[str], publication_id: str) -> str:
    """Return the page; it has no script."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    pages = Environment(
        loader=PackageLoader("staff_mobility.publish"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return pages.get_template("column_lineage.html").render(
        relations=sorted(lineage.relations.values(), key=_order),
        marts=[name for name in marts if name in lineage.relations],
        lineage=lineage,
        columns=_columns,
        ends=_ends(lineage, marts),
        publication_id=publication_id,
    )


def _columns(relation: Relation) -> list[ColumnName]:
    return [ColumnName(relation.schema, relation.table, column) for column in relation.columns]


def _ends(lineage: Lineage, marts: Sequence[str]) -> Mapping[ColumnName, tuple[ColumnName, ...]]:
    """Return where the lines of the published columns end; of others a reader sees it by following the links."""
    return {
        column: lineage.origins(column)
        for name in marts
        if name in lineage.relations
        for column in _columns(lineage.relations[name])
    }


def _order(relation: Relation) -> tuple[int, str, str]:
    if relation.schema in _FIRST:
        return 0, relation.schema, relation.table
    place = 2 + _LAST.index(relation.schema) if relation.schema in _LAST else 1
    return place, relation.schema, relation.table
