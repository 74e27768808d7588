"""What pages say of the demonstration extracts is what the build of them says.

Other pages are held to their numbers beside what makes them: the audit, the inference and the replication package.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from oracle.compare import read_rows
from warehouse_build import PROJECT

MISSES = """
    select computed_value from replication.mart_replication__value
    where reading = 'as_corrected' and conflict_key is null and replication_verdict in ('within_k_units', 'differs')
    order by value_sort_order
"""


def page_of(name: str) -> str:
    """Return a page with its line breaks inside sentences taken out."""
    return re.sub(r"(?<![\n|`])\n(?![\n|`#-])", " ", (PROJECT / "docs" / name).read_text(encoding="utf-8"))


def numbers_of(page: str, pattern: str) -> tuple[int, ...]:
    """Return the numbers of the only sentence that has the form; a blank may part thousands."""
    (found,) = re.findall(pattern, page)
    return tuple(int(number.replace(" ", "")) for number in found)


def table_below(page: str, header: str) -> list[list[str]]:
    """Return the cells of a table in Markdown, known by the beginning of its header."""
    (_, after) = page.split(f"| {header} |")
    lines = after.split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_ledger_is_what_its_query_gives(built_warehouse: Path) -> None:
    page = page_of("versions.md")
    (query,) = re.findall(r"duckdb warehouse/staff_mobility\.duckdb \"(.*?)\"", page, re.DOTALL)
    found = {}
    for row in read_rows(built_warehouse, query):
        assert row.pop("is_balanced")
        calls, day = re.findall(r"calls_([\d-]+)_([\d-]+)\.csv", row.pop("file_name"))[0]
        found[f"calls {calls} of {day}"] = [str(number) for number in row.values()]
    assert {name: cells for name, *cells in table_below(page, "Demonstration extract")} == found


def test_an_extract_changed_what_the_page_says(built_warehouse: Path) -> None:
    query = """
        select report_change, n_reports, most_changed_columns
        from quality.mart_quality__extract_summary
        where extract_date = '2023-05-31' and last_previous_extract_date is not null
    """
    rows = {row["report_change"]: row for row in read_rows(built_warehouse, query)}
    columns = re.findall(r"(\w+) \((\d+)\)", rows["changed"]["most_changed_columns"])
    (first, often), (second, as_often), *_ = columns
    assert often == as_often
    added, changed, withdrawn = (rows[change]["n_reports"] for change in ("added", "changed", "withdrawn"))
    assert (
        f"The extract of 2023-05-31 added {added} reports, changed {changed} (most often `{first}` and `{second}`,"
        f" {often} each) and withdrew {withdrawn}." in page_of("versions.md")
    )


def test_the_progress_is_as_projected(built_warehouse: Path) -> None:
    query = """
        select
            max(n_stays_so_far) as n_stays,
            max(target) as target,
            100 * max(target_share) as target_percent,
            max(dispersion) as dispersion,
            max(n_stays_projected_so_far) as projected,
            max_by(projection_low, year) as low,
            max_by(projection_high, year) as high
        from marts.mart_programme__progress
    """
    (row,) = read_rows(built_warehouse, query)
    said = numbers_of(
        page_of("progress.md"),
        r"Synthetic: ([\d ]+) stays of ([\d ]+) \((\d+) %\).*?\(φ = (\d+)\)"
        r".*?projected to ([\d ]+) stays, 95 % limits ([\d ]+) to ([\d ]+);",
    )
    assert said == tuple(round(number) for number in row.values())


def test_the_example_of_a_metric_gives_what_it_prints(built_warehouse: Path) -> None:
    """By the report model that test_metrics.py holds the metrics to."""
    query = """
        select figure.short_name, institutions.cluster, figure.n_stays, figure.reuse_share, figure.mobilities_per_100_fte
        from report.fig_2_07_rate_by_reuse_share as figure
        inner join marts.dim_institution as institutions using (institution_key)
        order by figure.mobilities_per_100_fte desc
        limit 5
    """
    expected = [
        [value if isinstance(value, str) else f"{value:.6g}" for value in row.values()]
        for row in read_rows(built_warehouse, query)
    ]
    (printed,) = re.findall(
        r"^-+  -+ .*\n((?:\w.*\n)+)```", (PROJECT / "docs" / "metrics.md").read_text("utf-8"), re.M
    )
    assert [line.split() for line in printed.splitlines()] == expected


def test_the_search_says_how_far_it_comes(built_warehouse: Path) -> None:
    page = page_of("calibration.md")
    query = """
        select n_within_precision, n_computable from replication.mart_replication__score
        where reading = 'as_corrected' and chapter_key = 'all'
    """
    (score,) = read_rows(built_warehouse, query)
    assert f"{score['n_within_precision']} of the {score['n_computable']} computable values" in page
    missed = [row["computed_value"] for row in read_rows(built_warehouse, MISSES)]
    printed = [Decimal(cells[-1]) for cells in table_below(page, "Value | Study | Extracts")]
    assert [float(number) for number in printed] == pytest.approx(
        [
            float(round(Decimal(value), -int(number.as_tuple().exponent)))
            for value, number in zip(missed, printed, strict=True)
        ]
    )
