"""Finding 3: what the text on table 4.5 says of each effect, beside its p value in print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from staff_mobility.audit.inputs import OUTCOMES, PREDICTORS, Study
from staff_mobility.audit.result import Outcome, Verdict

Effect = tuple[str, str]
"""Predictor and outcome."""


def effects(listed: Iterable[Sequence[object]]) -> list[Effect]:
    """Return the pairs of a list of predictors with outcomes in inputs.yml."""
    return [(str(predictor), str(outcome)) for predictor, outcomes in listed for outcome in outcomes]  # type: ignore[attr-defined]


def check(study: Study) -> Outcome:
    """Judge the text: an effect is contradicted if its p value says otherwise, unmentioned if the text passes it over."""
    significant = {
        (predictor, outcome)
        for predictor in PREDICTORS
        for outcome in OUTCOMES
        if study.regression(predictor, outcome, "p").value < study.level
    }
    denied = effects(study.statements["said_without_effect"])
    claimed = effects(study.statements["said_with_effect"])
    contradicted = [effect for effect in denied if effect in significant]
    unfounded = [effect for effect in claimed if effect not in significant]
    unmentioned = sorted(significant - set(denied) - set(claimed))
    evidence: dict[str, float | int | str] = {
        "effects": len(PREDICTORS) * len(OUTCOMES),
        "significant": len(significant),
        "contradicted": len(contradicted),
        "unfounded": len(unfounded),
        "unmentioned": len(unmentioned),
    }
    for predictor, outcome in contradicted:
        evidence[f"p_{predictor}_{outcome}"] = study.regression(predictor, outcome, "p").value
    evidence["contradicted_list"] = _listed(contradicted)
    evidence["unmentioned_list"] = _listed(unmentioned)
    return Outcome(Verdict.TEXT_DIFFERS if contradicted or unfounded else Verdict.POSSIBLE, evidence)


def _listed(pairs: Sequence[Effect]) -> str:
    return "effects:" + ";".join(f"{predictor},{outcome}" for predictor, outcome in pairs)
