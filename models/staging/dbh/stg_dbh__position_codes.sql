with

source as (

    select * from {{ corrected_source('dbh__position_code') }}

),

renamed as (

    select
        _extract_id as extract_id,
        _row_number as row_number,
        position_code,
        trim(position_title) as position_title,
        position_category_code,
        trim(position_category) as position_category

    from source

)

select * from renamed
