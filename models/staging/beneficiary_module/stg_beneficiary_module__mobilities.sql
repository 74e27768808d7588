with

source as (

    select * from {{ corrected_source('beneficiary_module__mobility') }}

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

        -- state of the row
        lower(data_type) as data_type,
        lower(status) as mobility_status,

        -- sender and receiver
        sending_oid,
        trim(sending_name) as sending_name,
        trim(sending_country) as sending_country,
        trim(receiving_country) as receiving_country,

        -- stay
        activity_type,
        {{ parse_yes_no('is_blended') }} as is_blended,
        {{ parse_yes_no('is_combined') }} as is_combined,

        -- measures
        cast(duration_days as integer) as duration_days,
        cast(funded_days as integer) as funded_days,
        cast(travel_days as integer) as travel_days,

        -- dates
        {{ parse_date('start_date') }} as start_date,
        {{ parse_date('end_date') }} as end_date

    from source

)

select * from renamed
