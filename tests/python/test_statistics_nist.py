"""Least squares gives the values that NIST certified for its reference data sets, to the digits that doubles allow."""

from __future__ import annotations

import re
import subprocess
import sys
from decimal import Decimal, localcontext
from fractions import Fraction

import certified_digits
import numpy as np
import pytest
import yaml
from certified_digits import DataSet, Digits, data_sets
from institution_rows import compressed
from warehouse_build import PROJECT

from staff_mobility.statistics.least_squares import fit_least_squares
from staff_mobility.statistics.status import NoResultError

PAGE = PROJECT / "docs" / "numerics.md"
MARKED = re.compile(r"<!-- nist-digits -->\n\n(.+?)\n<!-- /nist-digits -->", re.DOTALL)
BY_NAME = {data_set.name: data_set for data_set in data_sets()}

# Digits of estimates, standard errors, residual standard deviation and R²: what a QR in doubles gives with the condition
# of the columns, less one for the rounding of other processors. Wampler's grow worse with his error, 1 to 10,000.
LEAST = {
    "Norris": (11, 12, 12, 14),
    "Pontius": (10, 11, 11, 14),
    "NoInt1": (13, 13, 13, 14),
    "NoInt2": (13, 13, 13, 14),
    "Longley": (12, 13, 13, 14),
    "Filip": (6, 6, 7, 9),
    "Wampler1": (8, 8, 8, 14),
    "Wampler2": (11, 12, 12, 14),
    "Wampler3": (8, 12, 12, 14),
    "Wampler4": (6, 12, 13, 14),
    "Wampler5": (4, 12, 13, 12),
}
# Sums of squares keep fewer digits of what varies within a cell: Pontius' outcome is up to 10,000 times its residuals.
LEAST_IN_CELLS = {"Norris": (11, 11, 11, 14), "Pontius": (10, 8, 8, 14)}


def test_the_file_holds_what_nist_certified() -> None:
    # In exact fractions: a digit that were copied wrongly in data or certified values would show.
    entries = yaml.load(certified_digits.DATA_SETS.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    assert set(entries) == set(LEAST)
    for name, entry in entries.items():
        held = entry["certified"]
        certified = [*held["estimates"], *held["std_errors"], held["residual_sd"], held["r_squared"]]
        for value, target in zip(exact_fit(entry), certified, strict=True):
            assert abs(value - Decimal(target)) <= abs(Decimal(target)) * Decimal("1e-14"), name


@pytest.mark.parametrize("name", LEAST)
def test_rows_give_the_certified_values(name: str) -> None:
    require(certified_digits.measured(BY_NAME[name], BY_NAME[name].rows), LEAST[name])


@pytest.mark.parametrize("name", LEAST_IN_CELLS)
def test_cells_give_the_certified_values(name: str) -> None:
    data_set = BY_NAME[name]
    assert len(data_set.cells.n) < len(data_set.y)
    require(certified_digits.measured(data_set, data_set.cells), LEAST_IN_CELLS[name])


def test_other_data_sets_have_no_observations_to_group() -> None:
    grouped = {name for name, data_set in BY_NAME.items() if len(data_set.cells.n) < len(data_set.y)}
    assert grouped == set(LEAST_IN_CELLS)


@pytest.mark.parametrize("name", ["Longley", "Wampler4", "Filip", "NoInt1"])
def test_observations_repeated_in_cells_are_weights(name: str) -> None:
    # Everything three times: the same estimates, and the sum of squared residuals three times as large.
    data_set = BY_NAME[name]
    rows = data_set.rows
    thrice = compressed(rows.weighted(np.full(len(rows.n), 3.0)))
    once = fit_least_squares(rows, has_constant=data_set.has_constant)
    fit = fit_least_squares(thrice, has_constant=data_set.has_constant)
    least = LEAST[name][0]
    assert certified_digits.digits(fit.estimates, data_set.estimates) >= least
    assert certified_digits.digits(fit.residual_ss, 3 * data_set.residual_sd**2 * once.df_residual) >= least


def test_a_wrong_digit_lowers_the_figure() -> None:
    assert certified_digits.digits(1.0, 1.0) == 15
    assert certified_digits.digits(np.array([1.0, 200.0002]), [1.0, 200.0]) == pytest.approx(6)
    assert certified_digits.digits(1e-9, 0.0) == pytest.approx(9)
    assert certified_digits.digits(5.0, 1.0) == 0


def test_filip_with_one_power_more_is_refused() -> None:
    # The limit of what can be told apart lies beyond Filip's ten powers, but it is there.
    filip = BY_NAME["Filip"]
    x = np.array(filip.predictors["x^1"])
    predictors = filip.predictors | {f"x^{power}": (x**power).tolist() for power in range(11, 18)}
    beyond = DataSet(**{**vars(filip), "predictors": predictors})
    with pytest.raises(NoResultError, match=r"x\^17 can be computed from the predictors before"):
        fit_least_squares(beyond.rows)


def test_the_page_has_the_table_that_the_command_prints() -> None:
    command = [sys.executable, str(PROJECT / "tests" / "campaigns" / "nist_digits.py")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = MARKED.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    on_page, now = table_cells(found[1]), table_cells(printed)
    # Processors round differently in the last bits: a figure may differ by one digit, nothing else may.
    assert [row[:4] for row in on_page] == [row[:4] for row in now]
    assert on_page[:2] == now[:2]
    for written, measured in zip(on_page[2:], now[2:], strict=True):
        for digit, other in zip(written[4:], measured[4:], strict=True):
            assert abs(int(digit) - int(other)) <= 1, (written, measured)


def require(found: Digits, least: tuple[int, int, int, int]) -> None:
    for kind, lowest in zip(("estimates", "std_errors", "residual_sd", "r_squared"), least, strict=True):
        assert getattr(found, kind) >= lowest, (found.data_set.name, kind)


def table_cells(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()]


def exact_fit(entry: dict) -> list[Decimal]:
    """Return estimates, standard errors, residual sd and R² by the normal equations in fractions."""
    y = [Fraction(value) for value in entry["y"]]
    columns = exact_columns(entry, len(y))
    p = len(columns)
    products = [
        [dot(one, other) for other in columns] + [Fraction(i == j) for j in range(p)] + [dot(one, y)]
        for i, one in enumerate(columns)
    ]
    solved = eliminated(products)
    estimates = [row[-1] for row in solved]
    fitted = [dot(estimates, row) for row in zip(*columns, strict=True)]
    residual_ss = sum((value - fit) ** 2 for value, fit in zip(y, fitted, strict=True))
    mean = sum(y) / len(y) if columns[0] == [Fraction(1)] * len(y) else Fraction(0)
    variance = residual_ss / (len(y) - p)
    total_ss = sum((value - mean) ** 2 for value in y)
    with localcontext(prec=50):
        std_errors = [decimal(variance * solved[i][p + i]).sqrt() for i in range(p)]
        r_squared = decimal(1 - residual_ss / total_ss)
        return [*map(decimal, estimates), *std_errors, decimal(variance).sqrt(), r_squared]


def exact_columns(entry: dict, size: int) -> list[list[Fraction]]:
    if isinstance(entry["x"], dict):
        columns = [[Fraction(value) for value in values] for values in entry["x"].values()]
    else:
        x = [Fraction(value) for value in entry["x"]]
        columns = [[value**power for value in x] for power in range(1, int(entry["degree"]) + 1)]
    has_constant = entry.get("has_constant", "true") == "true"
    return [[Fraction(1)] * size, *columns] if has_constant else columns


def eliminated(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    for i in range(len(rows)):
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for j in range(len(rows)):
            if j != i:
                rows[j] = [value - rows[j][i] * pivot for value, pivot in zip(rows[j], rows[i], strict=True)]
    return rows


def dot(one: list[Fraction], other: list[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(one, other, strict=True)), Fraction(0))


def decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
