"""Each specification is the fit that R makes of it, in the order of the choices, with a reason where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from staff_mobility.statistics.cells import Cells, rows_as_cells
from staff_mobility.statistics.specification_curve import curve
from staff_mobility.statistics.status import NoResultError, Status

# R 4.2.2: mtcars
MILES = np.array(
    [21, 21, 22.8, 21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8, 16.4, 17.3, 15.2, 10.4, 10.4]
    + [14.7, 32.4, 30.4, 33.9, 21.5, 15.5, 15.2, 13.3, 19.2, 27.3, 26, 30.4, 15.8, 19.7, 15, 21.4]
)
WEIGHT = np.array(
    [2.62, 2.875, 2.32, 3.215, 3.44, 3.46, 3.57, 3.19, 3.15, 3.44, 3.44, 4.07, 3.73, 3.78, 5.25, 5.424]
    + [5.345, 2.2, 1.615, 1.835, 2.465, 3.52, 3.435, 3.84, 3.845, 1.935, 2.14, 1.513, 3.17, 2.77, 3.57, 2.78]
)
HORSES = np.array(
    [110, 110, 93, 110, 175, 105, 245, 62, 95, 123, 123, 180, 180, 180, 205, 215]
    + [230, 66, 52, 65, 97, 150, 150, 245, 175, 66, 91, 113, 264, 175, 335, 109]
)
CARBURETTORS = np.array(
    [4, 4, 1, 1, 2, 1, 4, 2, 2, 4, 4, 3, 3, 3, 4, 4, 4, 1, 2, 1, 1, 2, 2, 4, 2, 1, 2, 2, 4, 6, 8, 2]
).astype(str)
CHOICES = {"controls": ["none", "horses"], "leave_out": ["nobody", "all"]}


def cells_of(outcome: str, combination: Mapping[str, object]) -> Cells:
    if combination["leave_out"] == "all":
        raise NoResultError(Status.EMPTY_SUBSET, f"No car has {outcome}.")
    y = MILES if outcome == "miles" else -MILES
    if combination["controls"] == "none":
        return rows_as_cells(("weight",), WEIGHT[:, None], y, CARBURETTORS)
    return rows_as_cells(("horses", "weight"), np.column_stack([HORSES, WEIGHT]), y, CARBURETTORS)


@pytest.fixture(scope="module")
def rows() -> list[dict[str, object]]:
    return curve(CHOICES, ["miles", "thirst"], cells_of, "weight", 0.95)


def test_order_and_numbers(rows: list[dict[str, object]]) -> None:
    listed = [(row["outcome_variable"], row["controls"], row["leave_out"]) for row in rows]
    assert listed == [
        (outcome, controls, leave_out)
        for outcome in ("miles", "thirst")
        for controls in ("none", "horses")
        for leave_out in ("nobody", "all")
    ]
    assert [row["specification_number"] for row in rows] == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    ("position", "naive", "clustered", "interval"),
    [
        (
            0,
            (-0.867659376517228, 0.0907684244550815, 1.2939587013505e-10),
            (0.164932179118838, 2.15074733294299, 0.0293044906576972),
            (-1.53170800560355, -0.203610747430903),
        ),
        (
            2,
            (-0.629554514120114, 0.102722437899202, 1.11964713620002e-06),
            (0.166442996531691, 2.24758780027261, 0.0526059617834107),
            (-1.27516969529862, 0.0160606670583904),
        ),
    ],
)
def test_values_of_r(
    rows: list[dict[str, object]],
    position: int,
    naive: tuple[float, ...],
    clustered: tuple[float, ...],
    interval: tuple[float, ...],
) -> None:
    """R 4.2.2, with d = scale(mtcars): lm(mpg ~ wt, d) and lm(mpg ~ wt + hp, d).

    coef_test(fit, vcovCR(fit, mtcars$carb, type = "CR2"), test = "Satterthwaite") and conf_int of clubSandwich.
    """
    row = rows[position]
    assert (row["status"], row["reason"]) == ("ok", "")
    assert (row["n_observations"], row["n_clusters"]) == (32, 6)
    assert (row["estimate"], row["std_error"], row["p_value"]) == pytest.approx(naive, rel=1e-9)
    found = (row["cr2_std_error"], row["cr2_degrees_of_freedom"], row["cr2_p_value"])
    assert found == pytest.approx(clustered, rel=1e-9)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(interval, rel=1e-9)


def test_counts_are_rows(rows: list[dict[str, object]]) -> None:
    """Cars with the same weight in the same cluster, summed to one cell, and every car counted three times."""
    cells = cells_of("miles", {"controls": "none", "leave_out": "nobody"})
    keys = np.array([f"{key}/{weight}" for key, weight in zip(CARBURETTORS, WEIGHT, strict=True)])
    _, first, position = np.unique(keys, return_index=True, return_inverse=True)
    assert len(first) < 32
    summed = replace(
        cells,
        x=cells.x[first],
        n=np.bincount(position, cells.n),
        y_sum=np.bincount(position, cells.y_sum),
        y_square_sum=np.bincount(position, cells.y_square_sum),
        institution=CARBURETTORS[first],
    )
    (once,) = curve({}, ["miles"], lambda outcome, combination: summed, "weight", 0.95)
    shared = {name: value for name, value in rows[0].items() if isinstance(value, float)}
    assert {name: once[name] for name in shared} == pytest.approx(shared, rel=1e-9)
    thrice = summed.weighted(np.full(len(first), 3.0))
    (often,) = curve({}, ["miles"], lambda outcome, combination: thrice, "weight", 0.95)
    # t grows with the root of the residual degrees of freedom, from 30 to 94.
    assert often["std_error"] == pytest.approx(0.0907684244550815 * np.sqrt(30 / 94), rel=1e-9)


def test_what_has_no_result_says_why(rows: list[dict[str, object]]) -> None:
    assert rows[1] == {
        "specification_number": 2,
        "outcome_variable": "miles",
        "controls": "none",
        "leave_out": "all",
        "status": "empty_subset",
        "reason": "No car has miles.",
    }
    same = rows_as_cells(("weight",), np.ones((32, 1)), MILES, CARBURETTORS)
    one = rows_as_cells(("weight",), WEIGHT[:, None], MILES, np.full(32, "ford"))
    found = curve(
        {"cars": [same, one]}, ["miles"], lambda outcome, combination: combination["cars"], "weight", 0.95
    )
    assert [row["status"] for row in found] == ["constant_column", "one_institution"]
    assert "weight" in found[0]["reason"]
    assert "ford" in found[1]["reason"]


def test_an_error_of_the_caller_is_no_result() -> None:
    with pytest.raises(KeyError):
        curve({}, ["miles"], cells_of, "weight", 0.95)


def test_one_thread_of_linear_algebra() -> None:
    """Threads make thousands of small fits many times slower where processors are shared."""
    seen = []

    def watched(outcome: str, combination: Mapping[str, object]) -> Cells:
        seen.extend(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")
        return rows_as_cells(("weight",), WEIGHT[:, None], MILES, CARBURETTORS)

    curve({}, ["miles"], watched, "weight", 0.95)
    assert set(seen) == {1}
