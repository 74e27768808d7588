with

answers as (

    select * from {{ ref('int_survey_answers_scored') }}

),

institutions as (

    select * from {{ ref('dim_institution') }}

),

final as (

    select
        answers.institution_key as reporting_institution_key,
        institutions.mapped_institution_key as institution_key,
        answers.question_key,
        answers.answer_text,
        answers.answer_value,
        cast(answers.normed_value as double) as normed_value,
        answers.submitted_date

    from answers
    inner join institutions on answers.institution_key = institutions.institution_key

)

select * from final
