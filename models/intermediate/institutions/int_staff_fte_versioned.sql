with

staff as (

    select * from {{ ref('int_staff_fte_placed') }}

),

final as (

    select
        year,
        dbh_code,
        department_code,
        position_code,
        sum(fte) as fte

    from staff
    where row_status = 'current'
    group by year, dbh_code, department_code, position_code

)

select * from final
