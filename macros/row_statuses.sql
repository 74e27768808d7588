{#- Every delivered row ends in one of these; docs/versions.md says what each means. -#}

{% macro row_statuses() -%}
    {{ return([
        'current', 'superseded', 'duplicate', 'withdrawn', 'moved', 'rejected', 'incoming', 'without_report', 'sub_row',
        'without_mobility', 'out_of_scope',
    ]) }}
{%- endmacro %}

{% macro rejected_rows(raw_table) -%}
    {#- The rows of a raw table that the gate has set aside, once each: several checks may name one row. -#}
    (
        select
            extract_id,
            row_number
        from {{ ref('stg_landing__rejected_rows') }}
        where raw_table = '{{ raw_table }}'
        group by extract_id, row_number
    )
{%- endmacro %}

{% macro delivered_rows(relation, raw_table) -%}
    {#- Staged rows of a raw table with the day and order of their extract, and whether the gate has set them aside. -#}
    select
        delivered.*,
        extracts.extract_date,
        extracts.landing_order,
        rejected.row_number is not null as is_rejected
    from {{ relation }} as delivered
    inner join {{ ref('stg_landing__extracts') }} as extracts on delivered.extract_id = extracts.extract_id
    left join {{ rejected_rows(raw_table) }} as rejected
        on delivered.extract_id = rejected.extract_id
        and delivered.row_number = rejected.row_number
{%- endmacro %}

{% macro placed_rows(relation, key_columns, newest_first=[]) -%}
    {#- Rows of delivered_rows with their status: of the rows that share the key the newest counts. Rows that are set aside
        are no rivals of the others. Columns of `newest_first` decide before the day of the extract does. -#}
    {%- set newest = newest_first + ['extract_date desc', 'landing_order desc', 'row_number desc'] -%}
    select
        *,
        case
            when is_rejected then 'rejected'
            when version_rank = 1 then 'current'
            when extract_id = newest_extract_id then 'duplicate'
            else 'superseded'
        end as row_status
    from (
        select
            *,
            row_number() over (
                partition by {{ key_columns | join(', ') }}, is_rejected order by {{ newest | join(', ') }}
            ) as version_rank,
            first_value(extract_id) over (
                partition by {{ key_columns | join(', ') }}, is_rejected order by {{ newest | join(', ') }}
            ) as newest_extract_id
        from {{ relation }}
    ) as ranked
{%- endmacro %}
