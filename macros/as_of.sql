{% macro only_extracts_as_of() -%}
    {#- With var as_of, raw tables are read as they stood on that day: later extracts are left out. -#}
    {%- if var('as_of') is not none %}where _extract_id in (select extract_id from {{ ref('stg_landing__extracts') }}){% endif -%}
{%- endmacro %}
