"""Time of the statistics step at 4 thousand, 400 thousand and 4 million reports, beside row-level peers.

Run by hand: ``make statistics-speed``. Marts of so many reports are drawn from the demonstration's (institutions in their
shares; purpose, motive, region, duration and answers each on its own, so that far more combinations occur than in
the demonstration; motives are drawn as whole patterns of ticks, so that the clustering has no more of them) and written as
Parquet. Every measurement is a process of its own, reading included:

- table 4.5 compressed: four regressions with CR2, from cells that DuckDB groups;
- statsmodels and pyfixest: the same four regressions on rows, with CR1, the least that they offer;
- the whole step: every table of results.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

PROJECT = Path(__file__).parents[2]
WAREHOUSE = PROJECT / "warehouse" / "staff_mobility.duckdb"
OUTCOMES = ("staff", "quality", "institution", "institutional_change")
GROUPS = ("personal", "quality", "institution")


def write_marts(folder: Path, reports: int, warehouse: Path) -> None:
    """Write the marts of so many reports; the same for the same number."""
    import duckdb

    with duckdb.connect() as con:
        con.execute(f"attach '{warehouse}' as demo (read_only)")
        con.execute(
            "create table pool as select row_number() over (order by report_key) - 1 as i, *"
            " from demo.marts.mart_outcomes__report"
            " where strategy_index is not null"
        )
        size = con.execute("select count(*) from pool").fetchone()[0]
        # One draw per column: a hash of row and column is the same in every run and on any number of threads.
        drawn = {
            "d": ("duration_days", "duration_group"),
            "m": ("dominating_motive", *(f"{g}_motive_share" for g in GROUPS), *(f"n_{g}_motives_ticked" for g in GROUPS)),
            "p": ("purpose_key", "is_teaching"),
            "r": ("region_key",),
            "a": ("has_mobility_agreement",),
            "o": tuple(
                column
                for g in OUTCOMES
                for column in (f"{g}_index", f"{g}_answered_mean", f"n_{g}_items_answered", f"n_{g}_items_asked")
            ),
        }  # fmt: skip
        joins = " ".join(f"inner join pool as {k} on {k}.i = hash(n.i, '{k}') % {size}" for k in drawn)
        listed = ", ".join(f"{k}.{column}" for k, columns in drawn.items() for column in columns)
        con.execute(
            "create table made as select 'r' || n.i as report_key, s.institution_key, 'p' || (hash(n.i, 'q') % "
            f"{max(reports * 6 // 10, 1)}) as person_key, 1.0::decimal(18, 6) as n_participants, s.cluster, {listed}"
            f" from range({reports}) as n(i) inner join pool as s on s.i = hash(n.i, 's') % {size} {joins}"
        )
        keys = "institution_key, purpose_key, is_teaching, duration_days, dominating_motive, region_key, has_mobility_agreement"
        cells = " union all ".join(
            f"select {keys}, '{g}' as outcome_group, sum(n_participants) filter ({g}_index is not null) as n_participants,"
            f" sum({g}_index::decimal(18, 15))::double as outcome_sum,"
            f" sum(({g}_index * {g}_index)::decimal(18, 15))::double as outcome_square_sum from made group by all"
            for g in OUTCOMES
        )
        con.execute(
            "create table ticked as select row_number() over (order by report_key) - 1 as i, *"
            " from demo.marts.mart_motives__report where n_motives_ticked is not null"
        )
        patterns = con.execute("select count(*) from ticked").fetchone()[0]
        tables = {
            "mart_outcomes__report": "from made",
            "mart_statistics__predictor_cell": f"from ({cells}) where n_participants > 0",
            "mart_statistics__institution_variable": "from demo.marts.mart_statistics__institution_variable",
            "mart_motives__report": "select m.* exclude (i)"
            " replace (s.institution_key as institution_key, s.report_key as report_key)"
            f" from made as s inner join ticked as m on m.i = hash(s.report_key, 't') % {patterns}",
            "fct_outcome_answer": "select s.report_key, i.item_key, i.outcome_group,"
            " 1 + (hash(s.report_key, i.item_key) % 5)::integer as answer_value"
            " from made as s cross join demo.marts.dim_outcome_item as i",
            "dim_outcome_item": "from demo.marts.dim_outcome_item",
            "mart_quality__ledger": "from demo.quality.mart_quality__ledger",
        }  # fmt: skip
        for name, sql in tables.items():
            con.execute(f"copy ({sql}) to '{folder / name}.parquet' (format parquet)")


def whole_step(folder: Path) -> None:
    """All tables of results."""
    from staff_mobility.statistics.step import Step
    from staff_mobility.statistics.tables import TABLES

    plan, marts = _opened(folder)
    step = Step(plan, marts)
    for table in TABLES:
        started = time.perf_counter()
        made = step.table(table)
        print(f"{table.name}: {made.num_rows} rows, {time.perf_counter() - started:.1f} s", file=sys.stderr)


def compressed(folder: Path) -> None:
    """Table 4.5 with CR2."""
    from staff_mobility.statistics.cells import standardised
    from staff_mobility.statistics.clustered import cr2_satterthwaite, moments_of
    from staff_mobility.statistics.frames import Frames
    from staff_mobility.statistics.least_squares import fit_least_squares

    plan, marts = _opened(folder)
    frames = Frames(plan, marts)
    for model in plan.regressions[:4]:
        cells, _ = standardised(frames.cells(model.x, model.y, None))
        _tell(fit_least_squares(cells).estimates[1], cr2_satterthwaite(moments_of(cells)).std_errors[1])


def statsmodels_rows(folder: Path) -> None:
    """Table 4.5 on rows."""
    import statsmodels.api as sm

    plan, rows = _rows(folder)
    for model in plan.regressions[:4]:
        frame = _z(rows[[model.y, *model.x, "sender"]].dropna(), [model.y, *model.x])
        fit = sm.OLS(frame[model.y], sm.add_constant(frame[list(model.x)])).fit(
            cov_type="cluster", cov_kwds={"groups": frame["sender"].astype("category").cat.codes}
        )
        _tell(fit.params.iloc[1], fit.bse.iloc[1])


def pyfixest_rows(folder: Path) -> None:
    """Table 4.5 on rows."""
    import pyfixest as pf

    plan, rows = _rows(folder)
    for model in plan.regressions[:4]:
        frame = _z(rows[[model.y, *model.x, "sender"]].dropna(), [model.y, *model.x])
        fit = pf.feols(f"{model.y} ~ {' + '.join(model.x)}", frame, vcov={"CRV1": "sender"})
        _tell(fit.coef().iloc[1], fit.se().iloc[1])


def _opened(folder: Path):  # noqa: ANN202
    import duckdb

    from staff_mobility.statistics.marts import marts_of_parquet
    from staff_mobility.statistics.plan import load_plan

    return load_plan(PROJECT / "analysis_plan.yml"), marts_of_parquet(duckdb.connect(), folder)


def _rows(folder: Path):  # noqa: ANN202
    from staff_mobility.statistics.frames import Frames

    plan, marts = _opened(folder)
    model = plan.regressions[0]
    outcomes = [other.y for other in plan.regressions[1:4]]
    return plan, Frames(plan, marts).rows(model.x, model.y, None, outcomes)


def _z(frame, columns):  # noqa: ANN001, ANN202
    frame[columns] = (frame[columns] - frame[columns].mean()) / frame[columns].std(ddof=0)
    return frame


def _tell(beta: float, std_error: float) -> None:
    print(f"beta {beta:+.6f} se {std_error:.6f}", file=sys.stderr)


MEASURED: Mapping[str, Callable[[Path], None]] = {
    "compressed": compressed,
    "statsmodels": statsmodels_rows,
    "pyfixest": pyfixest_rows,
    "whole_step": whole_step,
}


def measure(what: str, folder: Path, runs: int) -> float:
    """Return the shortest time of so many processes, in seconds, imports left out."""
    found = []
    for _ in range(runs):
        command = [sys.executable, __file__, "--child", what, "--folder", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)
        found.append(json.loads(done.stdout.splitlines()[-1]))
    print(done.stderr, file=sys.stderr)
    return min(found)


def child(what: str, folder: Path) -> None:
    """Run one measurement and print it."""
    imports = {"statsmodels": "statsmodels.api", "pyfixest": "pyfixest"}
    __import__("staff_mobility.statistics.step")
    __import__(imports.get(what, "duckdb"))
    started = time.perf_counter()
    MEASURED[what](folder)
    print(json.dumps(time.perf_counter() - started))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[4_000, 400_000, 4_000_000])
    parser.add_argument("--warehouse", type=Path, default=WAREHOUSE)
    parser.add_argument(
        "--runs", type=int, default=2, help="of each measurement but the whole step; the best counts"
    )
    parser.add_argument("--child", choices=MEASURED)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child, arguments.folder)
        return
    print("| reports | compressed, CR2 | statsmodels, CR1 | pyfixest, CR1 | whole step |")
    print("|---:|---:|---:|---:|---:|")
    for rows in arguments.rows:
        with tempfile.TemporaryDirectory() as name:
            write_marts(Path(name), rows, arguments.warehouse)
            found = {
                what: measure(what, Path(name), 1 if what == "whole_step" else arguments.runs)
                for what in MEASURED
            }
        base = found["compressed"]
        told = [f"{seconds:.1f} s ({seconds / base:.1f}x)" for seconds in found.values()]
        print(f"| {rows:,} | {' | '.join(told)} |", flush=True)


if __name__ == "__main__":
    main()
