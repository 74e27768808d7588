{#- A run replaces its own rows, found by its key, and leaves those of other runs as they are. Former runs cannot be computed again
    once their extracts have been superseded, so no full refresh may drop them. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='run_key',
    on_schema_change='append_new_columns',
    full_refresh=false
) }}

with

estimates as (

    select * from {{ ref('mart_statistics__estimate') }}

),

runs as (

    select * from {{ ref('mart_statistics__run') }}

),

{% if is_incremental() -%}
known_runs as (

    select distinct
        run_key,
        run_number
    from {{ this }}

),

{% endif -%}
numbered as (

    select
        runs.run_key,
        runs.plan_version,
        runs.plan_hash,
        runs.code_version,
        runs.extract_ids,
        runs.newest_extract_date,
        {% if is_incremental() -%}
        coalesce(known_runs.run_number, 1 + coalesce((select max(others.run_number) from known_runs as others), 0)) as run_number
        {%- else -%}
        1 as run_number
        {%- endif %}
    from runs
    {% if is_incremental() -%}
    left join known_runs on runs.run_key = known_runs.run_key
    {%- endif %}

),

final as (

    select
        numbered.run_key,
        cast(numbered.run_number as integer) as run_number,
        numbered.newest_extract_date,
        estimates.analysis_id,
        estimates.term,
        estimates.measure,
        estimates.report_place,
        estimates.estimate,
        estimates.p_value,
        estimates.n_observations,
        estimates.result_status,
        numbered.plan_version,
        numbered.plan_hash,
        numbered.code_version,
        numbered.extract_ids

    from estimates
    inner join numbered on estimates.run_key = numbered.run_key

)

select * from final
