with

answers as (

    select * from {{ ref('int_answers_unioned') }}

),

motives as (

    select * from {{ ref('dim_motive') }}

),

final as (

    select
        answers.report_key,
        motives.motive_key,
        motives.motive_category,
        answers.is_asked,
        -- No answer at all is missing, not 'no'.
        {{ parse_yes_no('answers.answer_text') }} as is_ticked

    from answers
    inner join motives on answers.question_key = motives.question_key

)

select * from final
