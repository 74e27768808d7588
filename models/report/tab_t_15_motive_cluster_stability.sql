with

clusters as (

    select * from {{ ref('mart_statistics__cluster') }}

),

final as (

    select
        analysis_id,
        cluster_number,
        n_observations,
        n_patterns,
        mean_motives_ticked,
        min_motives_ticked,
        max_motives_ticked,
        merge_height,
        adjusted_rand_mean,
        adjusted_rand_min,
        result_reason,
        cast(row_number() over (order by analysis_id, cluster_number) as integer) as row_sort_order

    from clusters

)

select * from final
