with

staff as (

    {{ delivered_rows(ref('stg_dbh__staff_fte'), 'dbh__staff_fte') }}

),

-- A newer extract replaces an institution's year as a whole: a unit that was corrected away must not stay.
ranked as (

    select
        *,
        dense_rank() over (
            partition by year, dbh_code, is_rejected
            order by extract_date desc, landing_order desc
        ) as extract_rank
    from staff

),

final as (

    select
        extract_id,
        row_number,
        year,
        dbh_code,
        department_code,
        position_code,
        fte,
        case
            when is_rejected then 'rejected'
            when extract_rank = 1 then 'current'
            else 'superseded'
        end as row_status

    from ranked

)

select * from final
