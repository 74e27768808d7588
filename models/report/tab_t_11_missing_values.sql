with

gaps as (

    select * from {{ ref('mart_statistics__missing_value') }}
    where report_place = 'Table 4.5'

),

outcome_groups as (

    select * from {{ ref('outcome_group') }}

),

final as (

    select
        gaps.outcome_variable,
        gaps.outcome_variable_label_nb,
        gaps.outcome_variable_label_en,
        cast(coalesce(outcome_groups.sort_order, 99) as integer) as outcome_variable_sort_order,
        gaps.variable,
        gaps.variable_label_nb,
        gaps.variable_label_en,
        gaps.variable_sort_order,
        gaps.missing_share,
        gaps.n_lost_by_it_alone,
        gaps.n_observations,
        gaps.result_reason

    from gaps
    left join outcome_groups on gaps.outcome_variable = outcome_groups.outcome_group

)

select * from final
