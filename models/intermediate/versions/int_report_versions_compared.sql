with

paired as (

    select * from {{ ref('int_report_versions_paired') }}

),

columns_changed as (

    select * from {{ ref('int_report_columns_changed') }}

),

changes as (

    select
        extract_id,
        report_key,
        cast(count(*) as integer) as n_changed_columns,
        {{ dbt.listagg('column_name', "', '", 'order by column_name') }} as changed_columns
    from columns_changed
    group by extract_id, report_key

),

final as (

    select
        paired.source_system,
        paired.extract_id,
        paired.extract_date,
        paired.call_year,
        paired.report_key,
        paired.previous_extract_date,
        paired.previous_version_extract_id,
        case
            when not paired.is_held then 'withdrawn'
            when paired.previous_extract_date is null then 'first'
            when paired.previous_version_extract_id is null then 'added'
            when not paired.is_held_before then 'returned'
            when changes.report_key is not null then 'changed'
            else 'unchanged'
        end as report_change,
        coalesce(changes.n_changed_columns, 0) as n_changed_columns,
        changes.changed_columns

    from paired
    left join changes
        on paired.extract_id = changes.extract_id
        and paired.report_key = changes.report_key

)

select * from final
