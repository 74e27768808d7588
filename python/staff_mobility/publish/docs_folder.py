"""The folder `docs` of a publication: dbt's documentation and the lineage of the published columns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from staff_mobility.publish.column_lineage import read_lineage
from staff_mobility.publish.content import Content
from staff_mobility.publish.docs_page import docs_page, place_of, read_manifest, read_structure
from staff_mobility.publish.lineage_page import as_html, as_json

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

INDEX, LINEAGE_PAGE, LINEAGE_FILE = "index.html", "column_lineage.html", "column_lineage.json"
_LINK = f"From which columns each published column is computed: [column lineage]({LINEAGE_PAGE})."


def write_docs(
    con: DuckDBPyConnection,
    folder: Path,
    contents: Sequence[Content],
    publication_id: str,
    dbt_files: tuple[Path, Path],
) -> None:
    """Write the pages into a new folder.

    Args:
        con: Has the working warehouse attached; only its structure is read.
        folder: Is made.
        contents: The published marts.
        publication_id: What the pages are of.
        dbt_files: dbt's manifest, and the folder of what dbt knows.
    """
    manifest, structure = read_manifest(*dbt_files), read_structure(con)
    published = {content.name for content in contents}
    wanted = [
        name
        for name, node in manifest["nodes"].items()
        if node.get("resource_type") == "model" and node.get("name") in published
    ]
    types = {place: table.types for place, table in structure.items()}
    lineage = read_lineage(manifest, types, wanted)
    marts = sorted(".".join(place_of(manifest["nodes"][name])) for name in wanted)
    told = as_json(lineage, marts, publication_id)
    folder.mkdir()
    texts = {
        INDEX: docs_page(manifest, structure, _LINK),
        LINEAGE_PAGE: as_html(lineage, marts, publication_id),
        LINEAGE_FILE: json.dumps(told, ensure_ascii=False, indent=1) + "\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
