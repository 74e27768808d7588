with

shares as (

    select * from {{ ref('stat_cluster_motive') }}

),

motives as (

    select * from {{ ref('dim_motive') }}

),

runs as (

    select * from {{ ref('stat_run') }}

),

final as (

    select
        shares.analysis_id,
        shares.cluster_number,
        shares.motive_key,
        motives.label_nb as motive_label_nb,
        motives.label_en as motive_label_en,
        motives.sort_order as motive_sort_order,
        shares.ticked_share as group_ticking_share,
        {{ run_record() }}

    from shares
    inner join motives on shares.motive_key = motives.motive_key
    cross join runs

)

select * from final
