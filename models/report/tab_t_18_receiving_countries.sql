with

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

countries as (

    select * from {{ ref('dim_country') }}

),

counted as (

    select
        country_code,
        sum(n_participants) as n_stays
    from mobilities
    group by country_code

),

ranked as (

    select
        *,
        row_number() over (order by n_stays desc, country_code asc) as country_rank,
        sum(n_stays) over () as n_sector_stays
    from counted

),

cumulated as (

    select
        *,
        sum(n_stays) over (order by country_rank) as n_stays_so_far
    from ranked

),

final as (

    select
        cast(cumulated.country_rank as integer) as country_rank,
        cumulated.country_code,
        countries.name_nb as country_name_nb,
        countries.name_en as country_name_en,
        cast(cumulated.n_stays as integer) as n_stays,
        {{ share('cumulated.n_stays', 'cumulated.n_sector_stays') }} as country_share,
        {{ share('cumulated.n_stays_so_far', 'cumulated.n_sector_stays') }} as cumulative_share

    from cumulated
    inner join countries on cumulated.country_code = countries.country_code

)

select * from final
