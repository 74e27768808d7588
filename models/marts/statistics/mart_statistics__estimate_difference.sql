with

history as (

    select * from {{ ref('mart_statistics__estimate_history') }}

),

runs as (

    select * from {{ ref('mart_statistics__run') }}

),

known_runs as (

    select distinct
        run_key,
        run_number,
        newest_extract_date,
        extract_ids
    from history

),

-- By the day of the newest extract, not of the build: a warehouse as it stood on a former day is compared with what was before it.
ordered as (

    select
        run_key,
        extract_ids,
        lag(run_key) over (order by newest_extract_date, run_number) as previous_run_key,
        lag(extract_ids) over (order by newest_extract_date, run_number) as previous_extract_ids
    from known_runs

),

compared as (

    select ordered.*
    from ordered
    inner join runs on ordered.run_key = runs.run_key
    where ordered.previous_run_key is not null

),

extracts as (

    select
        unnest(string_to_array(extract_ids, ', ')) as extract_id,
        1 as n_now,
        0 as n_before
    from compared
    union all
    select
        unnest(string_to_array(previous_extract_ids, ', ')) as extract_id,
        0 as n_now,
        1 as n_before
    from compared

),

extracts_compared as (

    select
        extract_id,
        sum(n_now) as n_now,
        sum(n_before) as n_before
    from extracts
    group by extract_id

),

extracts_listed as (

    select
        {{ dbt.listagg("case when n_before = 0 then extract_id end", "', '", "order by extract_id") }} as added_extract_ids,
        {{ dbt.listagg("case when n_now = 0 then extract_id end", "', '", "order by extract_id") }} as removed_extract_ids
    from extracts_compared

),

now_estimated as (

    select history.*
    from history
    inner join compared on history.run_key = compared.run_key

),

before_estimated as (

    select history.*
    from history
    inner join compared on history.run_key = compared.previous_run_key

),

joined as (

    select
        coalesce(now_estimated.analysis_id, before_estimated.analysis_id) as analysis_id,
        coalesce(now_estimated.term, before_estimated.term) as term,
        coalesce(now_estimated.measure, before_estimated.measure) as measure,
        coalesce(now_estimated.report_place, before_estimated.report_place) as report_place,
        before_estimated.estimate as previous_estimate,
        now_estimated.estimate,
        before_estimated.p_value as previous_p_value,
        now_estimated.p_value,
        before_estimated.n_observations as previous_n_observations,
        now_estimated.n_observations,
        before_estimated.result_status as previous_result_status,
        now_estimated.result_status
    from now_estimated
    full outer join before_estimated
        on now_estimated.analysis_id = before_estimated.analysis_id
        and now_estimated.term = before_estimated.term
        and now_estimated.measure = before_estimated.measure

),

final as (

    select
        compared.run_key,
        compared.previous_run_key,
        joined.analysis_id,
        joined.term,
        joined.measure,
        joined.report_place,
        case
            when joined.previous_result_status is null then 'new'
            when joined.result_status is null then 'gone'
            when
                (joined.estimate is distinct from joined.previous_estimate)
                or (joined.p_value is distinct from joined.previous_p_value)
                or (joined.n_observations is distinct from joined.previous_n_observations)
                or joined.result_status <> joined.previous_result_status
                then 'changed'
            else 'same'
        end as estimate_change,
        joined.previous_estimate,
        joined.estimate,
        joined.estimate - joined.previous_estimate as estimate_difference,
        joined.previous_p_value,
        joined.p_value,
        joined.previous_n_observations,
        joined.n_observations,
        joined.previous_result_status,
        joined.result_status,
        sign(joined.estimate) <> sign(joined.previous_estimate) as is_sign_changed,
        ({{ is_significant('joined.p_value') }}) <> ({{ is_significant('joined.previous_p_value') }}) as is_significance_changed,
        extracts_listed.added_extract_ids,
        extracts_listed.removed_extract_ids

    from joined
    cross join compared
    cross join extracts_listed

)

select * from final
