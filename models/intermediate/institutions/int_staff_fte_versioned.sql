with

staff as (

    select * from {{ ref('stg_dbh__staff_fte') }}

),

extracts as (

    select * from {{ ref('stg_landing__extracts') }}

),

-- A newer extract replaces an institution's year as a whole: a unit that was corrected away must not stay.
ranked as (

    select
        staff.*,
        dense_rank() over (
            partition by staff.year, staff.dbh_code
            order by extracts.extract_date desc, extracts.landing_order desc
        ) as extract_rank
    from staff
    inner join extracts on staff.extract_id = extracts.extract_id

),

final as (

    select
        year,
        dbh_code,
        department_code,
        position_code,
        sum(fte) as fte

    from ranked
    where extract_rank = 1
    group by year, dbh_code, department_code, position_code

)

select * from final
