"""The replication on the demonstration build: every verdict, number and claim again from print and tables, in pandas' stead."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from oracle.compare import Row, read_rows
from oracle.replication import Cells, cells_of, claim_holds, computed_value, number_in_text, seed, verdict

READINGS = ("as_printed", "as_corrected")


@pytest.fixture(scope="module")
def cells(built_warehouse: Path) -> Cells:
    return cells_of(built_warehouse)


@pytest.fixture(scope="module")
def compared(built_warehouse: Path) -> dict[tuple[str, str], Row]:
    rows = read_rows(built_warehouse, "from replication.mart_replication__value")
    return {(row["value_id"], row["reading"]): row for row in rows}


def test_every_value_stands_once_in_each_reading(
    compared: dict[tuple[str, str], Row], built_warehouse: Path
) -> None:
    listed = {(row["value_id"], reading) for row in seed("published_value") for reading in READINGS}
    assert set(compared) == listed
    count = read_rows(built_warehouse, "select count(*) as n from replication.mart_replication__value")
    assert count == [{"n": len(listed)}]


def test_no_cell_of_the_demonstration_is_missing(compared: dict[tuple[str, str], Row]) -> None:
    assert [
        key for key, row in compared.items() if row["not_computable_reason"] in {"no_row", "no_value"}
    ] == []


@pytest.mark.parametrize("reading", READINGS)
def test_every_value_and_verdict_is_the_same_again(
    reading: str, compared: dict[tuple[str, str], Row], cells: Cells
) -> None:
    wrong = []
    for published in seed("published_value"):
        row = compared[published["value_id"], reading]
        value = computed_value(published, reading, cells)
        is_same = (value is None and row["computed_value"] is None) or math.isclose(
            value or 0.0, row["computed_value"] or 0.0, rel_tol=1e-12, abs_tol=1e-12
        )
        if not is_same or row["replication_verdict"] != verdict(published, value):
            wrong.append((published["value_id"], value, row["computed_value"], row["replication_verdict"]))
    assert wrong == []


# Places whose numbers come out of the demonstration extracts as printed, and those of which some miss by less than a last digit.
COMPLETE = (
    "Table 3.1",
    "Table 4.1",
    "Table 4.3",
    "Table 4.4",
    "Footnote 26",
    "Footnote 27",
    "Footnote 28",
    "Footnote 29",
)
NEAR = ("Table 4.2", "Table 4.5")
TABLE_4_2_REACH = 0.01
LEAST_SCORE = 0.95
NEARLY_REACHED = ["strategy_index.cluster_2", "table_4_2.usn.institution", "table_4_5.quality.teaching.p"]
# The search has not found answers and rates with which these come out beside the others of chapters 2 and 3.
NOT_REACHED = [
    "rate_x_reuser_share.r",
    "facilitation_x_rate.without_outlier.r",
    "strategy_index_x_publication_points_per_academic.r",
]


def _miss(row: Row) -> float:
    return abs(float(row["computed_value"]) - float(row["published_value"]))


def test_the_demonstration_extracts_give_the_studys_numbers(compared: dict[tuple[str, str], Row]) -> None:
    """The search that made the extracts shares no code with the models (test_calibration.py)."""
    rows = [row for (_, reading), row in compared.items() if reading == "as_corrected"]
    computable = [row for row in rows if row["replication_verdict"] != "not_computable"]
    unexplained = [row for row in computable if row["conflict_key"] is None]
    within = [row for row in computable if row["replication_verdict"] == "within_precision"]
    assert len(computable) >= 369
    assert len(within) >= LEAST_SCORE * len(computable)
    assert {*COMPLETE, *NEAR} <= {row["report_place"] for row in computable}
    assert all(row in within for row in unexplained if row["report_place"] in COMPLETE)
    for verdict_of, listed in (("differs", NOT_REACHED), ("within_k_units", NEARLY_REACHED)):
        assert [row["value_id"] for row in unexplained if row["replication_verdict"] == verdict_of] == listed
    assert (
        max(
            _miss(row) * 10 ** row["printed_decimals"]
            for row in unexplained
            if row["value_id"] in NEARLY_REACHED
        )
        < 1
    )
    cells = [row for row in computable if row["value_id"].startswith("table_4_2.")]
    assert len(cells) == 80
    assert max(map(_miss, cells)) <= TABLE_4_2_REACH
    of_table_4_5 = [row for row in computable if row["report_place"] == "Table 4.5"]
    for ending, count, reach in ((".beta", 48, 0.001), (".p", 48, 0.002), (".adjusted_r2", 4, 0.0005)):
        ended = [row for row in of_table_4_5 if row["value_id"].endswith(ending)]
        assert len(ended) == count
        assert max(map(_miss, ended)) <= reach


def test_every_number_in_the_text_is_the_same_again(built_warehouse: Path, cells: Cells) -> None:
    found = {
        row["value_id"]: row["number_value"]
        for row in read_rows(built_warehouse, "from report.tab_t_16_numbers_in_text")
    }
    expected = {number["value_id"]: number_in_text(number, cells) for number in seed("text_number")}
    assert found.keys() == expected.keys()
    assert {key: float(value) for key, value in expected.items() if value is not None} == pytest.approx(
        {key: value for key, value in found.items() if value is not None}, rel=1e-12
    )


def test_every_claim_holds_or_not_as_before(built_warehouse: Path, cells: Cells) -> None:
    parts = seed("claim_part")
    expected = {
        claim: claim_holds([part for part in parts if part["value_id"] == claim], cells)
        for claim in {part["value_id"] for part in parts}
    }
    rows = read_rows(built_warehouse, "from report.tab_t_17_claims_in_text")
    assert {row["value_id"]: row["is_holding"] for row in rows} == expected


def test_the_score_counts_the_verdicts(compared: dict[tuple[str, str], Row], built_warehouse: Path) -> None:
    frame = pd.DataFrame(list(compared.values()))
    for score in read_rows(built_warehouse, "from replication.mart_replication__score"):
        rows = frame[frame["reading"] == score["reading"]]
        if score["chapter_key"] != "all":
            rows = rows[rows["chapter"] == int(score["chapter_key"])]
        verdicts = Counter(rows["replication_verdict"])
        assert score["n_values"] == len(rows)
        assert score["n_computable"] == len(rows) - verdicts["not_computable"]
        for name in ("within_precision", "within_k_units", "differs", "not_computable"):
            assert score[f"n_{name}"] == verdicts[name]
        assert score["score_share"] == pytest.approx(verdicts["within_precision"] / score["n_computable"])


def test_only_rotated_headers_have_two_readings(compared: dict[tuple[str, str], Row]) -> None:
    differing = {
        value_id
        for value_id, reading in compared
        if compared[value_id, "as_printed"]["computed_row"]
        != compared[value_id, "as_corrected"]["computed_row"]
    }
    assert differing == {
        row["value_id"]
        for row in seed("published_value")
        if row["outcome_as_printed"] != row["outcome_as_corrected"]
    }
    assert differing


@pytest.mark.parametrize(
    ("change", "computed", "expected"),
    [
        ({}, 3.575, "within_precision"),
        ({}, 3.5751, "within_k_units"),
        ({}, 3.5901, "differs"),
        ({"comparator": "about"}, 3.213, "within_precision"),
        ({"comparator": "almost"}, 3.571, "within_k_units"),
        ({"comparator": "less"}, 3.57, "differs"),
        ({"statistic": "p_value", "published_value": "0", "printed_decimals": "3"}, 0.0005, "within_k_units"),
    ],
)
def test_the_oracles_own_verdicts_are_as_reckoned_by_hand(
    change: dict[str, str], computed: float, expected: str
) -> None:
    printed = {"published_value": "3.57", "printed_decimals": "2", "comparator": "eq", "statistic": "mean"}
    assert verdict(printed | change, computed) == expected
