"""Computes the reference values of tests/reference/demo_marts.csv in R, from the marts of a built demonstration.

Needs R with clubSandwich, jsonlite and lme4 (Debian: r-base-core r-cran-clubsandwich r-cran-jsonlite
r-cran-lme4). Run it after the demonstration extracts or the analysis plan have changed:

    make r-reference
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).parents[2]
sys.path.insert(0, str(PROJECT / "tests" / "python"))

from plain_variables import analyses_of, institutions_of, read_plan, reports_of  # noqa: E402

SCRIPT = PROJECT / "tests" / "reference" / "demo_marts.R"
REFERENCE = SCRIPT.with_suffix(".csv")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--warehouse", type=Path, default=PROJECT / "warehouse" / "staff_mobility.duckdb")
    arguments = parser.parse_args()
    plan = read_plan(PROJECT / "analysis_plan.yml")
    # Pseudonyms stay in a folder that is gone afterwards.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "analyses.json").write_text(json.dumps(analyses_of(plan)), encoding="utf-8")
        reports_of(arguments.warehouse, plan).to_csv(folder / "reports.csv", index=False)
        institutions_of(arguments.warehouse, plan).to_csv(folder / "institutions.csv", index=False)
        subprocess.run(["Rscript", str(SCRIPT), str(folder), str(REFERENCE)], check=True)
    print(f"{REFERENCE}: {sum(1 for _ in REFERENCE.open()) - 1} values")


if __name__ == "__main__":
    main()
