with

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

countries as (

    select * from {{ ref('dim_country') }}

),

regions as (

    select * from {{ ref('region') }}

),

purposes as (

    select * from {{ ref('purpose') }}

),

counted as (

    select
        countries.region_key,
        mobilities.purpose_key,
        sum(mobilities.n_participants) as n_stays
    from mobilities
    inner join countries on mobilities.country_code = countries.country_code
    group by countries.region_key, mobilities.purpose_key

),

totalled as (

    select
        *,
        sum(n_stays) over (partition by region_key) as n_region_stays,
        sum(n_stays) over () as n_sector_stays
    from counted

),

final as (

    select
        totalled.region_key,
        regions.label_nb as region_label_nb,
        regions.label_en as region_label_en,
        regions.sort_order as region_sort_order,
        totalled.purpose_key,
        purposes.label_nb as purpose_label_nb,
        purposes.label_en as purpose_label_en,
        purposes.sort_order as purpose_sort_order,
        cast(totalled.n_stays as integer) as n_stays,
        cast(totalled.n_region_stays as integer) as n_region_stays,
        {{ share('totalled.n_stays', 'totalled.n_region_stays') }} as purpose_share,
        {{ share('totalled.n_region_stays', 'totalled.n_sector_stays') }} as region_share

    from totalled
    inner join regions on totalled.region_key = regions.region_key
    inner join purposes on totalled.purpose_key = purposes.purpose_key

)

select * from final
