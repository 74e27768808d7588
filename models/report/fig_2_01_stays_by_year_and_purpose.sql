with

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

purposes as (

    select * from {{ ref('purpose') }}

),

counted as (

    select
        year,
        purpose_key,
        sum(n_participants) as n_stays
    from mobilities
    group by year, purpose_key

),

final as (

    select
        counted.year,
        counted.purpose_key,
        purposes.label_nb as purpose_label_nb,
        purposes.label_en as purpose_label_en,
        purposes.sort_order as purpose_sort_order,
        cast(counted.n_stays as integer) as n_stays,
        periods.is_provisional

    from counted
    inner join purposes on counted.purpose_key = purposes.purpose_key
    inner join periods on counted.year = periods.year

)

select * from final
