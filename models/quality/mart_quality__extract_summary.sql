with

compared as (

    select * from {{ ref('int_report_versions_compared') }}

),

columns_changed as (

    select * from {{ ref('int_report_columns_changed') }}

),

extracts as (

    select * from {{ ref('stg_landing__extracts') }}

),

counted as (

    select
        extract_id,
        report_change,
        count(*) as n_reports,
        min(previous_extract_date) as first_previous_extract_date,
        max(previous_extract_date) as last_previous_extract_date
    from compared
    group by extract_id, report_change

),

per_column as (

    select
        compared.extract_id,
        compared.report_change,
        columns_changed.column_name,
        count(*) as n_reports
    from columns_changed
    inner join compared
        on columns_changed.extract_id = compared.extract_id
        and columns_changed.report_key = compared.report_key
    group by compared.extract_id, compared.report_change, columns_changed.column_name

),

ranked as (

    select
        *,
        row_number() over (
            partition by extract_id, report_change order by n_reports desc, column_name asc
        ) as column_rank
    from per_column

),

most_changed as (

    select
        extract_id,
        report_change,
        {{ dbt.listagg(
            "column_name || ' (' || cast(n_reports as " ~ dbt.type_string() ~ ") || ')'", "', '", 'order by column_rank'
        ) }} as most_changed_columns
    from ranked
    where column_rank <= {{ var('most_changed_columns') }}
    group by extract_id, report_change

),

final as (

    select
        counted.extract_id,
        extracts.file_name,
        extracts.source_system,
        extracts.extract_date,
        counted.report_change,
        cast(counted.n_reports as integer) as n_reports,
        counted.first_previous_extract_date,
        counted.last_previous_extract_date,
        most_changed.most_changed_columns

    from counted
    inner join extracts on counted.extract_id = extracts.extract_id
    left join most_changed
        on counted.extract_id = most_changed.extract_id
        and counted.report_change = most_changed.report_change

)

select * from final
