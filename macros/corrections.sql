{#- Errors of the sources that a data steward has stated in the seed source_correction, and where they can be mended. -#}

{% macro correctable_tables() -%}
    {#- Raw table -> the key of its rows as delivered, and the columns that staging corrects. No column here may hold personal data:
        the seed is committed. The answers to the questions of the participant report are corrected after they are unpivoted. -#}
    {%- set report_key = "project_code || '/' || mobility_id" -%}
    {{ return({
        'mobility_tool__participant_report': {
            'source': 'mobility_tool',
            'row_key': report_key,
            'columns': [
                'sending_erasmus_code', 'sending_pic', 'sending_name', 'sending_country', 'receiving_country', 'activity_type',
                'is_combined', 'has_mobility_agreement', 'duration_days', 'calendar_days', 'travel_days', 'individual_support_eur',
                'start_date', 'end_date', 'submitted_date',
            ],
            'answers': question_keys(),
        },
        'beneficiary_module__mobility': {
            'source': 'beneficiary_module',
            'row_key': report_key,
            'columns': [
                'status', 'sending_oid', 'sending_name', 'sending_country', 'receiving_country', 'activity_type', 'is_blended',
                'is_combined', 'duration_days', 'funded_days', 'travel_days', 'start_date', 'end_date',
            ],
            'answers': [],
        },
        'beneficiary_module__participant_report': {
            'source': 'beneficiary_module',
            'row_key': report_key,
            'columns': ['has_mobility_agreement', 'submitted_date'],
            'answers': question_keys(),
        },
        'dbh__staff_fte': {
            'source': 'dbh',
            'row_key': "year || '/' || institution_code || '/' || department_code || '/' || position_code",
            'columns': ['year', 'institution_code', 'department_code', 'position_code', 'fte'],
            'answers': [],
        },
        'dbh__institution': {
            'source': 'dbh',
            'row_key': 'institution_code',
            'columns': [
                'institution_name', 'short_name', 'institution_type_code', 'valid_from_semester', 'valid_to_semester',
                'merged_institution_code', 'merged_institution_name',
            ],
            'answers': [],
        },
        'dbh__position_code': {
            'source': 'dbh',
            'row_key': 'position_code',
            'columns': ['position_title', 'position_category_code', 'position_category'],
            'answers': [],
        },
        'institution_profiles__indicator_value': {
            'source': 'institution_profiles',
            'row_key': "institution_code || '/' || indicator_code || '/' || year",
            'columns': ['institution_code', 'institution_name', 'indicator_code', 'cluster', 'value', 'year'],
            'answers': [],
        },
        'coordinator_survey__answer': {
            'source': 'coordinator_survey',
            'row_key': "respondent_id || '/' || question_text",
            'columns': ['institution_name', 'answer_text', 'submitted_date'],
            'answers': [],
        },
    }) }}
{%- endmacro %}

{% macro corrected_source(table_name) -%}
    {#- The raw table with the corrections applied: all its columns, text as delivered but for the mended cells. A cell is mended
        only while it holds the wrong value that the correction expects. One pass over the raw table. -#}
    {%- set table = correctable_tables()[table_name] -%}
    (
        with

        stated as (

            select
                row_key,
                {%- for column in table.columns %}
                max(case when column_name = '{{ column }}' then 1 else 0 end) as corrects__{{ column }},
                max(case when column_name = '{{ column }}' then expected_value end) as expected__{{ column }},
                max(case when column_name = '{{ column }}' then corrected_value end) as corrected__{{ column }}
                {{- "," if not loop.last }}
                {%- endfor %}
            from {{ ref('stg_corrections__source_corrections') }}
            where
                source_table = '{{ table_name }}'
                and is_applied
            group by row_key

        ),

        delivered as (

            select
                *,
                {{ table.row_key }} as row_key
            from {{ source(table.source, table_name) }}
            {{ only_extracts_as_of() }}

        )

        {{ replace_columns(table.columns) }}
    )
{%- endmacro %}

{% macro replace_columns(columns) -%}
    {#- The delivered rows with the stated cells replaced. "replace" keeps all other columns without naming them. -#}
    {{ return(adapter.dispatch('replace_columns', 'staff_mobility')(columns)) }}
{%- endmacro %}

{% macro duckdb__replace_columns(columns) -%}
        select
            delivered.* replace (
                {%- for column in columns %}
                case
                    when stated.corrects__{{ column }} = 1 and delivered.{{ column }} is not distinct from stated.expected__{{ column }}
                        then stated.corrected__{{ column }}
                    else delivered.{{ column }}
                end as {{ column }}
                {{- "," if not loop.last }}
                {%- endfor %}
            )
        from delivered
        left join stated on delivered.row_key = stated.row_key
{%- endmacro %}
