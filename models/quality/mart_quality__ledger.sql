with

extracts as (

    select * from {{ ref('stg_landing__extracts') }}

),

quarantined as (

    select * from {{ ref('stg_landing__quarantined_extracts') }}

),

placed as (

    select * from {{ ref('int_rows_placed') }}

),

delivered as (
    {{ delivered_row_counts() }}

),

delivered_per_extract as (

    select
        extract_id,
        sum(n_rows) as n_rows
    from delivered
    group by extract_id

),

erased as (

    select
        extract_id,
        sum(row_count) as n_rows
    from {{ source('landing', 'erased_rows') }}
    group by extract_id

),

placed_per_extract as (

    select
        extract_id,
        {%- for status in row_statuses() %}
        sum(case when row_status = '{{ status }}' then 1 else 0 end) as n_{{ status }}_rows,
        {%- endfor %}
        count(*) as n_placed_rows
    from placed
    group by extract_id

),

accepted as (

    select
        extracts.extract_id,
        extracts.file_name,
        extracts.source_system,
        extracts.layout,
        extracts.extract_date,
        extracts.accepted_by,
        false as is_refused,
        extracts.row_count as n_file_rows,
        coalesce(delivered_per_extract.n_rows, 0) as n_landed_rows,
        {%- for status in row_statuses() %}
        coalesce(placed_per_extract.n_{{ status }}_rows, 0) as n_{{ status }}_rows,
        {%- endfor %}
        0 as n_refused_rows,
        coalesce(erased.n_rows, 0) as n_erased_rows,
        coalesce(placed_per_extract.n_placed_rows, 0) as n_placed_rows
    from extracts
    left join delivered_per_extract on extracts.extract_id = delivered_per_extract.extract_id
    left join erased on extracts.extract_id = erased.extract_id
    left join placed_per_extract on extracts.extract_id = placed_per_extract.extract_id

),

-- Of a file that could not be read to its end nobody knows the rows.
refused as (

    select
        quarantined.extract_id,
        quarantined.file_name,
        quarantined.source_system,
        quarantined.layout,
        quarantined.extract_date,
        cast(null as {{ dbt.type_string() }}) as accepted_by,
        true as is_refused,
        quarantined.row_count as n_file_rows,
        coalesce(delivered_per_extract.n_rows, 0) as n_landed_rows,
        {%- for status in row_statuses() %}
        coalesce(placed_per_extract.n_{{ status }}_rows, 0) as n_{{ status }}_rows,
        {%- endfor %}
        quarantined.row_count as n_refused_rows,
        0 as n_erased_rows,
        coalesce(placed_per_extract.n_placed_rows, 0) as n_placed_rows
    from quarantined
    left join delivered_per_extract on quarantined.extract_id = delivered_per_extract.extract_id
    left join placed_per_extract on quarantined.extract_id = placed_per_extract.extract_id

),

unioned as (

    select * from accepted
    union all
    select * from refused

),

summed as (

    select
        *,
        n_refused_rows + n_erased_rows
        {%- for status in row_statuses() %}
        + n_{{ status }}_rows
        {%- endfor %} as n_accounted_rows
    from unioned

),

final as (

    select
        extract_id,
        file_name,
        source_system,
        layout,
        extract_date,
        accepted_by,
        is_refused,
        cast(n_file_rows as integer) as n_file_rows,
        cast(n_landed_rows as integer) as n_landed_rows,
        {%- for status in row_statuses() %}
        cast(n_{{ status }}_rows as integer) as n_{{ status }}_rows,
        {%- endfor %}
        cast(n_refused_rows as integer) as n_refused_rows,
        cast(n_erased_rows as integer) as n_erased_rows,
        cast(n_accounted_rows as integer) as n_accounted_rows,
        case
            when is_refused then n_landed_rows = 0 and n_placed_rows = 0
            else
                n_file_rows = n_accounted_rows
                and n_file_rows = n_landed_rows + n_erased_rows
                and n_file_rows = n_placed_rows + n_erased_rows
        end as is_balanced

    from summed

)

select * from final
