with

strategies as (

    select * from {{ ref('mart_strategy__institution') }}

),

mentions as (

    select * from {{ ref('mobility_mention') }}

),

averaged as (

    select
        is_mobility_in_document,
        count(*) as n_institutions,
        {{ exact_mean('mobilities_per_100_fte') }} as mobilities_per_100_fte
    from strategies
    where
        sector = '{{ var("institution_sector") }}'
        and mobilities_per_100_fte is not null
    group by is_mobility_in_document

),

final as (

    select
        mentions.mention_key,
        mentions.label_nb as mention_label_nb,
        mentions.label_en as mention_label_en,
        mentions.sort_order as mention_sort_order,
        cast(averaged.n_institutions as integer) as n_institutions,
        averaged.mobilities_per_100_fte

    from averaged
    inner join mentions on averaged.is_mobility_in_document = mentions.is_mobility_in_document

)

select * from final
