{#- What an extract of reports covers is read off its rows: the grant calls from the first to the last that occur in it. What a file
    was named, or asked for, plays no part. -#}

with

reports as (

    select * from {{ ref('int_reports_unioned') }}
    where not is_rejected

),

call_years as (

    select
        source_system,
        call_year
    from reports
    group by source_system, call_year

),

bounds as (

    select
        source_system,
        extract_id,
        extract_date,
        landing_order,
        min(call_year) as first_call_year,
        max(call_year) as last_call_year
    from reports
    group by source_system, extract_id, extract_date, landing_order

),

covered as (

    select
        bounds.source_system,
        bounds.extract_id,
        bounds.extract_date,
        bounds.landing_order,
        call_years.call_year
    from bounds
    inner join call_years
        on bounds.source_system = call_years.source_system
        and call_years.call_year between bounds.first_call_year and bounds.last_call_year

),

-- Extracts of one day are parts of one state: the comparison goes from day to day.
days as (

    select
        source_system,
        call_year,
        extract_date,
        lag(extract_date) over (partition by source_system, call_year order by extract_date) as previous_extract_date,
        lead(extract_date) over (partition by source_system, call_year order by extract_date) as next_extract_date
    from covered
    group by source_system, call_year, extract_date

),

final as (

    select
        covered.source_system,
        covered.extract_id,
        covered.extract_date,
        covered.call_year,
        days.previous_extract_date,
        days.next_extract_date,
        row_number() over (
            partition by covered.source_system, covered.call_year, covered.extract_date order by covered.landing_order desc
        ) = 1 as is_last_of_day

    from covered
    inner join days
        on covered.source_system = days.source_system
        and covered.call_year = days.call_year
        and covered.extract_date = days.extract_date

)

select * from final
