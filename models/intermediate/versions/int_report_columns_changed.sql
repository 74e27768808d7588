{#- The columns in which a version of a report differs from the version before it: names only, no values. Questions of the
    questionnaire stand under their question keys. -#}

{#- Name of the column -> the column in which its value is held. -#}
{%- set compared_columns = {
    'participant_id': 'participant_id_pseudonym', 'email': 'email_pseudonym', 'name_birth_date': 'name_birth_date_pseudonym',
    'sending_country': 'sending_country_code', 'receiving_country': 'receiving_country_code',
} %}
{%- for column in [
    'sending_erasmus_code', 'sending_oid', 'sending_pic', 'sending_name', 'activity_type', 'is_combined', 'has_mobility_agreement',
    'sharing_plans', 'duration_days', 'start_date', 'end_date', 'submitted_date',
] %}{% do compared_columns.update({column: column}) %}{% endfor %}

with

paired as (

    select * from {{ ref('int_report_versions_paired') }}
    where
        is_held
        and previous_version_extract_id is not null

),

versions as (

    select * from {{ ref('int_report_versions_ranked') }}
    where is_version

),

answers as (

    select * from {{ ref('int_answers_delivered') }}

),

compared as (

    select
        paired.extract_id,
        {%- for column, name in compared_columns.items() %}
        coalesce(
            newer.{{ name }} <> older.{{ name }}, newer.{{ name }} is not null or older.{{ name }} is not null
        ) as differs_in_{{ column }},
        {%- endfor %}
        paired.report_key
    from paired
    inner join versions as newer
        on paired.report_key = newer.report_key
        and paired.extract_id = newer.extract_id
    inner join versions as older
        on paired.report_key = older.report_key
        and paired.previous_version_extract_id = older.extract_id

),

answered as (

    select
        paired.extract_id,
        paired.report_key,
        newer.question_key as column_name
    from paired
    inner join answers as newer
        on paired.report_key = newer.report_key
        and paired.extract_id = newer.extract_id
    inner join answers as older
        on paired.report_key = older.report_key
        and paired.previous_version_extract_id = older.extract_id
        and newer.question_key = older.question_key
    where newer.answer_text is distinct from older.answer_text

),

final as (
    {% for column in compared_columns %}
    select
        extract_id,
        report_key,
        '{{ column }}' as column_name
    from compared
    where differs_in_{{ column }}
    union all
    {%- endfor %}
    select * from answered

)

select * from final
