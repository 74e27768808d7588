with

source as (

    select * from {{ source('landing', 'rejected_row') }}
    {% if var('as_of') is not none %}where extract_id in (select extract_id from {{ ref('stg_landing__extracts') }}){% endif %}

),

renamed as (

    select
        extract_id,
        raw_table,
        row_number,
        check_name,
        column_name

    from source

)

select * from renamed
