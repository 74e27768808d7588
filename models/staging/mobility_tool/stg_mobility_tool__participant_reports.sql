with

source as (

    select * from {{ corrected_source('mobility_tool__participant_report') }}

),

renamed as (

    select
        -- ids
        _extract_id as extract_id,
        _row_number as row_number,
        project_code || '/' || mobility_id as report_id,
        project_code,
        participant_id_pseudonym,
        email_pseudonym,
        name_birth_date_pseudonym,

        -- sender and receiver
        {{ normalise_erasmus_code('sending_erasmus_code') }} as sending_erasmus_code,
        sending_pic,
        trim(sending_name) as sending_name,
        upper(trim(sending_country)) as sending_country,
        upper(trim(receiving_country)) as receiving_country,

        -- stay
        activity_type,
        {{ parse_yes_no('is_combined') }} as is_combined,
        {{ parse_yes_no('has_mobility_agreement') }} as has_mobility_agreement,
        sharing_plans,

        -- measures
        cast(duration_days as integer) as duration_days,
        cast(calendar_days as integer) as calendar_days,
        cast(travel_days as integer) as travel_days,
        {{ parse_decimal_comma('individual_support_eur', 12, 2) }} as individual_support_eur,

        -- dates
        {{ parse_date('start_date') }} as start_date,
        {{ parse_date('end_date') }} as end_date,
        {{ parse_date('submitted_date') }} as submitted_date

    from source

)

select * from renamed
