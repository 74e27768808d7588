with

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

answers as (

    select * from {{ ref('fct_outcome_answer') }}

),

items as (

    select * from {{ ref('dim_outcome_item') }}

),

outcome_groups as (

    select * from {{ ref('outcome_group') }}

),

averaged as (

    {{ means_of_items() }}

),

final as (

    select
        averaged.item_key,
        items.label_nb as item_label_nb,
        items.label_en as item_label_en,
        items.sort_order as item_sort_order,
        items.outcome_group,
        outcome_groups.label_nb as outcome_group_label_nb,
        outcome_groups.label_en as outcome_group_label_en,
        outcome_groups.sort_order as outcome_group_sort_order,
        averaged.n_answers,
        averaged.mean_answer_value

    from averaged
    inner join items on averaged.item_key = items.item_key
    inner join outcome_groups on items.outcome_group = outcome_groups.outcome_group
    where items.battery = 'participant_outcome'

)

select * from final
