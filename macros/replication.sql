{#- What the replication has in common: rows of models as JSON objects, so that a seed can name a cell of any of them. -#}

{% macro rows_as_json(models) -%}
    {%- for model in models %}
    select
        '{{ model }}' as model_name,
        cast(to_json({{ model }}) as varchar) as row_json
    from {{ ref(model) }} as {{ model }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
{%- endmacro %}

{% macro row_is_picked(row_json, pattern) -%}
    json_contains(cast({{ row_json }} as json), cast({{ pattern }} as json))
{%- endmacro %}

{% macro cell_of_row(row_json, column_name) -%}
    {#- A number; true counts as 1 and false as 0. -#}
    case json_extract_string(cast({{ row_json }} as json), '$.' || {{ column_name }})
        when 'true' then 1.0
        when 'false' then 0.0
        else try_cast(json_extract_string(cast({{ row_json }} as json), '$.' || {{ column_name }}) as double)
    end
{%- endmacro %}
