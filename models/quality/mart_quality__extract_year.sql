with

versions as (

    select * from {{ ref('int_report_versions_ranked') }}
    where is_version

),

coverage as (

    select * from {{ ref('int_extracts_covered') }}

),

reported_until as (

    select max(extract_date) as newest_extract_date from coverage

),

report_years as (

    select
        source_system,
        extract_id,
        extract_date,
        report_key,
        call_year,
        {{ year_of('start_date') }} as departure_year
    from versions

),

per_extract as (

    select
        extract_id,
        call_year,
        departure_year,
        count(*) as n_reports
    from report_years
    group by extract_id, call_year, departure_year

),

-- Extracts of one day are parts of one state.
per_day as (

    select
        source_system,
        extract_date,
        call_year,
        departure_year,
        count(distinct report_key) as n_reports
    from report_years
    group by source_system, extract_date, call_year, departure_year

),

-- A year that an extract covers and has no report of is a row, too: of all that is missing this is the easiest to overlook.
cells as (

    select
        coverage.source_system,
        coverage.extract_id,
        coverage.extract_date,
        coverage.call_year,
        coverage.previous_extract_date,
        coverage.next_extract_date,
        per_day.departure_year
    from coverage
    inner join per_day
        on coverage.source_system = per_day.source_system
        and coverage.call_year = per_day.call_year
        and per_day.extract_date in (coverage.previous_extract_date, coverage.extract_date, coverage.next_extract_date)
    group by
        coverage.source_system, coverage.extract_id, coverage.extract_date, coverage.call_year,
        coverage.previous_extract_date, coverage.next_extract_date, per_day.departure_year

),

counted as (

    select
        cells.*,
        coalesce(per_extract.n_reports, 0) as n_reports,
        case when cells.previous_extract_date is not null then coalesce(previous_day.n_reports, 0) end as n_previous_reports,
        case when cells.next_extract_date is not null then coalesce(next_day.n_reports, 0) end as n_next_reports
    from cells
    left join per_extract
        on cells.extract_id = per_extract.extract_id
        and cells.call_year = per_extract.call_year
        and cells.departure_year = per_extract.departure_year
    left join per_day as previous_day
        on cells.source_system = previous_day.source_system
        and cells.previous_extract_date = previous_day.extract_date
        and cells.call_year = previous_day.call_year
        and cells.departure_year = previous_day.departure_year
    left join per_day as next_day
        on cells.source_system = next_day.source_system
        and cells.next_extract_date = next_day.extract_date
        and cells.call_year = next_day.call_year
        and cells.departure_year = next_day.departure_year

),

final as (

    select
        counted.extract_id,
        counted.source_system,
        counted.extract_date,
        counted.departure_year,
        counted.call_year,
        cast(counted.n_reports as integer) as n_reports,
        counted.previous_extract_date,
        cast(counted.n_previous_reports as integer) as n_previous_reports,
        cast(counted.n_reports - counted.n_previous_reports as integer) as n_more_than_previous,
        {{ share('counted.n_reports - counted.n_previous_reports', 'counted.n_previous_reports') }} as more_than_previous_share,
        counted.next_extract_date,
        cast(counted.n_next_reports as integer) as n_next_reports,
        cast(counted.n_next_reports - counted.n_reports as integer) as n_more_in_next,
        {{ share('counted.n_next_reports - counted.n_reports', 'counted.n_reports') }} as more_in_next_share,
        {{ is_provisional_year('counted.departure_year', 'reported_until.newest_extract_date') }} as is_provisional

    from counted
    cross join reported_until

)

select * from final
