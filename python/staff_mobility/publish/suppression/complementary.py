"""Complementary suppression: the cheapest cells to hide beside the sensitive ones, so that these stay open.

Attack and add: what the attacker can say of each sensitive cell is asked; where that is too narrow, a mixed-integer
programme finds the cheapest cells whose hiding makes another table possible in which the sensitive cell is as far away as it
must be (the subproblem of Fischetti and Salazar, Management Science 47, 2001; one cell at a time, as in tau-ARGUS's
modular approach). A cell that is protected stays so, because hiding more leaves more tables possible. First in each
group of cells that hang together, then over all of them, with what is known of national totals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint

from staff_mobility.publish.suppression.linked_tables import Flags, Floats, LinkedTables, Numbers
from staff_mobility.publish.suppression.protection import (
    TOLERANCE,
    Intervals,
    components,
    part_of,
    possible_tables,
    too_narrow,
)
from staff_mobility.publish.suppression.solver import solve

# A table further away than so many times the interval is not looked for: it would change larger cells for nothing.
_REACH = 4.0
# Nodes rather than seconds: the same marts must give the same publication on a busy machine too.
_OPTIONS = {"node_limit": 2000, "mip_rel_gap": 0.02}


@dataclass(frozen=True)
class Protected:
    """The answer.

    Attributes:
        hidden: All cells to hide; shape (cells,).
        low: Least count of each sensitive cell that is possible for an attacker, or less; shape (cells,).
        high: Largest, or more; shape (cells,).
        exposed: Sensitive cells that can be computed whatever is hidden.
    """

    hidden: Flags
    low: Floats
    high: Floats
    exposed: Numbers


def protect(
    tables: LinkedTables, sensitive: Flags, hidden: Flags, can_hide: Flags, interval: float | Floats
) -> Protected:
    """Hide further cells until no sensitive one can be computed, or bounded more narrowly than by the interval.

    Args:
        tables: The cells.
        sensitive: Which must be protected; shape (cells,).
        hidden: Which are hidden already; shape (cells,).
        can_hide: Which may be hidden; shape (cells,).
        interval: By how much sensitive cells must stay open, where the public totals allow it; one for all or by cell.
    """
    hidden = hidden.copy()
    wanted = np.broadcast_to(np.asarray(interval, dtype=float), sensitive.shape).copy()
    for atoms in components(tables):
        part, cells = part_of(tables, atoms)
        if sensitive[cells].any():
            state = _State(part, hidden[cells], can_hide[cells], wanted[cells])
            state.protect(np.flatnonzero(sensitive[cells]))
            hidden[cells], wanted[cells] = state.hidden, state.wanted
    state = _State(tables, hidden, can_hide, wanted)
    state.protect(np.flatnonzero(sensitive))
    state.show_what_is_known(np.flatnonzero(state.hidden & ~sensitive))
    exposed = np.flatnonzero(sensitive & (state.intervals.width < TOLERANCE))
    return Protected(state.hidden, state.intervals.low, state.intervals.high, exposed)


class _State:
    """Cells that are hidden so far, and what is known to be possible."""

    def __init__(self, tables: LinkedTables, hidden: Flags, can_hide: Flags, wanted: Floats) -> None:
        self.tables = tables
        self.hidden = hidden.copy()
        self.can_hide = can_hide & tables.is_published
        self.wanted = wanted.copy()
        self.intervals = Intervals(tables)

    def protect(self, sensitive: Numbers) -> None:
        """Hide what is needed, the narrowest cells first."""
        for cell in too_narrow(self.tables, self.hidden, sensitive, self.wanted, self.intervals):
            self._protect(int(cell))

    def show_what_is_known(self, cells: Numbers) -> None:
        """Show hidden cells that can be computed all the same: totals that reach beyond a group of cells can give them.

        What follows from what is shown adds nothing to it, so no other cell is less open than before.
        """
        least = np.full(len(self.hidden), 10 * TOLERANCE)
        self.hidden[too_narrow(self.tables, self.hidden, cells, least, self.intervals)] = False

    def _protect(self, cell: int) -> None:
        if self._is_open(cell):
            return
        # Other cells have been hidden since it was asked.
        self.intervals.ask(possible_tables(self.tables, self.hidden), cell)
        if self._is_open(cell):
            return
        if not self._hide_for(cell, self.wanted[cell]):
            self._protect_as_far_as_possible(cell)

    def _is_open(self, cell: int) -> bool:
        return bool(self.intervals.width[cell] >= self.wanted[cell] - TOLERANCE)

    def _hide_for(self, cell: int, width: float) -> bool:
        """Hide the cheapest cells that open a cell by a width, upwards or else downwards; False if there are none."""
        low, high = self.intervals.low[cell], self.intervals.high[cell]
        for least, most in ((low + width, np.inf), (0.0, high - width)):
            if most >= 0:
                atoms = self._cheapest(cell, least, most)
                if atoms is not None:
                    self._hide_where_changed(atoms)
                    return True
        return False

    def _protect_as_far_as_possible(self, cell: int) -> None:
        """Settle for what is possible if everything else is hidden; public totals of few stays do not allow more."""
        possible = possible_tables(self.tables, self.hidden | self.can_hide)
        direction = self.tables.matrix[[cell]].toarray().ravel()
        for sign in (1.0, -1.0):
            atoms = possible.extreme(sign * direction)
            value = self.intervals.low[cell] if atoms is None else float(direction @ atoms)
            if sign * (value - self.tables.values[cell]) > TOLERANCE:
                least, most = (value, np.inf) if sign > 0 else (0.0, value)
                found = self._cheapest(cell, least, most)
                if found is not None or atoms is not None:
                    self._hide_where_changed(found if found is not None else np.asarray(atoms))
        self.wanted[cell] = self.intervals.width[cell]

    def _hide_where_changed(self, atoms: Floats) -> None:
        changed = np.abs(self.tables.matrix @ atoms - self.tables.values) > TOLERANCE
        self.hidden |= changed & self.can_hide
        self.intervals.see(atoms)

    def _cheapest(self, cell: int, least: float, most: float) -> Floats | None:
        """Return the atoms of a table in which a cell is between two counts and which is least costly to make possible."""
        tables, values = self.tables, self.tables.values
        n_atoms = len(tables.atoms)
        choice = np.flatnonzero(self.can_hide & ~self.hidden)
        fixed = tables.is_published & ~self.hidden & ~self.can_hide
        free = ~(tables.is_published & ~self.hidden)
        reach = _REACH * max(self.wanted[cell], 1.0) + abs(values[cell])
        chosen = tables.matrix[choice]
        # A shown cell keeps its count, or is hidden and may change by the reach.
        up = sparse.hstack([chosen, -reach * sparse.eye_array(len(choice))])
        down = sparse.hstack([chosen, sparse.diags_array(np.minimum(values[choice], reach))])

        def alone(matrix: sparse.csr_array) -> sparse.csr_array:
            return sparse.hstack([matrix, sparse.csr_array((matrix.shape[0], len(choice)))])

        no_limit = np.full(len(choice), np.inf)
        constraints = [
            LinearConstraint(up, -no_limit, values[choice]),
            LinearConstraint(down, values[choice], no_limit),
            LinearConstraint(alone(tables.matrix[fixed]), values[fixed], values[fixed]),
            LinearConstraint(alone(tables.matrix[free]), tables.floor[free], tables.ceiling[free]),
            LinearConstraint(alone(tables.known.matrix), tables.known.low, tables.known.high),
            LinearConstraint(alone(tables.matrix[[cell]]), least, most),
        ]
        result = solve(
            np.concatenate([np.zeros(n_atoms), tables.cost[choice]]),
            constraints=[each for each in constraints if each.A.shape[0]],
            integrality=np.concatenate([tables.is_whole.astype(int), np.ones(len(choice), dtype=int)]),
            bounds=Bounds(
                np.concatenate([np.maximum(tables.atoms - reach, 0), np.zeros(len(choice))]),
                np.concatenate([tables.atoms + reach, np.ones(len(choice))]),
            ),
            options=_OPTIONS,
        )
        if result.x is None:
            return None
        atoms = result.x[:n_atoms]
        return np.asarray(np.where(tables.is_whole, np.round(atoms), atoms))
