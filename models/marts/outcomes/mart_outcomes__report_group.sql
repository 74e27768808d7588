with

answers as (

    select * from {{ ref('fct_outcome_answer') }}

),

items as (

    select * from {{ ref('dim_outcome_item') }}

),

counted as (

    select
        answers.report_key,
        answers.outcome_group,
        sum(case when answers.answer_status <> 'not_asked' then 1 else 0 end) as n_items_asked,
        count(answers.answer_value) as n_items_answered,
        -- Whole numbers, so that the sums are exact.
        sum(answers.answer_value * items.item_weight) as weighted_sum,
        sum(case when answers.answer_value is not null then items.item_weight end) as weight_sum
    from answers
    inner join items on answers.item_key = items.item_key
    group by answers.report_key, answers.outcome_group

),

averaged as (

    select
        *,
        {{ share('weighted_sum', 'weight_sum') }} as answered_mean
    from counted

),

final as (

    select
        report_key,
        outcome_group,
        cast(n_items_asked as integer) as n_items_asked,
        cast(n_items_answered as integer) as n_items_answered,
        answered_mean,
        case
            when n_items_answered >= {{ var('outcome_minimum_answered_share') }} * n_items_asked then answered_mean
        end as outcome_index

    from averaged

)

select * from final
