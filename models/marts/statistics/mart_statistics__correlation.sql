with

correlations as (

    select * from {{ ref('stat_correlation') }}

),

variables as (

    select * from {{ ref('stat_variable') }}

),

runs as (

    select * from {{ ref('stat_run') }}

),

final as (

    select
        {{ result_record('correlations') }},
        {{ named_in_words('correlations', 'x_variable', 'x_variables') }},
        {{ named_in_words('correlations', 'y_variable', 'y_variables') }},
        x_variables.variable_key as x_variable_key,
        correlations.pearson_r,
        correlations.p_value,
        {{ is_significant('correlations.p_value') }} as is_significant,
        correlations.ci_low,
        correlations.ci_high,
        correlations.spearman_rho,
        correlations.spearman_p_value,
        correlations.kendall_tau,
        correlations.kendall_p_value,
        correlations.p_holm as holm_p_value,
        correlations.p_benjamini_hochberg as benjamini_hochberg_p_value,
        correlations.published_value_id,
        {{ run_record() }}

    from correlations
    left join variables as x_variables on correlations.x_variable = x_variables.variable
    left join variables as y_variables on correlations.y_variable = y_variables.variable
    left join variables as subsets on correlations.subset = subsets.variable
    cross join runs

)

select * from final
