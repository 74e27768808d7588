{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- Schemas have the same names in every target; the target says which database they stand in. -#}
    {{ custom_schema_name | trim if custom_schema_name is not none else target.schema }}
{%- endmacro %}
