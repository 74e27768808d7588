with

reports as (

    select * from {{ ref('mart_outcomes__report') }}

),

categories as (

    select * from {{ ref('motive_category') }}

),

averaged as (

    select
        dominating_motive,
        {{ exact_sum('n_participants') }} as n_reports,
        {{ exact_weighted_mean('strategy_index', 'n_participants') }} as strategy_index
    from reports
    where
        dominating_motive is not null
        and strategy_index is not null
    group by dominating_motive

),

final as (

    select
        averaged.dominating_motive,
        categories.label_nb as dominating_motive_label_nb,
        categories.label_en as dominating_motive_label_en,
        categories.sort_order as dominating_motive_sort_order,
        averaged.n_reports,
        averaged.strategy_index

    from averaged
    inner join categories on averaged.dominating_motive = categories.motive_category

)

select * from final
