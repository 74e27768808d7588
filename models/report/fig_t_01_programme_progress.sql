with

progress as (

    select * from {{ ref('mart_programme__progress') }}

),

series as (

    select * from {{ ref('progress_series') }}

),

-- Years of two periods overlap, and a line can show one.
newest as (

    select programme_period
    from progress
    group by programme_period
    order by max(year) desc
    limit 1

),

valued as (

    select
        progress.programme_period,
        progress.programme_label_nb,
        progress.programme_label_en,
        progress.year,
        series.series_key,
        series.label_nb as series_label_nb,
        series.label_en as series_label_en,
        series.sort_order as series_sort_order,
        progress.is_provisional,
        -- Whole stays, the limits rounded outwards.
        case series.series_key
            when 'target_pace' then round(progress.n_target_so_far)
            when 'observed' then progress.n_stays_so_far
            when 'projected' then round(progress.n_stays_projected_so_far)
            when 'projection_low' then floor(progress.projection_low)
            when 'projection_high' then ceil(progress.projection_high)
        end as n_stays_so_far

    from progress
    inner join newest on progress.programme_period = newest.programme_period
    cross join series

),

final as (

    select
        programme_period,
        programme_label_nb,
        programme_label_en,
        year,
        series_key,
        series_label_nb,
        series_label_en,
        series_sort_order,
        cast(n_stays_so_far as integer) as n_stays_so_far,
        is_provisional

    from valued
    where n_stays_so_far is not null

)

select * from final
