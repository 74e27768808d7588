"""Primary suppression: cells of too few persons, or of which a few persons have too much."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from staff_mobility.publish.suppression.linked_tables import Flags, Floats, LinkedTables
from staff_mobility.publish.suppression.settings import Rules


class Rule(StrEnum):
    """Why a value is hidden."""

    THRESHOLD = "threshold"
    DOMINANCE = "dominance"
    COMPLEMENTARY = "complementary"
    DEGREES_OF_FREEDOM = "degrees_of_freedom"
    CONFIDENTIAL = "confidential"


def persons_by_cell(
    tables: LinkedTables, atom_of_fact: NDArray[np.intp], person: pd.Series, weight: Floats
) -> sparse.csr_array:
    """Return the stays of each person in each cell; shape (cells, persons).

    Args:
        tables: The cells.
        atom_of_fact: Atom of each counted row, -1 for none; shape (facts,).
        person: Person of each counted row; shape (facts,).
        weight: Its part of a stay; shape (facts,).
    """
    number, names = pd.factorize(person)
    inside = atom_of_fact >= 0
    of_atoms = sparse.csr_array(
        (weight[inside], (atom_of_fact[inside], number[inside])), shape=(len(tables.atoms), len(names))
    )
    return sparse.csr_array(tables.matrix @ of_atoms)


def n_persons(stays: sparse.csr_array) -> NDArray[np.intp]:
    """Return the number of persons in each cell; shape (cells,)."""
    return np.asarray(np.diff(stays.indptr), dtype=np.intp)


def share_of_largest(stays: sparse.csr_array, n: int) -> Floats:
    """Return which percentage of each cell's stays its n most travelled persons have, 0 for empty cells; shape (cells,)."""
    shares = np.zeros(stays.shape[0])
    for row in range(stays.shape[0]):
        own = stays.data[stays.indptr[row] : stays.indptr[row + 1]]
        if len(own):
            shares[row] = 100 * np.sort(own)[-n:].sum() / own.sum()
    return shares


def primary_cells(tables: LinkedTables, stays: sparse.csr_array, rules: Rules) -> dict[Rule, Flags]:
    """Return the sensitive cells of each rule, published or not; shape (cells,) each. Open cells are never sensitive.

    The rules are (n, k) dominance and a minimum number of contributors: Hundepool et al., Statistical Disclosure
    Control, Wiley 2012, chapters 4 and 5. A cell of nobody tells of no person.
    """
    persons = n_persons(stays)
    is_small = np.zeros(len(persons), dtype=bool)
    if rules.minimum_persons is not None:
        is_small = (persons > 0) & (persons < rules.minimum_persons) & ~tables.is_open
    is_dominated = np.zeros(len(persons), dtype=bool)
    if rules.dominance is not None:
        n, k = rules.dominance
        is_dominated = (share_of_largest(stays, n) > k) & ~tables.is_open & ~is_small
    return {Rule.THRESHOLD: is_small, Rule.DOMINANCE: is_dominated}
