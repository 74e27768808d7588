{#- How the EU open data write things, in one place. -#}

{% macro open_data_text(column) -%}
    {#- A cell as text; the ways in which the files say "nothing" (var open_data_nothing_pattern) become null. -#}
    case
        when not regexp_matches(lower({{ column }}), '{{ var("open_data_nothing_pattern") }}') then trim({{ column }})
    end
{%- endmacro %}

{% macro open_data_country(column) -%}
    {#- The country, written as a code, as a code with a name behind it, or as a name. -#}
    case
        when regexp_matches({{ column }}, '^[A-Za-z]{2} - ') then upper(substr({{ column }}, 1, 2))
        else {{ column }}
    end
{%- endmacro %}
