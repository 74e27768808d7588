with

institutions as (

    select * from {{ ref('mart_usage__institution') }}

),

final as (

    select
        institution_key,
        short_name,
        name_nb as institution_name_nb,
        name_en as institution_name_en,
        n_stays,
        n_years_with_fte,
        mobilities_per_100_fte

    from institutions
    where
        sector = '{{ var("institution_sector") }}'
        and mobilities_per_100_fte is not null

)

select * from final
