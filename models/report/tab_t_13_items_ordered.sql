with

terms as (

    select * from {{ ref('mart_statistics__regression_term') }}
    where
        model_type = 'ordered_logit'
        and term = 'strategy_index'

),

robust as (

    select * from {{ ref('mart_statistics__robustness') }}
    where method = 'cluster_robust'

),

items as (

    select * from {{ ref('dim_outcome_item') }}

),

outcome_groups as (

    select * from {{ ref('outcome_group') }}

),

final as (

    select
        terms.outcome_variable as item_key,
        terms.outcome_variable_label_nb as item_label_nb,
        terms.outcome_variable_label_en as item_label_en,
        items.sort_order as item_sort_order,
        items.outcome_group,
        outcome_groups.label_nb as outcome_group_label_nb,
        outcome_groups.label_en as outcome_group_label_en,
        outcome_groups.sort_order as outcome_group_sort_order,
        terms.n_observations,
        terms.coefficient,
        terms.p_value,
        robust.p_value as robust_p_value,
        terms.holm_p_value,
        coalesce(terms.result_reason, robust.result_reason) as result_reason

    from terms
    inner join items on terms.outcome_variable = items.item_key
    inner join outcome_groups on items.outcome_group = outcome_groups.outcome_group
    left join robust
        on terms.analysis_id = robust.analysis_id
        and terms.term = robust.term

)

select * from final
