with

institution_years as (

    select * from {{ ref('mart_usage__institution_year') }}

),

institutions as (

    select * from {{ ref('dim_institution') }}

),

totals as (

    select
        institution_key,
        {{ exact_sum('n_stays') }} as n_stays,
        {{ exact_sum('n_reuse_stays') }} as n_reuse_stays,
        count(mobilities_per_100_fte) as n_years_with_fte,
        -- First the rate of each year, then the mean of the yearly rates; a year without staff has no rate.
        {{ exact_mean('mobilities_per_100_fte') }} as mobilities_per_100_fte
    from institution_years
    group by institution_key

),

sector as (

    select {{ exact_sum('n_stays') }} as n_sector_stays from totals

),

final as (

    select
        totals.institution_key,
        institutions.short_name,
        institutions.name_nb,
        institutions.name_en,
        institutions.sector,
        institutions.cluster,
        totals.n_stays,
        {{ share('totals.n_stays', 'sector.n_sector_stays') }} as stay_share,
        totals.n_reuse_stays,
        {{ share('totals.n_reuse_stays', 'totals.n_stays') }} as reuse_share,
        cast(totals.n_years_with_fte as integer) as n_years_with_fte,
        totals.mobilities_per_100_fte

    from totals
    inner join institutions on totals.institution_key = institutions.institution_key
    cross join sector

)

select * from final
