with

answers as (

    select * from {{ ref('int_survey_answers_scored') }}

),

lineage as (

    select * from {{ ref('bridge_institution_lineage') }}

),

final as (

    select
        answers.institution_key as reporting_institution_key,
        lineage.institution_key,
        answers.question_key,
        answers.answer_text,
        answers.answer_value,
        cast(answers.normed_value as double) as normed_value,
        answers.submitted_date

    from answers
    inner join lineage on {{ mapped_to_structure('lineage', 'answers.institution_key', 'answers.submitted_date') }}

)

select * from final
