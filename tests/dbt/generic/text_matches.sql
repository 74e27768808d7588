{% test text_matches(model, column_name, pattern) %}
    {#- Codes are text of a fixed form: a lost leading zero or a stray blank shows here. -#}

    select {{ column_name }}
    from {{ model }}
    where
        {{ column_name }} is not null
        and not regexp_matches({{ column_name }}, '{{ pattern }}')

{% endtest %}
