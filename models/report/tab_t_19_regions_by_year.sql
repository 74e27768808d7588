with

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

countries as (

    select * from {{ ref('dim_country') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

regions as (

    select * from {{ ref('region') }}

),

exceptional_years as (

    select * from {{ ref('exceptional_year') }}

),

first_exceptional as (

    select min(year) as year from exceptional_years

),

counted as (

    select
        mobilities.year,
        countries.region_key,
        sum(mobilities.n_participants) as n_stays
    from mobilities
    inner join countries on mobilities.country_code = countries.country_code
    group by mobilities.year, countries.region_key

),

totalled as (

    select
        *,
        sum(n_stays) over (partition by year) as n_year_stays
    from counted

),

final as (

    select
        totalled.year,
        periods.is_provisional,
        totalled.region_key,
        regions.label_nb as region_label_nb,
        regions.label_en as region_label_en,
        regions.sort_order as region_sort_order,
        cast(totalled.n_stays as integer) as n_stays,
        cast(totalled.n_year_stays as integer) as n_year_stays,
        {{ share('totalled.n_stays', 'totalled.n_year_stays') }} as year_region_share,
        coalesce(totalled.year >= first_exceptional.year, false) as has_exceptional_years_begun

    from totalled
    inner join periods on totalled.year = periods.year
    inner join regions on totalled.region_key = regions.region_key
    cross join first_exceptional

)

select * from final
