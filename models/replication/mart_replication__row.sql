{%- set compared_models = [
    'dim_indicator',
    'fig_2_01_stays_by_year_and_purpose',
    'fig_2_02_duration_by_purpose',
    'fig_2_03_countries_by_purpose',
    'fig_2_04_regions_by_purpose',
    'fig_2_06_rate_by_institution',
    'fig_2_07_rate_by_reuse_share',
    'fig_2_08_rate_by_cluster',
    'fig_2_10_rate_by_exchange_share',
    'fig_3_01_rate_by_strategy_document',
    'fig_3_02_rate_by_priority',
    'fig_3_03_rate_by_place',
    'fig_3_04_rate_by_research_priority',
    'fig_3_05_facilitation_and_signals',
    'fig_3_07_objectives',
    'fig_3_08_strategy_index_by_cluster',
    'fig_3_09_strategy_index_and_rate',
    'fig_4_01_motives',
    'fig_4_02_dominating_motive_by_institution',
    'fig_4_03_strategy_index_by_dominating_motive',
    'fig_4_04_outcome_items',
    'fig_4_05_institutional_change_items',
    'fig_4_06_outcomes_by_purpose',
    'fig_4_07_outcomes_by_duration',
    'fig_4_08_outcomes_by_region',
    'fig_4_09_outcomes_by_dominating_motive',
    'fig_4_10_outcomes_by_cluster',
    'mart_statistics__correlation',
    'mart_statistics__group_difference',
    'mart_statistics__regression_model',
    'mart_statistics__regression_term',
    'mart_usage__institution',
    'tab_4_02_outcomes_by_institution',
    'tab_s_02_before_and_after_mapping',
    'tab_t_02_strategy_documents',
    'tab_t_03_dominating_motives',
    'tab_t_04_outcome_means',
    'tab_t_05_motives_ticked',
    'tab_t_18_receiving_countries',
    'tab_t_19_regions_by_year',
] -%}
with

table_rows as (
    {{ rows_as_json(compared_models) | indent(4) }}

),

final as (

    select
        model_name,
        row_json

    from table_rows

)

select * from final
