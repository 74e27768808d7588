"""Writes the pages of the gate: one per extract, the same as data, and the list of all extracts."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment

from staff_mobility.gate.pages_extract import extract_view
from staff_mobility.gate.pages_index import index_view
from staff_mobility.gate.pages_text import TEXTS, displayable, file_name
from staff_mobility.gate.result_files import (
    SCHEMA_NAME,
    as_text,
    schema_text,
    validate_result,
    write_atomically,
)
from staff_mobility.gate.results import LANGUAGES, GateResult
from staff_mobility.report.catalogue import SourceTitles
from staff_mobility.report.document import environment, render_document
from staff_mobility.report.site import GATE, PAGE

_PACKAGE = "staff_mobility.gate"
_PAGE_OF_EXTRACT = re.compile(r"[0-9a-f]{16}\.(html|json)")


def write_pages(
    results: Sequence[GateResult],
    site: Path,
    data_docs: Path | None,
    source_titles: SourceTitles | None = None,
) -> Path:
    """Write ``site/gate/`` from all results, in any order; return the path of its index.html.

    Every file is replaced in one step, the index last, so that a reader never sees half a page. Pages of
    extracts that are not among the results are removed; all else in the folder stays.

    Args:
        results: At most one per extract.
        site: Folder of the report site; made if it is missing.
        data_docs: Folder of the technical documentation, linked if it holds an index.html.
        source_titles: Titles of the source systems by system and language; without one its name is shown.

    Raises:
        ResultFileError: A result is not valid; nothing is written then.
    """
    folder = site / GATE
    made: dict[str, str] = {SCHEMA_NAME: schema_text()}
    for result in results:
        content = {"$schema": SCHEMA_NAME, **result.as_json()}
        validate_result(content)
        made[f"{result.record.extract_id}.json"] = as_text(content)
    shown = [displayable(result) for result in results]
    links = {
        "data_docs": _address(folder, data_docs / PAGE if data_docs else None),
        "report": _address(folder, site / PAGE),
    }
    pages, titles = environment(_PACKAGE), source_titles or {}
    for result in shown:
        made[f"{result.record.extract_id}.html"] = _extract_page(pages, result, titles, links, made)
    made[PAGE] = _index_page(pages, shown, titles, links)
    for name, text in made.items():
        write_atomically(folder / name, text)
    for path in folder.iterdir():
        if path.name not in made and _PAGE_OF_EXTRACT.fullmatch(path.name):
            path.unlink()
    return folder / PAGE


def _address(folder: Path, page: Path | None) -> str | None:
    """Relative address of a page from the gate's folder, None if it does not exist."""
    if page is None or not page.is_file():
        return None
    return Path(os.path.relpath(page, folder)).as_posix()


def _extract_page(
    pages: Environment,
    result: GateResult,
    titles: SourceTitles,
    links: Mapping[str, str | None],
    made: Collection[str],
) -> str:
    name = file_name(result.record.file)
    return render_document(
        pages,
        "extract.html",
        titles={
            language: texts["extract_title"].format(verdict=texts[f"verdict_{result.verdict}"], file=name)
            for language, texts in TEXTS.items()
        },
        banner=_banner([result]),
        views={language: extract_view(result, titles, language) for language in LANGUAGES},
        more_assets=((_PACKAGE, "gate.css"), (_PACKAGE, "gate.js")),
        links=links,
        previous=_previous(result, made),
        data_name=f"{result.record.extract_id}.json",
        schema_name=SCHEMA_NAME,
    )


def _previous(result: GateResult, made: Collection[str]) -> str | None:
    """Address of the page of the extract with which this one was compared, None if there is no such page."""
    name = f"{result.record.previous_extract_id}.json"
    return f"{result.record.previous_extract_id}.html" if name in made else None


def _index_page(
    pages: Environment, results: Sequence[GateResult], titles: SourceTitles, links: Mapping[str, str | None]
) -> str:
    return render_document(
        pages,
        "index.html",
        titles={language: texts["index_title"] for language, texts in TEXTS.items()},
        banner=_banner(results),
        views={language: index_view(results, titles, language) for language in LANGUAGES},
        more_assets=((_PACKAGE, "gate.css"),),
        links=links,
    )


def _banner(results: Sequence[GateResult]) -> dict[str, Any]:
    """Say that the data are made up if any file says so in its name."""
    is_synthetic = any("synthetic" in result.record.file.lower() for result in results)
    return {language: TEXTS[language]["synthetic_banner"] for language in LANGUAGES if is_synthetic}
