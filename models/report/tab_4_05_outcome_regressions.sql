with

terms as (

    select * from {{ ref('mart_statistics__regression_term') }}
    where report_place = 'Table 4.5'

),

models as (

    select * from {{ ref('mart_statistics__regression_model') }}

),

outcome_groups as (

    select * from {{ ref('outcome_group') }}

),

final as (

    select
        terms.outcome_variable,
        terms.outcome_variable_label_nb,
        terms.outcome_variable_label_en,
        cast(coalesce(outcome_groups.sort_order, 99) as integer) as outcome_variable_sort_order,
        terms.term,
        terms.term_label_nb,
        terms.term_label_en,
        cast(terms.term_order as integer) as term_sort_order,
        terms.beta_std,
        terms.p_value,
        models.adjusted_r_squared,
        models.n_observations,
        terms.result_reason

    from terms
    inner join models on terms.analysis_id = models.analysis_id
    left join outcome_groups on terms.outcome_variable = outcome_groups.outcome_group

)

select * from final
