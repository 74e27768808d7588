{% macro delivered_row_counts() -%}
    {#- Rows in the raw tables, by extract and table, counted where they lie: staging and all that follows play no part. -#}
    {%- set sources = {'eu_open_data__mobility': 'eu_open_data'} %}
    {%- for raw_table, table in correctable_tables().items() %}
        {%- do sources.update({raw_table: table.source}) %}
    {%- endfor %}
    {%- for raw_table, source_name in sources.items() %}
    select
        _extract_id as extract_id,
        '{{ raw_table }}' as raw_table,
        count(*) as n_rows
    from {{ source(source_name, raw_table) }}
    {{ only_extracts_as_of() }}
    group by _extract_id
    {{ "union all" if not loop.last }}
    {%- endfor %}
{%- endmacro %}
