with

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

purposes as (

    select * from {{ ref('purpose') }}

),

bins as (

    select * from {{ ref('duration_group') }}
    where grouping = 'distribution'

),

counted as (

    select
        purpose_key,
        duration_bin,
        sum(n_participants) as n_stays
    from mobilities
    group by purpose_key, duration_bin

),

per_purpose as (

    select
        purpose_key,
        sum(n_participants) as n_purpose_stays,
        -- Days are whole numbers, so the sum is exact.
        sum(duration_days * n_participants) as n_purpose_days,
        median(duration_days) as median_days
    from mobilities
    group by purpose_key

),

final as (

    select
        counted.purpose_key,
        purposes.label_nb as purpose_label_nb,
        purposes.label_en as purpose_label_en,
        purposes.sort_order as purpose_sort_order,
        counted.duration_bin,
        bins.label_nb as duration_bin_label_nb,
        bins.label_en as duration_bin_label_en,
        bins.sort_order as duration_bin_sort_order,
        cast(counted.n_stays as integer) as n_stays,
        {{ share('counted.n_stays', 'per_purpose.n_purpose_stays') }} as purpose_share,
        {{ share('per_purpose.n_purpose_days', 'per_purpose.n_purpose_stays') }} as purpose_mean_days,
        cast(per_purpose.median_days as double) as purpose_median_days

    from counted
    inner join per_purpose on counted.purpose_key = per_purpose.purpose_key
    inner join purposes on counted.purpose_key = purposes.purpose_key
    inner join bins on counted.duration_bin = bins.duration_group

)

select * from final
