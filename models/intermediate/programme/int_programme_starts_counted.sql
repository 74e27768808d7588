{#- Reads departure and call year, not var year_rule: a stay belongs to the period of its call, whenever it starts. -#}

with recursive

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

reports as (

    select * from {{ ref('int_reports_derived') }}

),

periods as (

    select * from {{ ref('programme_period') }}

),

exceptional_years as (

    select * from {{ ref('exceptional_year') }}

),

-- Without a single report there is no row here, and nothing downstream.
reported_until as (

    select max(extract_date) as newest_extract_date
    from reports
    having max(extract_date) is not null

),

-- Calls before the first in the extracts are unknown, not empty.
first_calls as (

    select min(call_year) as first_known_call_year from mobilities

),

calls as (

    select
        programme_period,
        last_call_year,
        first_call_year as call_year
    from periods

    union all

    select
        programme_period,
        last_call_year,
        call_year + 1 as call_year
    from calls
    where call_year < last_call_year

),

start_lags as (

    {% for lag in range(var('last_start_years_after_call') + 1) %}
    select {{ lag }} as start_lag
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

planned as (

    select
        calls.call_year,
        calls.call_year + start_lags.start_lag as departure_year
    from calls
    cross join start_lags

),

counted as (

    select
        call_year,
        departure_year,
        cast(sum(n_participants) as integer) as n_stays
    from mobilities
    group by call_year, departure_year

),

-- Stays that start outside the planned years count as well.
cells as (

    select
        call_year,
        departure_year
    from planned
    union
    select
        call_year,
        departure_year
    from counted

),

placed as (

    select
        calls.programme_period,
        cells.call_year,
        cells.departure_year,
        cells.departure_year - cells.call_year as start_lag,
        coalesce(counted.n_stays, 0) as n_stays,
        planned.call_year is not null as is_planned,
        exceptional_years.year is not null as is_exceptional,
        {{ is_provisional_year('cells.departure_year', 'reported_until.newest_extract_date') }} as is_provisional,
        cells.departure_year <= {{ year_of('reported_until.newest_extract_date') }} as is_begun,
        cells.call_year >= first_calls.first_known_call_year as is_call_known

    from cells
    inner join calls on cells.call_year = calls.call_year
    cross join reported_until
    cross join first_calls
    left join planned
        on cells.call_year = planned.call_year
        and cells.departure_year = planned.departure_year
    left join counted
        on cells.call_year = counted.call_year
        and cells.departure_year = counted.departure_year
    left join exceptional_years on cells.departure_year = exceptional_years.year

),

final as (

    select
        programme_period,
        call_year,
        departure_year,
        start_lag,
        n_stays,
        is_planned,
        is_exceptional,
        is_provisional,
        is_begun,
        is_planned and is_call_known and not is_provisional and not is_exceptional as is_reference

    from placed

)

select * from final
