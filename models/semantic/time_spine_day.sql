with

stays as (

    select * from {{ ref('fct_mobility') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

known_days as (

    select start_date as known_day from stays
    union all
    select make_date(year, 1, 1) as known_day from periods

),

-- Whole years, so that no year of a metric is cut.
bounds as (

    select
        date_trunc('year', min(known_day)) as first_day,
        date_trunc('year', max(known_day)) + interval 1 year - interval 1 day as last_day
    from known_days

),

final as (

    select cast(unnest(generate_series(first_day, last_day, interval 1 day)) as date) as date_day from bounds

)

select * from final
