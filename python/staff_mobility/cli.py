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
