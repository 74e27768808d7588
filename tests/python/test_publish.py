"""The verbs publish and rollback on a small warehouse: what is published, what is refused, what stays."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_warehouse import (
    ANALYST_MART,
    BUILD,
    PUBLIC_MARTS,
    SmallPlace,
    make_place,
    write_manifest,
    write_warehouse,
)
from typer.testing import CliRunner, Result

from staff_mobility import cli
from staff_mobility.publish.place import Published
from staff_mobility.warehouse_file import Patience

ABOUT = {"publication", "publication_column", "publication_extract", "publication_mart"}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallPlace:
    """A small project of generation 1, named by the environment."""
    made = make_place(tmp_path)
    made.set_environment(monkeypatch)
    return made


def call(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, list(arguments))


def answer(*arguments: str) -> dict[str, Any]:
    result = call(*arguments, "--json")
    return {**json.loads(result.stdout), "code": result.exit_code}


def generation(file: Path) -> set[int]:
    """The generations of all marts of a published file."""
    with duckdb.connect(str(file), read_only=True) as con:
        return {
            row[0]
            for mart in PUBLIC_MARTS
            for row in con.execute(f"select distinct generation from {mart}").fetchall()
        }


def state(published: Path) -> dict[str, str]:
    """All names below the published folder with what they are; the lock file aside."""
    return {
        str(path.relative_to(published)): str(path.readlink())
        if path.is_symlink()
        else oct(path.stat().st_mode)
        for path in sorted(published.rglob("*"))
        if path.name != ".publisher.lock"
    }


def test_a_publication_is_whole_and_read_only(place: SmallPlace) -> None:
    told = answer("publish")
    published = place.settings.published
    assert (told["code"], told["is_new"]) == (0, True)
    assert told["rows"] == {mart: 101 + n for n, mart in enumerate(PUBLIC_MARTS)}
    folder = published / "publications" / told["publication"]
    assert {path.name for path in folder.iterdir()} == {"marts.duckdb", "parquet", "docs", "manifest.json"}
    assert {path.stem for path in (folder / "parquet").iterdir()} == set(PUBLIC_MARTS)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o444}
    assert (published / "marts.duckdb").resolve() == folder / "marts.duckdb"
    assert {path.name for path in published.iterdir()} == {
        *("marts.duckdb", "current", "publications", "log.jsonl", ".publisher.lock")
    }
    assert Published(published).find(told["publication"]).damage() == []


def test_the_published_file_tells_what_it_is(place: SmallPlace) -> None:
    told = answer("publish")
    with duckdb.connect(str(place.settings.published / "marts.duckdb"), read_only=True) as con:
        tables = {row[0] for row in con.execute("select table_name from duckdb_tables()").fetchall()}
        about = con.execute("select publication_id, content_id, build_id from publication").fetchall()
        amount = con.execute(
            "select comment from duckdb_columns() where table_name = 'mart_small__first' and column_name = 'amount'"
        ).fetchone()
        table = con.execute(
            "select comment from duckdb_tables() where table_name = 'mart_small__first'"
        ).fetchone()
        labels = con.execute("select label_nb from publication_column where label_nb is not null").fetchall()
        sums = con.execute("select mart_name, n_rows, content_checksum from publication_mart").fetchall()
        for mart, *stored in sums:
            # As docs/publish.md tells a reader to do it.
            counted = con.execute(
                "select count(*), cast(coalesce(sum(cast(md5_number_lower(cast(t as varchar)) as hugeint)), 0)"
                f" as varchar) from {mart} as t"
            ).fetchone()
            assert counted == tuple(stored)
    assert tables == ABOUT | set(PUBLIC_MARTS)
    assert about == [(told["publication"], told["content_id"], BUILD.format(1))]
    assert amount == ("Amount / Beløp: Its amount.",)
    assert table == ("Rows of mart_small__first; it's small.",)
    assert labels == [("Beløp",)] * 3


def test_large_numbers_keep_their_digits_in_parquet(place: SmallPlace) -> None:
    with duckdb.connect(str(place.settings.warehouse)) as con:
        con.execute("update marts.mart_small__first set big = 12345678901234567890123 where row_name = 'k0'")
    folder = Path(answer("publish")["folder"])
    file = folder / "parquet" / "mart_small__first.parquet"
    with duckdb.connect() as con:
        assert con.execute(f"select cast(max(big) as varchar) from '{file}'").fetchall() == [
            ("12345678901234567890123",)
        ]
        metadata = dict(con.execute(f"select key, value from parquet_kv_metadata('{file}')").fetchall())
    manifest = json.loads((folder / "manifest.json").read_text())
    assert metadata[b"content_id"].decode() == manifest["content_id"]
    assert json.loads(metadata[b"columns"])[2] == {
        **{"name": "amount", "description": "Its amount.", "label_nb": "Beløp", "label_en": "Amount"}
    }


def test_the_same_content_is_published_once_and_gives_the_same_parquet(
    place: SmallPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = answer("publish")
    before = state(place.settings.published)
    again = answer("publish")
    assert (again["code"], again["is_new"], again["publication"]) == (0, False, first["publication"])
    assert state(place.settings.published) == before
    monkeypatch.setenv("STAFF_MOBILITY_PUBLISHED", str(tmp_path / "elsewhere"))
    other = answer("publish")
    assert other["content_id"] == first["content_id"]
    for mart in PUBLIC_MARTS:
        parts = (Path(told["folder"]) / "parquet" / f"{mart}.parquet" for told in (first, other))
        assert len({part.read_bytes() for part in parts}) == 1


def failed_test(place: SmallPlace) -> None:
    results = {
        "metadata": {"invocation_id": BUILD.format(2)},
        "results": [{"status": "pass"}, {"status": "fail"}],
    }
    (place.manifest.parent / "run_results.json").write_text(json.dumps(results))


def sql(*statements: str) -> Callable[[SmallPlace], None]:
    def change(place: SmallPlace) -> None:
        with duckdb.connect(str(place.settings.warehouse)) as con:
            for statement in statements:
                con.execute(statement)

    return change


FAULTS: dict[str, tuple[Callable[[SmallPlace], None], str]] = {
    "failed test": (failed_test, "tests_passed: Build 00000000-0000-0000-0000-000000000002: 1 fail, 1 pass."),
    "build not ended": (
        sql("update quality.build_state set outcome = null"),
        "build_is_whole: The build that started at 2023-06-01 10:00:00 UTC did not end",
    ),
    "newer extracts": (
        sql("insert into raw.extract values ('e9', 'tool', '2024-05-31', 1, 'bb', '2024-06-01')"),
        "build_is_whole: Extracts have landed since the marts were built.",
    ),
    "ledger": (
        sql("update quality.mart_quality__ledger_total set n_accounted_rows = 99"),
        "ledger_adds_up: 100 rows delivered, 99 accounted for",
    ),
    "ledger not balanced": (
        sql("update quality.mart_quality__ledger_total set is_balanced = false"),
        "ledger_adds_up: 100 rows delivered, 100 accounted for",
    ),
    "no ledger": (
        sql("drop table quality.mart_quality__ledger_total"),
        "ledger_adds_up: There is no ledger.",
    ),
    "a column more": (
        sql("alter table marts.mart_small__first add column x integer"),
        "marts_are_as_described: mart_small__first: not as dbt's manifest describes them.",
    ),
    "a mart less": (
        sql("drop table marts.mart_small__second"),
        "marts_are_as_described: mart_small__second: not as",
    ),
    "rows lost": (
        sql("delete from marts.mart_small__third where amount > 200"),
        "rows_are_within_the_limit: mart_small__third: 103 rows in the last publication, 67 now (limit 25%)",
    ),
    "no rows": (
        sql("delete from marts.mart_small__third"),
        "rows_are_within_the_limit: mart_small__third: had 103 rows in the last publication and has none",
    ),
    "a mart no longer marked": (
        lambda place: write_manifest(place, mart_small__second=None),
        "mart_small__second: was published with 102 rows and is gone",
    ),
    "no mark at all": (
        lambda place: write_manifest(place, **dict.fromkeys((*PUBLIC_MARTS, ANALYST_MART))),
        "marts_are_marked: No mart is marked `audience: public`",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_the_audit_refuses_changes_nothing(place: SmallPlace, fault: str) -> None:
    assert call("publish").exit_code == 0
    before = state(place.settings.published)
    write_warehouse(place, 2)
    spoil, words = FAULTS[fault]
    spoil(place)
    told = answer("publish")
    assert told["code"] == 1
    assert any(words in error for error in told["errors"]), told["errors"]
    assert told["publication"] is None
    assert state(place.settings.published) == before
    assert generation(place.settings.published / "marts.duckdb") == {1}


def test_results_of_another_run_of_dbt_are_not_taken_for_the_builds(place: SmallPlace) -> None:
    failed_test(place)
    assert answer("publish")["code"] == 0


def test_a_public_mart_of_single_reports_is_refused(place: SmallPlace) -> None:
    sql("alter table marts.mart_small__first rename column row_name to report_key")(place)
    manifest = place.manifest
    manifest.write_text(manifest.read_text().replace("row_name", "report_key"))
    for mart in (*PUBLIC_MARTS[1:], ANALYST_MART):
        sql(f"alter table marts.{mart} rename column row_name to report_key")(place)
    told = answer("publish")
    assert told["code"] == 1
    assert "mart_small__first: is marked public and has the column report_key" in told["errors"][0]
    shown = answer("publish", "--dry-run")
    assert shown["code"] == 1
    assert "difference" not in shown
    assert not place.settings.difference_page.exists()
    assert not (place.settings.published / "current").exists()


def test_an_unknown_mark_is_wrong_use(place: SmallPlace) -> None:
    write_manifest(place, mart_small__first="everybody")
    told = answer("publish")
    assert told["code"] == 2
    assert told["errors"] == [
        "mart_small__first: `audience` in the model's config.meta is 'everybody'; use public or analyst."
    ]


def test_what_is_approved_is_published_whatever_its_size(place: SmallPlace) -> None:
    assert call("publish").exit_code == 0
    write_warehouse(place, 2, rows=500)
    shown = answer("publish", "--dry-run")
    assert shown["code"] == 1
    assert "101 rows in the last publication, 501 now" in shown["errors"][0]
    assert f"staff-mobility publish --approved {shown['content_id']}" in Path(shown["page"]).read_text()
    other = answer("publish", "--approved", "0123")
    assert other["code"] == 1
    assert other["errors"] == [
        f"content_is_approved: Content {shown['content_id']} is not the approved 0123. Look at it with:"
        " staff-mobility publish --dry-run"
    ]
    told = answer("publish", "--approved", shown["content_id"])
    assert (told["code"], told["rows"]["mart_small__first"]) == (0, 501)


def test_rollback_goes_back_step_by_step_and_to_any_kept_one(place: SmallPlace) -> None:
    ids = []
    for number in (1, 2, 3):
        write_warehouse(place, number)
        ids.append(answer("publish")["publication"])
    entry = place.settings.published / "marts.duckdb"
    assert generation(entry) == {3}
    for expected in (2, 1):
        assert answer("rollback")["publication"] == ids[expected - 1]
        assert generation(entry) == {expected}
    none = answer("rollback")
    assert none["code"] == 2
    assert none["errors"] == [f"There is no publication before the current one. Kept are: {', '.join(ids)}."]
    assert answer("rollback", "--to", ids[2])["code"] == 0
    assert generation(entry) == {3}
    wrong = answer("rollback", "--to", "1999")
    assert wrong["code"] == 2
    assert wrong["errors"] == [f"No publication 1999. Kept are: {', '.join(ids)}."]
    assert generation(entry) == {3}
    log = [json.loads(line) for line in (place.settings.published / "log.jsonl").read_text().splitlines()]
    assert [(line["verb"], line["publication"]) for line in log] == [
        *(("publish", each) for each in ids),
        *(("rollback", ids[1]), ("rollback", ids[0]), ("rollback", ids[2])),
    ]
    assert [line["former"] for line in log] == [None, ids[0], ids[1], ids[2], ids[1], ids[0]]


def test_what_was_taken_back_is_not_published_again_by_the_next_schedule(place: SmallPlace) -> None:
    assert call("publish").exit_code == 0
    write_warehouse(place, 2)
    second = answer("publish")
    assert call("rollback").exit_code == 0
    told = answer("publish")
    assert told["code"] == 1
    assert f"{second['publication']} had this content and was taken back by a rollback." in told["errors"][0]
    assert generation(place.settings.published / "marts.duckdb") == {1}
    # The same again on purpose, and anything else at once.
    assert answer("publish", "--approved", second["content_id"])["code"] == 0
    assert call("rollback").exit_code == 0
    write_warehouse(place, 3)
    assert answer("publish")["code"] == 0
    assert generation(place.settings.published / "marts.duckdb") == {3}


def test_a_damaged_publication_does_not_come_back(place: SmallPlace) -> None:
    first = Path(answer("publish")["folder"])
    write_warehouse(place, 2)
    assert call("publish").exit_code == 0
    file = first / "parquet" / "mart_small__first.parquet"
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    told = answer("rollback")
    assert told["code"] == 3
    assert f"{file} is not as it was written" in told["errors"][0]
    assert generation(place.settings.published / "marts.duckdb") == {2}


def test_old_publications_go_and_their_readers_read_on(place: SmallPlace) -> None:
    first = answer("publish")["publication"]
    entry = place.settings.published / "marts.duckdb"
    with duckdb.connect(str(entry), read_only=True) as con:
        for number in (2, 3, 4):
            write_warehouse(place, number)
            told = answer("publish", "--keep", "2")
        assert told["removed"] != []
        kept = [path.name for path in (place.settings.published / "publications").iterdir()]
        assert len(kept) == 2
        assert first not in kept
        assert con.execute("select distinct generation from mart_small__third").fetchall() == [(1,)]
        # A new connection beside the open one sees the new publication.
        assert generation(entry) == {4}


def test_what_a_killed_publisher_left_goes_with_the_next(place: SmallPlace) -> None:
    assert call("publish").exit_code == 0
    left = place.settings.published / ".publication-unfinished-by-staff-mobility-abcd" / "made"
    left.mkdir(parents=True)
    (left / "marts.duckdb").write_text("half")
    write_warehouse(place, 2)
    assert call("publish").exit_code == 0
    assert not left.parent.exists()


@contextmanager
def held(path: Path, code: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that has run `code` on the path (sys.argv[1]) and stays at work until it is killed at the end."""
    waiting = "\nprint('held', flush=True); sys.stdin.readline()"
    holder = subprocess.Popen(
        [sys.executable, "-c", f"import sys\n{code}{waiting}", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder
    finally:
        holder.kill()
        holder.wait()


def test_a_second_publisher_waits_or_is_told(place: SmallPlace) -> None:
    code = (
        "from pathlib import Path\n"
        "from staff_mobility.publish.place import Published\n"
        "from staff_mobility.warehouse_file import Patience\n"
        "alone = Published(Path(sys.argv[1])).alone(Patience()); alone.__enter__()"
    )
    with held(place.settings.published, code) as holder:
        told = answer("publish", "--wait", "0")
    assert told["code"] == 3
    assert f"is being published to by process {holder.pid}" in told["errors"][0]
    # The lock has ended with its process.
    assert answer("publish", "--wait", "0")["code"] == 0


def test_a_build_that_writes_makes_the_publisher_wait(place: SmallPlace) -> None:
    with held(place.settings.warehouse, "import duckdb; con = duckdb.connect(sys.argv[1])") as writer:
        told = answer("publish", "--wait", "0")
    assert told["code"] == 3
    assert f"{place.settings.warehouse} is in use by process {writer.pid}" in told["errors"][0]


def test_a_file_of_ones_own_is_not_replaced(place: SmallPlace) -> None:
    place.settings.published.mkdir()
    own = place.settings.published / "marts.duckdb"
    own.write_text("mine")
    told = answer("publish")
    assert (told["code"], own.read_text()) == (2, "mine")
    assert told["errors"] == [f"{own} is a file of its own, no link. Move it away, then publish again."]


def test_without_a_warehouse_or_manifest_there_is_nothing_to_publish(place: SmallPlace) -> None:
    place.manifest.unlink()
    assert answer("publish")["errors"] == [f"There is no {place.manifest} to read. Run: staff-mobility build"]
    place.settings.warehouse.unlink()
    told = answer("publish")
    assert told["code"] == 2
    assert told["errors"] == [f"There is no {place.settings.warehouse} to publish. Run: staff-mobility build"]
    assert answer("publish", "--dry-run")["code"] == 2


@pytest.mark.parametrize("verb", ["publish", "rollback"])
def test_help_has_an_example(verb: str) -> None:
    result = call(verb, "--help")
    assert result.exit_code == 0
    assert f"Example: staff-mobility {verb}" in result.stdout
    assert "--json" in result.stdout


def test_the_lock_is_free_after_a_publication(place: SmallPlace) -> None:
    assert call("publish").exit_code == 0
    with Published(place.settings.published).alone(Patience()) as work:
        assert work.is_dir()
        assert list(work.iterdir()) == []
    assert not work.exists()
