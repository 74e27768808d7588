"""Writes all that the gate shows to people: its pages and Great Expectations' Data Docs, below the report site."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from staff_mobility.gate.gate import Gate
from staff_mobility.gate.pages import write_pages
from staff_mobility.gate.result_files import load_results
from staff_mobility.gate.results import GateResult
from staff_mobility.report.catalogue import read_source_titles
from staff_mobility.report.site import GATE
from staff_mobility.settings import Settings

_DATA_DOCS = "data_docs"


def write_gate_site(settings: Settings, gate: Gate, rehearsed: Sequence[GateResult] = ()) -> Path:
    """Write the pages of all kept results and of rehearsed ones; return the list of all extracts."""
    results = {result.record.extract_id: result for result in load_results(settings.gate_results)}
    results |= {result.record.extract_id: result for result in rehearsed}
    docs = settings.site / GATE / _DATA_DOCS
    if made := gate.write_data_docs():
        shutil.copytree(made, docs, dirs_exist_ok=True)
    titles = read_source_titles(settings.manifest) if settings.manifest.is_file() else None
    return write_pages(list(results.values()), settings.site, docs, titles)
