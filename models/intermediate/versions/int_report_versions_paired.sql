{#- Each report that an extract holds, or no longer holds, beside the version before it. The comparison goes from day to day:
    extracts of one day are parts of one state, and what the gate has set aside is still in the source. -#}

with

delivered as (

    select * from {{ ref('int_report_versions_ranked') }}

),

coverage as (

    select * from {{ ref('int_extracts_covered') }}

),

versions as (

    select * from delivered
    where is_version

),

held_days as (

    select
        source_system,
        report_key,
        call_year,
        extract_date
    from delivered
    where is_held
    group by source_system, report_key, call_year, extract_date

),

ranked_of_day as (

    select
        *,
        row_number() over (partition by report_key, extract_date order by landing_order desc) as rank_of_day
    from versions

),

-- The version that a day left behind.
day_versions as (

    select
        report_key,
        extract_date,
        extract_id,
        lag(extract_date) over (partition by report_key order by extract_date) as previous_version_date,
        lag(extract_id) over (partition by report_key order by extract_date) as previous_version_extract_id
    from ranked_of_day
    where rank_of_day = 1

),

held as (

    select
        versions.source_system,
        versions.extract_id,
        versions.extract_date,
        versions.call_year,
        versions.report_key,
        coverage.previous_extract_date,
        day_versions.previous_version_date,
        day_versions.previous_version_extract_id,
        held_before.report_key is not null as is_held_before,
        true as is_held
    from versions
    inner join coverage
        on versions.extract_id = coverage.extract_id
        and versions.call_year = coverage.call_year
    inner join day_versions
        on versions.report_key = day_versions.report_key
        and versions.extract_date = day_versions.extract_date
    left join held_days as held_before
        on versions.report_key = held_before.report_key
        and coverage.previous_extract_date = held_before.extract_date

),

-- The last good version on or before the day that is compared with, of reports that the covering day does not hold.
gone as (

    select
        coverage.source_system,
        coverage.extract_id,
        coverage.extract_date,
        coverage.call_year,
        held_before.report_key,
        coverage.previous_extract_date,
        max(day_versions.extract_date) as previous_version_date
    from coverage
    inner join held_days as held_before
        on coverage.source_system = held_before.source_system
        and coverage.call_year = held_before.call_year
        and coverage.previous_extract_date = held_before.extract_date
    inner join day_versions
        on held_before.report_key = day_versions.report_key
        and coverage.previous_extract_date >= day_versions.extract_date
    left join held_days as held_now
        on held_before.report_key = held_now.report_key
        and coverage.extract_date = held_now.extract_date
    where
        coverage.is_last_of_day
        and held_now.report_key is null
    group by
        coverage.source_system, coverage.extract_id, coverage.extract_date, coverage.call_year,
        held_before.report_key, coverage.previous_extract_date

),

no_longer_held as (

    select
        gone.source_system,
        gone.extract_id,
        gone.extract_date,
        gone.call_year,
        gone.report_key,
        gone.previous_extract_date,
        gone.previous_version_date,
        day_versions.extract_id as previous_version_extract_id,
        true as is_held_before,
        false as is_held
    from gone
    inner join day_versions
        on gone.report_key = day_versions.report_key
        and gone.previous_version_date = day_versions.extract_date

),

final as (

    select * from held
    union all
    select * from no_longer_held

)

select * from final
