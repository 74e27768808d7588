with

extracts as (

    select * from {{ ref('stg_landing__extracts') }}

),

source as (

    select checks.*
    from {{ source('landing', 'gate_check') }} as checks
    inner join extracts on checks.extract_id = extracts.extract_id

),

renamed as (

    select
        extract_id,
        check_order,
        stage as gate_stage,
        check_name,
        column_name,
        severity,
        result = 'passed' as is_passed,
        checked_count as n_checked,
        failing_count as n_failing,
        measured,
        endangers as endangered_areas

    from source

)

select * from renamed
