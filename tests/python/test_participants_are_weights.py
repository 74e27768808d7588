"""Stays are sums of n_participants, never counts of rows: a row can be several persons, or a part of one.

The rule for models/marts, models/report and the macros that make them: what counts rows (`count(*)`,
`count(1)`, `count(report_key)`) has a name of its own that says so, and none of the names of participants or
stays. `count(distinct ...)` counts things, not rows, and so does the name n_institutions.
"""

from __future__ import annotations

import re

import pytest
from warehouse_build import PROJECT

CODE = (
    *(("models/marts", "*.sql"), ("models/report", "*.sql"), ("macros", "*_figures.sql")),
    ("models/quality", "quality_open_data_*.sql"),
)
COUNT = re.compile(r"\bcount\s*\(\s*(?!distinct\b)([^()]*)\)", re.IGNORECASE)
ALIAS = re.compile(r"^\)?\s*(?:over\s*\([^()]*\)\s*)?(?:as\s+[a-z]+\s*\)\s*)?as\s+(\w+)", re.IGNORECASE)
# What rows of these models may be counted as.
COUNTED_AS = {"n_institutions", "n_rows", "n_entities", "n_questions"}
# What is answered within one report or by one institution.
COUNTED_AS |= {"n_answered", "n_questions_answered", "n_items_answered", "n_components_answered"}
COUNTED_AS |= {"n_other_components_answered"}
# Combinations of choices, each one result.
COUNTED_AS |= {"n_specifications"}
# Comparisons that a claim is made of.
COUNTED_AS |= {"n_claim_parts"}
# The only columns whose filled cells are counted: years with a rate, and entities behind an institution.
COUNTED_COLUMNS = {"mobilities_per_100_fte", "institutions.institution_key", "reporting_institution_key"}


def counts_of_rows(sql: str) -> list[str]:
    """Lines of SQL that count rows under a name that does not say so."""
    found = []
    for match in COUNT.finditer(sql):
        rest = sql[match.end() : match.end() + 80]
        alias = ALIAS.match(rest)
        name = alias[1] if alias else ""
        if match[1].strip() not in COUNTED_COLUMNS and name not in COUNTED_AS:
            line = sql.count("\n", 0, match.start()) + 1
            found.append(f"{line}: {match[0]} as {name or '?'}")
    return found


@pytest.mark.parametrize(("folder", "pattern"), CODE)
def test_no_rows_are_counted_as_participants(folder: str, pattern: str) -> None:
    files = sorted((PROJECT / folder).rglob(pattern))
    assert files
    found = [
        f"{path.relative_to(PROJECT)}:{line}"
        for path in files
        for line in counts_of_rows(path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) as n_stays from mobilities",
        "select\n    COUNT( * ) as n_participants\nfrom mobilities",
        "select cast(count(*) as integer) as n_stays",
        "select 100 * count(1) / sum(fte) as rate",
        "select count(report_key) as n_reports",
        "select count(is_ticked) as n_reports",
        "select count(*) over (partition by year) as n_stays",
    ],
)
def test_a_planted_count_is_found(sql: str) -> None:
    assert counts_of_rows(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select sum(n_participants) as n_stays",
        "select count(*) as n_institutions",
        "select cast(count(*) as integer) as n_rows",
        "select count(distinct extract_id) as n_extracts",
        "select count(mobilities_per_100_fte) as n_years_with_fte",
    ],
)
def test_sums_of_participants_and_counts_of_other_things_are_no_matter(sql: str) -> None:
    assert not counts_of_rows(sql)
