{#- The corrections, each with what the sources hold in its place now. Staging applies them through corrected_source(). -#}

with

corrections as (

    select * from {{ ref('source_correction') }}

),

extracts as (

    select * from {{ ref('stg_landing__extracts') }}

),

found as (
    {% for table_name, table in correctable_tables().items() %}
    select
        corrections.correction_id,
        delivered._extract_id as extract_id,
        delivered._row_number as row_number,
        case corrections.column_name
            {%- for column in table.columns + table.answers %}
            when '{{ column }}' then delivered.{{ column }}
            {%- endfor %}
        end as found_value
    from corrections
    inner join {{ source(table.source, table_name) }} as delivered on corrections.row_key = {{ table.row_key }}
    where corrections.source_table = '{{ table_name }}'
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

compared as (

    select
        found.*,
        extracts.extract_date,
        extracts.landing_order,
        coalesce(
            found.found_value = corrections.expected_value, found.found_value is null and corrections.expected_value is null
        ) as has_error
    from found
    inner join corrections on found.correction_id = corrections.correction_id
    inner join extracts on found.extract_id = extracts.extract_id

),

-- The newest extract that has the row says whether the source still holds the error.
ranked as (

    select
        *,
        row_number() over (
            partition by correction_id order by extract_date desc, landing_order desc, row_number desc
        ) as newest_rank
    from compared

),

newest as (

    select
        correction_id,
        extract_id,
        found_value,
        has_error
    from ranked
    where newest_rank = 1

),

counted as (

    select
        correction_id,
        sum(case when has_error then 1 else 0 end) as n_error_rows
    from compared
    group by correction_id

),

final as (

    select
        corrections.correction_id,
        corrections.source_table,
        corrections.row_key,
        corrections.column_name,
        corrections.expected_value,
        corrections.corrected_value,
        corrections.reason,
        corrections.status,
        corrections.decided_date,
        corrections.source,
        corrections.status in ('active', 'mended') as is_applied,
        newest.extract_id as newest_extract_id,
        newest.found_value,
        cast(case when corrections.status = 'rejected' then 0 else coalesce(counted.n_error_rows, 0) end as integer) as n_rows_mended,
        case
            -- The past is rebuilt as it was: a source that was mended since is no news there.
            when corrections.status <> 'active'{{ " or true" if var('as_of') is not none }} then 'not_guarded'
            when newest.correction_id is null then 'row_not_found'
            when newest.has_error then 'holds'
            else 'source_has_changed'
        end as correction_state

    from corrections
    left join newest on corrections.correction_id = newest.correction_id
    left join counted on corrections.correction_id = counted.correction_id

)

select * from final
