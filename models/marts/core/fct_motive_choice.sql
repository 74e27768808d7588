with

answers as (

    select * from {{ ref('int_answers_unioned') }}

),

motives as (

    select * from {{ ref('dim_motive') }}

),

parsed as (

    select
        answers.report_key,
        motives.motive_key,
        motives.motive_category,
        answers.is_asked,
        {{ parse_yes_no('answers.answer_text') }} as is_ticked
    from answers
    inner join motives on answers.question_key = motives.question_key

),

counted as (

    select
        *,
        count(is_ticked) over (partition by report_key) as n_answered
    from parsed

),

final as (

    select
        report_key,
        motive_key,
        motive_category,
        is_asked,
        -- Who answers the section ticks what applies: a blank beside an answer is no tick. A section without any answer is missing.
        case
            when is_ticked is not null then is_ticked
            when is_asked and n_answered > 0 then false
        end as is_ticked

    from counted

)

select * from final
