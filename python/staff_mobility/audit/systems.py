"""Systems of linear conditions, each of which a printed value stands for: can all hold, and if not, which few conflict.

A condition is `low <= sum(coefficient * variable) <= high`. Linear programmes are solved by HiGHS (scipy.optimize.linprog).
The smallest conflicting set is found by the deletion filter of Chinneck and Dravnieks (1991): a value is left out for good
when the rest still conflicts; what remains is irreducible, so that without any one of its values the others can hold.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog

from staff_mobility.audit.published import Limits

# Solvers allow for so much; a printed value is open by at least a hundred times as much.
TOLERANCE = 1e-9
# What scipy's linprog answers.
INFEASIBLE, UNBOUNDED = 2, 3


@dataclass(frozen=True)
class Condition:
    """`low <= sum(coefficients * variables) <= high`, which rests on a printed value, or on none if it always holds."""

    coefficients: Mapping[str, float]
    low: float = -np.inf
    high: float = np.inf
    value_id: str | None = None


@dataclass
class LinearSystem:
    """Conditions on variables; a variable is free unless `bounds` says otherwise."""

    conditions: list[Condition] = field(default_factory=list)
    bounds: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)

    def add(
        self,
        coefficients: Mapping[str, float],
        low: float = -np.inf,
        high: float = np.inf,
        value_id: str | None = None,
    ) -> None:
        """Add a condition."""
        self.conditions.append(Condition(coefficients, low, high, value_id))

    @property
    def value_ids(self) -> tuple[str, ...]:
        """The printed values that conditions rest on, in their order."""
        return tuple(dict.fromkeys(row.value_id for row in self.conditions if row.value_id is not None))

    def is_possible(self, without: Collection[str] = ()) -> bool:
        """Tell whether all conditions can hold, those of the values `without` left out."""
        return self._solve({}, without) is not None

    def limits(self, expression: Mapping[str, float]) -> Limits | None:
        """Return the least and the greatest value of an expression, None when the conditions conflict."""
        low = self._solve(expression, ())
        high = self._solve({name: -factor for name, factor in expression.items()}, ())
        return None if low is None or high is None else Limits(low, -high)

    def smallest_conflict(self) -> tuple[str, ...]:
        """Return printed values that cannot all hold and of which none can be spared; empty when all can hold."""
        if self.is_possible():
            return ()
        spared: set[str] = set()
        for value_id in self.value_ids:
            if not self.is_possible({*spared, value_id}):
                spared.add(value_id)
        return tuple(value_id for value_id in self.value_ids if value_id not in spared)

    def minimiser(self, expression: Mapping[str, float]) -> Mapping[str, float] | None:
        """Return values of all variables at which an expression is least, None when the conditions conflict."""
        found = self._programme(expression, ())
        return None if found is None else found[1]

    def _solve(self, expression: Mapping[str, float], without: Collection[str]) -> float | None:
        found = self._programme(expression, without)
        return None if found is None else found[0]

    def _programme(
        self, expression: Mapping[str, float], without: Collection[str]
    ) -> tuple[float, Mapping[str, float]] | None:
        rows = [row for row in self.conditions if row.value_id is None or row.value_id not in without]
        names = sorted(
            {name for row in rows for name in row.coefficients} | set(self.bounds) | set(expression)
        )
        matrix, limits = _inequalities(rows, names)
        result = linprog(
            [expression.get(name, 0.0) for name in names],
            A_ub=matrix if len(limits) else None,
            b_ub=limits if len(limits) else None,
            bounds=[self.bounds.get(name, (None, None)) for name in names],
            method="highs",
        )
        if result.status == INFEASIBLE:
            return None
        if result.status == UNBOUNDED:
            return -np.inf, {}
        if result.status != 0:
            raise ArithmeticError(f"The linear programme could not be solved: {result.message}")
        return float(result.fun), dict(zip(names, map(float, result.x), strict=True))


def _inequalities(rows: Sequence[Condition], names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    place = {name: number for number, name in enumerate(names)}
    matrix, limits = [], []
    for row in rows:
        line = np.zeros(len(names))
        for name, factor in row.coefficients.items():
            line[place[name]] += factor
        if np.isfinite(row.high):
            matrix.append(line)
            limits.append(row.high + TOLERANCE)
        if np.isfinite(row.low):
            matrix.append(-line)
            limits.append(-row.low + TOLERANCE)
    return np.array(matrix), np.array(limits)
