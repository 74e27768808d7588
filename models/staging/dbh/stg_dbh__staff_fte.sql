with

source as (

    select * from {{ corrected_source('dbh__staff_fte') }}

),

renamed as (

    select
        -- ids
        _extract_id as extract_id,
        _row_number as row_number,
        institution_code as dbh_code,
        department_code,
        position_code,

        -- measures
        cast(fte as decimal(12, 3)) as fte,

        -- dates
        cast(year as integer) as year

    from source

)

select * from renamed
