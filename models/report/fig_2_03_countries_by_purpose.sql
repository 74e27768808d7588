with

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

countries as (

    select * from {{ ref('dim_country') }}

),

purposes as (

    select * from {{ ref('purpose') }}

),

counted as (

    select
        country_code,
        purpose_key,
        sum(n_participants) as n_stays
    from mobilities
    group by country_code, purpose_key

),

totalled as (

    select
        *,
        sum(n_stays) over (partition by country_code) as n_country_stays,
        sum(n_stays) over () as n_sector_stays
    from counted

),

final as (

    select
        totalled.country_code,
        countries.name_nb as country_name_nb,
        countries.name_en as country_name_en,
        totalled.purpose_key,
        purposes.label_nb as purpose_label_nb,
        purposes.label_en as purpose_label_en,
        purposes.sort_order as purpose_sort_order,
        cast(totalled.n_stays as integer) as n_stays,
        cast(totalled.n_country_stays as integer) as n_country_stays,
        {{ share('totalled.n_country_stays', 'totalled.n_sector_stays') }} as country_share

    from totalled
    inner join countries on totalled.country_code = countries.country_code
    inner join purposes on totalled.purpose_key = purposes.purpose_key
    where totalled.n_country_stays > {{ var('country_minimum_stays') }}

)

select * from final
