with

strategies as (

    select * from {{ ref('mart_strategy__institution') }}

),

clusters as (

    select * from {{ ref('cluster') }}

),

averaged as (

    select
        cluster,
        count(*) as n_institutions,
        {{ exact_mean('strategy_index') }} as strategy_index
    from strategies
    where
        sector = '{{ var("institution_sector") }}'
        and strategy_index is not null
    group by cluster

),

final as (

    select
        averaged.cluster,
        clusters.label_nb as cluster_label_nb,
        clusters.label_en as cluster_label_en,
        cast(averaged.n_institutions as integer) as n_institutions,
        averaged.strategy_index

    from averaged
    inner join clusters on averaged.cluster = clusters.cluster

)

select * from final
