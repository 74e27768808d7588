with

position_codes as (

    {{ delivered_rows(ref('stg_dbh__position_codes'), 'dbh__position_code') }}

),

-- The code list is delivered again and again; the newest words count.
placed as (

    {{ placed_rows('position_codes', ['position_code']) }}

),

final as (

    select
        extract_id,
        row_number,
        position_code,
        position_title,
        position_category_code,
        position_category,
        row_status

    from placed

)

select * from final
