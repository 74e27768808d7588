"""The command ``staff-mobility``: each verb takes the warehouse one step on, ``run`` takes all of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from staff_mobility.publish import DEFAULT_KEPT, DEFAULT_MAX_CHANGE, DEFAULT_POSTGRES_SCHEMA
from staff_mobility.session import RefusedError, Session
from staff_mobility.settings import StepError, WrongUseError
from staff_mobility.warehouse_file import DEFAULT_WAIT_SECONDS, WAIT_ENV

if TYPE_CHECKING:
    from staff_mobility.erasure.erase import Asked, Plan
    from staff_mobility.erasure.rotate_key import Rotation
    from staff_mobility.publish.candidate import Order

app = typer.Typer(
    help="Rebuild the staff mobility warehouse: land extracts, build the marts, write the report.",
    epilog="Exit codes: 0 done, 1 refused by data, 2 wrong use, 3 broken. Example: staff-mobility run",
    no_args_is_help=True,
    add_completion=False,
    # Tracebacks go to the log; a pretty one shows local variables, and those can hold personal data.
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
)

Json = Annotated[bool, typer.Option("--json", help="Write the result to stdout as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")]
Wait = Annotated[
    float,
    typer.Option(
        "--wait",
        min=0,
        metavar="SECONDS",
        envvar=WAIT_ENV,
        help="How long to wait for another process that has the warehouse open; 0 = not at all.",
    ),
]
Folder = Annotated[
    Path | None,
    typer.Argument(
        help="Folder with extracts, searched with all below it, or one file. Default: STAFF_MOBILITY_EXTRACTS."
    ),
]
AcceptAs = Annotated[
    str,
    typer.Option(
        "--accept-as",
        metavar="NAME",
        help="Take in one named file that the gate refuses for its rules or history; the name is kept with it.",
    ),
]
Postgres = Annotated[
    str | None,
    typer.Option(
        "--postgres",
        metavar="ADDRESS",
        envvar="STAFF_MOBILITY_POSTGRES",
        show_envvar=True,
        help="A PostgreSQL database that serves the marts too: postgresql://user@host/database.",
    ),
]
PostgresSchema = Annotated[
    str, typer.Option("--postgres-schema", metavar="NAME", help="The schema there that readers use.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why, with --accept-as; it is kept with the extract.")]


@app.command(epilog="Example: staff-mobility gate extracts/2024/reports_2024-05-31.csv")
def gate(
    folder: Folder = None,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    wait: Wait = DEFAULT_WAIT_SECONDS,
) -> None:
    """Check extracts without landing them, and write what is found to site/gate/index.html."""
    with Session("gate", as_json=as_json, quiet=quiet, debug=debug, wait=wait) as session:
        _land(session, folder, is_rehearsal=True)


@app.command(
    epilog="Example: staff-mobility land extracts/2024, or"
    " staff-mobility land reports_2024-05-31.csv --accept-as 'Kari Nord' --reason 'project closed, see case 12'"
)
def land(
    folder: Folder = None,
    accept_as: AcceptAs = "",
    reason: Reason = "",
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    wait: Wait = DEFAULT_WAIT_SECONDS,
) -> None:
    """Check the extracts of a folder and take those into the warehouse that have not landed before."""
    with Session("land", as_json=as_json, quiet=quiet, debug=debug, wait=wait) as session:
        _land(session, folder, accept_as=accept_as, reason=reason)


@app.command(
    epilog="Example: staff-mobility build --select marts. Options that this command does not know go to dbt.",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def build(
    context: typer.Context,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    wait: Wait = DEFAULT_WAIT_SECONDS,
) -> None:
    """Build and test all models with dbt from what has landed."""
    with Session("build", as_json=as_json, quiet=quiet, debug=debug, wait=wait) as session:
        _build(session, context.args)


@app.command(
    epilog="Example: staff-mobility fit --out results/2024-06 --compare-with results/2024-05, or"
    " staff-mobility fit published/marts --out results/published"
)
def fit(
    source: Annotated[
        str | None,
        typer.Argument(
            help="A DuckDB file, a folder with a Parquet file per mart, or a postgresql:// address;"
            " the project's warehouse if it is left out."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the tables of results as Parquet and csv.")
    ] = None,
    compare_with: Annotated[
        Path | None,
        typer.Option(help="Folder of former results; estimates that differ go to difference.csv."),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    wait: Wait = DEFAULT_WAIT_SECONDS,
) -> None:
    """Compute the analyses of analysis_plan.yml on the marts as they are, without building anything."""
    with Session("fit", as_json=as_json, quiet=quiet, debug=debug, wait=wait) as session:
        _fit(session, source, out or session.settings.results, compare_with)


@app.command(epilog="Example: staff-mobility report")
def report(
    as_json: Json = False, quiet: Quiet = False, debug: Debug = False, wait: Wait = DEFAULT_WAIT_SECONDS
) -> None:
    """Write the report site from the warehouse as it is."""
    with Session("report", as_json=as_json, quiet=quiet, debug=debug, wait=wait) as session:
        _report(session)


@app.command(epilog="Example: staff-mobility replicate --out ../replication_2024-06")
def replicate(
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the package; an earlier package there is replaced. Default: replication."
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    wait: Wait = DEFAULT_WAIT_SECONDS,
) -> None:
    """Write a package with which an outsider can compute every figure and table again."""
    with Session("replicate", as_json=as_json, quiet=quiet, debug=debug, wait=wait) as session:
        _replicate(session, out or session.settings.replication)


@app.command(
    epilog="Example: staff-mobility publish, or staff-mobility publish --dry-run, or"
    " staff-mobility publish --postgres postgresql://publisher@db.example.org/agency --keep 10"
)
def publish(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; say what would change, and a page to approve.")
    ] = False,
    approved: Annotated[
        str,
        typer.Option(
            "--approved",
            metavar="CONTENT_ID",
            help="Publish only if the content is the one that --dry-run showed; then no change is too large.",
        ),
    ] = "",
    max_change: Annotated[
        float,
        typer.Option(
            "--max-change",
            min=0,
            metavar="SHARE",
            help="By which share of the last publication's rows a mart may grow or shrink.",
        ),
    ] = DEFAULT_MAX_CHANGE,
    keep: Annotated[
        int, typer.Option("--keep", min=2, metavar="N", help="How many publications are kept.")
    ] = DEFAULT_KEPT,
    postgres: Postgres = None,
    postgres_schema: PostgresSchema = DEFAULT_POSTGRES_SCHEMA,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    wait: Wait = DEFAULT_WAIT_SECONDS,
) -> None:
    """Audit the marts and let BI tools see them, all at once: warehouse/published/marts.duckdb."""
    with Session("publish", as_json=as_json, quiet=quiet, debug=debug, wait=wait) as session:
        from staff_mobility.publish.candidate import Order

        order = Order(keep, max_change, approved, postgres, postgres_schema, patience=session.patience)
        if dry_run:
            _rehearse_publication(session, order)
        else:
            _publish(session, order)


@app.command(epilog="Example: staff-mobility rollback, or staff-mobility rollback --to 20240601T0405")
def rollback(
    to: Annotated[
        str,
        typer.Option(
            metavar="ID", help="Id of a publication or its beginning. Default: the one before the current."
        ),
    ] = "",
    postgres: Postgres = None,
    postgres_schema: PostgresSchema = DEFAULT_POSTGRES_SCHEMA,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    wait: Wait = DEFAULT_WAIT_SECONDS,
) -> None:
    """Let BI tools see a former publication again."""
    with Session("rollback", as_json=as_json, quiet=quiet, debug=debug, wait=wait) as session:
        from staff_mobility.publish.candidate import Order
        from staff_mobility.publish.publish import roll_back

        order = Order(postgres=postgres, schema=postgres_schema, patience=session.patience)
        outcome = roll_back(session.settings, to, order)
        session.answer |= outcome.as_json()
        session.say(f"Readers see publication {outcome.publication_id}: {session.settings.published}")


@app.command(
    epilog="Example: staff-mobility export --excel use.xlsx, or"
    " staff-mobility export --excel tests.xlsx --mart mart_statistics__regression_term"
)
def export(
    excel: Annotated[
        Path, typer.Option("--excel", metavar="FILE", help="The workbook; replaced if it exists.")
    ],
    mart: Annotated[
        list[str] | None,
        typer.Option(
            "--mart",
            metavar="NAME",
            help="A published mart, once for each; without it those on use, outcomes, strategy and progress.",
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    wait: Wait = DEFAULT_WAIT_SECONDS,
) -> None:
    """Write marts of the current publication into an Excel workbook."""
    with Session("export", as_json=as_json, quiet=quiet, debug=debug, wait=wait) as session:
        _export(session, excel, mart or [])


@app.command(
    epilog="Example: staff-mobility erase --person-from person.txt, then"
    " staff-mobility erase --person-from person.txt --confirm 5d0c1f2e8a44"
)
def erase(
    person_from: Annotated[
        str,
        typer.Option(
            "--person-from",
            metavar="FILE",
            help="File with an identifier as it stands in an extract, one line per column; - for stdin.",
        ),
    ] = "",
    person_key: Annotated[
        str, typer.Option("--person-key", metavar="KEY", help="Instead: a person_key of a mart for analysts.")
    ] = "",
    layout: Annotated[
        str, typer.Option("--layout", metavar="NAME", help="Layout of the extract, where several would do.")
    ] = "",
    column: Annotated[
        str,
        typer.Option(
            "--column",
            metavar="NAME",
            help="Column of the identifier, or its pseudonym, where several would do.",
        ),
    ] = "",
    without_links: Annotated[
        bool,
        typer.Option(
            "--without-links",
            help="Only rows that bear this identifier, not those that other identifiers link to them.",
        ),
    ] = False,
    confirm: Annotated[
        str, typer.Option("--confirm", metavar="PLAN_ID", help="Erase, if the plan is still this one.")
    ] = "",
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Change nothing, only show the plan; so it is without --confirm."),
    ] = False,
    postgres: Postgres = None,
    postgres_schema: PostgresSchema = DEFAULT_POSTGRES_SCHEMA,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    wait: Wait = DEFAULT_WAIT_SECONDS,
) -> None:
    """Erase a person: first a plan in counts, then, if it is confirmed, from warehouse and publications.

    Without a person it finishes an erasure that was broken off.
    """
    with Session("erase", as_json=as_json, quiet=quiet, debug=debug, wait=wait) as session:
        from staff_mobility.erasure.erase import Asked
        from staff_mobility.publish.candidate import Order

        if person_from and person_key:
            raise WrongUseError("Give --person-from or --person-key, not both.")
        asked = Asked(person_from, person_key, layout, column, without_links)
        order = Order(postgres=postgres, schema=postgres_schema, patience=session.patience)
        _erase(session, asked, order, "" if dry_run else confirm)


@app.command(epilog="Example: staff-mobility rotate-key --dry-run, then staff-mobility rotate-key")
def rotate_key(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing; say what would get new pseudonyms.")
    ] = False,
    postgres: Postgres = None,
    postgres_schema: PostgresSchema = DEFAULT_POSTGRES_SCHEMA,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    wait: Wait = DEFAULT_WAIT_SECONDS,
) -> None:
    """Change the pseudonym key: the warehouse gets new pseudonyms, the key file one key more."""
    with Session("rotate-key", as_json=as_json, quiet=quiet, debug=debug, wait=wait) as session:
        from staff_mobility.publish.candidate import Order

        order = Order(postgres=postgres, schema=postgres_schema, patience=session.patience)
        _rotate_key(session, order, is_rehearsal=dry_run)


@app.command(epilog="Example: staff-mobility run extracts/demo")
def run(
    folder: Folder = None,
    is_published: Annotated[
        bool,
        typer.Option("--publish/--no-publish", help="Whether BI tools see the marts afterwards."),
    ] = True,
    postgres: Postgres = None,
    postgres_schema: PostgresSchema = DEFAULT_POSTGRES_SCHEMA,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    wait: Wait = DEFAULT_WAIT_SECONDS,
) -> None:
    """Land, build, report and publish; stops at the first step that does not end well."""
    with Session("run", as_json=as_json, quiet=quiet, debug=debug, wait=wait) as session:
        _land(session, folder)
        _build(session, [])
        _report(session)
        if is_published:
            from staff_mobility.publish.candidate import Order

            _publish(session, Order(postgres=postgres, schema=postgres_schema, patience=session.patience))


def _land(
    session: Session,
    folder: Path | None,
    *,
    accept_as: str = "",
    reason: str = "",
    is_rehearsal: bool = False,
) -> None:
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


def _build(session: Session, arguments: list[str]) -> None:
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


def _fit(session: Session, source: str | None, out: Path, compare_with: Path | None) -> None:
    from staff_mobility.statistics.fit import fit
    from staff_mobility.statistics.results import DIFFERENCE, compare, write_results

    with session.working("fitting the analyses of the plan"):
        results = fit(session.settings, source, session.patience)
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


def _report(session: Session) -> None:
    from staff_mobility.report import build_site

    settings = session.settings
    with _whole_warehouse(session, "writing the report", "report was written"):
        page = build_site(settings.warehouse, settings.manifest, settings.site)
    session.answer["report"] = str(page)
    session.say(f"The report is {page}")


def _replicate(session: Session, out: Path) -> None:
    from staff_mobility.replication import write_package

    with _whole_warehouse(session, "writing the package", "package was written"):
        folder = write_package(session.settings, out.absolute(), session.settings.target)
    session.answer["package"] = str(folder)
    session.say(f"The replication package is {folder}")


def _publish(session: Session, order: Order) -> None:
    from staff_mobility.publish.publish import publish

    with session.working("publishing"):
        outcome = publish(session.settings, order)
    session.answer |= outcome.as_json()
    if outcome.publication is None:
        raise RefusedError(outcome.problems)
    told = "" if outcome.is_new else ", as before: the marts have not changed"
    session.say(f"Readers see publication {outcome.publication_id}{told}: {session.settings.published}")


def _rehearse_publication(session: Session, order: Order) -> None:
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


def _erase(session: Session, asked: Asked, order: Order, confirmed: str) -> None:
    from staff_mobility.erasure.told import after_lines, plan_lines

    is_continued = _finish_broken_off_erasure(session, order)
    if not asked.is_anybody:
        if not is_continued:
            raise WrongUseError("Say whom: --person-from FILE, or --person-key KEY.")
        return
    plan = _plan_or_erase(session, asked, order, confirmed)
    session.answer |= {"plan": plan.as_json(), "is_erased": bool(confirmed)}
    for line in plan_lines(plan, is_done=bool(confirmed)):
        session.say(line)
    if confirmed:
        _finish_erasure(session, order)
    for line in after_lines(plan, order, is_done=bool(confirmed)):
        session.say(line)


def _plan_or_erase(session: Session, asked: Asked, order: Order, confirmed: str) -> Plan:
    from staff_mobility.erasure.erase import NotFoundError, erase, make_plan

    try:
        with session.working("writing a warehouse without the person" if confirmed else "looking"):
            if confirmed:
                return erase(session.settings, asked, order, confirmed)
            return make_plan(session.settings, asked, order)
    except NotFoundError as error:
        raise RefusedError([str(error)]) from None


def _finish_broken_off_erasure(session: Session, order: Order) -> bool:
    """Do what is left of an erasure whose rows are gone already; return whether there was one."""
    from staff_mobility.erasure.erase import KIND, is_unfinished
    from staff_mobility.landing.connection import open_warehouse

    if not session.settings.warehouse.is_file():
        raise WrongUseError(f"There is no {session.settings.warehouse}, so nobody can be erased from it.")
    with open_warehouse(session.settings, session.patience) as con:
        unfinished = is_unfinished(con, KIND)
    if unfinished:
        session.say("An erasure was broken off after the rows were gone; it is finished now.")
        _finish_erasure(session, order)
    return unfinished


def _finish_erasure(session: Session, order: Order) -> None:
    """Build, publish and remove what was published before; what fails here is done by the next `erase`."""
    from staff_mobility.erasure.erase import KIND, complete, remove_publications
    from staff_mobility.gate.site import write_gate_site
    from staff_mobility.landing.connection import gate_of, open_warehouse

    settings = session.settings
    note = (
        "The person's rows are gone from the warehouse, and what was published before is still there. Mend this and"
        " run: staff-mobility erase"
    )
    try:
        _build(session, [])
        shown = _publish_again(session, order)
    except RefusedError as error:
        raise RefusedError([*error.messages, note]) from None
    except StepError as error:
        raise StepError(f"{error} {note}") from None
    removed = remove_publications(settings, order, shown)
    write_gate_site(settings, gate_of(settings))
    with open_warehouse(settings, session.patience) as con:
        complete(con, KIND)
    session.answer["removed"] = removed
    session.say(f"Removed: {len(removed)} former publications and schemas.")


def _publish_again(session: Session, order: Order) -> str | None:
    """Publish, if anything was ever published; return what readers see."""
    from staff_mobility.publish.place import Published

    if Published(session.settings.published).current_id() is None and not order.postgres:
        return None
    _publish(session, order)
    return str(session.answer["publication"])


def _rotate_key(session: Session, order: Order, *, is_rehearsal: bool) -> None:
    from staff_mobility.erasure.rotate_key import plan_rotation
    from staff_mobility.erasure.told import rotation_lines

    settings = session.settings
    if not settings.warehouse.is_file():
        raise WrongUseError(f"There is no {settings.warehouse}, so there is no key to change.")
    removed = None
    rotation = plan_rotation(settings, order) if is_rehearsal else _changed_key(session, order)
    if not is_rehearsal:
        removed = session.answer["removed"] = _close_former_pseudonyms(session, order)
    session.answer["is_rotated"] = not is_rehearsal
    if rotation is None:
        session.say("The key had been changed and the rest was broken off; it is finished now.")
        return
    session.answer["rotation"] = rotation.as_json()
    for line in rotation_lines(rotation, removed):
        session.say(line)


def _changed_key(session: Session, order: Order) -> Rotation | None:
    """Change the key; None if that was done by a call that was broken off afterwards."""
    from staff_mobility.erasure.erase import is_unfinished
    from staff_mobility.erasure.rotate_key import KIND, rotate_key
    from staff_mobility.landing.connection import open_warehouse, warehouse_key

    with open_warehouse(session.settings, session.patience) as con:
        if is_unfinished(con, KIND):
            # The next key takes its place, if it has not yet.
            warehouse_key(con, session.settings)
            return None
    with session.working("writing a warehouse with new pseudonyms"):
        return rotate_key(session.settings, order)


def _close_former_pseudonyms(session: Session, order: Order) -> list[str]:
    from staff_mobility.erasure.erase import complete
    from staff_mobility.erasure.rotate_key import KIND, are_pseudonyms_shown, remove_former_pseudonyms
    from staff_mobility.landing.connection import open_warehouse

    removed = []
    if are_pseudonyms_shown(session.settings, order):
        _publish_again(session, order)
        removed = remove_former_pseudonyms(session.settings, order)
    with open_warehouse(session.settings, session.patience) as con:
        complete(con, KIND)
    return removed


def _export(session: Session, file: Path, marts: list[str]) -> None:
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


def main() -> Any:
    """Run the command line; the process ends with one of the documented exit codes."""
    return app()


if __name__ == "__main__":
    main()
