with

terms as (

    select * from {{ ref('stat_regression_term') }}

),

variables as (

    select * from {{ ref('stat_variable') }}

),

runs as (

    select * from {{ ref('stat_run') }}

),

final as (

    select
        {{ result_record('terms') }},
        {{ named_in_words('terms', 'outcome_variable', 'outcome_variables') }},
        {{ named_in_words('terms', 'term', 'term_variables') }},
        terms.model_type,
        terms.term_order,
        terms.beta_std,
        terms.coefficient,
        terms.std_error,
        terms.t_value,
        terms.p_value,
        {{ is_significant('terms.p_value') }} as is_significant,
        terms.ci_low,
        terms.ci_high,
        terms.variance_inflation,
        terms.p_holm as holm_p_value,
        terms.p_benjamini_hochberg as benjamini_hochberg_p_value,
        terms.published_beta_id,
        terms.published_p_id,
        {{ run_record() }}

    from terms
    left join variables as outcome_variables on terms.outcome_variable = outcome_variables.variable
    left join variables as term_variables on terms.term = term_variables.variable
    left join variables as subsets on terms.subset = subsets.variable
    cross join runs

)

select * from final
