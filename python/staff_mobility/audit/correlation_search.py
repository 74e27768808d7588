"""Searches for correlations among the predictors that give all that table 4.5 prints; writes correlation_witness.csv.

    python -m staff_mobility.audit.correlation_search

By hand, a few minutes: the build only verifies what was found. The unknowns are a Cholesky factor of the predictors'
correlations (so that every trial is positive definite), the numbers of reports, and the decimals of the coefficients that
print hides. Misfit beyond rounding is minimised by L-BFGS from several starts.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from staff_mobility.audit.correlations import WITNESS, Implied, Matrix, Witness, implied, outcome_matrix
from staff_mobility.audit.inputs import OUTCOMES, PREDICTORS, Study

STARTS = 4
DECIMALS = 5
# Rounding that may be used up, and the scales on which what lies beyond it is counted.
ALLOWED, CORRELATION_SCALE, P_SCALE = 0.00045, 0.0005, 0.0015
LEAST_EIGENVALUE, EIGENVALUE_SCALE = 0.03, 0.003
EXCLUSIVE_CORRELATION, EXCLUSIVE_SCALE = -0.02, 0.02
# Where the search begins: research weight, size and the first cluster go together, dummies of one variable exclude each other.
BEGINNING = {
    ("publication_points_per_academic", "cluster_1"): 0.85,
    ("sector_share_students", "cluster_1"): 0.6,
    ("publication_points_per_academic", "sector_share_students"): 0.6,
    ("region_nordic", "region_northern"): -0.45,
    ("region_nordic", "region_southern"): -0.27,
    ("region_northern", "region_southern"): -0.5,
    ("motive_personal", "motive_institution"): -0.3,
    ("cluster_1", "cluster_3"): -0.2,
}
BEGINNING_REPORTS = (2150, 2650, 2000, 1950)
LOWER = np.tril_indices(len(PREDICTORS), -1)
_N_R, _N_B = len(LOWER[0]), len(PREDICTORS) * len(OUTCOMES)


class Search:
    """The misfit of a trial with what is printed."""

    def __init__(self, study: Study) -> None:
        self._outcomes = outcome_matrix(study)
        self._betas = np.array(
            [[study.regression(one, outcome, "beta").value for outcome in OUTCOMES] for one in PREDICTORS]
        )
        self._p = np.array(
            [[study.regression(one, outcome, "p").value for outcome in OUTCOMES] for one in PREDICTORS]
        )
        self._adjusted = np.array([study.adjusted_r2(outcome).value for outcome in OUTCOMES])
        self._most = float(np.log(study.value("all_reports").value * study.value("sector_share").value / 100))
        self._targets = [
            (0, column, study.published[f"table_4_3.{outcome}.r"].value)
            for column, outcome in enumerate(OUTCOMES)
        ] + [
            (PREDICTORS.index(one), OUTCOMES.index(outcome), study.published[value_id].value)
            for one, outcome, value_id in study.parts["predictor_correlations"]
        ]
        self._exclusive = [
            (PREDICTORS.index(one), PREDICTORS.index(other)) for one, other in study.statements["exclusive"]
        ]

    def witness(self, unknowns: Matrix) -> Witness:
        """Return the trial of a vector of unknowns."""
        factor = np.eye(len(PREDICTORS))
        factor[LOWER] = unknowns[:_N_R]
        factor /= np.linalg.norm(factor, axis=1)[:, None]
        hidden = np.tanh(unknowns[-_N_B:]).reshape(self._betas.shape)
        return Witness(
            factor @ factor.T, self._betas + ALLOWED * hidden, np.exp(unknowns[_N_R : _N_R + len(OUTCOMES)])
        )

    def misfit(self, unknowns: Matrix) -> float:
        """Return the sum of squares of what lies beyond rounding."""
        trial = self.witness(unknowns)
        found = implied(trial, self._outcomes)
        return float(self._of_print(found) + self._of_structure(trial, found))

    def _of_print(self, found: Implied) -> float:
        r = np.array([found.correlations[row, column] - value for row, column, value in self._targets])
        return float(
            np.sum((_beyond(r) / CORRELATION_SCALE) ** 2)
            + np.sum((_beyond(found.adjusted_r2 - self._adjusted) / CORRELATION_SCALE) ** 2)
            + np.sum((_beyond(found.p_values - self._p) / P_SCALE) ** 2)
        )

    def _of_structure(self, trial: Witness, found: Implied) -> float:
        exclusive = np.array([trial.predictors[pair] - EXCLUSIVE_CORRELATION for pair in self._exclusive])
        return float(
            (max(LEAST_EIGENVALUE - found.least_eigenvalue, 0) / EIGENVALUE_SCALE) ** 2
            + np.sum((np.maximum(exclusive, 0) / EXCLUSIVE_SCALE) ** 2)
            + np.sum((np.maximum(np.log(trial.reports) - self._most, 0) / 0.01) ** 2)
        )

    def start(self, seed: int) -> Matrix:
        """Return where a search begins."""
        generator = np.random.default_rng(seed)
        r = np.eye(len(PREDICTORS))
        for (one, other), value in BEGINNING.items():
            row, column = PREDICTORS.index(one), PREDICTORS.index(other)
            r[row, column] = r[column, row] = value
        values, vectors = np.linalg.eigh(r)
        r = vectors @ np.diag(np.maximum(values, 0.05)) @ vectors.T
        spread = np.sqrt(np.diag(r))
        factor = np.linalg.cholesky(r / np.outer(spread, spread))
        factor /= np.diag(factor)[:, None]
        return np.concatenate(
            [
                factor[LOWER] + generator.normal(0, 0.02, _N_R),
                np.log(BEGINNING_REPORTS),
                generator.normal(0, 0.1, _N_B),
            ]
        )


def search(study: Study, starts: int = STARTS) -> Witness:
    """Return the best of several searches."""
    searching = Search(study)
    results = [
        minimize(
            searching.misfit,
            searching.start(seed),
            method="L-BFGS-B",
            options={"maxiter": 1500, "maxfun": 10**6},
        )
        for seed in range(starts)
    ]
    return searching.witness(min(results, key=lambda result: float(result.fun)).x)


def write_witness(witness: Witness, path: Path) -> None:
    """Write a witness as rows of names and a value."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["row", "column", "value"])
        for one, row in zip(PREDICTORS, witness.predictors, strict=True):
            for other, value in zip(PREDICTORS[: PREDICTORS.index(one)], row, strict=False):
                writer.writerow([one, other, f"{value:.{DECIMALS}f}"])
        for one, coefficients in zip(PREDICTORS, witness.coefficients, strict=True):
            for outcome, value in zip(OUTCOMES, coefficients, strict=True):
                writer.writerow([one, outcome, f"{value:.{DECIMALS + 1}f}"])
        for outcome, value in zip(OUTCOMES, witness.reports, strict=True):
            writer.writerow(["reports", outcome, f"{value:.0f}"])


def _beyond(differences: Matrix) -> Matrix:
    return np.maximum(np.abs(differences) - ALLOWED, 0)


if __name__ == "__main__":
    from staff_mobility.audit.seeds import study_of_seeds
    from staff_mobility.settings import load_settings

    write_witness(search(study_of_seeds(load_settings().project)), Path(__file__).parent / WITNESS)
