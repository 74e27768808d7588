"""A small warehouse with a hand-made dbt manifest: a report model of each kind of chart, and a mere table."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

HOSTILE_NAME = "<script>alert(1)</script>"

TABLES = f"""
create schema raw; create schema report; create schema reference;
create table raw.extract (
    extract_id varchar, file_name varchar, file_sha256 varchar, file_bytes bigint, source varchar,
    layout varchar, layout_version integer, extract_date date, row_count bigint, landed_at timestamp
);
insert into raw.extract values
    ('a', 'synthetic_calls_2021.csv', repeat('a', 64), 1, 'mobility_tool', 'l', 1, '2021-03-31', 1808, now()),
    ('b', 'synthetic_calls_2023.csv', repeat('b', 64), 1, 'mobility_tool', 'l', 1, '2023-05-31', 1971, now()),
    ('c', 'synthetic_fte_2023.csv', repeat('c', 64), 1, 'staff_register', 'l', 1, '2023-05-15', 50, now());
create table reference.column_label (column_name varchar, label_nb varchar, label_en varchar);
insert into reference.column_label values
    ('year', 'År', 'Year'), ('n_stays', 'Opphold', 'Stays'),
    ('reuse_share', 'Andel gjenbruk', 'Re-use share'),
    ('purpose_label_nb', 'Formål (norsk)', 'Purpose (Norwegian)'),
    ('purpose_label_en', 'Formål (engelsk)', 'Purpose (English)'),
    ('institution_key', 'Institusjon', 'Institution'), ('n_institutions', 'Institusjoner', 'Institutions');

create table report.fig_2_01_years as
select
    year::integer as year,
    purpose.*,
    (year - 2000) * 60 + purpose_sort_order as n_stays,
    year > 2022 as is_provisional
from (values (2022), (2021), (2023)) as years (year)
cross join (
    values ('training', 'Opplæring', 'Training', 2), ('teaching', 'Undervisning', 'Teaching', 1)
) as purpose (purpose_key, purpose_label_nb, purpose_label_en, purpose_sort_order);

create table report.fig_2_02_durations as
select * from (values
    ('short', 'Under 5 dager', 'Under 5 days', 1, 'teaching', 'Undervisning', 'Teaching', 1, 0.75, 3.8),
    ('short', 'Under 5 dager', 'Under 5 days', 1, 'training', 'Opplæring', 'Training', 2, 0.4, 6.3),
    ('long', '5 dager og mer', '5 days and more', 2, 'teaching', 'Undervisning', 'Teaching', 1, 0.25, 3.8),
    ('long', '5 dager og mer', '5 days and more', 2, 'training', 'Opplæring', 'Training', 2, 0.6, 6.3)
) as rows (
    duration_bin, duration_bin_label_nb, duration_bin_label_en, duration_bin_sort_order,
    purpose_key, purpose_label_nb, purpose_label_en, purpose_sort_order, purpose_share, purpose_mean_days
);

create table report.fig_2_05_institutions as
select * from (values
    ('small', 'Small', 'Liten skole', 'Small school', 40, 0.5::double, 0.1::double),
    ('large', 'Large', 'Stor skole', 'Large school', 1240, 11.254, 0.45),
    ('hostile', '{HOSTILE_NAME}', '{HOSTILE_NAME}', '{HOSTILE_NAME}', 300, 2.5, 0.3)
) as rows (
    institution_key, short_name, institution_name_nb, institution_name_en, n_stays, mobilities_per_100_fte,
    reuse_share
);
create table report.fig_2_07_scatter as from report.fig_2_05_institutions;
create table report.fig_2_10_line as
select year, sum(n_stays)::integer as n_stays from report.fig_2_01_years group by year;
create table report.fig_2_09_facets as
select
    'k' || facet as indicator_key,
    'Mål ' || facet as indicator_label_nb,
    'Measure ' || facet as indicator_label_en,
    facet as indicator_sort_order,
    institution_key,
    short_name,
    mobilities_per_100_fte * facet as indicator_value,
    mobilities_per_100_fte
from report.fig_2_05_institutions cross join (values (1), (2), (3)) as facets (facet);
create table report.tab_4_05_estimates as
select * from (values ('b', 2, 0.123456::double, 0.0004::double), ('a', 1, -1.5, null)) as rows (
    predictor_label, predictor_sort_order, beta_std, p_value
);
create table report.tab_4_02_outcomes as
select * from (values
    ('b', 'B', 2, 'staff', 'Ansatt', 'Staff', 1, 3.5::double, 0, 'below'),
    ('b', 'B', 2, 'change', 'Endring', 'Change', 2, 4.5, 7, 'far_above'),
    ('a', 'A', 1, 'staff', 'Ansatt', 'Staff', 1, 4.25, 20, 'none'),
    ('a', 'A', 1, 'change', 'Endring', 'Change', 2, null, 3, null)
) as rows (
    institution_key, institution_name, institution_sort_order, outcome_group, outcome_group_label_nb,
    outcome_group_label_en, outcome_group_sort_order, person_mean, n_reports, deviation_level
);
"""

PURPOSES = {"category": "year", "value": "n_stays", "color": "purpose_label"}


def _meta(number: str, title: str, place: str, **more: Any) -> dict[str, Any]:
    return {
        "figure": number,
        "chapter": int(number[0]),
        "title_nb": f"{title} på norsk",
        "title_en": f"{title} in English",
        "unit_nb": "Antall",
        "unit_en": "Number",
        "place": place,
        **more,
    }


METAS: dict[str, dict[str, Any]] = {
    # Not in the page's order.
    "fig_2_10_line": _meta(
        "2.10", "Line", "Figure 2.10", chart={"kind": "line", "category": "year", "value": "n_stays"}
    ),
    "fig_2_01_years": _meta(
        "2.1",
        "Years",
        "Figure 2.1",
        n={"column": "n_stays", "per": None},
        note_nb="Merk dette.",
        note_en="Mind this.",
        chart={**PURPOSES, "kind": "stacked_bar", "orientation": "vertical", "provisional": "is_provisional"},
    ),
    "fig_2_02_durations": _meta(
        "2.2",
        "Durations",
        "Figure 2.2",
        chart={
            "kind": "grouped_bar",
            "category": "duration_bin_label",
            "value": "purpose_share",
            "color": "purpose_label",
            "percent": True,
        },
    ),
    "fig_2_05_institutions": _meta(
        "2.5",
        "Institutions",
        "Figure 2.5",
        chart={"kind": "bar", "category": "institution_name", "value": "n_stays", "order": "value_desc"},
    ),
    "fig_2_07_scatter": _meta(
        "2.7",
        "Scatter",
        "Figure 2.7 and footnote 7",
        chart={
            "kind": "scatter",
            "x": "reuse_share",
            "y": "mobilities_per_100_fte",
            "point_label": "short_name",
            "percent_x": True,
        },
    ),
    "fig_2_09_facets": _meta(
        "2.9",
        "Facets",
        "Figure 2.9",
        n={"column": "institution_key", "per": "institution_key", "count": True},
        chart={
            "kind": "faceted_scatter",
            "x": "indicator_value",
            "y": "mobilities_per_100_fte",
            "point_label": "short_name",
            "facet": "indicator_label",
        },
    ),
    "tab_4_02_outcomes": {
        "table": "4.2",
        "chapter": 4,
        "chapter_title_nb": "Utbytte",
        "chapter_title_en": "Outcomes",
        "title_nb": "Utbytte etter institusjon",
        "title_en": "Outcomes by institution",
        "place": "Table 4.2",
        "layout": {"row": "institution_name", "column": "outcome_group_label", "value": "person_mean"},
        "shade": {"level": "deviation_level", "value": "person_mean"},
        "hidden_columns": ["deviation_level"],
    },
    "tab_4_05_estimates": {
        "table": "4.5",
        "chapter": 4,
        "chapter_title_nb": "Utbytte",
        "chapter_title_en": "Outcomes",
        "title_nb": "Estimater",
        "title_en": "Estimates",
        "place": "Table 4.5",
    },
}


def example_manifest() -> dict[str, Any]:
    """A manifest with the parts that the report reads; change it freely."""
    nodes: dict[str, Any] = {
        "model.example.stg_reports": {
            "resource_type": "model",
            "name": "stg_reports",
            "fqn": ["example", "staging", "stg_reports"],
            "depends_on": {"nodes": ["source.example.mobility_tool.reports"]},
        }
    }
    for model, meta in METAS.items():
        nodes[f"model.example.{model}"] = {
            "resource_type": "model",
            "name": model,
            "alias": model,
            "schema": "report",
            "fqn": ["example", "report", model],
            "original_file_path": f"models/report/{model}.sql",
            "config": {"meta": copy.deepcopy(meta)},
            "depends_on": {"nodes": ["model.example.stg_reports"]},
        }
    sources = {
        "source.example.mobility_tool.reports": {
            "source_name": "mobility_tool",
            "source_meta": {"title_nb": "Mobilitetsverktøyet", "title_en": "The Mobility Tool"},
        },
        "source.example.staff_register.fte": {"source_name": "staff_register"},
    }
    return {"nodes": nodes, "sources": sources}


def meta_of(manifest: dict[str, Any], model: str) -> dict[str, Any]:
    """The meta of one model, to be changed in place."""
    found: dict[str, Any] = manifest["nodes"][f"model.example.{model}"]["config"]["meta"]
    return found


def write_example(
    folder: Path,
    sql: str = "",
    change: Callable[[dict[str, Any]], object] = bool,
    only: str | None = None,
) -> tuple[Path, Path]:
    """Write the warehouse (`sql` run at the end) and the manifest (after `change`); return both paths.

    With `only` the manifest has that report model alone, which saves drawing the others.
    """
    warehouse, manifest = folder / "warehouse.duckdb", folder / "manifest.json"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(TABLES + sql)
    content = example_manifest()
    for model in METAS:
        if only not in (None, model):
            del content["nodes"][f"model.example.{model}"]
    change(content)
    manifest.write_text(json.dumps(content), encoding="utf-8")
    return warehouse, manifest
