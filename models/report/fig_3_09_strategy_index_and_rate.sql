with

strategies as (

    select * from {{ ref('mart_strategy__institution') }}

),

final as (

    select
        institution_key,
        short_name,
        name_nb as institution_name_nb,
        name_en as institution_name_en,
        strategy_index,
        mobilities_per_100_fte

    from strategies
    where
        sector = '{{ var("institution_sector") }}'
        and strategy_index is not null
        and mobilities_per_100_fte is not null

)

select * from final
