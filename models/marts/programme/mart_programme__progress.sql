with

starts as (

    select * from {{ ref('int_programme_starts_counted') }}

),

lags as (

    select * from {{ ref('int_programme_lags_averaged') }}

),

bases as (

    select * from {{ ref('int_programme_bases_measured') }}

),

quantiles as (

    select * from {{ ref('student_t_quantile') }}

),

periods as (

    select * from {{ ref('programme_period') }}

),

targets as (

    select * from {{ ref('programme_target') }}
    where agency_country = '{{ var("agency_country") }}'

),

methods as (

    select * from {{ ref('projection_method') }}

),

chosen as (

    select * from bases
    where is_chosen

),

-- More years than the table of quantiles has: its last row, which is a little wider.
widest_known as (

    select max(degrees_of_freedom) as degrees_of_freedom from quantiles
    where confidence_percent = {{ var('projection_confidence_percent') }}

),

chosen_quantiles as (

    select
        chosen.programme_period,
        quantiles.quantile

    from chosen
    cross join widest_known
    inner join quantiles
        on quantiles.confidence_percent = {{ var('projection_confidence_percent') }}
        and least(chosen.n_reference_years - 1, widest_known.degrees_of_freedom) = quantiles.degrees_of_freedom

),

expected_cells as (

    select
        starts.programme_period,
        starts.departure_year,
        starts.n_stays,
        starts.is_planned,
        starts.is_begun,
        starts.is_provisional,
        starts.is_exceptional,
        coalesce(lags.mean_stays, 0) as mean_stays

    from starts
    left join chosen on starts.programme_period = chosen.programme_period
    left join lags
        on chosen.programme_period = lags.programme_period
        and chosen.projection_method = lags.projection_method
        and starts.start_lag = lags.start_lag

),

years as (

    select
        programme_period,
        departure_year as year,
        cast(sum(n_stays) as integer) as n_stays,
        {{ exact_sum('mean_stays', 18) }} as expected_stays,
        bool_or(is_planned) as is_planned,
        bool_or(is_begun) or sum(n_stays) > 0 as is_observed,
        bool_or(is_provisional) as is_provisional,
        bool_or(is_exceptional) as is_exceptional

    from expected_cells
    group by programme_period, departure_year

),

-- Still to come: in years that are not final, but for exceptional ones, of which other years tell nothing.
expected as (

    select
        *,
        case when is_provisional and not is_exceptional then expected_stays else 0 end as open_stays
    from years

),

projected as (

    select
        *,
        greatest(n_stays, open_stays) as n_stays_projected
    from expected

),

planned_years as (

    select
        programme_period,
        cast(count(distinct year) as integer) as n_years
    from projected
    where is_planned
    group by programme_period

),

cumulated as (

    select
        projected.programme_period,
        projected.year,
        cast(sum(earlier.n_stays) as integer) as n_stays_so_far,
        cast(sum(case when earlier.is_planned then 1 else 0 end) as integer) as n_planned_years_so_far,
        {{ exact_sum('earlier.n_stays_projected', 18) }} as n_stays_projected_so_far,
        {{ exact_sum('earlier.open_stays', 18) }} as open_stays_so_far

    from projected
    inner join projected as earlier
        on projected.programme_period = earlier.programme_period
        and projected.year >= earlier.year
    group by projected.programme_period, projected.year

),

-- Chance in the years to come, and that the mean of so few years is itself uncertain.
bounded as (

    select
        cumulated.*,
        chosen.projection_method,
        chosen.n_reference_years,
        chosen.dispersion,
        chosen_quantiles.quantile * sqrt(
            chosen.dispersion * cumulated.open_stays_so_far
            * (1 + {{ share('cumulated.open_stays_so_far', 'chosen.n_reference_stays') }})
        ) as half_width

    from cumulated
    left join chosen on cumulated.programme_period = chosen.programme_period
    left join chosen_quantiles on cumulated.programme_period = chosen_quantiles.programme_period

),

final as (

    select
        projected.programme_period,
        projected.year,
        periods.label_nb as programme_label_nb,
        periods.label_en as programme_label_en,

        -- what is known
        case when projected.is_observed then projected.n_stays end as n_stays,
        case when projected.is_observed then bounded.n_stays_so_far end as n_stays_so_far,
        cast(targets.target as integer) as target,
        case when projected.is_observed then {{ share('bounded.n_stays_so_far', 'targets.target') }} end as target_share,
        {{ share('targets.target * bounded.n_planned_years_so_far', 'planned_years.n_years') }} as n_target_so_far,
        projected.is_observed,
        projected.is_provisional,
        projected.is_exceptional,

        -- what is to be expected
        bounded.projection_method,
        methods.label_nb as projection_method_label_nb,
        methods.label_en as projection_method_label_en,
        bounded.n_reference_years,
        bounded.dispersion,
        case when bounded.projection_method is not null then cast(projected.n_stays_projected as double) end as n_stays_projected,
        case when bounded.projection_method is not null then bounded.n_stays_projected_so_far end as n_stays_projected_so_far,
        -- No fewer than have been reported.
        case
            when bounded.projection_method is not null
                then greatest(bounded.n_stays_projected_so_far - bounded.half_width, bounded.n_stays_so_far)
        end as projection_low,
        case
            when bounded.projection_method is not null
                then bounded.n_stays_projected_so_far + bounded.half_width
        end as projection_high

    from projected
    inner join targets on projected.programme_period = targets.programme_period
    inner join periods on projected.programme_period = periods.programme_period
    inner join planned_years on projected.programme_period = planned_years.programme_period
    inner join bounded
        on projected.programme_period = bounded.programme_period
        and projected.year = bounded.year
    left join methods on bounded.projection_method = methods.projection_method

)

select * from final
