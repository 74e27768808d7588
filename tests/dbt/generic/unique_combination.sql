{% test unique_combination(model, columns, nullable_columns=[]) %}
    {#- The grain of a model: no two rows share these columns, and none of them is null but those that say so. -#}

    select
        {{ (columns + nullable_columns) | join(', ') }},
        count(*) as n_rows
    from {{ model }}
    group by {{ (columns + nullable_columns) | join(', ') }}
    having
        count(*) > 1
        {%- for column in columns %}
        or {{ column }} is null
        {%- endfor %}

{% endtest %}
