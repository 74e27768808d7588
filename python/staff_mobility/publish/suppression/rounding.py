"""Controlled rounding: counts become multiples of a base, and totals remain the sums of their parts.

Cox, Journal of the American Statistical Association 82, 1987: each count goes to one of its two neighbouring multiples,
chosen so that all tables still add up. Rounding each count by itself would be simpler, but then parts and totals disagree,
and their disagreement tells of what was rounded. Here the atoms are rounded and the cells are their sums, so that all marts
agree. Where no such choice exists (three-way tables need not have one) a cell may go one multiple further, at a cost.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint

from staff_mobility.publish.suppression.linked_tables import Floats, LinkedTables
from staff_mobility.publish.suppression.protection import components, part_of
from staff_mobility.publish.suppression.solver import solve
from staff_mobility.settings import StepError

# A cell that goes further than its neighbouring multiples costs as much as so many multiples of distance.
_COST_OF_GOING_FURTHER = 100.0
# Nodes rather than seconds: the same marts must give the same publication on a busy machine too.
_OPTIONS = {"node_limit": 5000, "mip_rel_gap": 0.01}


def rounded_cells(tables: LinkedTables, base: int) -> Floats:
    """Return the cells as sums of rounded atoms; shape (cells,).

    Args:
        tables: The cells.
        base: Of which the counts become multiples.

    Raises:
        StepError: No rounding was found.
    """
    atoms = np.zeros(len(tables.atoms))
    for own in components(tables):
        part, _ = part_of(tables, own)
        atoms[own] = _rounded_atoms(replace(part), base)
    return np.asarray(tables.matrix @ atoms)


def _rounded_atoms(tables: LinkedTables, base: int) -> Floats:
    values, n_atoms, n_cells = tables.values, len(tables.atoms), len(tables.cells)
    if not values.any():
        return np.zeros(n_atoms)
    matrix, one = base * tables.matrix, sparse.eye_array(n_cells)
    none = sparse.csr_array((n_cells, n_cells))
    least, most = base * np.floor(values / base), base * np.ceil(values / base)
    # Variables: multiples of the atoms, distances of the cells, multiples by which cells go further.
    further = base * one
    constraints = [
        LinearConstraint(sparse.hstack([matrix, none, further]), least, np.inf),
        LinearConstraint(sparse.hstack([matrix, none, -further]), -np.inf, most),
        LinearConstraint(sparse.hstack([matrix, -one, none]), -np.inf, values),
        LinearConstraint(sparse.hstack([matrix, one, none]), values, np.inf),
    ]
    result = solve(
        np.concatenate(
            [np.zeros(n_atoms), np.ones(n_cells), np.full(n_cells, _COST_OF_GOING_FURTHER * base)]
        ),
        constraints=constraints,
        integrality=np.concatenate([np.ones(n_atoms), np.zeros(n_cells), np.ones(n_cells)]),
        bounds=Bounds(0, np.inf),
        options=_OPTIONS,
    )
    if result.x is None:
        raise StepError(
            f"No rounding to {base} was found ({result.message}). Set rounding.base to 0 in disclosure_control.yml."
        )
    return np.asarray(base * np.round(result.x[:n_atoms]))
