with

institutions as (

    {{ delivered_rows(ref('stg_dbh__institutions'), 'dbh__institution') }}

),

placed as (

    {{ placed_rows('institutions', ['dbh_code', 'valid_from_semester']) }}

),

final as (

    select
        extract_id,
        row_number,
        dbh_code,
        valid_from_semester,
        merged_dbh_code,
        row_status

    from placed

)

select * from final
