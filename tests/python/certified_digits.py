"""How many digits of NIST's certified values the project's least squares gives; the campaign prints it, tests hold it.

NIST's measure is the log relative error, -log10(|value - certified| / |certified|); where the certified value is 0 it
is the error itself. Certified values have 15 digits, so that 15 stands for all.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import yaml
from institution_rows import compressed
from numpy.typing import NDArray
from warehouse_build import PROJECT

from staff_mobility.statistics.cells import Cells, Floats, rows_as_cells
from staff_mobility.statistics.least_squares import fit_least_squares

DATA_SETS = PROJECT / "tests" / "reference" / "nist_strd.yml"
MOST = 15.0


@dataclass(frozen=True)
class DataSet:
    """A regression with certified values; names as in the file."""

    name: str
    difficulty: str
    has_constant: bool
    predictors: dict[str, list[float]]
    y: list[float]
    estimates: list[float]
    std_errors: list[float]
    residual_sd: float
    r_squared: float

    @property
    def rows(self) -> Cells:
        """Every observation a cell of its own."""
        x = np.column_stack([np.array(values, dtype=float) for values in self.predictors.values()])
        return rows_as_cells(tuple(self.predictors), x, np.array(self.y, dtype=float), _one(len(self.y)))

    @property
    def cells(self) -> Cells:
        """Observations with the same predictors in one cell."""
        return compressed(self.rows)


@dataclass(frozen=True)
class Digits:
    """Digits that agree with the certified values, the worst of each kind."""

    data_set: DataSet
    n_cells: int
    estimates: float
    std_errors: float
    residual_sd: float
    r_squared: float


def data_sets() -> list[DataSet]:
    """Return the data sets in the order of the file."""
    held = yaml.safe_load(DATA_SETS.read_text(encoding="utf-8"))
    return [_data_set(name, entry) for name, entry in held.items()]


def digits(values: Floats | float, certified: list[float] | float) -> float:
    """Return the least log relative error, from 0 to 15."""
    pairs = zip(np.atleast_1d(values), np.atleast_1d(np.asarray(certified, dtype=float)), strict=True)
    return min(_digits(float(value), float(target)) for value, target in pairs)


def measured(data_set: DataSet, cells: Cells) -> Digits:
    """Fit and compare with the certified values."""
    fit = fit_least_squares(cells, has_constant=data_set.has_constant)
    return Digits(
        data_set,
        len(cells.n),
        digits(fit.estimates, data_set.estimates),
        digits(fit.std_errors, data_set.std_errors),
        digits(math.sqrt(fit.residual_ss / fit.df_residual), data_set.residual_sd),
        digits(fit.r_squared, data_set.r_squared),
    )


def all_measured() -> Iterator[Digits]:
    """Measure every data set row by row, and in cells where some rows have the same predictors."""
    for data_set in data_sets():
        yield measured(data_set, data_set.rows)
        if len(data_set.cells.n) < len(data_set.y):
            yield measured(data_set, data_set.cells)


def table() -> str:
    """Return what is measured as a table in Markdown; digits are whole, rounded down."""
    lines = [
        "| Data set | Difficulty (NIST) | Observations | Cells | Estimates | Standard errors | Residual sd | R² |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in all_measured():
        kinds = (row.estimates, row.std_errors, row.residual_sd, row.r_squared)
        figures = " | ".join(str(int(figure)) for figure in kinds)
        held = row.data_set
        lines.append(f"| {held.name} | {held.difficulty} | {len(held.y)} | {row.n_cells} | {figures} |")
    return "\n".join(lines) + "\n"


def _data_set(name: str, entry: dict[str, Any]) -> DataSet:
    x = entry["x"]
    if isinstance(x, list):
        values = np.array(x, dtype=float)
        x = {f"x^{power}": (values**power).tolist() for power in range(1, entry["degree"] + 1)}
    has_constant = entry.get("has_constant", True)
    return DataSet(name, entry["difficulty"], has_constant, x, entry["y"], **entry["certified"])


def _digits(value: float, certified: float) -> float:
    error = abs(value - certified) / (abs(certified) or 1.0)
    return MOST if error == 0 else min(MOST, max(0.0, -math.log10(error)))


def _one(size: int) -> NDArray[np.str_]:
    return np.full(size, "nist")
