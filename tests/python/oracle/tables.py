"""Which measure of the oracle stands for which table of the warehouse."""

from oracle import (
    answers,
    figures,
    figures_outcomes,
    figures_strategy,
    marts,
    motives,
    open_data,
    outcomes,
    statistics,
    strategy,
    structure,
)
from oracle.figures import Figure, Measure
from oracle.progress import PROGRESS

# Figure or table of the report -> the oracle's measure of it, and the columns that name a row.
FIGURES: dict[str, Figure] = {**figures.FIGURES, **figures_strategy.FIGURES, **figures_outcomes.FIGURES}

# Table or query -> the oracle's measure of it, and the columns that name a row.
MARTS: dict[str, tuple[str, Measure, tuple[str, ...]]] = {
    "mart_usage__institution": (
        "from marts.mart_usage__institution",
        marts.usage_by_institution,
        ("institution_key",),
    ),
    "mart_usage__institution_year": (
        "from marts.mart_usage__institution_year",
        marts.usage_by_institution_and_year,
        ("institution_key", "year"),
    ),
    "mart_structure__entity_year": (
        "from marts.mart_structure__entity_year",
        structure.entity_years,
        ("institution_key", "reporting_institution_key", "year"),
    ),
    "fig_s_01_institution_lineage": (
        "select * exclude (timeline_from, timeline_to, is_reformed) from report.fig_s_01_institution_lineage",
        structure.lineage,
        ("reporting_institution_key",),
    ),
    "tab_s_02_before_and_after_mapping": (
        "from report.tab_s_02_before_and_after_mapping",
        structure.before_and_after,
        ("institution_key", "year"),
    ),
    "tab_s_03_institution_adjacency": (
        "from report.tab_s_03_institution_adjacency",
        structure.adjacency,
        ("from_institution_key", "to_institution_key"),
    ),
    "fct_open_mobility": (
        "select * exclude (extract_id, row_number, institution_matched_by, n_participants)"
        " replace (cast(start_month as varchar) as start_month), sum(n_participants) as n_participants"
        " from (select fact.*, cast(file.extract_date as varchar) as extract_date"
        " from marts.fct_open_mobility as fact"
        " join staging.stg_landing__extracts as file using (extract_id)) group by all",
        lambda world: open_data.mobilities(open_data.open_world(world)),
        open_data.FACT,
    ),
    "mart_open_data__year": (
        "from marts.mart_open_data__year",
        lambda world: open_data.years(open_data.open_world(world)),
        ("year",),
    ),
    "mart_open_data__institution": (
        "from marts.mart_open_data__institution",
        lambda world: open_data.use_by_institution(open_data.open_world(world)),
        ("institution_key",),
    ),
    "mart_open_data__institution_year": (
        "from marts.mart_open_data__institution_year",
        lambda world: open_data.use_by_institution_and_year(open_data.open_world(world)),
        ("institution_key", "year"),
    ),
    "tab_o_07_open_data_beside_reports": (
        "from report.tab_o_07_open_data_beside_reports",
        lambda world: open_data.beside_reports(open_data.open_world(world), world.stays),
        ("year", "purpose_key"),
    ),
    **PROGRESS,
    "fct_mobility": (
        "select * exclude (person_key, extract_id, institution_matched_by) from marts.fct_mobility",
        marts.mobilities,
        ("report_key",),
    ),
    "fct_staff_fte": (
        "select year, institution_key, is_secondary_position, sum(fte) as fte"
        " from marts.fct_staff_fte group by all",
        marts.staff_sums,
        ("year", "institution_key", "is_secondary_position"),
    ),
    "fct_motive_choice": (
        "from marts.fct_motive_choice",
        answers.motive_choices,
        ("report_key", "motive_key"),
    ),
    "fct_outcome_answer": (
        "from marts.fct_outcome_answer",
        answers.outcome_answers,
        ("report_key", "item_key"),
    ),
    "fct_survey_answer": (
        "from marts.fct_survey_answer",
        answers.survey_answers,
        ("reporting_institution_key", "question_key"),
    ),
    "fct_institution_indicator": (
        "select * exclude (reporting_institution_key, is_current_value) from marts.fct_institution_indicator",
        answers.indicator_values,
        ("institution_key", "indicator_key", "year"),
    ),
    "mart_strategy__institution": (
        "from marts.mart_strategy__institution",
        strategy.strategy_by_institution,
        ("institution_key",),
    ),
    "mart_strategy__institution_component": (
        "from marts.mart_strategy__institution_component",
        strategy.components_by_institution,
        ("institution_key", "strategy_component"),
    ),
    "mart_motives__report": (
        "from marts.mart_motives__report",
        motives.motives_by_report,
        ("report_key", "institution_key"),
    ),
    "mart_motives__report_category": (
        "from marts.mart_motives__report_category",
        motives.motives_by_category,
        ("report_key", "motive_category"),
    ),
    "mart_outcomes__report": (
        "select * exclude (person_key) from marts.mart_outcomes__report",
        outcomes.outcomes_by_report,
        ("report_key", "institution_key"),
    ),
    "mart_outcomes__report_group": (
        "from marts.mart_outcomes__report_group",
        outcomes.outcomes_by_group,
        ("report_key", "outcome_group"),
    ),
    "mart_outcomes__institution": (
        "from marts.mart_outcomes__institution",
        outcomes.outcomes_by_institution,
        ("institution_key", "outcome_group"),
    ),
    "mart_statistics__institution_variable": (
        "from marts.mart_statistics__institution_variable",
        statistics.institution_variables,
        ("institution_key", "variable_key"),
    ),
    "mart_statistics__predictor_cell": (
        "from marts.mart_statistics__predictor_cell",
        statistics.predictor_cells,
        (*statistics.PREDICTORS, "outcome_group"),
    ),
    "dim_country": (
        "select country_code, region_key from marts.dim_country",
        marts.regions,
        ("country_code",),
    ),
}


# The figures on the EU open data are those of the reports on other stays: the same measure, another world.
OF_OPEN_DATA = {
    name: name.replace("fig_o_", "fig_2_")
    for name in (
        "fig_o_01_stays_by_year_and_purpose",
        "fig_o_02_duration_by_purpose",
        "fig_o_03_countries_by_purpose",
        "fig_o_04_regions_by_purpose",
        "fig_o_05_stays_by_institution_and_purpose",
        "fig_o_06_rate_by_institution",
    )
}

# What changed answers and missing institutions bear upon, with the facts that it is made of.
MARTS_OF_CHAPTERS_3_AND_4 = (
    "fct_motive_choice",
    "fct_outcome_answer",
    "fct_survey_answer",
    "mart_strategy__institution",
    "mart_strategy__institution_component",
    "mart_motives__report",
    "mart_motives__report_category",
    "mart_outcomes__report",
    "mart_outcomes__report_group",
    "mart_outcomes__institution",
    "mart_statistics__institution_variable",
    "mart_statistics__predictor_cell",
)
FIGURES_OF_CHAPTERS_3_AND_4 = (*figures_strategy.FIGURES, *figures_outcomes.FIGURES)
