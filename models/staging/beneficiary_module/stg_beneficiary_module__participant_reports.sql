with

source as (

    select * from {{ corrected_source('beneficiary_module__participant_report') }}

),

renamed as (

    select
        -- ids
        _extract_id as extract_id,
        _row_number as row_number,
        project_code || '/' || mobility_id as report_id,
        case_id,

        -- report
        {{ parse_yes_no('has_mobility_agreement') }} as has_mobility_agreement,
        sharing_plans,

        -- dates
        {{ parse_date('submitted_date') }} as submitted_date

    from source

)

select * from renamed
