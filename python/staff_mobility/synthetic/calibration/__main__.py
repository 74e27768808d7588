"""Run the search: `python -m staff_mobility.synthetic.calibration --out warehouse/calibration`."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from staff_mobility.synthetic.calibration import sector
from staff_mobility.synthetic.calibration.drawn import start
from staff_mobility.synthetic.calibration.moments import INDICATORS, Fixed, Moments, Problem, moments, solve
from staff_mobility.synthetic.calibration.published import GROUPS, INSTITUTIONS
from staff_mobility.synthetic.tables import table


def frame(
    found: Moments, answers: sector.Answers, rates: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> pd.DataFrame:
    """One row an institution: what was found, in the generator's names."""
    columns: dict[str, object] = {"institution_key": INSTITUTIONS, "rate": rates.round(4)}
    columns |= {f"n_{group}": found.weights[place].round(1) for place, group in enumerate(GROUPS)}
    columns |= {name: found.indicators[place].round(4) for place, name in enumerate(INDICATORS)}
    for place, group in enumerate(GROUPS):
        columns[f"mean_{group}"] = found.means[:, place].round(4)
        columns[f"complete_mean_{group}"] = found.complete_means[:, place].round(4)
    columns |= {
        f"share_{name}": found.motives[:, place].round(4)
        for place, name in enumerate(("personal", "institution"))
    }
    columns |= {name: answers[:, place] for place, name in enumerate(sector.QUESTIONS)}
    return pd.DataFrame(columns)


def run(out: Path, *, rounds: int, fit_rounds: int, tries: int, seed: int) -> None:
    """Search in turn and write `institutions.csv` and `misses.csv` to the folder `out`."""
    given = start()
    answered = table("survey_answers")["respondents"]
    answers = np.array([answered[key]["answers"] for key in INSTITUTIONS])
    rates = np.array([table("plan")["state"][key]["rate"] for key in INSTITUTIONS])
    problem = Problem(given)
    vector, cost = solve(problem, None, fit_rounds)
    print(f"moments alone: {cost:.2f} left")
    found = moments(problem, vector)
    for number in range(rounds):
        hot = 300.0 if number == 0 else 30.0
        best = sector.search(
            found, answers, rates, given.reports, given.cluster, tries=tries, seed=seed + number, hot=hot
        )
        answers, rates = best.answers, best.rates
        print(f"round {number + 1}, sector: {best.misfit}")
        problem = Problem(given, Fixed(sector.components(answers), rates))
        vector, cost = solve(problem, vector, fit_rounds)
        found = moments(problem, vector)
        print(f"round {number + 1}, moments with these answers: {cost:.2f} left")
    out.mkdir(parents=True, exist_ok=True)
    frame(found, answers, rates).to_csv(out / "institutions.csv", index=False)
    misses = problem.misses(vector)
    misses.to_csv(out / "misses.csv", index=False)
    print(f"{int((misses['miss'] > 0).sum())} of {len(misses)} published numbers and bounds are missed")
    print(misses.loc[misses["miss"] > 0].to_string(index=False))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m staff_mobility.synthetic.calibration",
        description="Search for a sector in which the study's published numbers can all hold.",
    )
    parser.add_argument("--out", type=Path, default=Path("warehouse/calibration"), help="folder to write to")
    parser.add_argument("--rounds", type=int, default=3, help="turns of both steps")
    parser.add_argument("--fit-rounds", type=int, default=120, help="evaluations of a least-squares fit")
    parser.add_argument(
        "--tries", type=int, default=20_000_000, help="changes of the answers that a turn tries"
    )
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    run(
        arguments.out,
        rounds=arguments.rounds,
        fit_rounds=arguments.fit_rounds,
        tries=arguments.tries,
        seed=arguments.seed,
    )


if __name__ == "__main__":
    main()
