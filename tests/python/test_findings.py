"""The page of findings: sentences by hand from a few rows, and the page of the demonstration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from staff_mobility.report.findings import SENTENCES, VERDICTS, Findings, read_findings, render_findings

RELATION: dict[str, Any] = {
    "report_place_label_nb": "Tabell 4.3", "report_place_label_en": "Table 4.3", "analysis_id": "a",
    "term": "strategy_index", "term_label_nb": "Strategiindeks",
    "term_label_en": "Strategy index", "outcome_variable": "staff", "outcome_variable_label_nb": "Utbytte for den ansatte",
    "outcome_variable_label_en": "Outcome for the member of staff", "level": "report", "measure": "pearson_r",
    "subset_label_nb": None, "subset_label_en": None, "estimate": -0.0521, "p_value": 0.0004, "cr2_p_value": 0.31,
    "wild_p_value": 0.288, "holm_p_value": 0.012, "spearman_p_value": 0.001, "lowest_estimate": -0.08, "highest_estimate": 0.01,
    "verdict": "holds_naively_only", "result_reason": None,
}  # fmt: skip
CURVE = {
    "outcome_variable": "staff", "n_specifications": 12, "positive_share": 0.25, "significant_share": 0.5,
    "cr2_significant_share": 0.0,
}  # fmt: skip
RUN = {
    "plan_version": 1, "plan_hash": "abcdef0123456789", "code_version": "0.1.0", "library_versions": "scipy 1",
    "extract_ids": "e1, e2",
}  # fmt: skip


def _page(*verdicts: dict[str, Any]) -> str:
    findings = Findings(verdicts=verdicts, curve=[CURVE], clusters=[], models=[], runs=[RUN])
    return render_findings(findings, "index.html", is_synthetic=True)


def _sections(page: str, language: str) -> dict[str, str]:
    """Return the text of each section by its heading."""
    main = page.split(f'<main class="language" id="{language}"')[1].split("</main>")[0]
    parts = [part.split("</h2>", 1) for part in main.split("<h2")[1:]]
    return {heading.split(">")[-1]: body for heading, body in parts}


def test_a_relation_is_told_under_its_verdict_in_both_languages() -> None:
    page = _page(RELATION)
    english, norwegian = _sections(page, "en"), _sections(page, "nb")
    assert (
        "Strategy index and Outcome for the member of staff: -0.052 (p &lt;\u202f0.001); with institutions as clusters p 0.310,"
        " by bootstrap p 0.288, after Holm p 0.012; without one institution from -0.080 to 0.010."
    ) in english["What holds only naively"]
    assert "-0,052 (p &lt;\u202f0,001)" in norwegian["Hva holder bare naivt"]
    assert "<h3>Tabell 4.3</h3>" in norwegian["Hva holder bare naivt"]
    for heading in ("What holds", "What does not hold", "What depends on one institution"):
        assert "Nothing." in english[heading]
    assert "Of 1 relations 1 are significant in the way of the study. 0 hold" in english["In short"]


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_has_a_place_and_a_sentence(verdict: str) -> None:
    told = {**RELATION, "report_place_label_en": "Table 4.5", "verdict": verdict}
    sections = _sections(_page(told), "en")
    assert "Table 4.5" in sections[SENTENCES["en"][verdict]]
    strategy = sections["Does strategy raise outcome?"]
    assert SENTENCES["en"][f"verdict_{verdict}"] in strategy
    assert "positive in 25% of the combinations, significant with independent reports in 50%" in strategy


def test_what_could_not_be_computed_is_told_with_its_reason() -> None:
    lost = {
        **RELATION,
        "verdict": "not_computable",
        "estimate": None,
        "p_value": None,
        "result_reason": "Empty.",
    }
    english = _sections(_page(lost, RELATION), "en")
    assert "Outcome for the member of staff: – (p –): Empty." in english["What could not be computed"]
    assert "Of 2 relations 1 are significant" in english["In short"]
    assert "and 1 could not be computed" in english["In short"]


def test_both_languages_have_the_same_sentences() -> None:
    assert list(SENTENCES["nb"]) == list(SENTENCES["en"])


def test_the_demonstration_tells_every_tested_relation_once(built_warehouse: Path) -> None:
    with duckdb.connect(str(built_warehouse), read_only=True) as con:
        findings = read_findings(con)
        planned = con.execute("select count(*) from marts.mart_statistics__verdict").fetchone()[0]
    assert findings is not None
    page = render_findings(findings, "index.html", is_synthetic=True)
    sections = _sections(page, "en")
    told = sum(sections[SENTENCES["en"][verdict]].count("<li>") for verdict in VERDICTS)
    assert told == planned > 100
    assert "5,000 simulated sectors" in sections["How often do the methods find what is not there?"]


def test_a_warehouse_without_results_has_no_page() -> None:
    assert read_findings(duckdb.connect()) is None
