with

answers as (

    select * from {{ ref('stg_coordinator_survey__answers') }}

),

extracts as (

    select * from {{ ref('stg_landing__extracts') }}

),

questions as (

    select * from {{ ref('survey_question') }}

),

scales as (

    select * from {{ ref('survey_answer_scale') }}

),

refs as (

    select * from {{ ref('int_institution_references_resolved') }}

),

identified as (

    select
        refs.institution_key,
        questions.question_key,
        answers.question_text,
        answers.answer_text,
        answers.submitted_date,
        answers.extract_id,
        answers.row_number,
        extracts.extract_date,
        extracts.landing_order
    from answers
    inner join extracts on answers.extract_id = extracts.extract_id
    left join questions on lower(answers.question_text) = lower(questions.label_nb)
    inner join refs
        on refs.source_system = 'coordinator_survey'
        and refs.reference_key = {{ institution_reference_key(name='answers.institution_name') }}
        and answers.submitted_date is not distinct from refs.reference_date

),

-- An institution that answered twice is heard with its last word.
ranked as (

    select
        *,
        row_number() over (
            partition by institution_key, lower(question_text)
            order by submitted_date desc, extract_date desc, landing_order desc, row_number desc
        ) as answer_rank
    from identified

),

final as (

    select
        ranked.institution_key,
        ranked.question_key,
        ranked.question_text,
        ranked.answer_text,
        scales.answer_value,
        scales.normed_value,
        ranked.submitted_date

    from ranked
    left join scales
        on ranked.question_key = scales.question_key
        and lower(ranked.answer_text) = lower(scales.answer_text_nb)
    where ranked.answer_rank = 1

)

select * from final
