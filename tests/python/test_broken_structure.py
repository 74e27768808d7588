"""Mistakes in the institution seeds, made in a copy of the project: each stops `dbt build` and is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from exports import export_tables
from project_copy import copy_project
from warehouse_build import Workplace

INSTITUTIONS = "institution"
IDENTIFIERS = "institution_identifier"
EVENTS = "institution_event"

# Test that must fail -> (seed, what is replaced, by what, what the message must name).
MISTAKES: dict[str, tuple[str, str, str, str]] = {
    "assert_event_weights_add_up": (
        EVENTS,
        "2017-01-01,merge,hihm,inn,1,",
        "2017-01-01,split,hihm,inn,0.7,",
        "from_institution_key=hihm",
    ),
    "assert_events_fit_their_entities": (
        EVENTS,
        "2016-01-01,merge,hist,ntnu,",
        "1990-01-01,merge,hist,ntnu,",
        "event_date=1990-01-01, event_kind=merge, from_institution_key=hist, from_valid_from=1994-08-01",
    ),
    "assert_former_institutions_have_a_successor": (
        EVENTS,
        "2017-01-01,merge,khib,uib,1,Public record of the structural reform of Norwegian higher education\n",
        "",
        "institution_key=khib, valid_to=2016-12-31",
    ),
    "assert_identifiers_lead_to_one_institution": (
        IDENTIFIERS,
        "uin,erasmus_code,N  BODO04,2011-01-01,2015-12-31,",
        "uin,erasmus_code,N  BODO04,2011-01-01,2016-12-31,",
        "identifier=NBODO04, one_institution=nord",
    ),
    "assert_validity_does_not_overlap": (
        IDENTIFIERS,
        "aho,erasmus_code,N  OSLO02,,,confirmed\n",
        "aho,erasmus_code,N  OSLO02,,2015-12-31,confirmed\n"
        "aho,erasmus_code,N  OSLO02,2015-06-01,,confirmed\n",
        "what=erasmus_code N  OSLO02",
    ),
    "relationships_institution_identifier_institution_key__institution_key__ref_institution_": (
        IDENTIFIERS,
        "nih,pic,",
        "nihh,pic,",
        "nihh",
    ),
}


# Dates that fit rule a circle out, so that only wrong dates can hide one: seen by this test alone.
CIRCLE = ("2018-05-04,rename,hsn,usn,", "2017-06-01,rename,hsn,hbv,")


def replace_once(project: Path, seed: str, old: str, new: str) -> None:
    """Make one mistake in a seed of the copied project."""
    path = project / "seeds" / "institutions" / f"{seed}.csv"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


def failures(output: str) -> dict[str, str]:
    """What the build says of each failed test, by its name."""
    said = re.sub(r"\x1b\[\d+m", "", output)
    return dict(re.findall(r"^FAIL: (\w+)$(.*?)All rows: ", said, re.MULTILINE | re.DOTALL))


@pytest.fixture(scope="module")
def broken(
    demo_workplace: Workplace, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, str], bool]:
    """What `dbt build` says when all these mistakes are in the seeds, and whether the marts are as before."""
    folder = tmp_path_factory.mktemp("broken")
    project = copy_project(folder)
    for seed, old, new, _ in MISTAKES.values():
        replace_once(project, seed, old, new)
    place = Workplace(folder, project=project)
    demo_workplace.copy_warehouse(folder)
    before = export_tables(place.warehouse, folder / "before")
    run = place.dbt("build", "--exclude-resource-type", "unit_test")
    assert run.returncode == 1
    return failures(run.stdout), export_tables(place.warehouse, folder / "after") == before


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_seed_is_named(broken: tuple[dict[str, str], bool], name: str) -> None:
    report = broken[0][name]
    assert MISTAKES[name][3] in report
    assert "How to fix: " in report


def test_a_circle_of_events_is_found_and_named(demo_workplace: Workplace, tmp_path: Path) -> None:
    place = Workplace(tmp_path, project=copy_project(tmp_path))
    replace_once(place.project, EVENTS, *CIRCLE)
    demo_workplace.copy_warehouse(tmp_path)
    nodes = [EVENTS, "int_institution_events_checked", "assert_lineage_has_no_cycle"]
    run = place.dbt("build", "--indirect-selection", "empty", "--select", *nodes)
    assert run.returncode == 1
    report = failures(run.stdout)["assert_lineage_has_no_cycle"]
    for former, successor in (("hbv", "hsn"), ("hsn", "hbv")):
        assert f"from_institution_key={former}, to_institution_key={successor}" in report
    assert "hit_telemark" not in report


def test_no_mart_is_rebuilt_on_a_broken_structure(broken: tuple[dict[str, str], bool]) -> None:
    assert broken[1]
