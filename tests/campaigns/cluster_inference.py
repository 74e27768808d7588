"""How often does each method reject a true null at 5 % when reports come in 20 institutions as unequal as these?

    python tests/campaigns/cluster_inference.py --runs 500

The institutions, their reports and the reports' predictors are those of the built demonstration; only outcomes are
drawn. Every run goes the whole way of the statistics step, with the step's own functions. With --write the results are
stored for the package and the table of docs/cluster_inference.md is made from them.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
from threadpoolctl import threadpool_limits

from staff_mobility import statistics
from staff_mobility.settings import load_settings
from staff_mobility.statistics.cells import Cells, standardised
from staff_mobility.statistics.clustered import cr1_normal, cr2_satterthwaite, cr3_jackknife, moments_of
from staff_mobility.statistics.least_squares import fit_least_squares
from staff_mobility.statistics.plan import Plan, Variable, load_plan
from staff_mobility.statistics.wild_bootstrap import wild_cluster_bootstrap

PAGE = Path(__file__).parents[2] / "docs" / "cluster_inference.md"
STORED = Path(statistics.__file__).with_name("cluster_inference.csv")
BEGIN, END = "<!-- made by make cluster-inference -->", "<!-- end -->"

LEVEL = 0.05
DRAWS = 999
ICCS = (0.0, 0.01, 0.03, 0.10)
MODEL = "table_4_5.staff"
INDEX = "strategy_index"
# Of the model: the index, a dummy of few institutions, and a predictor that differs within institutions.
MODEL_TERMS = (INDEX, "cluster_3", "duration")
# Named as in the column method of stat_robustness; least squares as in model_type of stat_regression_term.
METHODS = {
    "least_squares": "least squares",
    "cluster_normal": "CR1, normal",
    "cluster_cr2": "CR2, Satterthwaite",
    "cluster_cr3": "CR3, t(G − 1)",
    "wild_bootstrap": "wild bootstrap",
}
DESIGNS = {
    "bivariate": "index alone",
    "redrawn_index": "index redrawn in each run",
    "table_4_5": "model of table 4.5",
}
COLUMNS = ("design", "term", "icc", "method", "runs", "rejections", "rejection_rate", "mc_std_error")


@dataclass(frozen=True)
class Design:
    """One side of the simulation: what doesn't change from run to run, and which coefficients are tested.

    Attributes:
        key: Of DESIGNS.
        cells: Reports by predictors and institution; their outcomes are empty.
        terms: Tested predictors.
        is_redrawn: Whether each run draws the (only) predictor anew, from a normal distribution over institutions.
    """

    key: str
    cells: Cells
    terms: tuple[str, ...]
    is_redrawn: bool = False


@dataclass(frozen=True)
class Task:
    """Runs of one design with one intraclass correlation."""

    design: Design
    icc: float
    runs: int
    seed: tuple[int, ...]


def designs(warehouse: Path, plan: Plan) -> list[Design]:
    """Return the designs from a built warehouse."""
    model = next(regression for regression in plan.regressions if regression.analysis_id == MODEL)
    outcome = plan.variable(model.y)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        single = reports(connection, [plan.variable(INDEX)], outcome)
        full = reports(connection, [plan.variable(name) for name in model.x], outcome)
    return [
        Design("bivariate", single, (INDEX,)),
        Design("redrawn_index", single, (INDEX,), is_redrawn=True),
        Design("table_4_5", full, MODEL_TERMS),
    ]


def reports(connection: duckdb.DuckDBPyConnection, x: list[Variable], outcome: Variable) -> Cells:
    """Return the reports that have the outcome and all predictors, counted by predictors and institution."""
    listed = ", ".join(f'{value_of(variable)} as "{variable.name}"' for variable in x)
    table = connection.sql(
        f"select institution_key, {listed}, count(*) as n from marts.mart_outcomes__report"
        f" where {outcome.column} is not null group by all order by all"
    ).df()
    table = table.dropna()
    names = tuple(variable.name for variable in x)
    empty = np.zeros(len(table))
    return Cells(
        names,
        table[list(names)].to_numpy(dtype=float),
        table["n"].to_numpy(dtype=float),
        empty,
        empty,
        table["institution_key"].to_numpy(dtype=str),
    )


def value_of(variable: Variable) -> str:
    """Return SQL for a variable; those of institutions are columns of the mart, too."""
    column = variable.column or variable.keys[0]
    return (
        f"cast({column} as double)"
        if variable.equals is None
        else f"cast({column} = '{variable.equals}' as double)"
    )


def drawn(design: Design, icc: float, rng: np.random.Generator) -> Cells:
    """Draw an outcome that no predictor has to do with: an effect of the institution and one of each report.

    Real effects of predictors would change nothing: every tested statistic is the same with and without them, but for
    the effect that it tests.
    """
    cells = design.cells
    institutions, at = np.unique(cells.institution, return_inverse=True)
    if design.is_redrawn:
        cells = replace(cells, x=rng.normal(size=(len(institutions), 1))[at])
    effects = rng.normal(scale=np.sqrt(icc), size=len(institutions))
    cell = np.repeat(np.arange(len(at)), cells.n.astype(int))
    y = effects[at][cell] + rng.normal(scale=np.sqrt(1 - icc), size=len(cell))
    return replace(cells, y_sum=np.bincount(cell, y), y_square_sum=np.bincount(cell, y**2))


def p_values(cells: Cells, terms: Iterable[str], seed: int) -> Iterator[tuple[str, str, float]]:
    """Yield term, method and p value of one sample."""
    scaled, _ = standardised(cells)
    moments = moments_of(scaled)
    found = {
        "least_squares": fit_least_squares(scaled).p_values,
        "cluster_normal": cr1_normal(moments).p_values,
        "cluster_cr2": cr2_satterthwaite(moments).p_values,
        "cluster_cr3": cr3_jackknife(moments).p_values,
    }
    for term in terms:
        position = moments.names.index(term)
        for method, values in found.items():
            yield term, method, float(values[position])
        yield term, "wild_bootstrap", wild_cluster_bootstrap(moments, (term,), DRAWS, seed).p_value


def rejections(task: Task) -> Counter[tuple[str, str]]:
    """Return how many runs reject, by term and method."""
    rng = np.random.default_rng(task.seed)
    rejected: Counter[tuple[str, str]] = Counter()
    # As in the step itself.
    with threadpool_limits(1, user_api="blas"):
        for _ in range(task.runs):
            cells = drawn(task.design, task.icc, rng)
            for term, method, p_value in p_values(cells, task.design.terms, int(rng.integers(2**32))):
                rejected[term, method] += p_value <= LEVEL
    return rejected


def results(tasks: list[Task], processes: int) -> list[dict[str, str]]:
    """Return the rows of the stored file, by design, term, intraclass correlation and method."""
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        rejected = pool.map(rejections, tasks, chunksize=1)
    rows = [
        row(task, term, method, counts[term, method])
        for task, counts in zip(tasks, rejected, strict=True)
        for term in task.design.terms
        for method in METHODS
    ]
    designs_in_order = list(DESIGNS)
    return sorted(
        rows, key=lambda row: (designs_in_order.index(row["design"]), MODEL_TERMS.index(row["term"]))
    )


def row(task: Task, term: str, method: str, rejected: int) -> dict[str, str]:
    """Return one row of the stored file."""
    rate = rejected / task.runs
    error = np.sqrt(rate * (1 - rate) / task.runs)
    values = (
        task.design.key,
        term,
        f"{task.icc:.2f}",
        method,
        task.runs,
        rejected,
        f"{rate:.4f}",
        f"{error:.4f}",
    )
    return dict(zip(COLUMNS, map(str, values), strict=True))


def table(rows: Iterable[Mapping[str, str]]) -> str:
    """Return the table of the page: per cent of runs that reject, with the standard error of the simulation."""
    lines: dict[tuple[str, str, str], dict[str, str]] = {}
    runs: set[str] = set()
    for found in rows:
        line = lines.setdefault((found["design"], found["term"], found["icc"]), {})
        line[found["method"]] = (
            f"{100 * float(found['rejection_rate']):.1f} ({100 * float(found['mc_std_error']):.1f})"
        )
        runs.add(found["runs"])
    head = ("design", "tested", "ICC", *METHODS.values())
    shown = [head, ("---",) * len(head)]
    for (design, term, icc), line in lines.items():
        shown.append((DESIGNS[design], f"`{term}`", icc, *(line[method] for method in METHODS)))
    text = "\n".join(f"| {' | '.join(cells)} |" for cells in shown)
    return f"{text}\n\n{' or '.join(sorted(runs))} runs per row."


def stored() -> list[dict[str, str]]:
    """Read the stored results."""
    with STORED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def store(rows: Iterable[Mapping[str, str]]) -> None:
    """Write the results for the package and the page."""
    with STORED.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def with_table(page: str, made: str) -> str:
    """Return the page with the table between its markers."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{after}"


def main() -> int:
    """Print the table; store it if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=500, help="samples per design and intraclass correlation")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="store the results and the table of the page")
    options = parser.parse_args()
    began, settings = time.monotonic(), load_settings()
    plan = load_plan(settings.analysis_plan)
    cases = [(design, icc) for design in designs(settings.warehouse, plan) for icc in ICCS]
    tasks = [
        Task(design, icc, options.runs, (plan.random_seed, number))
        for number, (design, icc) in enumerate(cases)
    ]
    found = results(tasks, options.processes)
    if options.write:
        store(found)
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), table(stored())), encoding="utf-8")
    print(f"{table(found)} Seed {plan.random_seed}, {time.monotonic() - began:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
