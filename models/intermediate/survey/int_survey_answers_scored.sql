with

answers as (

    select * from {{ ref('int_survey_answers_placed') }}
    where row_status = 'current'

),

questions as (

    select * from {{ ref('survey_question') }}

),

scales as (

    select * from {{ ref('survey_answer_scale') }}

),

asked as (

    select
        answers.*,
        questions.question_key
    from answers
    left join questions on lower(answers.question_text) = lower(questions.label_nb)

),

final as (

    select
        asked.institution_key,
        asked.question_key,
        asked.question_text,
        asked.answer_text,
        scales.answer_value,
        scales.normed_value,
        asked.submitted_date

    from asked
    left join scales
        on asked.question_key = scales.question_key
        and lower(asked.answer_text) = lower(scales.answer_text_nb)

)

select * from final
