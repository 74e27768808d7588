{% macro staged_answers(table_name) -%}
    {#- The participant report's answers in long form: one row per delivered row and question, corrections applied. -#}
with

delivered as (

    select
        *,
        {{ correctable_tables()[table_name].row_key }} as report_id
    from {{ source(correctable_tables()[table_name].source, table_name) }}
    {{ only_extracts_as_of() }}

),

corrections as (

    select * from {{ ref('stg_corrections__source_corrections') }}
    where
        source_table = '{{ table_name }}'
        and is_applied

),

unpivoted as (

    {{ unpivot_questions('delivered', ['_extract_id', '_row_number', 'report_id'], question_keys()) }}

),

renamed as (

    select
        unpivoted._extract_id as extract_id,
        unpivoted._row_number as row_number,
        unpivoted.report_id,
        unpivoted.question_key,
        case
            when corrections.correction_id is not null then corrections.corrected_value
            else unpivoted.answer_text
        end as answer_text

    from unpivoted
    left join corrections
        on unpivoted.report_id = corrections.row_key
        and unpivoted.question_key = corrections.column_name
        and unpivoted.answer_text is not distinct from corrections.expected_value

)

select * from renamed
{%- endmacro %}
