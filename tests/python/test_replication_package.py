"""The replication package of the demonstration build: what it lists, its checksums, and when it is refused."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from warehouse_build import PROJECT, Workplace

from staff_mobility.replication import write_package
from staff_mobility.replication.inputs import Availability, Source, inputs_of
from staff_mobility.replication.record import read_versions
from staff_mobility.report.warehouse import Extract
from staff_mobility.settings import Settings, StepError

# Lines and files that tell of the machine and of the time.
MEASURED = "- Measured:"


@pytest.fixture(scope="module")
def package(demo_workplace: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(demo_workplace, tmp_path_factory.mktemp("package") / "package")


def written(place: Workplace, out: Path) -> Path:
    settings = Settings(PROJECT, place.warehouse, place.extracts, place.plan)
    return write_package(settings, out, place.manifest.parent)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def test_every_report_model_is_listed_with_program_and_output(package: Path, dbt_manifest: Path) -> None:
    nodes = json.loads(dbt_manifest.read_text(encoding="utf-8"))["nodes"].values()
    models = {
        node["name"] for node in nodes if node["resource_type"] == "model" and node["fqn"][1] == "report"
    }
    listed = rows(package / "figures_and_tables.csv")
    assert {row["model"] for row in listed} == models
    readme = (package / "README.md").read_text(encoding="utf-8")
    for row in listed:
        assert (package / row["program"]).is_file()
        output = package / row["output"]
        assert len(rows(output)) == int(row["rows"])
        assert f"| {row['program']} | {row['output']} |" in readme
    assert {path.name for path in (package / "outputs").iterdir()} == {f"{name}.csv" for name in models}


def test_checksums_are_those_of_all_files(package: Path) -> None:
    lines = (package / "CHECKSUMS.sha256").read_text(encoding="utf-8").splitlines()
    listed = {line.split("  ", 1)[1] for line in lines}
    assert listed == {p.relative_to(package).as_posix() for p in files(package)} - {"CHECKSUMS.sha256"}
    check = re.search(r"`(sha256sum .+?)`", (package / "README.md").read_text(encoding="utf-8"))
    assert check
    done = subprocess.run(check[1].split(), cwd=package, capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stdout) == (0, "")


def test_a_changed_file_is_found(package: Path, tmp_path: Path) -> None:
    shutil.copytree(package, tmp_path / "copy")
    output = next((tmp_path / "copy" / "outputs").iterdir())
    output.write_text(output.read_text(encoding="utf-8") + "x\n", encoding="utf-8")
    done = subprocess.run(
        ["sha256sum", "--check", "--quiet", "CHECKSUMS.sha256"],  # noqa: S607
        **{"cwd": tmp_path / "copy", "capture_output": True, "text": True, "check": False},
    )
    assert done.returncode == 1
    assert f"outputs/{output.name}: FAILED" in done.stdout


def test_two_packages_of_one_build_are_the_same(
    package: Path, demo_workplace: Workplace, tmp_path: Path
) -> None:
    again = written(demo_workplace, tmp_path / "again")
    assert [p.relative_to(again) for p in files(again)] == [p.relative_to(package) for p in files(package)]
    for one, other in zip(files(package), files(again), strict=True):
        assert one.read_bytes() == other.read_bytes(), one


def test_what_was_measured_is_marked(package: Path) -> None:
    record = json.loads((package / "RUN.json").read_text(encoding="utf-8"))
    plain = [
        line
        for line in (package / "README.md").read_text(encoding="utf-8").splitlines()
        if not line.startswith(MEASURED)
    ]
    told = [record["machine"], record["built_at"], f"{record['build_seconds']:.0f} seconds"]
    assert all(told)
    assert not [line for line in plain for word in told if word in line]


def test_all_synthetic_extracts_are_in_the_package(package: Path) -> None:
    inputs = rows(package / "inputs.csv")
    assert inputs
    for row in inputs:
        assert row["availability"] == Availability.SYNTHETIC
        assert (package / row["path"]).is_file()
    names = {path.name for path in files(package / "data")}
    assert names == {row["file_name"] for row in inputs}


def test_nothing_secret_and_nothing_left_behind_is_in_the_code(package: Path) -> None:
    names = [path.relative_to(package).as_posix() for path in files(package)]
    assert not [name for name in names if re.search(r"\.key$|\.duckdb|__pycache__|/\.", name)]
    assert "code/requirements.lock" in names and "code/LICENSE" in names


def test_real_extracts_are_named_but_not_given() -> None:
    from datetime import date

    extracts = [
        Extract("mobility_tool", "export_2023-05-31.csv", "a" * 64, date(2023, 5, 31), 4238),
        Extract("dbh", "staff_2023-05-15.csv", "b" * 64, date(2023, 5, 15), 9),
        Extract("dbh", "Synthetic_staff.csv", "c" * 64, date(2023, 5, 15), 9),
        Extract("unheard_of", "x.csv", "d" * 64, date(2023, 5, 15), 1),
    ]
    sources = {
        "mobility_tool": Source("mobility_tool", "M", "", False, "Ask."),
        "dbh": Source("dbh", "D", "", True, "Look."),
    }
    places = {extract.sha256: f"data/extracts/{extract.file_name}" for extract in extracts}
    found = inputs_of(extracts, sources, places)
    assert [(item.availability, item.path) for item in found] == [
        (Availability.NOT_PUBLIC, ""),
        (Availability.PUBLIC, ""),
        (Availability.SYNTHETIC, "data/extracts/Synthetic_staff.csv"),
        (Availability.NOT_PUBLIC, ""),
    ]


def test_every_source_of_extracts_says_who_may_have_it(dbt_manifest: Path) -> None:
    sources = json.loads(dbt_manifest.read_text(encoding="utf-8"))["sources"].values()
    silent = {
        source["source_name"]
        for source in sources
        if source["source_name"] != "landing"
        and not {"is_public", "access_en", "title_en"} <= set(source["source_meta"])
    }
    assert silent == set()


def test_versions_are_those_of_the_lock_file(package: Path) -> None:
    readme = (package / "README.md").read_text(encoding="utf-8")
    versions = read_versions(PROJECT / "requirements.lock")
    assert f"- duckdb {versions['duckdb']}\n" in readme
    assert f"({len(versions)} packages" in readme


def test_an_earlier_package_is_replaced_and_nothing_else(demo_workplace: Workplace, tmp_path: Path) -> None:
    out = tmp_path / "package"
    written(demo_workplace, out)
    (out / "outputs" / "stale.csv").write_text("x")
    written(demo_workplace, out)
    assert not (out / "outputs" / "stale.csv").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["package"]
    foreign = tmp_path / "thesis"
    foreign.mkdir()
    (foreign / "chapter.txt").write_text("x")
    with pytest.raises(StepError, match="no earlier replication package"):
        written(demo_workplace, foreign)
    assert (foreign / "chapter.txt").read_text() == "x"


def test_when_writing_fails_the_earlier_package_stays(
    demo_workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = written(demo_workplace, tmp_path / "package")
    before = (out / "CHECKSUMS.sha256").read_bytes()

    def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("staff_mobility.replication.package._write_checksums", fail)
    with pytest.raises(OSError, match="no space"):
        written(demo_workplace, out)
    assert (out / "CHECKSUMS.sha256").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["package"]


def test_the_verb_says_where_the_package_is(demo_workplace: Workplace, tmp_path: Path) -> None:
    done = demo_workplace.staff_mobility("replicate", "--out", str(tmp_path / "p"), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["package"] == str(tmp_path / "p")
    assert (tmp_path / "p" / "README.md").is_file()
