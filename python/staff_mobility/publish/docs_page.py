"""dbt's documentation page, in one file: structure, descriptions and SQL of the models, and no row of any of them.

Made from dbt's own page, the manifest of the build and the structure of the working warehouse, as `dbt docs generate
--static` makes it. That command itself opens the warehouse for writing, which a publisher has open.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from staff_mobility.publish.marts import WORKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Where dbt's page has room for the two files.
_MANIFEST_PLACE, _CATALOG_PLACE = '"MANIFEST.JSON INLINE DATA"', '"CATALOG.JSON INLINE DATA"'
_METADATA = (
    "dbt_schema_version",
    "dbt_version",
    "generated_at",
    "project_name",
    "project_id",
    "adapter_type",
)
# Places on the machine that built, hooks that run there, and invented rows of unit tests.
_NODE_KEYS_LEFT_OUT = frozenset(
    {"build_path", "compiled_path", "root_path", "checksum", "created_at", "unrendered_config", "extra_ctes"}
)
_KINDS_LEFT_OUT = frozenset({"operation"})
_CODE = frozenset({"raw_code", "compiled_code"})
_PARTS_LEFT_OUT = frozenset({"unit_tests", "disabled", "selectors"})
_OVERVIEW = "__overview__"


@dataclass(frozen=True)
class Structure:
    """One table or view of the working warehouse: its columns' types and comments, by name in order."""

    schema: str
    name: str
    kind: str
    columns: Mapping[str, tuple[str, str]]

    @property
    def types(self) -> dict[str, str]:
        """Type by column."""
        return {column: kind for column, (kind, _) in self.columns.items()}


def read_structure(con: DuckDBPyConnection) -> dict[tuple[str, str], Structure]:
    """Return the structure of all tables and views of the attached working warehouse by schema and name."""
    rows = con.execute(
        "select c.schema_name, c.table_name, v.view_name is not null, c.column_name, c.data_type, coalesce(c.comment, '')"
        " from duckdb_columns() as c left join duckdb_views() as v on c.database_name = v.database_name"
        " and c.schema_name = v.schema_name and c.table_name = v.view_name"
        " where c.database_name = ? order by c.schema_name, c.table_name, c.column_index",
        [WORKING],
    ).fetchall()
    found: dict[tuple[str, str], Structure] = {}
    for schema, table, is_view, column, kind, comment in rows:
        place = (str(schema), str(table))
        each = found.setdefault(place, Structure(*place, "VIEW" if is_view else "BASE TABLE", {}))
        found[place] = Structure(*place, each.kind, {**each.columns, str(column): (str(kind), str(comment))})
    return found


def read_manifest(file: Path, target: Path) -> dict[str, Any]:
    """Return dbt's manifest with compiled code; from the folder `compiled` where the last command of dbt compiled nothing."""
    manifest: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    for node in manifest["nodes"].values():
        if node.get("resource_type") != "model" or node.get("compiled_code"):
            continue
        compiled = target / "compiled" / str(node.get("package_name")) / str(node.get("original_file_path"))
        if compiled.is_file():
            node["compiled_code"] = compiled.read_text(encoding="utf-8")
    return manifest


def docs_page(manifest: Mapping[str, Any], structure: Mapping[tuple[str, str], Structure], link: str) -> str:
    """Return the page.

    Args:
        manifest: dbt's.
        structure: Of the working warehouse.
        link: Markdown that the first page ends with.
    """
    from dbt.task.docs import DOCS_INDEX_FILE_PATH

    shown = _shown(manifest, link)
    page = Path(DOCS_INDEX_FILE_PATH).read_text(encoding="utf-8")
    return page.replace(_MANIFEST_PLACE, _inline(shown)).replace(
        _CATALOG_PLACE, _inline(_catalog(shown, structure))
    )


def _inline(content: Mapping[str, Any]) -> str:
    # A text that ends a script would end the page's own.
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")


def _shown(manifest: Mapping[str, Any], link: str) -> dict[str, Any]:
    metadata = manifest.get("metadata") or {}
    project = metadata.get("project_name")
    nodes = {
        name: _node(node)
        for name, node in manifest["nodes"].items()
        if node.get("resource_type") not in _KINDS_LEFT_OUT
    }
    macros = manifest.get("macros") or {}
    docs = manifest.get("docs") or {}
    empty: dict[str, Any] = {part: {} for part in _PARTS_LEFT_OUT}
    return {
        **manifest,
        **empty,
        "metadata": {key: metadata[key] for key in _METADATA if key in metadata},
        "nodes": nodes,
        "macros": {name: macro for name, macro in macros.items() if macro.get("package_name") == project},
        "docs": {name: _with_link(doc, project, link) for name, doc in docs.items()},
    }


def _node(node: Mapping[str, Any]) -> dict[str, Any]:
    # The SQL of a test is that of a macro, a thousand times.
    left_out = _NODE_KEYS_LEFT_OUT | (_CODE if node.get("resource_type") == "test" else frozenset())
    return {key: value for key, value in node.items() if key not in left_out}


def _with_link(doc: Mapping[str, Any], project: object, link: str) -> dict[str, Any]:
    if doc.get("name") != _OVERVIEW or doc.get("package_name") != project:
        return dict(doc)
    return {**doc, "block_contents": f"{doc['block_contents']}\n\n{link}"}


def _catalog(manifest: Mapping[str, Any], structure: Mapping[tuple[str, str], Structure]) -> dict[str, Any]:
    return {
        "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json"},
        "nodes": dict(_entries(manifest["nodes"].items(), structure)),
        "sources": dict(_entries((manifest.get("sources") or {}).items(), structure)),
        "errors": None,
    }


def _entries(
    nodes: Iterable[tuple[str, Mapping[str, Any]]], structure: Mapping[tuple[str, str], Structure]
) -> Iterable[tuple[str, dict[str, Any]]]:
    for name, node in nodes:
        table = structure.get(place_of(node))
        if table is None or node.get("resource_type") == "test":
            continue
        yield (
            name,
            {
                "unique_id": name,
                "metadata": {
                    **{"type": table.kind, "schema": table.schema, "name": table.name},
                    **{"database": node.get("database"), "comment": None, "owner": None},
                },
                "columns": {
                    column: {"name": column, "type": kind, "index": number, "comment": comment}
                    for number, (column, (kind, comment)) in enumerate(table.columns.items(), start=1)
                },
                "stats": {},
            },
        )


def place_of(node: Mapping[str, Any]) -> tuple[str, str]:
    """Return schema and name of the table that a node of the manifest stands for."""
    return str(node.get("schema")), str(node.get("alias") or node.get("identifier") or node.get("name"))
