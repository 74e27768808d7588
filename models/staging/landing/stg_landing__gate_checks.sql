with

source as (

    select * from {{ source('landing', 'gate_check') }}
    where extract_id in (select extract_id from {{ ref('stg_landing__extracts') }})

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
