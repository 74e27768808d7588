"""Writes the files of a publication: one DuckDB file, a Parquet file per mart, documentation, and the manifest."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from staff_mobility.checksums import sha256
from staff_mobility.publish.audit import Finding
from staff_mobility.publish.content import Content, checksum_sql
from staff_mobility.publish.docs_folder import write_docs
from staff_mobility.publish.marts import quoted, text
from staff_mobility.publish.place import DOCS, MANIFEST, MARTS, PARQUET
from staff_mobility.publish.tables import About, comments, write_tables
from staff_mobility.settings import StepError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

KIND = "staff-mobility publication"
# The oldest form that DuckDB still writes: BI tools bring drivers of 2024 and later.
STORAGE_VERSION = "v1.0.0"
_PACKAGES = ("staff-mobility", "dbt-core", "dbt-duckdb", "duckdb")
_MADE = "made"


def write_publication(
    con: DuckDBPyConnection,
    folder: Path,
    contents: Sequence[Content],
    about: About,
    findings: Sequence[Finding],
    previous: str | None,
    dbt_files: tuple[Path, Path],
) -> None:
    """Write a complete publication into a new folder.

    Args:
        con: Has the working warehouse attached.
        folder: Is made.
        contents: The public marts.
        about: What the publication tells of itself.
        findings: Of the audit.
        previous: Id of the publication that it follows.
        dbt_files: dbt's manifest, and the folder of what dbt knows.

    Raises:
        StepError: What was written is not what the working warehouse holds.
    """
    (folder / PARQUET).mkdir(parents=True)
    _write_database(con, folder / MARTS, contents, about)
    for content in contents:
        _write_parquet(con, folder / PARQUET / f"{content.name}.parquet", content, about.content_id)
    write_docs(con, folder / DOCS, contents, about.publication_id, dbt_files)
    files = {
        path.relative_to(folder).as_posix(): {"sha256": sha256(path), "bytes": path.stat().st_size}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    manifest = _manifest(contents, about, findings, previous) | {"files": files}
    told = json.dumps(manifest, ensure_ascii=False, indent=2, default=str) + "\n"
    (folder / MANIFEST).write_text(told, encoding="utf-8", newline="\n")


def _write_database(con: DuckDBPyConnection, file: Path, contents: Sequence[Content], about: About) -> None:
    con.execute(f"attach {text(str(file))} as {_MADE} (storage_version {text(STORAGE_VERSION)})")
    try:
        # In the main schema: a schema `marts` in a file marts.duckdb would have the database's own name.
        write_tables(con, f"{_MADE}.main", contents, about)
        for statement in comments(f"{_MADE}.main", contents):
            con.execute(statement)
        _compare(con, contents)
        con.execute(f"checkpoint {_MADE}")
    finally:
        con.execute(f"detach {_MADE}")


def _compare(con: DuckDBPyConnection, contents: Sequence[Content]) -> None:
    """Read back what was written."""
    for content in contents:
        written = con.execute(checksum_sql(f"{_MADE}.main.{quoted(content.name)}")).fetchone()
        if written != (content.n_rows, content.checksum):
            raise StepError(
                f"{content.name}: what was written ({written}) is not what the warehouse holds"
                f" ({content.n_rows, content.checksum}). Check the disk and publish again."
            )


def _write_parquet(con: DuckDBPyConnection, file: Path, content: Content, content_id: str) -> None:
    """Write one mart; the same content gives the same bytes, so no time stands in it."""
    mart = content.release.mart
    columns = [asdict(column) for column in mart.columns]
    metadata = {
        "content_id": content_id,
        "mart": mart.name,
        "grain": ", ".join(mart.keys),
        "description": mart.description,
        "columns": json.dumps(columns, ensure_ascii=False),
    }
    told = ", ".join(f"{key}: {text(value)}" for key, value in metadata.items())
    con.execute(
        f"copy (select * from ({content.sql}) order by all) to {text(str(file))}"  # noqa: S608
        f" (format parquet, compression zstd, kv_metadata {{{told}}})"
    )


def _manifest(
    contents: Sequence[Content], about: About, findings: Sequence[Finding], previous: str | None
) -> dict[str, Any]:
    described = asdict(about)
    return {
        "kind": KIND,
        **{key: described[key] for key in ("publication_id", "content_id", "published_at")},
        "previous": previous,
        "build": {"invocation_id": about.build_id, "finished_at": about.built_at},
        "versions": {
            **{package: version(package) for package in _PACKAGES},
            "python": platform.python_version(),
            "duckdb_storage": STORAGE_VERSION,
        },
        "extracts": described["extracts"],
        "disclosure_control": {
            "name": about.control,
            "values_hidden": {
                content.name: content.release.n_hidden for content in contents if content.release.n_hidden
            },
        },
        "audit": [asdict(finding) for finding in findings],
        "marts": [
            {
                "name": content.name,
                "schema": content.release.mart.schema,
                "audience": str(content.release.mart.audience),
                "grain": list(content.release.mart.keys),
                "rows": content.n_rows,
                "content_checksum": content.checksum,
                "parquet": f"{PARQUET}/{content.name}.parquet",
                "columns": dict(content.types),
            }
            for content in contents
        ],
    }
