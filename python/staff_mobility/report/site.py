"""Writes the site: the page and the numbers behind it as csv."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from staff_mobility.column_labels import read_column_labels
from staff_mobility.leftovers import swap, workplace
from staff_mobility.report.catalogue import read_catalogue
from staff_mobility.report.document import GENERATOR
from staff_mobility.report.errors import ReportError
from staff_mobility.report.findings import FINDINGS_PAGE, Findings, read_findings, render_findings
from staff_mobility.report.page import render
from staff_mobility.report.views import Content
from staff_mobility.report.warehouse import open_warehouse, read_extracts, read_frame

PAGE = "index.html"
DATA = "data"
# The gate writes its pages here whenever it sees extracts; they stay when the report is made anew.
GATE = "gate"


def build_site(warehouse: Path, manifest: Path, out: Path) -> Path:
    """Build the report site from a warehouse and dbt's manifest; return the path of index.html.

    `out` gets index.html, findings.html where there are results of the statistics step, and data/<model>.csv for
    every report model. It is made beside and swapped at the
    end: when anything fails, the former site stays. Pages of the gate in gate/ are kept and linked. The
    warehouse is opened read-only.

    Raises:
        ReportError: the warehouse, the manifest, a table or a model's meta is missing or wrong, or `out`
            holds files that are not of a former site.
    """
    _refuse_foreign(out)
    content, findings = _read(warehouse, manifest)
    gate_page = f"{GATE}/{PAGE}" if (out / GATE / PAGE).is_file() else None
    page = render(content, gate_page, FINDINGS_PAGE if findings else None)
    pages = {PAGE: page}
    if findings:
        pages[FINDINGS_PAGE] = render_findings(findings, PAGE, is_synthetic=content.is_synthetic)
    out.parent.mkdir(parents=True, exist_ok=True)
    with workplace(out.parent, out.name) as folder:
        made = folder / "made"
        _write(made, pages, content)
        if (out / GATE).is_dir():
            shutil.copytree(out / GATE, made / GATE)
        swap(made, out, folder / "former")
    return out / PAGE


def _read(warehouse: Path, manifest: Path) -> tuple[Content, Findings | None]:
    catalogue = read_catalogue(manifest)
    with open_warehouse(warehouse) as connection:
        frames = {
            figure.model: read_frame(connection, figure.model, figure.schema, figure.relation)
            for figure in catalogue.figures
        }
        content = Content(catalogue, frames, read_column_labels(connection), read_extracts(connection))
        return content, read_findings(connection)


def _write(folder: Path, pages: Mapping[str, str], content: Content) -> None:
    (folder / DATA).mkdir(parents=True)
    for name, page in pages.items():
        (folder / name).write_text(page, encoding="utf-8", newline="\n")
    for model, frame in content.frames.items():
        (folder / DATA / f"{model}.csv").write_text(frame.to_csv(), encoding="utf-8", newline="\n")


def _refuse_foreign(out: Path) -> None:
    """The swap removes what stands in `out`: let that be nothing but a former site."""
    if not out.exists():
        return
    remedy = "choose an empty folder"
    if not out.is_dir():
        raise ReportError(f"{out}: is no folder; {remedy}.")
    own = [path for path in out.iterdir() if path.name != GATE]
    foreign = sorted(path.name for path in own if path.name not in (PAGE, FINDINGS_PAGE, DATA))
    foreign += sorted(f"{DATA}/{path.name}" for path in out.glob(f"{DATA}/*") if path.suffix != ".csv")
    if foreign:
        raise ReportError(f"{out}: holds {foreign[0]}, which is not of a former site; {remedy}.")
    page = out / PAGE
    if own and not (page.is_file() and GENERATOR in page.read_text(encoding="utf-8")[:2000]):
        raise ReportError(f"{out}: holds files but no {PAGE} of a former site; {remedy}.")
