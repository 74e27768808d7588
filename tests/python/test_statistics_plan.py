"""The analysis plan: that of the project is whole, and a faulty one is refused with the place and the remedy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from warehouse_build import PROJECT

from staff_mobility.settings import WrongUseError
from staff_mobility.statistics.plan import Plan, load_plan

FILE = PROJECT / "analysis_plan.yml"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan(FILE)


def test_the_plan_has_what_the_study_tests(plan: Plan) -> None:
    """Numbers of tests as the study prints them: 5, 6, 4, 20 correlations, 4 x 12 coefficients, 5 figures x 4 outcomes."""
    by_place = dict.fromkeys(("Table 3.1", "Table 4.1", "Table 4.3", "Table 4.4", "Footnote 15"), 0)
    for analysis in plan.correlations:
        if analysis.place in by_place:
            by_place[analysis.place] += 1
    assert by_place == {"Table 3.1": 5, "Table 4.1": 6, "Table 4.3": 4, "Table 4.4": 20, "Footnote 15": 4}
    models = [model for model in plan.regressions if model.place == "Table 4.5"]
    assert [len(model.x) for model in models] == [12] * 4
    figures = [a.place for a in plan.group_differences if a.place.startswith("Figure")]
    assert sorted(set(figures)) == ["Figure 4.10", "Figure 4.6", "Figure 4.7", "Figure 4.8", "Figure 4.9"]
    assert len(figures) == 20


def test_one_entry_names_many_analyses_with_their_published_values(plan: Plan) -> None:
    ids = {analysis.analysis_id: analysis for analysis in plan.correlations}
    assert ids["table_4_4.facilitation.quality"].published == "table_4_4.facilitation.quality.r"
    assert (ids["table_4_1.staff_x_quality"].x, ids["table_4_1.staff_x_quality"].y) == ("staff", "quality")
    quality = next(model for model in plan.regressions if model.analysis_id == "table_4_5.quality")
    assert quality.published_beta["duration"] == "table_4_5.quality.duration.beta"
    assert quality.published == "table_4_5.quality.adjusted_r2"


def _set(content: dict[str, Any], path: str, value: Any) -> None:
    *steps, last = [int(step) if step.isdecimal() else step for step in path.split("/")]
    here: Any = content
    for step in steps:
        here = here[step]
    here[last] = value


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("confidence", 95, "at confidence: 95 is greater than or equal to the maximum of 1"),
        (
            "correlations/0/levle",
            "report",
            r"at correlations/0 \(rate_x_reuser_share\): .*levle.* unexpected",
        ),
        (
            "correlations/0/level",
            "person",
            r"at correlations/0 \(rate_x_reuser_share\)/level: 'person' is not one of",
        ),
        ("correlations/0/subset", "without_nnh", r"no subset is named 'without_nnh'; use one of without_nhh"),
        (
            "group_differences/1/group",
            "sex",
            r"group_differences \(figure_4_6.{y}\): no group is named 'sex'",
        ),
        ("regressions/0/tested", ["age"], r"regressions \(table_4_5.{y}\): 'age' is tested and no predictor"),
        ("correlations/1/id", "rate", "two analyses have the id rate; write {x} or {y} into it"),
        ("variables/staff", {"column": "staff_index"}, "at variables/staff"),
        ("specification_curves/0/institutions", ["without_uio"], "no subset is named 'without_uio'"),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path: Path, path: str, value: Any, message: str) -> None:
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    _set(content, path, value)
    faulty = tmp_path / "analysis_plan.yml"
    faulty.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(WrongUseError) as raised:
        load_plan(faulty)
    assert message in str(raised.value) or re.search(message, str(raised.value))


def test_no_file_and_no_yaml_are_told(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="cannot be read"):
        load_plan(tmp_path / "none.yml")
    broken = tmp_path / "analysis_plan.yml"
    broken.write_text("correlations: [", encoding="utf-8")
    with pytest.raises(WrongUseError, match="is no YAML"):
        load_plan(broken)
