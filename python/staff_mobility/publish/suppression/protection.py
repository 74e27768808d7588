"""What can be said of a hidden cell from everything that is shown: its least and its largest possible count.

The attacker of Fischetti and Salazar (Management Science 47, 2001): all tables of non-negative whole numbers that agree
with what is shown. A cell is protected if these tables leave it open by the protection interval (sliding protection level).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint
from scipy.sparse.csgraph import connected_components

from staff_mobility.publish.suppression.linked_tables import Flags, Floats, Knowledge, LinkedTables, Numbers
from staff_mobility.publish.suppression.solver import solve
from staff_mobility.settings import StepError

# Below this a difference of two counts is none.
TOLERANCE = 1e-6
# Nodes rather than seconds: the same marts must give the same publication on a busy machine too.
_OPTIONS = {"node_limit": 20000}


@dataclass(frozen=True)
class PossibleTables:
    """All tables that agree with what is shown.

    Attributes:
        tables: The cells.
        is_alive: Atoms that are not known to be 0; shape (atoms,).
        constraint: Matrix over the alive atoms, least and largest sums.
    """

    tables: LinkedTables
    is_alive: Flags
    constraint: tuple[sparse.csr_array, Floats, Floats]

    def extreme(self, direction: Floats) -> Floats | None:
        """Return the atoms of the possible table that is largest in a direction, None if none is found.

        Args:
            direction: Weight of each atom; shape (atoms,).

        Raises:
            StepError: No table is possible, which cannot be: the true one is.
        """
        return self._best(direction, sparse.csr_array((0, len(direction))), np.zeros(0), np.zeros(0))

    def spread(self, seen: Intervals, cells: Numbers, wanted: Floats, *, is_upwards: bool) -> Floats | None:
        """Return the possible table that opens as many cells as possible as far as wanted.

        Args:
            seen: What is known to be possible.
            cells: Which to open.
            wanted: By how much each; shape (of cells,).
            is_upwards: Whether the table is to have more in these cells than was seen, or less.
        """
        sign = 1.0 if is_upwards else -1.0
        edge = seen.low[cells] if is_upwards else -seen.high[cells]
        return self._best(np.zeros(len(self.tables.atoms)), sign * self.tables.matrix[cells], edge, wanted)

    def _best(
        self, direction: Floats, matrix: sparse.csr_array, edge: Floats, wanted: Floats
    ) -> Floats | None:
        """Maximise a direction, and how far sums of atoms reach beyond an edge; beyond what is wanted counts for nothing."""
        if not self.is_alive.any():
            return self.tables.atoms
        n_alive, n_sums = int(self.is_alive.sum()), len(edge)
        shown, low, high = self.constraint
        constraints = [LinearConstraint(_beside(shown, n_sums), low, high)]
        if n_sums:
            # Each gain is at most sum less edge, and at most what is wanted.
            gains = sparse.hstack([matrix[:, self.is_alive], -sparse.eye_array(n_sums)])
            constraints.append(LinearConstraint(gains, edge, np.inf))
        result = solve(
            -np.concatenate([direction[self.is_alive], np.ones(n_sums)]),
            constraints=constraints,
            integrality=np.concatenate([self.tables.is_whole[self.is_alive].astype(int), np.zeros(n_sums)]),
            bounds=Bounds(
                np.concatenate([np.zeros(n_alive), np.full(n_sums, -np.inf)]),
                np.concatenate([np.full(n_alive, np.inf), wanted]),
            ),
            options=_OPTIONS,
        )
        if result.status == 2:  # noqa: PLR2004
            raise StepError(
                f"The published cells contradict each other ({result.message}). Run: staff-mobility build"
            )
        if result.x is None:
            return None
        atoms = np.zeros(len(self.tables.atoms))
        atoms[self.is_alive] = result.x[:n_alive]
        return np.where(self.tables.is_whole, np.round(atoms), atoms)


def _beside(matrix: sparse.csr_array, n_columns: int) -> sparse.csr_array:
    """Return a matrix with columns of zeros beside it."""
    return sparse.hstack([matrix, sparse.csr_array((matrix.shape[0], n_columns))]) if n_columns else matrix


def possible_tables(tables: LinkedTables, hidden: Flags) -> PossibleTables:
    """Return the tables that agree with all published cells that are not hidden, and with what is known beside them."""
    values = tables.values
    shown = tables.is_published & ~hidden
    bounded = ~shown & ((tables.floor > 0) | np.isfinite(tables.ceiling))
    known = tables.known
    matrix = sparse.vstack([tables.matrix[shown], tables.matrix[bounded], known.matrix], format="csr")
    low = np.concatenate([values[shown], tables.floor[bounded], known.low])
    high = np.concatenate([values[shown], tables.ceiling[bounded], known.high])
    is_zero = (low > -TOLERANCE) & (high < TOLERANCE)
    is_alive = np.asarray((matrix[is_zero] != 0).sum(axis=0)).ravel() == 0
    kept = matrix[:, is_alive]
    filled = np.diff(kept.indptr) > 0
    return PossibleTables(tables, is_alive, (kept[filled], low[filled], high[filled]))


class Intervals:
    """What is known to be possible of each cell; grows with every possible table that is seen."""

    def __init__(self, tables: LinkedTables) -> None:
        self._tables = tables
        self.low = tables.values.copy()
        self.high = self.low.copy()

    @property
    def width(self) -> Floats:
        """By how much each cell is open at least; shape (cells,)."""
        return self.high - self.low

    def see(self, atoms: Floats | None) -> None:
        """Take in a possible table."""
        if atoms is not None:
            values = self._tables.matrix @ atoms
            np.minimum(self.low, values, out=self.low)
            np.maximum(self.high, values, out=self.high)

    def ask(self, possible: PossibleTables, cell: int) -> None:
        """See the two tables in which a cell is smallest and largest."""
        direction = self._tables.matrix[[cell]].toarray().ravel()
        self.see(possible.extreme(direction))
        self.see(possible.extreme(-direction))

    def sweep(self, possible: PossibleTables, cells: Numbers, wanted: Floats) -> Numbers:
        """Ask of many cells at once; return those that are still less open than wanted, which may be only for want of asking."""
        for is_upwards in (True, False):
            while True:
                cells = cells[self.width[cells] < wanted[cells] - TOLERANCE]
                if not len(cells):
                    return cells
                before = self.width[cells]
                self.see(possible.spread(self, cells, wanted[cells], is_upwards=is_upwards))
                if (self.width[cells] <= before + TOLERANCE).all():
                    break
        return cells


def too_narrow(
    tables: LinkedTables, hidden: Flags, cells: Numbers, wanted: Floats, intervals: Intervals
) -> Numbers:
    """Return the cells that are less open than wanted, exactly.

    Args:
        tables: The cells.
        hidden: Which of them are hidden; shape (cells,).
        cells: Which are asked about.
        wanted: Least width by cell; shape (cells,).
        intervals: Takes in what is seen.
    """
    possible = possible_tables(tables, hidden)
    doubtful = intervals.sweep(possible, cells, wanted)
    for cell in doubtful:
        if intervals.width[cell] < wanted[cell] - TOLERANCE:
            intervals.ask(possible, int(cell))
    return doubtful[intervals.width[doubtful] < wanted[doubtful] - TOLERANCE]


def components(tables: LinkedTables) -> list[Numbers]:
    """Return the atoms that hang together through cells, each group by itself; what is known beside the cells does not count."""
    size = len(tables.atoms)
    graph = sparse.bmat([[None, tables.matrix.T], [tables.matrix, None]])
    _, label = connected_components(graph, directed=False)
    return [np.flatnonzero(label[:size] == each) for each in np.unique(label[:size])]


def part_of(tables: LinkedTables, atoms: Numbers) -> tuple[LinkedTables, Numbers]:
    """Return the tables of some atoms and the numbers of their cells; knowledge that reaches beyond them is left out."""
    inside = np.zeros(len(tables.atoms), dtype=bool)
    inside[atoms] = True
    cells = np.flatnonzero(np.diff(tables.matrix[:, inside].indptr) > 0)
    known = tables.known
    outside = np.diff(known.matrix[:, ~inside].indptr) == 0
    own = np.flatnonzero(outside & (np.diff(known.matrix[:, inside].indptr) > 0))
    part = replace(
        tables,
        atoms=tables.atoms[inside],
        is_whole=tables.is_whole[inside],
        matrix=tables.matrix[cells][:, inside],
        cells=tuple(tables.cells[cell] for cell in cells),
        **{
            name: getattr(tables, name)[cells]
            for name in ("is_published", "is_open", "floor", "ceiling", "cost")
        },
        known=Knowledge(
            known.matrix[own][:, inside],
            known.low[own],
            known.high[own],
            tuple(known.cells[fact] for fact in own),
        ),
    )
    return part, cells
