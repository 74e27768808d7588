"""The code knows no country: what is Norwegian stands in reference data (seeds, layouts, labels, texts)."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from warehouse_build import PROJECT

CODE = (
    *(("models", "*.sql"), ("macros", "*.sql"), ("tests/dbt", "*.sql"), ("analyses", "*.sql")),
    ("python/staff_mobility", "*.py"),
)
# Parts of words. `nb`, the language code of the labels, and `dbh`, the name of a source system with folders
# of its own, are no such words.
WORDS = (
    *("norge", "norsk", "norw", "nordmann", "bokmål", "hkdir", "hk-dir", "diku"),
    *("høgskol", "hogskol", "høyskol", "hoyskol", "universitet", "institusjon", "årsverk", "aarsverk"),
    *("stilling", "ansatt", "mobilitet", "opphold", "ukjent", "undervisning", "utdanning", "samisk"),
    *("oslo", "bergen", "trondheim", "tromsø", "stavanger", "kristiansand", "bodø"),
)
LETTERS = "æøåÆØÅ"


def seed(name: str) -> list[dict[str, str]]:
    with (PROJECT / "seeds" / "institutions" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def institution_names() -> set[str]:
    """Keys, names and identifiers of the institutions, but for the member of what is unknown."""
    names = {
        row[column]
        for row in seed("institution")
        if row["institution_key"] != "unknown"
        for column in ("institution_key", "short_name", "name_nb", "name_en")
    }
    return names | {row["identifier"] for row in seed("institution_identifier")}


def traces(text: str, names: set[str]) -> list[str]:
    """Lines of code that know the country: a word, a letter, or an institution as a quoted text."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        quoted = set(re.findall(r"'([^']*)'", line)) | set(re.findall(r'"([^"]*)"', line))
        words = [word for word in WORDS if word in line.lower()]
        letters = [letter for letter in LETTERS if letter in line]
        if said := [*words, *letters, *sorted(quoted & names)]:
            found.append(f"{number}: {', '.join(said)}: {line.strip()}")
    return found


@pytest.mark.parametrize(("folder", "pattern"), CODE)
def test_no_file_of_code_knows_the_country(folder: str, pattern: str) -> None:
    files = sorted((PROJECT / folder).rglob(pattern))
    assert files
    names = institution_names()
    found = [
        f"{path.relative_to(PROJECT)}:{trace}"
        for path in files
        for trace in traces(path.read_text(encoding="utf-8"), names)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        "where institution_name = 'Høgskolen i Bergen'",
        "-- the Norwegian way",
        "case when sending_country = 'Norge' then 1 end",
        "where institution_key in ('nmh', 'x')",
        'KEYS = ("uio",)',
        "-- code 'N  OSLO01'",
        "where dbh_code = '0217'",
        "name = 'blåbær'",
    ],
)
def test_a_planted_line_is_found(line: str) -> None:
    assert traces(f"select 1\n{line}\n", institution_names())


@pytest.mark.parametrize(
    "line",
    ["label_nb", "{{ ref('stg_dbh__staff_fte') }}", "case x when 'YES' then true when 'NO' then false end"],
)
def test_language_codes_and_system_names_are_no_traces(line: str) -> None:
    assert not traces(line, institution_names())


def test_the_seeds_are_read() -> None:
    assert {"uio", "OsloMet", "N  OSLO01", "0217", "Universitetet i Bergen"} <= institution_names()
    assert Path(PROJECT / "layouts").is_dir()
