"""One small break of the manifest for every rule of dbt-bouncer.yml, and the places that the rule then reports."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Manifest = dict[str, Any]
PROJECT = "staff_mobility"
REGISTER = "source.staff_mobility.landing.extract"


@dataclass(frozen=True)
class Break:
    """What is changed, and where the rule of that description reports it (`is_part`: there and elsewhere)."""

    description: str
    places: frozenset[str]
    is_part: bool
    apply: Callable[[Manifest], None]


BREAKS: list[Break] = []


def breaks(
    description: str, *places: str, is_part: bool = False
) -> Callable[[Callable[[Manifest], None]], None]:
    """Register a break of the rule with this description."""

    def register(apply: Callable[[Manifest], None]) -> None:
        BREAKS.append(Break(description, frozenset(places), is_part, apply))

    return register


def model(manifest: Manifest, name: str) -> dict[str, Any]:
    return manifest["nodes"][f"model.{PROJECT}.{name}"]


def seed(manifest: Manifest, name: str) -> dict[str, Any]:
    return manifest["nodes"][f"seed.{PROJECT}.{name}"]


def source(manifest: Manifest, name: str) -> dict[str, Any]:
    return next(table for table in manifest["sources"].values() if table["name"] == name)


def macro(manifest: Manifest, name: str) -> dict[str, Any]:
    return manifest["macros"][f"macro.{PROJECT}.{name}"]


def site(manifest: Manifest) -> dict[str, Any]:
    return manifest["exposures"][f"exposure.{PROJECT}.report_site"]


def test_of(manifest: Manifest, kind: str, column: str, tested: str) -> str:
    """The key of a generic test."""
    return next(
        key
        for key, node in manifest["nodes"].items()
        if node["resource_type"] == "test"
        and node.get("attached_node") == f"model.{PROJECT}.{tested}"
        and (node["test_metadata"]["name"], node["column_name"]) == (kind, column)
    )


def read(manifest: Manifest, reader: str, *names: str) -> None:
    """Let a model read further models."""
    model(manifest, reader)["depends_on"]["nodes"] += [f"model.{PROJECT}.{name}" for name in names]


def read_source(manifest: Manifest, reader: str, table: str) -> None:
    """Let a model read a further source."""
    model(manifest, reader)["depends_on"]["nodes"].append(source(manifest, table)["unique_id"])


def add_source(manifest: Manifest, name: str) -> None:
    """Another table beside DBH's, which nothing reads."""
    table = copy.deepcopy(source(manifest, "dbh__position_code"))
    table |= {"name": name, "identifier": name, "unique_id": f"source.{PROJECT}.dbh.{name}"}
    manifest["sources"][table["unique_id"]] = table


def move(node: dict[str, Any], folder: str, name: str) -> None:
    """Give a model another folder and name, files included; who reads it still does."""
    node["original_file_path"] = f"models/{folder}/{name}.sql"
    node["patch_path"] = f"{PROJECT}://models/{folder}/{name}.yml"
    node["name"] = name


def rename(
    manifest: Manifest, name: str, folder: str, new_name: str, described_in: str | None = None
) -> None:
    """Give a model another name, or its description another file, its tests with it."""
    node = model(manifest, name)
    move(node, folder, new_name)
    path = described_in or f"models/{folder}/{new_name}.yml"
    node["patch_path"] = f"{PROJECT}://{path}"
    for test in [*manifest["nodes"].values(), *manifest["unit_tests"].values()]:
        is_unit_test = test["resource_type"] == "unit_test" and test["model"] == name
        if is_unit_test or test.get("attached_node") == node["unique_id"]:
            test["original_file_path"] = path


def add_model(manifest: Manifest, like: str, folder: str, name: str, *parents: str) -> None:
    """Another model, described as an existing one is, that nothing reads."""
    node = copy.deepcopy(model(manifest, like))
    move(node, folder, name)
    node["unique_id"] = f"model.{PROJECT}.{name}"
    node["depends_on"]["nodes"] = [f"model.{PROJECT}.{parent}" for parent in parents]
    manifest["nodes"][node["unique_id"]] = node


# Modelling


@breaks("Only staging reads sources.", "fct_mobility")
def _(manifest: Manifest) -> None:
    add_source(manifest, "new")
    read_source(manifest, "fct_mobility", "new")


@breaks(
    "A staging model reads its source and no other model, so it neither joins models to a source nor builds on staging.",
    "stg_dbh__staff_fte",
)
def _(manifest: Manifest) -> None:
    read(manifest, "stg_dbh__staff_fte", "stg_dbh__institutions")


@breaks("The folder of a staging model has the name of the source that it reads.", "stg_dbh__position_codes")
def _(manifest: Manifest) -> None:
    source(manifest, "dbh__position_code")["source_name"] = "positions"


@breaks("A model reads one source; sources are joined after staging.", "stg_dbh__staff_fte")
def _(manifest: Manifest) -> None:
    add_source(manifest, "new")
    read_source(manifest, "stg_dbh__staff_fte", "new")


@breaks("One staging model reads a source, so names and types are given once.", "dbh__position_code")
def _(manifest: Manifest) -> None:
    parents = model(manifest, "stg_dbh__staff_fte")["depends_on"]["nodes"]
    parents.remove(source(manifest, "dbh__staff_fte")["unique_id"])
    read_source(manifest, "stg_dbh__staff_fte", "dbh__position_code")


@breaks("Every source is read.", "new")
def _(manifest: Manifest) -> None:
    add_source(manifest, "new")


@breaks("No two sources are the same table.", "dbh__position_code", "dbh__staff_fte")
def _(manifest: Manifest) -> None:
    source(manifest, "dbh__position_code")["identifier"] = "dbh__staff_fte"


@breaks("Every seed is read by a model or by a test of another.", "unread")
def _(manifest: Manifest) -> None:
    unread = copy.deepcopy(seed(manifest, "region"))
    unread |= {"name": "unread", "unique_id": f"seed.{PROJECT}.unread"}
    manifest["nodes"][unread["unique_id"]] = unread


@breaks("Every macro is called.", "uncalled")
def _(manifest: Manifest) -> None:
    uncalled = copy.deepcopy(macro(manifest, "share"))
    uncalled |= {"name": "uncalled", "unique_id": f"macro.{PROJECT}.uncalled"}
    manifest["macros"][uncalled["unique_id"]] = uncalled


@breaks("No model stands without parents; such a one would name its tables itself.", "dim_lonely")
def _(manifest: Manifest) -> None:
    add_model(manifest, "dim_indicator", "marts/core", "dim_lonely")


@breaks("No model names a table other than through ref() and source().", "fct_mobility")
def _(manifest: Manifest) -> None:
    node = model(manifest, "fct_mobility")
    node["raw_code"] = node["raw_code"].replace(
        "{{ ref('int_stays_sequenced') }}", "intermediate.int_stays_sequenced"
    )


@breaks("No macro that models are made of names a table.", "share")
def _(manifest: Manifest) -> None:
    macro(manifest, "share")["macro_sql"] += "(select 1 from marts.fct_mobility)"


@breaks("Intermediate models read staging and intermediate models.", "int_stays_sequenced")
def _(manifest: Manifest) -> None:
    read(manifest, "int_stays_sequenced", "dim_country")


@breaks("Marts read intermediate models and marts.", "fct_mobility")
def _(manifest: Manifest) -> None:
    read(manifest, "fct_mobility", "stg_dbh__staff_fte")


@breaks("Statistics models read marts.", "stat_variable")
def _(manifest: Manifest) -> None:
    read(manifest, "stat_variable", "int_structure_date")


@breaks("Models of the audit read seeds only, so that no report enters it.", "audit_finding")
def _(manifest: Manifest) -> None:
    read(manifest, "audit_finding", "mart_usage__institution")


@breaks(
    "Report models read marts, those of the replication too, and statistics.",
    "fig_2_05_stays_by_institution_and_purpose",
)
def _(manifest: Manifest) -> None:
    read(manifest, "fig_2_05_stays_by_institution_and_purpose", "int_structure_date")


@breaks("Marts of the replication read marts, report models and one another.", "mart_replication__score")
def _(manifest: Manifest) -> None:
    read(manifest, "mart_replication__score", "int_structure_date")


@breaks(
    "Staging, intermediate, statistics and audit models are read by another model.", "int_stays_forgotten"
)
def _(manifest: Manifest) -> None:
    add_model(
        manifest, "int_stays_sequenced", "intermediate/reports", "int_stays_forgotten", "int_reports_derived"
    )


@breaks(
    "A model that reads A and B, where only it reads B and B reads A, has B for the sake of B's own unit test.",
    "int_stays_sequenced",
)
def _(manifest: Manifest) -> None:
    tests = manifest["unit_tests"]
    manifest["unit_tests"] = {
        key: test for key, test in tests.items() if test["model"] != "int_persons_linked"
    }


@breaks("A model reads at most eight models.", "fig_2_01_stays_by_year_and_purpose")
def _(manifest: Manifest) -> None:
    marts = [
        "dim_country",
        "dim_indicator",
        "dim_institution",
        "dim_motive",
        "dim_outcome_item",
        "dim_survey_question",
        "fct_open_mobility",
    ]
    read(manifest, "fig_2_01_stays_by_year_and_purpose", *marts)


@breaks(
    "At most ten models read a staging or intermediate model; what more need belongs into a mart, which is there to be read.",
    "int_structure_date",
)
def _(manifest: Manifest) -> None:
    for number in range(10):
        add_model(manifest, "dim_indicator", "marts/core", f"dim_reader_{number}", "int_structure_date")


# Testing


@breaks(
    "Every key of a fact or bridge that a dimension or seed explains has a relationships test.",
    "fct_staff_fte",
)
def _(manifest: Manifest) -> None:
    del manifest["nodes"][test_of(manifest, "relationships", "institution_key", "fct_staff_fte")]


@breaks(
    "A test stands in the YAML of what it tests, a test of several models in tests/dbt.",
    "assert_ledger_adds_up",
)
def _(manifest: Manifest) -> None:
    test = next(node for node in manifest["nodes"].values() if node["name"] == "assert_ledger_adds_up")
    test["original_file_path"] = "tests/dbt/elsewhere/assert_ledger_adds_up.sql"


@breaks("A unit test stands in the YAML of its model.", "participants_stand_beside_the_reported_stays")
def _(manifest: Manifest) -> None:
    tests = manifest["unit_tests"].values()
    test = next(test for test in tests if test["name"] == "participants_stand_beside_the_reported_stays")
    test["original_file_path"] = "models/quality/unit_tests.yml"


# Documentation


@breaks("Every source system is described.", "dbh__institution", "dbh__position_code", "dbh__staff_fte")
def _(manifest: Manifest) -> None:
    for table in manifest["sources"].values():
        if table["source_name"] == "dbh":
            table["source_description"] = ""


@breaks(
    "Every source table is described; its columns are measured by the coverage command.", "dbh__staff_fte"
)
def _(manifest: Manifest) -> None:
    source(manifest, "dbh__staff_fte")["description"] = ""


@breaks("Every source says what loads it.", "dbh__staff_fte")
def _(manifest: Manifest) -> None:
    source(manifest, "dbh__staff_fte")["loader"] = ""


@breaks("Every source says at what age it is old.", "dbh__staff_fte")
def _(manifest: Manifest) -> None:
    table = source(manifest, "dbh__staff_fte")
    table["freshness"] = table["config"]["freshness"] = None


@breaks("Every macro is described.", "share")
def _(manifest: Manifest) -> None:
    macro(manifest, "share")["description"] = ""


@breaks("The description of a mart has Overview, Grain and Business rules.", "fct_mobility")
def _(manifest: Manifest) -> None:
    node = model(manifest, "fct_mobility")
    node["description"] = node["description"].replace("## Grain", "Grain:")


@breaks("The description of a figure or table has Overview and Grain.", "fig_2_06_rate_by_institution")
def _(manifest: Manifest) -> None:
    model(manifest, "fig_2_06_rate_by_institution")["description"] = "Mobilities per 100 staff FTE."


# Structure


@breaks("Models stand in the folders that the overview names.", "dim_country_too")
def _(manifest: Manifest) -> None:
    add_model(manifest, "dim_country", "misc", "dim_country_too", "int_structure_date")
    model(manifest, "dim_country_too")["schema"] = "misc"


@breaks("stg_<source>__ in staging/<source>.", "stg_dbh__staff_fte")
def _(manifest: Manifest) -> None:
    rename(manifest, "stg_dbh__staff_fte", "staging/dbh", "stg_staff_fte")


@breaks("int_ in intermediate.", "int_persons_linked")
def _(manifest: Manifest) -> None:
    rename(manifest, "int_persons_linked", "intermediate/reports", "persons_linked")


@breaks("dim_, fct_ or bridge_ in marts/core.", "dim_country")
def _(manifest: Manifest) -> None:
    rename(manifest, "dim_country", "marts/core", "countries")


@breaks("mart_<area>__<grain>, or a fact of the area, in the other marts.", "mart_usage__institution")
def _(manifest: Manifest) -> None:
    rename(manifest, "mart_usage__institution", "marts/usage", "usage_institution")


@breaks(
    "stat_ in statistics, audit_ in audit, fig_<chapter>_<nn>_ or tab_<chapter>_<nn>_ in report.",
    "fig_2_06_rate_by_institution",
)
def _(manifest: Manifest) -> None:
    rename(manifest, "fig_2_06_rate_by_institution", "report", "fig_2_6_rate_by_institution")


@breaks("quality_ or mart_quality__ in quality.", "quality_moved_stays")
def _(manifest: Manifest) -> None:
    rename(manifest, "quality_moved_stays", "quality", "moved_stays")


@breaks("mart_replication__ in replication.", "mart_replication__score")
def _(manifest: Manifest) -> None:
    rename(manifest, "mart_replication__score", "replication", "replication_score")


@breaks("The schema of a model is its folder.", "fct_mobility")
def _(manifest: Manifest) -> None:
    model(manifest, "fct_mobility")["schema"] = "core"


@breaks(
    "Python models stand in statistics and audit, and only they do; dbt can put no contract on them.",
    "int_persons_linked",
)
def _(manifest: Manifest) -> None:
    model(manifest, "int_persons_linked")["language"] = "python"


@breaks("A model is described in a .yml of its own name.", "int_persons_linked")
def _(manifest: Manifest) -> None:
    path = "models/intermediate/reports/_models.yml"
    rename(manifest, "int_persons_linked", "intermediate/reports", "int_persons_linked", path)


@breaks("The .yml of a model stands beside its .sql.", "int_persons_linked")
def _(manifest: Manifest) -> None:
    path = "models/intermediate/int_persons_linked.yml"
    rename(manifest, "int_persons_linked", "intermediate/reports", "int_persons_linked", path)


@breaks("A seed is described in a .yml of its own name beside the .csv.", "region")
def _(manifest: Manifest) -> None:
    described = seed(manifest, "region")
    for test in manifest["nodes"].values():
        if test.get("attached_node") == described["unique_id"]:
            test["original_file_path"] = "seeds/seeds.yml"
    described["patch_path"] = f"{PROJECT}://seeds/seeds.yml"


@breaks("Sources stand in _<source>__sources.yml in the folder of their staging models.", "dbh__staff_fte")
def _(manifest: Manifest) -> None:
    source(manifest, "dbh__staff_fte")["original_file_path"] = "models/staging/dbh/sources.yml"


@breaks("Columns have names in small letters, digits and underscores.", "fct_mobility")
def _(manifest: Manifest) -> None:
    columns = model(manifest, "fct_mobility")["columns"]
    columns["durationDays"] = columns.pop("duration_days") | {"name": "durationDays"}


@breaks("A boolean column is a statement, is_ or has_.", "fct_mobility")
def _(manifest: Manifest) -> None:
    columns = model(manifest, "fct_mobility")["columns"]
    columns["reuse"] = columns["duration_days"] | {"name": "reuse", "data_type": "boolean"}


@breaks("A column is_ or has_ is boolean.", "fct_mobility")
def _(manifest: Manifest) -> None:
    columns = model(manifest, "fct_mobility")["columns"]
    columns["is_reuse"] = columns["duration_days"] | {"name": "is_reuse", "data_type": "integer"}


@breaks("Keys and codes are text.", "fct_mobility")
def _(manifest: Manifest) -> None:
    model(manifest, "fct_mobility")["columns"]["report_key"]["data_type"] = "integer"


@breaks("A column of dates says so, _date, _from, _to or _month.", "fct_mobility")
def _(manifest: Manifest) -> None:
    columns = model(manifest, "fct_mobility")["columns"]
    columns["submitted"] = columns["submitted_date"] | {"name": "submitted"}


# Performance


@breaks("Staging models are views.", "stg_dbh__staff_fte")
def _(manifest: Manifest) -> None:
    model(manifest, "stg_dbh__staff_fte")["config"]["materialized"] = "table"


@breaks("All other models are tables, but for those of the semantic layer.", "int_persons_linked")
def _(manifest: Manifest) -> None:
    model(manifest, "int_persons_linked")["config"]["materialized"] = "view"


@breaks("No model stands on three views in a row.", "int_staff_fte_placed", is_part=True)
def _(manifest: Manifest) -> None:
    """Source tables are read through the corrections, which read the register."""
    model(manifest, "stg_corrections__source_corrections")["config"]["materialized"] = "view"


# Governance


@breaks("Marts, report models and quality lists are public.", "quality_moved_stays")
def _(manifest: Manifest) -> None:
    model(manifest, "quality_moved_stays")["access"] = "protected"


@breaks("Staging, intermediate, statistics and audit models are not public.", "int_persons_linked")
def _(manifest: Manifest) -> None:
    node = model(manifest, "int_persons_linked")
    node["access"] = "public"
    node["contract"]["enforced"] = node["config"]["contract"]["enforced"] = True


@breaks("Public models have enforced contracts.", "fct_mobility")
def _(manifest: Manifest) -> None:
    node = model(manifest, "fct_mobility")
    node["contract"]["enforced"] = node["config"]["contract"]["enforced"] = False


@breaks("All columns of public models have data types.", "fct_mobility")
def _(manifest: Manifest) -> None:
    model(manifest, "fct_mobility")["columns"]["n_participants"]["data_type"] = None


@breaks(
    "Every report model is named in the exposure of the report site (models/exposures.yml).",
    "fig_2_06_rate_by_institution",
)
def _(manifest: Manifest) -> None:
    site(manifest)["depends_on"]["nodes"].remove(f"model.{PROJECT}.fig_2_06_rate_by_institution")


@breaks(
    "Exposures read marts, report models and quality lists only, so tables that are public.", "report_site"
)
def _(manifest: Manifest) -> None:
    site(manifest)["depends_on"]["nodes"].append(f"model.{PROJECT}.int_persons_linked")


@breaks("Exposures name an owner.", "report_site")
def _(manifest: Manifest) -> None:
    site(manifest)["owner"] = {"name": ""}


@breaks("Exposures are described.", "report_site")
def _(manifest: Manifest) -> None:
    site(manifest)["description"] = ""
