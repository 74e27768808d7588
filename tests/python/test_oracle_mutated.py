"""Chapters 3 and 4 equal the oracle's on extracts full of the cases in which their rules decide.

Twenty more copies: `make mutated-extracts`.
"""

import pytest
from extract_copies import KINDS
from extract_copy_runs import Compared, run_copy
from oracle.tables import FIGURES_OF_CHAPTERS_3_AND_4, MARTS_OF_CHAPTERS_3_AND_4
from project_copy import copy_project

# The copy with all kinds of changes.
FIRST_COPY = 1


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    folder = tmp_path_factory.mktemp("mutated")
    return run_copy(folder, copy_project(folder), FIRST_COPY)


def test_the_copy_has_every_kind_of_change(compared: Compared) -> None:
    assert {kind.__name__ for kind in KINDS} <= set(compared.said)


@pytest.mark.parametrize("table", [*MARTS_OF_CHAPTERS_3_AND_4, *FIGURES_OF_CHAPTERS_3_AND_4])
def test_every_cell_of_a_changed_copy_equals_the_oracles(table: str, compared: Compared) -> None:
    said = compared.differences[table]
    assert not said, f"{len(said)} differences, the first:\n" + "\n".join(said[:20])
