with

starts as (

    select * from {{ ref('int_programme_starts_counted') }}

),

bases as (

    select * from {{ ref('int_programme_bases_listed') }}

),

lags as (

    select * from {{ ref('int_programme_lags_averaged') }}

),

methods as (

    select * from {{ ref('projection_method') }}

),

cells as (

    select
        bases.programme_period,
        bases.projection_method,
        starts.call_year,
        starts.departure_year,
        starts.n_stays,
        lags.mean_stays

    from bases
    inner join starts on bases.reference_period = starts.programme_period
    inner join lags
        on bases.programme_period = lags.programme_period
        and bases.projection_method = lags.projection_method
        and starts.start_lag = lags.start_lag
    where starts.is_reference

),

-- There are good and bad years, and large and small calls, whose stays start over several years.
grouped as (

    {% for grouping in ['departure_year', 'call_year'] %}
    select
        programme_period,
        projection_method,
        '{{ grouping }}' as grouping,
        {{ grouping }} as group_year,
        sum(n_stays) as n_stays,
        {{ exact_sum('mean_stays', 18) }} as expected_stays
    from cells
    group by programme_period, projection_method, {{ grouping }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- What a group differs from its expectation, in units of what chance alone would make it differ.
scattered as (

    select
        *,
        (n_stays - expected_stays) * (n_stays - expected_stays) / nullif(expected_stays, 0) as scatter
    from grouped

),

dispersed as (

    select
        programme_period,
        projection_method,
        grouping,
        cast(count(*) as integer) as n_groups,
        cast(sum(n_stays) as integer) as n_stays,
        {{ exact_sum('scatter', 18) }} / nullif(count(*) - 1, 0) as dispersion
    from scattered
    group by programme_period, projection_method, grouping

),

measured as (

    select
        programme_period,
        projection_method,
        max(case when grouping = 'departure_year' then n_groups end) as n_reference_years,
        max(n_stays) as n_reference_stays,
        -- Counts never vary less than chance.
        greatest(1, max(dispersion)) as dispersion
    from dispersed
    group by programme_period, projection_method

),

known_lags as (

    select
        programme_period,
        projection_method,
        cast(count(*) as integer) as n_lags
    from lags
    group by programme_period, projection_method

),

judged as (

    select
        measured.*,
        methods.sort_order,
        measured.n_reference_years >= {{ var('progress_minimum_years') }}
        and measured.n_reference_stays > 0
        and known_lags.n_lags = {{ var('last_start_years_after_call') }} + 1 as is_usable

    from measured
    inner join methods on measured.projection_method = methods.projection_method
    inner join known_lags
        on measured.programme_period = known_lags.programme_period
        and measured.projection_method = known_lags.projection_method

),

final as (

    select
        programme_period,
        projection_method,
        n_reference_years,
        n_reference_stays,
        dispersion,
        is_usable,
        is_usable and row_number() over (partition by programme_period order by is_usable desc, sort_order asc) = 1 as is_chosen

    from judged

)

select * from final
