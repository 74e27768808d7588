with

answers as (

    {{ delivered_rows(ref('stg_coordinator_survey__answers'), 'coordinator_survey__answer') }}

),

refs as (

    select * from {{ ref('int_institution_references_resolved') }}

),

-- Rows that are set aside name no institution that anyone need know.
identified as (

    select
        answers.*,
        lower(answers.question_text) as compared_question,
        refs.institution_key
    from answers
    left join refs
        on refs.source_system = 'coordinator_survey'
        and refs.reference_key = {{ institution_reference_key(name='answers.institution_name') }}
        and answers.submitted_date is not distinct from refs.reference_date

),

-- An institution that answered twice is heard with its last word.
placed as (

    {{ placed_rows('identified', ['institution_key', 'compared_question'], newest_first=['submitted_date desc']) }}

),

final as (

    select
        extract_id,
        row_number,
        institution_key,
        question_text,
        answer_text,
        submitted_date,
        row_status

    from placed

)

select * from final
