"""All checks on one study, as rows of three tables: findings, their evidence, and conflicting values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from staff_mobility.audit import (
    chance,
    correlations,
    counts,
    headers,
    index_mean,
    sample_sizes,
    spread,
    text_and_table,
)
from staff_mobility.audit.inputs import Study
from staff_mobility.audit.result import Outcome
from staff_mobility.audit.texts import LANGUAGES, TEXTS, in_language, number_text, sentence

CHECKS: Mapping[str, Callable[[Study], Outcome]] = {
    "headings": headers.check,
    "index_mean": index_mean.check,
    "text_and_table": text_and_table.check,
    "regressions": correlations.check_regressions,
    "medians": counts.check_medians,
    "large_country": counts.check_large_country,
    "mentions": counts.check_mentions,
    "institution_mean": spread.check_institution_mean,
    "years": counts.check_years,
    "reports": sample_sizes.check_reports,
    "collinearity": sample_sizes.check_collinearity,
    "independence": chance.check_independence,
    "number_of_tests": chance.check_number_of_tests,
    "reusers": counts.check_reusers,
    "one_point": chance.check_one_point,
    "regions": counts.check_regions,
    "components": correlations.check_components,
    "rates": counts.check_rates,
    "between": spread.check_between,
    "few_institutions": chance.check_few_institutions,
}

Row = dict[str, Any]


def audited(study: Study) -> Mapping[str, Outcome]:
    """Return the result of every check by its name; of none where no study is entered."""
    if not study.published:
        return {}
    return {name: check(study) for name, check in CHECKS.items()}


def finding_rows(study: Study, outcomes: Mapping[str, Outcome]) -> Iterator[Row]:
    """Yield a row per finding, its sentences with the numbers filled in."""
    for finding in _listed(outcomes):
        outcome = outcomes[finding["check"]]
        row: Row = {
            "finding_number": finding["number"],
            "check_key": finding["check"],
            "strength": finding["strength"],
            "verdict": str(outcome.verdict),
        }
        for language in LANGUAGES:
            row[f"place_{language}"] = in_language(finding["place"], language)
            row[f"title_{language}"] = in_language(finding["title"], language)
            row[f"claim_{language}"] = in_language(finding["claim"], language)
            row[f"sentence_{language}"] = sentence(finding, outcome, language, study.names)
        yield row


def evidence_rows(outcomes: Mapping[str, Outcome]) -> Iterator[Row]:
    """Yield a row per finding and number that it stands on, in the order of findings.yml."""
    for finding in _listed(outcomes):
        numbers = outcomes[finding["check"]].evidence
        for order, (key, (nb, en, unit, decimals)) in enumerate(finding["evidence"].items(), start=1):
            # A number that the verdict has no use for is not there.
            if key in numbers:
                yield {
                    "finding_number": finding["number"],
                    "evidence_key": key,
                    "evidence_order": order,
                    "label_nb": nb,
                    "label_en": en,
                    "evidence_value": round(float(numbers[key]), decimals),
                    **{
                        f"text_{language}": number_text(numbers[key], decimals, language)
                        for language in LANGUAGES
                    },
                    "unit": unit,
                }


def conflict_rows(outcomes: Mapping[str, Outcome]) -> Iterator[Row]:
    """Yield a row per smallest conflict and printed value in it."""
    for finding in _listed(outcomes):
        for conflict, value_ids in outcomes[finding["check"]].conflicts.items():
            for value_id in value_ids:
                yield {"finding_number": finding["number"], "conflict": conflict, "value_id": value_id}


def _listed(outcomes: Mapping[str, Outcome]) -> Iterator[Mapping[str, Any]]:
    return (finding for finding in TEXTS["findings"] if finding["check"] in outcomes)
