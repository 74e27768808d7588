with

days as (

    select * from {{ ref('time_spine_day') }}

),

final as (

    select cast(date_trunc('year', date_day) as date) as first_day_of_year
    from days
    group by 1

)

select * from final
