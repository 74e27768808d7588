"""What the verbs of the command line do: each step takes the warehouse on and tells the session what came of it.

Imports stand inside the steps, so that a verb loads no more than it needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from staff_mobility.session import RefusedError, Session
from staff_mobility.settings import StepError, WrongUseError

if TYPE_CHECKING:
    from staff_mobility.publish.candidate import Order


def land(
    session: Session,
    folder: Path | None,
    *,
    accept_as: str = "",
    reason: str = "",
    is_rehearsal: bool = False,
) -> None:
    """Check and land the extracts of a folder or one file; a rehearsal only checks."""
    from staff_mobility.gate.outcome import Acceptance
    from staff_mobility.landing.connection import landing_of, open_warehouse
    from staff_mobility.landing.drop_folder import drop_files
    from staff_mobility.landing.land import land_place
    from staff_mobility.landing.printing import LandingProgress, summary_lines

    place = folder.absolute() if folder else session.settings.extracts
    if not place.exists():
        raise WrongUseError(f"There is no folder {place}. Name the folder of the extracts, or make it.")
    if accept_as and not (reason and place.is_file()):
        raise WrongUseError("--accept-as needs --reason and the one file that is accepted.")
    acceptance = Acceptance(accept_as, reason) if accept_as else None
    progress = LandingProgress(session.errors, 1 if place.is_file() else sum(1 for _ in drop_files(place)))
    try:
        with open_warehouse(session.settings, session.patience) as con:
            landing = landing_of(
                con, session.settings, progress, acceptance=acceptance, is_rehearsal=is_rehearsal
            )
            outcome = land_place(con, place, landing)
    finally:
        progress.stop()
    session.answer["files"] = [file.as_json() for file in outcome.files]
    for line in summary_lines(outcome):
        session.say(line)
    seen = [file.result for file in outcome.files if file.result is not None]
    if seen:
        from staff_mobility.gate.site import write_gate_site

        with session.working("writing the gate's pages"):
            page = write_gate_site(session.settings, landing.gate, seen)
        session.answer["gate"] = str(page)
        session.say(f"The gate's answers are {page}")
    if outcome.refused:
        raise RefusedError([message for file in outcome.refused for message in file.messages])


def build(session: Session, arguments: list[str]) -> None:
    """Run `dbt build` with these arguments of its own."""
    from staff_mobility.dbt_run import run_dbt_build
    from staff_mobility.landing.connection import open_warehouse

    # Opening it here tells of a reader that blocks the build before dbt starts, and in plainer words.
    with open_warehouse(session.settings, session.patience) as con:
        landed = con.execute("select count(*) from raw.extract").fetchone()
    if landed == (0,):
        raise RefusedError(
            ["No extract has landed yet, so there is nothing to build. Run: staff-mobility land"]
        )
    outcome = run_dbt_build(
        session.settings,
        arguments,
        quiet=session.quiet,
        stdout_is_taken=session.as_json,
        wait=session.patience.seconds,
    )
    session.answer["build"] = outcome.as_json()
    if outcome.full_disk:
        raise StepError(outcome.full_disk)
    if outcome.is_refused_by_data:
        raise RefusedError(
            [f"{outcome.counts.get('fail', 0)} test(s) failed; dbt's messages say which and why."]
        )
    if outcome.exit_code:
        raise StepError(f"dbt build ended with code {outcome.exit_code}; its log is {outcome.log}")


def fit(session: Session, source: str | None, out: Path, compare_with: Path | None) -> None:
    """Fit the analyses of the plan on marts from any source, into a folder, compared with former results."""
    from staff_mobility.statistics.fit import fit as fitted
    from staff_mobility.statistics.results import DIFFERENCE, compare, write_results

    with session.working("fitting the analyses of the plan"):
        results = fitted(session.settings, source, session.patience)
        # Read before anything is written: the former results may stand in the same folder.
        differences = compare(compare_with, results) if compare_with else None
        write_results(results, out)
    session.answer["results"] = str(out)
    session.answer["rows"] = {name: table.num_rows for name, table in results.items()}
    session.say(f"The results are in {out}")
    if differences is not None:
        differences.to_csv(out / DIFFERENCE, index=False, lineterminator="\n")
        session.answer["differences"] = len(differences)
        session.say(f"{len(differences)} estimates differ from those in {compare_with}: {out / DIFFERENCE}")


def report(session: Session) -> None:
    """Write the site from a warehouse that was built as a whole."""
    from staff_mobility.report import build_site

    settings = session.settings
    with _whole_warehouse(session, "writing the report", "report was written"):
        page = build_site(settings.warehouse, settings.manifest, settings.site)
    session.answer["report"] = str(page)
    session.say(f"The report is {page}")


def replicate(session: Session, out: Path) -> None:
    """Write the folder with which an outsider can compute all of it again."""
    from staff_mobility.replication import write_package

    with _whole_warehouse(session, "writing the package", "package was written"):
        folder = write_package(session.settings, out.absolute(), session.settings.target)
    session.answer["package"] = str(folder)
    session.say(f"The replication package is {folder}")


def publish(session: Session, order: Order) -> None:
    """Audit the marts and let readers see them, all at once."""
    from staff_mobility.publish.publish import publish as publish_marts

    with session.working("publishing"):
        outcome = publish_marts(session.settings, order)
    session.answer |= outcome.as_json()
    if outcome.publication is None:
        raise RefusedError(outcome.problems)
    told = "" if outcome.is_new else ", as before: the marts have not changed"
    session.say(f"Readers see publication {outcome.publication_id}{told}: {session.settings.published}")


def rehearse_publication(session: Session, order: Order) -> None:
    """Say what a publication would change, and write the page that a person approves."""
    from staff_mobility.gate.result_files import write_atomically
    from staff_mobility.publish.difference_page import as_json, lines, page
    from staff_mobility.publish.publish import rehearse

    with session.working("comparing with the current publication"):
        candidate, difference = rehearse(session.settings, order)
    session.answer["audit"] = [asdict(finding) for finding in candidate.findings]
    about = candidate.about
    if about is None:
        raise RefusedError(candidate.problems)
    out = session.settings.difference_page
    write_atomically(out, page(difference, candidate.findings, about.content_id, about.build_id))
    session.answer |= {"content_id": about.content_id, "difference": as_json(difference), "page": str(out)}
    for line in lines(difference):
        session.say(line)
    session.say(
        f"What is hidden, and why: {session.settings.disclosure_records / about.content_id}_hidden.csv"
    )
    session.say(f"The page to approve is {out}; then: staff-mobility publish --approved {about.content_id}")
    if candidate.problems:
        raise RefusedError(candidate.problems)


def export(session: Session, file: Path, marts: list[str]) -> None:
    """Write marts of the current publication into a workbook."""
    from staff_mobility.gate.result_files import write_atomically
    from staff_mobility.publish.place import Published
    from staff_mobility.publish.sheets import read_sheets
    from staff_mobility.publish.workbook import workbook

    publication = Published(session.settings.published).current()
    if publication is None:
        raise WrongUseError(
            f"{session.settings.published} holds no publication to export. Run: staff-mobility publish"
        )
    with session.working("writing the workbook"):
        told, sheets = read_sheets(publication, marts)
        write_atomically(file.absolute(), workbook(told, sheets))
    session.answer |= {
        "workbook": str(file.absolute()),
        "publication": told.publication_id,
        "rows": {sheet.mart: len(sheet.rows) for sheet in sheets},
    }
    session.say(f"{len(sheets)} marts of publication {told.publication_id} are in {file}")


@contextmanager
def _whole_warehouse(session: Session, work: str, result: str) -> Iterator[None]:
    """Keep the warehouse open for reading while something is made of it, if it is of one build.

    Raises:
        WrongUseError: There is no warehouse or manifest.
        StepError: The warehouse is not of one build, or what is made of it cannot be made.
    """
    settings = session.settings
    for path in (settings.warehouse, settings.manifest):
        if not path.is_file():
            raise WrongUseError(f"There is no {path} to read. Run: staff-mobility build")
    from staff_mobility.build_state import why_not_whole
    from staff_mobility.report import ReportError
    from staff_mobility.warehouse_file import connect

    try:
        # Kept open, so that no other build begins between the question and the reading.
        with session.working(work), connect(settings.warehouse, session.patience, read_only=True) as con:
            if reason := why_not_whole(con):
                raise StepError(f"No {result}. {reason}")
            yield
    except ReportError as error:
        raise StepError(str(error)) from error
