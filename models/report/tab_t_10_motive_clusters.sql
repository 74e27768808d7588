with

clusters as (

    select * from {{ ref('mart_statistics__cluster') }}

),

shares as (

    select * from {{ ref('mart_statistics__cluster_motive') }}

),

motives as (

    select * from {{ ref('dim_motive') }}

),

-- Every motive of every group, so that a clustering without a result is there with its reason.
final as (

    select
        clusters.analysis_id,
        clusters.cluster_number,
        motives.motive_key,
        motives.label_nb as motive_label_nb,
        motives.label_en as motive_label_en,
        motives.sort_order as motive_sort_order,
        shares.group_ticking_share,
        clusters.result_reason

    from clusters
    cross join motives
    left join shares
        on clusters.analysis_id = shares.analysis_id
        and clusters.cluster_number = shares.cluster_number
        and motives.motive_key = shares.motive_key

)

select * from final
