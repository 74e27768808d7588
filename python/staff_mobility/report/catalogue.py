"""Catalogue of figures and tables, read from the meta of the report models in dbt's manifest."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from staff_mobility.report.errors import ReportError
from staff_mobility.report.meta import (
    Chart,
    Count,
    MetaReader,
    Shade,
    Spread,
    read_chart,
    read_count,
    read_shade,
    read_spread,
)

# A model is a report model because of where it stands: models/report/.
REPORT_FOLDER = "report"
# Titles of the source systems by system and language.
SourceTitles = Mapping[str, Mapping[str, str]]
# Begin the numbers of what the study does not have: "S.1" on the structure of the sector, "O.1" on open data;
# "T.1" is a number that stands in its text only, "R.1" sets its numbers beside those computed here,
# "A.1" asks whether they can hold together.
SUPPLEMENTS = ("S.", "O.", "T.", "R.", "A.")


@dataclass(frozen=True)
class Figure:
    """One report model: what is shown, where it stands in the study and where its rows are.

    `number` is the number in the study ("2.10"), or of a supplement to it ("S.1", "O.1", "T.1", "R.1", "A.1"); `is_table` tells a
    table from a figure. Texts are keyed by language. `chart` is None for what is shown as a table only, which
    may have a `spread` and a `shade`. `is_of_extracts` is False for what is made of reference data alone.
    """

    model: str
    schema: str
    relation: str
    sql_path: str
    number: str
    is_table: bool
    chapter: int
    chapter_title: Mapping[str, str]
    title: Mapping[str, str]
    unit: Mapping[str, str]
    note: Mapping[str, str]
    place: str
    count: Count | None
    chart: Chart | None
    spread: Spread | None
    shade: Shade | None
    hidden_columns: frozenset[str]
    sources: frozenset[str]
    is_of_extracts: bool

    @property
    def order(self) -> tuple[int, bool, tuple[int, ...], str]:
        """Sort key: chapter, figures before tables, number read as numbers (2.9 before 2.10)."""
        parts = _plain(self.number).split(".")
        return self.chapter, self.is_table, tuple(int(part) for part in parts), self.model

    @property
    def is_supplement(self) -> bool:
        """True for what the study does not have."""
        return self.number.startswith(SUPPLEMENTS)

    @property
    def anchor(self) -> str:
        """Fragment of the page's address, the same for every build."""
        return f"{'table' if self.is_table else 'figure'}-{self.number.replace('.', '-')}"


@dataclass(frozen=True)
class Catalogue:
    """All figures in the order of the page, and the titles of the source systems."""

    figures: tuple[Figure, ...]
    source_titles: SourceTitles


def read_source_titles(path: Path) -> SourceTitles:
    """Read the titles of the source systems from dbt's manifest at `path`."""
    return _source_titles(_read_manifest(path))


def read_catalogue(path: Path) -> Catalogue:
    """Read the catalogue from dbt's manifest at `path`; ReportError when it is missing or a meta is wrong."""
    manifest = _read_manifest(path)
    figures = tuple(sorted(_figures(manifest), key=lambda figure: figure.order))
    if not figures:
        raise ReportError(f"{path}: no model stands under models/{REPORT_FOLDER}/; there is nothing to show.")
    _refuse_twins(figures)
    return Catalogue(figures, _source_titles(manifest))


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ReportError(f"{path}: there is no dbt manifest; run `dbt build` first.") from error
    except (OSError, ValueError) as error:
        raise ReportError(
            f"{path}: the dbt manifest cannot be read ({error}); run `dbt build` again."
        ) from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("nodes"), dict):
        raise ReportError(f"{path}: this is no dbt manifest (it has no nodes); run `dbt build` again.")
    return manifest


def _figures(manifest: Mapping[str, Any]) -> Iterator[Figure]:
    for node_id, node in manifest["nodes"].items():
        if node.get("resource_type") == "model" and _folder(node) == REPORT_FOLDER:
            yield _figure(manifest, node_id, node)


def _folder(node: Mapping[str, Any]) -> str:
    fqn = node.get("fqn") or []
    return str(fqn[1]) if len(fqn) > 2 else ""


def _figure(manifest: Mapping[str, Any], node_id: str, node: Mapping[str, Any]) -> Figure:
    meta = MetaReader(str(node["name"]), (node.get("config") or {}).get("meta") or {})
    number, is_table = _number(meta)
    chart = read_chart(meta)
    if chart is None and not is_table:
        raise meta.error("chart", "is missing", "describe the chart, or give `table` in place of `figure`")
    return Figure(
        model=meta.model,
        schema=str(node.get("schema") or REPORT_FOLDER),
        relation=str(node.get("alias") or meta.model),
        sql_path=str(node.get("original_file_path") or f"models/{REPORT_FOLDER}/{meta.model}.sql"),
        number=number,
        is_table=is_table,
        chapter=meta.integer("chapter"),
        chapter_title=meta.texts("chapter_title", required=False),
        title=meta.texts("title"),
        unit=meta.texts("unit", required=chart is not None),
        note=meta.texts("note", required=False),
        place="" if number.startswith(SUPPLEMENTS) else meta.text("place"),
        count=read_count(meta),
        chart=chart,
        spread=read_spread(meta),
        shade=read_shade(meta),
        hidden_columns=frozenset(meta.names("hidden_columns")),
        sources=_named_sources(meta, manifest) or _source_systems(manifest, node_id),
        # An empty list says that no extract enters; without the key lineage tells.
        is_of_extracts=meta.meta.get("sources") != [],
    )


def _plain(number: str) -> str:
    """Return the number without the letter of a supplement."""
    return number[len(SUPPLEMENTS[0]) :] if number.startswith(SUPPLEMENTS) else number


def _number(meta: MetaReader) -> tuple[str, bool]:
    figure, table = meta.optional_text("figure"), meta.optional_text("table")
    if (figure is None) == (table is None):
        raise meta.error("figure", "or `table` must be given, not both", 'write for example `figure: "2.1"`')
    number = str(figure or table)
    if not all(part.isdecimal() for part in _plain(number).split(".")):
        key = "figure" if figure else "table"
        raise meta.error(
            key, f"is {number!r}", 'write numbers, for example "2.10", or "S.1" for a supplement'
        )
    return number, table is not None


def _refuse_twins(figures: tuple[Figure, ...]) -> None:
    seen: dict[str, str] = {}
    for figure in figures:
        if figure.anchor in seen:
            twin = seen[figure.anchor]
            raise ReportError(
                f"{figure.model}: has the same number {figure.number} as {twin}; give one of them another."
            )
        seen[figure.anchor] = figure.model


def _named_sources(meta: MetaReader, manifest: Mapping[str, Any]) -> frozenset[str]:
    """Systems that the meta names: lineage also finds those that bring nothing but names or identifiers."""
    named = frozenset(meta.names("sources"))
    known = {source["source_name"] for source in (manifest.get("sources") or {}).values()}
    if unknown := sorted(named - known):
        raise meta.error("sources", f"names {unknown[0]!r}", f"use {', '.join(sorted(known))}")
    return named


def _source_systems(manifest: Mapping[str, Any], node_id: str) -> frozenset[str]:
    """Names of the dbt sources that the model comes from, through all its parents."""
    waiting, seen, found = [node_id], {node_id}, set()
    while waiting:
        current = waiting.pop()
        if current.startswith("source."):
            found.add(current.split(".")[2])
        node = manifest["nodes"].get(current) or {}
        parents = [parent for parent in (node.get("depends_on") or {}).get("nodes", []) if parent not in seen]
        seen.update(parents)
        waiting.extend(parents)
    return frozenset(found)


def _source_titles(manifest: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Titles (`title_nb`, `title_en` in the meta of a dbt source) by source name and language."""
    titles: dict[str, dict[str, str]] = {}
    for source in (manifest.get("sources") or {}).values():
        own = source.get("source_meta") or (source.get("config") or {}).get("meta") or {}
        meta = MetaReader(str(source["source_name"]), own)
        titles[meta.model] = dict(meta.texts("title", required=False))
    return titles
