"""A sample of the mutation campaign, and proof that the campaign sees what landing would do wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "campaigns"))

import mutations
from mutation_drafts import BASES, Base, draft_of
from mutation_kinds import KINDS
from mutation_trial import Desk, Outcome

from staff_mobility.gate import gate
from staff_mobility.landing import load

# Small files of all formats; the long ones are for the campaign.
SMALL = tuple(base for base in BASES if base.share == 3 or base.name == "Mobility Tool+ 2017")
OPEN_DATA = next(base for base in BASES if base.name == "EU open data 2014-2019")
STAFF = next(base for base in BASES if base.name == "DBH staff, JSON")
# So far apart that forty trials meet kinds of every group.
SAMPLE = range(0, 40 * 29, 29)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture(autouse=True)
def _small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutations, "BASES", SMALL)


def test_a_sample_of_mutated_extracts_is_landed_or_refused_with_words(desk: Desk) -> None:
    told = [mutations.trial(desk, number, seed=3) for number in SAMPLE]
    assert [each for each in told if each.outcome is Outcome.SILENT] == []
    assert {each.outcome for each in told} >= {Outcome.REFUSED, Outcome.SEEN, Outcome.SAME}
    groups = {name.partition(":")[0] for each in told for name in each.kinds}
    assert len(groups) >= 10
    assert "**40**" in mutations.table(told)


def test_every_kind_of_mutation_has_a_name_of_its_own() -> None:
    assert len({mutations.name_of(kind) for kind in KINDS}) == len(KINDS)


def test_a_file_without_a_mutation_is_the_same(desk: Desk) -> None:
    assert desk.offer(STAFF, draft_of(STAFF)).outcome is Outcome.SAME


def _broken(monkeypatch: pytest.MonkeyPatch, breaks: Any) -> None:
    sound = load.arrow_batch
    monkeypatch.setattr(load, "arrow_batch", lambda *arguments: breaks(sound(*arguments)))


BREAKS = {
    "a row is lost": (lambda batch: batch.slice(1), "23 in dbh__staff_fte"),
    "a row is doubled": (lambda batch: batch.take([0, *range(batch.num_rows)]), "row numbers repeat"),
    "a column is empty": (lambda batch: batch.drop_columns(["fte"]), ""),
    "cells stand in other rows": (
        lambda batch: batch.set_column(
            batch.column_names.index("position_code"),
            "position_code",
            batch["position_code"].take([*range(1, batch.num_rows), 0]),
        ),
        "differs in position_code",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_the_campaign_sees_a_landing_that_is_wrong(
    name: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.start(STAFF)
    breaks, said = BREAKS[name]
    _broken(monkeypatch, breaks)
    verdict = desk.offer(STAFF, draft_of(STAFF))
    if name == "a column is empty":
        # An empty column is not silent: a rule asks for the figures.
        assert verdict.outcome is Outcome.REFUSED
        return
    assert verdict.outcome is Outcome.SILENT
    assert said in verdict.why


def test_the_campaign_sees_a_check_that_is_missing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = draft_of(OPEN_DATA)
    header, *rows = draft.grids[0].rows
    first, second = header.index("Sending Organization"), header.index("Receiving Organization")
    for row in rows:
        row[first], row[second] = row[second], row[first]
    verdict = desk.offer(OPEN_DATA, draft)
    assert (verdict.outcome, verdict.why) == (Outcome.SEEN, "cells_are_kept")
    monkeypatch.setattr(gate, "kept_cell_measures", lambda *_: iter(()))
    assert desk.offer(OPEN_DATA, draft).outcome is Outcome.SILENT


def test_the_campaign_ends_with_1_when_something_is_silent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def in_this_process(numbers: Sequence[int], seed: int) -> Iterator[mutations.Told]:
        return (mutations.trial(desk, number, seed) for number in numbers)

    one: tuple[Base, ...] = (STAFF,)
    monkeypatch.setattr(mutations, "BASES", one)
    monkeypatch.setattr(mutations, "run", in_this_process)
    arguments = ["--number", str(len(KINDS)), "--only", "rows: in another order"]
    assert mutations.main(arguments) == 0
    _broken(monkeypatch, lambda batch: batch.slice(1))
    assert mutations.main(arguments) == 1
    assert "SILENT" in capsys.readouterr().err
