{% macro staged_answers(source_relation) -%}
    {#- The participant report's answers in long form: one row per delivered row and question. -#}
with

source as (

    select
        *,
        project_code || '/' || mobility_id as report_id
    from {{ source_relation }}

),

unpivoted as (

    {{ unpivot_questions('source', ['_extract_id', '_row_number', 'report_id'], question_keys()) }}

),

renamed as (

    select
        _extract_id as extract_id,
        _row_number as row_number,
        report_id,
        question_key,
        answer_text

    from unpivoted

)

select * from renamed
{%- endmacro %}
