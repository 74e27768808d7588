with

corrections as (

    select * from {{ ref('stg_corrections__source_corrections') }}
    where is_applied

),

correctable as (
    {% for table_name, table in correctable_tables().items() %}
    {%- set last_table = loop.last %}
    {%- for column in table.columns + table.answers %}
    select
        '{{ table_name }}' as source_table,
        '{{ column }}' as column_name
    {{ "union all" if not (last_table and loop.last) }}
    {%- endfor %}
    {%- endfor %}

),

counted as (

    select
        *,
        count(*) over (partition by source_table, row_key, column_name) as n_corrections_of_cell
    from corrections

)

select
    counted.correction_id,
    counted.source_table,
    counted.row_key,
    counted.column_name,
    correctable.column_name is not null as is_correctable,
    counted.n_corrections_of_cell
from counted
left join correctable
    on counted.source_table = correctable.source_table
    and counted.column_name = correctable.column_name
where
    correctable.column_name is null
    or counted.n_corrections_of_cell > 1
