"""Great Expectations on whole frames beside Great Expectations on groups of equal values, in the same run.

Why the gate groups: run by hand with ``make gate-engines``. Both judge the same checks of the same landed extract and must
find the same number of failing rows; time and peak memory are of processes of their own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import duckdb  # noqa: E402
from landing_speed import write_extract  # noqa: E402


def checks_of(con: duckdb.DuckDBPyConnection) -> tuple[list, str]:
    """Return the checks that judge one column each, and the id of the landed extract."""
    import datetime as dt

    from staff_mobility.gate.checks import Surroundings, row_checks
    from staff_mobility.landing.connection import gate_of
    from staff_mobility.landing.layouts import load_layouts
    from staff_mobility.settings import load_settings

    settings = load_settings()
    gate = gate_of(settings)
    (layout,) = (
        each
        for each in load_layouts(settings.layouts)
        if each.name == "mobility_tool_participant_report_2017"
    )
    surroundings = Surroundings(dt.date(2023, 5, 31), gate.lists, gate.own_country)
    ((extract_id,),) = con.execute("select extract_id from raw.extract").fetchall()
    return list(row_checks(layout, gate.rules, surroundings)), extract_id


def judge_whole(con: duckdb.DuckDBPyConnection) -> int:
    """Judge one frame that holds the judged value of every check for every row."""
    from staff_mobility.gate.expectations import Judge

    checks, extract_id = checks_of(con)
    values = ", ".join(
        f"case when {check.where} then {check.value} end as judged_{number}"
        for number, check in enumerate(checks)
    )
    frame = con.execute(
        f'select {values} from raw."{checks[0].table}" where _extract_id = $extract_id',
        {"extract_id": extract_id},
    ).df()
    judge = Judge()
    batch = judge._batches.get_batch({"dataframe": frame})
    failing = 0
    for number, check in enumerate(checks):
        kind = getattr(judge._gx.expectations, check.expectation)
        expectation = kind(column=f"judged_{number}", **check.kwargs)
        result = batch.validate(expectation, result_format={"result_format": "COMPLETE"})
        failing += int(result.result.get("unexpected_count") or 0)
    return failing


def judge_groups(con: duckdb.DuckDBPyConnection) -> int:
    """Judge groups, as the gate does."""
    from staff_mobility.gate.expectations import Expected, Judge
    from staff_mobility.gate.frames import group_frame
    from staff_mobility.gate.judged import alike

    checks, extract_id = checks_of(con)
    judge = Judge()
    failing = 0
    for together in alike(checks):
        frames = [group_frame(con, check, extract_id) for check in together]
        first = together[0]
        expected = Expected(
            first.name, "block", first.expectation, first.kwargs, [c.place for c in together], frames
        )
        for frame, groups in zip(frames, judge.failing_groups(expected), strict=True):
            failing += int(frame.loc[frame["group_number"].isin(groups), "n_rows"].sum())
    return failing


def main(arguments: Sequence[str]) -> int:
    """Print the table; 1 if the two do not find the same."""
    if arguments[:1] == ["--child"]:
        started = time.perf_counter()
        with duckdb.connect(arguments[2], read_only=True) as con:
            found = {"whole": judge_whole, "groups": judge_groups}[arguments[1]](con)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps([time.perf_counter() - started, peak, found]))
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[4_000, 100_000])
    print("| reports | whole frame, s | MB | groups, s | MB | time ratio | memory ratio | failing rows |")
    print("|---|---|---|---|---|---|---|---|")
    for rows in parser.parse_args(arguments).rows:
        with tempfile.TemporaryDirectory() as folder:
            path, warehouse = Path(folder) / "x" / "speed_2023-05-31.csv", Path(folder) / "w.duckdb"
            path.parent.mkdir()
            write_extract(path, rows)
            subprocess.run(
                [
                    sys.executable,
                    str(Path(__file__).with_name("landing_speed.py")),
                    "--child",
                    "land",
                    str(path),
                    str(warehouse),
                ],
                check=True,
                capture_output=True,
            )
            with duckdb.connect(str(warehouse)) as con:
                # Faults to find: a stay of three months in every hundredth row.
                con.execute(
                    "update raw.mobility_tool__participant_report set duration_days = '90' where _row_number % 100 = 0"
                )
            measured = {}
            for engine in ("whole", "groups"):
                done = subprocess.run(
                    [sys.executable, __file__, "--child", engine, str(warehouse)],
                    check=True,
                    capture_output=True,
                    text=True,
                )
                measured[engine] = json.loads(done.stdout.splitlines()[-1])
        whole, groups = measured["whole"], measured["groups"]
        print(
            f"| {rows:,} | {whole[0]:.1f} | {whole[1]:,.0f} | {groups[0]:.1f} | {groups[1]:,.0f} |"
            f" {whole[0] / groups[0]:.1f} | {whole[1] / groups[1]:.1f} | {groups[2]:,} |",
            flush=True,
        )
        if whole[2] != groups[2]:
            print(f"The whole frame has {whole[2]:,} failing rows, the groups {groups[2]:,}.")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
