with

source as (

    select * from {{ corrected_source('coordinator_survey__answer') }}

),

renamed as (

    select
        -- ids
        _extract_id as extract_id,
        _row_number as row_number,
        respondent_id,

        -- answer
        trim(institution_name) as institution_name,
        trim(question_text) as question_text,
        trim(answer_text) as answer_text,

        -- dates
        {{ parse_date('submitted_date') }} as submitted_date

    from source

)

select * from renamed
