"""The command ``staff-mobility``: each verb takes the warehouse one step on, ``run`` takes all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from staff_mobility import steps
from staff_mobility.erasure import steps as erasing
from staff_mobility.publish import DEFAULT_KEPT, DEFAULT_MAX_CHANGE, DEFAULT_POSTGRES_SCHEMA
from staff_mobility.session import Session
from staff_mobility.settings import WrongUseError
from staff_mobility.warehouse_file import DEFAULT_WAIT_SECONDS, WAIT_ENV

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
        steps.land(session, folder, is_rehearsal=True)


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
        steps.land(session, folder, accept_as=accept_as, reason=reason)


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
        steps.build(session, context.args)


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
        steps.fit(session, source, out or session.settings.results, compare_with)


@app.command(epilog="Example: staff-mobility report")
def report(
    as_json: Json = False, quiet: Quiet = False, debug: Debug = False, wait: Wait = DEFAULT_WAIT_SECONDS
) -> None:
    """Write the report site from the warehouse as it is."""
    with Session("report", as_json=as_json, quiet=quiet, debug=debug, wait=wait) as session:
        steps.report(session)


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
        steps.replicate(session, out or session.settings.replication)


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
            steps.rehearse_publication(session, order)
        else:
            steps.publish(session, order)


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
        steps.export(session, excel, mart or [])


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
        erasing.erase(session, asked, order, "" if dry_run else confirm)


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
        erasing.rotate_key(session, order, is_rehearsal=dry_run)


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
        steps.land(session, folder)
        steps.build(session, [])
        steps.report(session)
        if is_published:
            from staff_mobility.publish.candidate import Order

            steps.publish(
                session, Order(postgres=postgres, schema=postgres_schema, patience=session.patience)
            )


def main() -> Any:
    """Run the command line; the process ends with one of the documented exit codes."""
    return app()


if __name__ == "__main__":
    main()
