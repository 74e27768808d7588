"""The committed demonstration extracts are what the generator writes, and say that they are synthetic."""

import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "extracts" / "demo"
FILES = sorted(path.relative_to(DEMO) for path in DEMO.rglob("*") if path.is_file())
DATA = [path for path in FILES if path.suffix != ".md"]
ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+")


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _text(path: Path) -> str:
    """All text of a file; the parts of a workbook are taken out of their archive."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as archive:
            return "\n".join(archive.read(name).decode() for name in archive.namelist())
    encoding = "utf-8" if path.suffix in (".json", ".md") else _csv_encoding(path)
    return path.read_bytes().decode(encoding)


def _csv_encoding(path: Path) -> str:
    try:
        path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _generate(folder: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "staff_mobility.synthetic", "--out", str(folder)],
        check=True,
        cwd=ROOT,
        timeout=120,
    )


def test_two_runs_give_the_committed_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        _generate(tmp_path / name)
    committed = _digests(DEMO)
    assert committed, "extracts/demo is empty: run python -m staff_mobility.synthetic --out extracts/demo"
    assert _digests(tmp_path / "first") == committed
    assert _digests(tmp_path / "second") == committed


def test_all_sources_are_there() -> None:
    assert {path.parts[0] for path in DATA} == {
        "mobility_tool",
        "beneficiary_module",
        "coordinator_survey",
        "dbh",
        "institution_profiles",
        "eu_open_data",
    }
    assert sum((DEMO / path).stat().st_size for path in FILES) < 6_000_000


@pytest.mark.parametrize("path", DATA, ids=str)
def test_file_says_synthetic_in_name_and_content(path: Path) -> None:
    assert "synthetic" in path.name
    assert "synthetic" in _text(DEMO / path).lower()


@pytest.mark.parametrize("path", FILES, ids=str)
def test_addresses_are_in_the_reserved_domain(path: Path) -> None:
    outside = [text for text in ADDRESS.findall(_text(DEMO / path)) if not text.lower().endswith(".example")]
    assert not outside, f"{len(outside)} e-mail addresses outside .example in {path}"


def test_free_text_and_participant_ids_say_synthetic() -> None:
    for path in (DEMO / "mobility_tool").glob("*.csv"):
        text = _text(path)
        ids = re.findall(r";(?:HE-ST[AT]-[PT]);SYN[0-9A-F]{10};([^;]*);", text)
        assert len(ids) > 1000
        assert all(found.startswith("SYNTHETIC-") for found in ids)
