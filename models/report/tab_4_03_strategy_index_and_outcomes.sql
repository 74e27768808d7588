with

reports as (

    select * from {{ ref('mart_outcomes__report') }}

),

outcome_groups as (

    select * from {{ ref('outcome_group') }}

),

correlations as (

    select * from {{ ref('mart_statistics__correlation') }}
    where
        report_place = 'Table 4.3'
        and subset = 'all'

),

indexed as (

    {{ outcome_indices('reports', ['strategy_index']) }}

),

pairs as (

    select
        outcome_group,
        strategy_index as x,
        outcome_index as y,
        n_participants
    from indexed
    where strategy_index is not null

),

{{ pearson_steps(['outcome_group']) }},

final as (

    select
        correlated.outcome_group,
        outcome_groups.label_nb as outcome_group_label_nb,
        outcome_groups.label_en as outcome_group_label_en,
        outcome_groups.sort_order as outcome_group_sort_order,
        cast(correlated.n_pairs as double) as n_reports,
        correlated.pearson_r,
        correlations.p_value

    from correlated
    inner join outcome_groups on correlated.outcome_group = outcome_groups.outcome_group
    left join correlations
        on correlated.outcome_group = correlations.y_variable
        and correlations.x_variable = 'strategy_index'

)

select * from final
