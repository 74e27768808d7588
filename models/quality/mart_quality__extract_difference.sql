with

compared as (

    select * from {{ ref('int_report_versions_compared') }}

),

final as (

    select
        extract_id,
        extract_date,
        source_system,
        report_key,
        call_year,
        report_change,
        previous_extract_date,
        previous_version_extract_id,
        n_changed_columns,
        changed_columns

    from compared
    where report_change not in ('first', 'unchanged')

)

select * from final
