with

answers as (

    select * from {{ ref('int_answers_unioned') }}

),

items as (

    select * from {{ ref('dim_outcome_item') }}

),

scale as (

    select * from {{ ref('agreement_scale') }}

),

final as (

    select
        answers.report_key,
        items.item_key,
        items.outcome_group,
        case
            when not answers.is_asked then 'not_asked'
            when answers.answer_text is null then 'unanswered'
            else coalesce(scale.answer_status, 'unknown')
        end as answer_status,
        scale.answer_value

    from answers
    inner join items on answers.question_key = items.item_key
    left join scale
        on answers.source_system = scale.source_system
        and answers.answer_text = scale.answer_text

)

select * from final
