"""The search for a sector in which the published numbers hold: its formulas, and that it knows nothing of the pipeline."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from staff_mobility.synthetic.calibration.moments import outside, weighted_r
from staff_mobility.synthetic.calibration.published import (
    GROUPS,
    INSTITUTIONS,
    PREDICTORS,
    published,
    strategy_targets,
)

PACKAGE = Path(__file__).parents[2] / "python" / "staff_mobility"
# An institution that names mobility in a sub-strategy (1), priority 3 and 5 (.75), facilitation 5 (1), signals 2 (.25), aims
# 5, 4, 3, 2, 1 (.5): the index is their mean, .7.
ONE = [1, 1, 0, 1, 0, 3, 5, 4, 5, 2, 5, 4, 3, 2, 1]


def _imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: an import by its full name can be checked"
            found.add(node.module or "")
    return {name for name in found if name.split(".")[0] == "staff_mobility"}


def test_the_generator_and_the_pipeline_share_no_code() -> None:
    """Else the agreement of the marts with the study would say nothing."""
    files = list(PACKAGE.rglob("*.py"))
    of_generator = [path for path in files if "synthetic" in path.parts]
    assert len(of_generator) > 20
    for path in of_generator:
        assert all(name.startswith("staff_mobility.synthetic") for name in _imported(path)), path
    for path in set(files) - set(of_generator):
        assert not any(name.startswith("staff_mobility.synthetic") for name in _imported(path)), path


def test_targets_stand_where_the_study_prints_them() -> None:
    found = published()
    inn = INSTITUTIONS.index("inn")
    # Printed are 3.58, 3.78, 4.42 and 3.72, which stand for change, staff, quality and institution.
    assert found.means[inn].tolist() == [3.78, 4.42, 3.72, 3.58]
    assert found.betas[GROUPS.index("institution"), PREDICTORS.index("teaching")] == 0.220
    assert strategy_targets()[0].tolist() == [-0.052, -0.018, -0.110, -0.018]
    # beta -.048 (.0477 to .0483) with p .025 (.0245 to .0255); no error is too small where p is printed as .000.
    low, high = (
        side[GROUPS.index("staff"), PREDICTORS.index("motive_institution")]
        for side in (found.smallest_error, found.largest_error)
    )
    assert low == pytest.approx(0.0477 / NormalDist().inv_cdf(1 - 0.0245 / 2))
    assert high == pytest.approx(0.0483 / NormalDist().inv_cdf(1 - 0.0255 / 2))
    assert found.smallest_error[GROUPS.index("staff"), PREDICTORS.index("duration")] == 0


def test_means_of_institutions_give_the_correlation_over_reports() -> None:
    rng = np.random.default_rng(3)
    n = np.array([40, 25, 10])
    institution = np.repeat([0, 1, 2], n)
    outcome = rng.normal([3.5, 3.8, 3.2], 0.6, (sum(n), 3))[np.arange(sum(n)), institution]
    index = np.array([0.4, 0.6, 0.9])
    means = np.array([outcome[institution == place].mean() for place in range(3)])
    expected = np.corrcoef(index[institution], outcome)[0, 1]
    assert weighted_r(n / n.sum(), index, means, float(outcome.std())) == pytest.approx(expected, abs=1e-12)


def test_residuals_are_zero_inside_the_precision() -> None:
    assert outside(np.array([0.0004, -0.0005, 0.0008, -0.001]), 0.0005) == pytest.approx(
        [0, 0, 0.0003, -0.0005]
    )


SEARCH = f"""
import numpy as np
from staff_mobility.synthetic.calibration import sector
from staff_mobility.synthetic.calibration.drawn import start
from staff_mobility.synthetic.calibration.moments import Problem, moments
from staff_mobility.synthetic.calibration.published import INSTITUTIONS
from staff_mobility.synthetic.tables import table
one = sector.components(np.array([{ONE}]))
print(one[:, 0].round(9).tolist())
given = start()
problem = Problem(given)
found = moments(problem, problem.first)
answers = np.array([table("survey_answers")["respondents"][key]["answers"] for key in INSTITUTIONS])
rates = np.array([table("plan")["state"][key]["rate"] for key in INSTITUTIONS])
run = [
    sector.search(found, answers, rates, given.reports, given.cluster, tries=tries, seed=4, hot=1.0)
    for tries in (0, 150, 150)
]
print([sum(one.misfit.values()) for one in run])
assert sorted(run[1].answers[:, 2] + 2 * run[1].answers[:, 3]) == sorted(answers[:, 2] + 2 * answers[:, 3])
assert (run[1].answers == run[2].answers).all() and (run[1].rates == run[2].rates).all()
"""


def test_the_search_comes_nearer_and_is_the_same_each_time() -> None:
    """Not compiled, which takes longer than a short search."""
    run = subprocess.run(  # noqa: S603
        [sys.executable, "-c", SEARCH],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    components, misfits = (ast.literal_eval(line) for line in run.stdout.splitlines())
    # index, anchoring, priority, signals, facilitation, use
    assert components == [0.7, 1.0, 0.75, 0.25, 1.0, 0.5]
    assert misfits[1] == misfits[2] < misfits[0]
