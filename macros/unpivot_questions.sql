{% macro unpivot_questions(relation, id_columns, question_columns) -%}
    {#- One row per id and question: question_key is the column's name, answer_text the cell, empty cells kept.
        DuckDB scans the table once; the portable form scans it once per question. -#}
    {{ return(adapter.dispatch('unpivot_questions', 'staff_mobility')(relation, id_columns, question_columns)) }}
{%- endmacro %}

{% macro default__unpivot_questions(relation, id_columns, question_columns) -%}
    {%- for question in question_columns %}
    select {{ id_columns | join(', ') }}, '{{ question }}' as question_key, {{ question }} as answer_text from {{ relation }}
    {%- if not loop.last %} union all {% endif -%}
    {%- endfor %}
{%- endmacro %}

{% macro duckdb__unpivot_questions(relation, id_columns, question_columns) -%}
    select {{ id_columns | join(', ') }}, question_key, answer_text
    from {{ relation }}
    unpivot include nulls (
        answer_text for question_key in (
            {%- for question in question_columns %}
            {{ question }}{{ "," if not loop.last }}
            {%- endfor %}
        )
    )
{%- endmacro %}
