with

clusters as (

    select * from {{ ref('stat_cluster') }}

),

variables as (

    select * from {{ ref('stat_variable') }}

),

runs as (

    select * from {{ ref('stat_run') }}

),

final as (

    select
        {{ result_record('clusters') }},
        clusters.cluster_number,
        clusters.linkage,
        clusters.distance,
        clusters.n_patterns,
        clusters.mean_motives_ticked,
        clusters.min_motives_ticked,
        clusters.max_motives_ticked,
        clusters.merge_height,
        clusters.adjusted_rand_mean,
        clusters.adjusted_rand_min,
        {{ run_record() }}

    from clusters
    left join variables as subsets on clusters.subset = subsets.variable
    cross join runs

)

select * from final
