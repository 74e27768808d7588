"""The data that a warehouse was built from: what they are, who may have them, and their checksums."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from staff_mobility.checksums import sha256
from staff_mobility.report.warehouse import Extract

# Extracts that are invented say so in their name, as the report's banner has it.
SYNTHETIC = "synthetic"


class Availability(StrEnum):
    """Who may have a data set."""

    SYNTHETIC = "synthetic"
    PUBLIC = "public"
    NOT_PUBLIC = "not public"


@dataclass(frozen=True)
class Source:
    """A system that extracts come from, as dbt's sources describe it."""

    name: str
    title: str
    description: str
    is_public: bool
    access: str


@dataclass(frozen=True)
class Input:
    """One extract that the warehouse was built from.

    Attributes:
        source: System that it comes from.
        file_name: As it was dropped.
        extract_date: Day on which it was taken, ISO.
        rows: Number of rows.
        sha256: Of its bytes.
        availability: Who may have it.
        path: Where it stands in the package; empty if it is not in it.
    """

    source: str
    file_name: str
    extract_date: str
    rows: int
    sha256: str
    availability: Availability
    path: str


def read_sources(manifest: Path) -> dict[str, Source]:
    """Return the sources of dbt's manifest by name; landing's own tables are none.

    A source says in its meta whether the public can have its data (`is_public`) and how (`access_en`).
    """
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["sources"].values()
    found = {}
    for node in sorted(nodes, key=lambda node: str(node["source_name"])):
        meta = node.get("source_meta") or {}
        if "access_en" in meta:
            found[node["source_name"]] = Source(
                node["source_name"],
                meta["title_en"],
                " ".join(str(node["source_description"]).split()),
                bool(meta.get("is_public")),
                meta["access_en"],
            )
    return found


def inputs_of(
    extracts: Iterable[Extract], sources: Mapping[str, Source], places: Mapping[str, str]
) -> list[Input]:
    """Return what the warehouse was built from.

    Args:
        extracts: The register of landed extracts.
        sources: By name.
        places: Where a file stands in the package, by the SHA-256 of its bytes.
    """
    found = []
    for extract in extracts:
        availability = _availability(extract, sources)
        path = places.get(extract.sha256, "") if availability is Availability.SYNTHETIC else ""
        found.append(
            Input(
                extract.system,
                extract.file_name,
                extract.extract_date.isoformat(),
                extract.row_count,
                extract.sha256,
                availability,
                path,
            )
        )
    return found


def files_of(folder: Path, extracts: Sequence[Extract]) -> dict[str, Path]:
    """Return the files of a drop folder that are synthetic extracts of the register, by the SHA-256 of their bytes."""
    wanted = {extract.sha256 for extract in extracts if _is_synthetic(extract)}
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (digest := sha256(path)) in wanted:
            found.setdefault(digest, path)
    return found


def _is_synthetic(extract: Extract) -> bool:
    return SYNTHETIC in extract.file_name.lower()


def _availability(extract: Extract, sources: Mapping[str, Source]) -> Availability:
    if _is_synthetic(extract):
        return Availability.SYNTHETIC
    known = sources.get(extract.system)
    return Availability.PUBLIC if known and known.is_public else Availability.NOT_PUBLIC
