with

runs as (

    select * from {{ ref('stat_run') }}

),

extracts as (

    select * from {{ ref('int_structure_date') }}

),

final as (

    select
        {{ dbt.hash("runs.extract_ids || '; ' || runs.plan_hash || '; ' || runs.code_version") }} as run_key,
        runs.plan_version,
        runs.plan_hash,
        runs.code_version,
        runs.library_versions,
        runs.extract_ids,
        extracts.newest_extract_date,
        runs.random_seed,
        runs.confidence,
        runs.bootstrap_draws

    from runs
    cross join extracts

)

select * from final
