with

correlations as (

    select * from {{ ref('mart_statistics__correlation') }}

),

differences as (

    select * from {{ ref('mart_statistics__group_difference') }}

),

terms as (

    select * from {{ ref('mart_statistics__regression_term') }}

),

{%- set record = [
    'analysis_id', 'report_place', 'family', 'level', 'subset', 'subset_label_nb', 'subset_label_en', 'formula',
    'n_observations', 'n_clusters', 'result_status', 'result_reason', 'p_value', 'is_significant', 'holm_p_value',
    'plan_version', 'code_version', 'extract_ids',
] %}

gathered as (

    select
        {{ record | join(',\n        ') }},
        'correlation' as analysis_type,
        y_variable as outcome_variable,
        y_variable_label_nb as outcome_variable_label_nb,
        y_variable_label_en as outcome_variable_label_en,
        x_variable as term,
        x_variable_label_nb as term_label_nb,
        x_variable_label_en as term_label_en,
        1 as term_order,
        'pearson_r' as measure,
        pearson_r as estimate,
        ci_low,
        ci_high,
        spearman_p_value
    from correlations
    union all
    select
        {{ record | join(',\n        ') }},
        'group_difference' as analysis_type,
        outcome_variable,
        outcome_variable_label_nb,
        outcome_variable_label_en,
        group_variable as term,
        group_variable_label_nb as term_label_nb,
        group_variable_label_en as term_label_en,
        1 as term_order,
        'f_value' as measure,
        f_value as estimate,
        null as ci_low,
        null as ci_high,
        null as spearman_p_value
    from differences
    union all
    select
        {{ record | join(',\n        ') }},
        model_type as analysis_type,
        outcome_variable,
        outcome_variable_label_nb,
        outcome_variable_label_en,
        term,
        term_label_nb,
        term_label_en,
        term_order,
        case when model_type = 'ordered_logit' then 'coefficient' else 'beta_std' end as measure,
        case when model_type = 'ordered_logit' then coefficient else beta_std end as estimate,
        ci_low,
        ci_high,
        null as spearman_p_value
    from terms

),

final as (

    select
        analysis_id,
        report_place,
        family,
        level,
        subset,
        subset_label_nb,
        subset_label_en,
        formula,
        n_observations,
        n_clusters,
        result_status,
        result_reason,
        analysis_type,
        outcome_variable,
        outcome_variable_label_nb,
        outcome_variable_label_en,
        term,
        term_label_nb,
        term_label_en,
        cast(term_order as bigint) as term_order,
        measure,
        estimate,
        p_value,
        is_significant,
        cast(ci_low as double) as ci_low,
        cast(ci_high as double) as ci_high,
        cast(spearman_p_value as double) as spearman_p_value,
        holm_p_value,
        family is not null as is_tested,
        plan_version,
        code_version,
        extract_ids

    from gathered

)

select * from final
