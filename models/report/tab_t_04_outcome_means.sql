with

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

reports as (

    select * from {{ ref('mart_outcomes__report') }}

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

indexed as (

    {{ outcome_indices('reports', []) }}

),

person_means as (

    select
        outcome_group,
        {{ exact_sum('n_participants') }} as n_reports,
        {{ exact_weighted_mean('outcome_index', 'n_participants') }} as person_mean
    from indexed
    group by outcome_group

),

means_of_items as (

    {{ means_of_items() }}

),

item_means as (

    select
        items.outcome_group,
        {{ exact_sum('means_of_items.n_answers') }} as n_answers,
        {{ exact_weighted_mean('means_of_items.mean_answer_value', 'items.item_weight') }} as item_mean
    from means_of_items
    inner join items on means_of_items.item_key = items.item_key
    group by items.outcome_group

),

final as (

    select
        item_means.outcome_group,
        outcome_groups.label_nb as outcome_group_label_nb,
        outcome_groups.label_en as outcome_group_label_en,
        outcome_groups.sort_order as outcome_group_sort_order,
        coalesce(person_means.n_reports, 0) as n_reports,
        person_means.person_mean,
        item_means.n_answers,
        item_means.item_mean,
        person_means.person_mean - item_means.item_mean as means_difference

    from item_means
    inner join outcome_groups on item_means.outcome_group = outcome_groups.outcome_group
    left join person_means on item_means.outcome_group = person_means.outcome_group

)

select * from final
