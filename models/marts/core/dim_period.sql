with

reports as (

    select * from {{ ref('int_reports_derived') }}

),

staff as (

    select * from {{ ref('int_staff_fte_versioned') }}

),

reported_until as (

    select max(extract_date) as newest_extract_date from reports

),

years as (

    select year from reports
    union
    select year from staff

),

staff_years as (

    select year from staff
    group by year

),

final as (

    select
        years.year,
        staff_years.year is not null as has_staff_fte,
        {{ is_provisional_year('years.year', 'reported_until.newest_extract_date') }} as is_provisional

    from years
    cross join reported_until
    left join staff_years on years.year = staff_years.year

)

select * from final
