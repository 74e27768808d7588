with

reports as (

    select * from {{ ref('int_reports_unioned') }}

),

countries as (

    select * from {{ ref('int_country_spellings_resolved') }}

),

located as (

    select
        reports.*,
        sender.country_code as sending_country_code,
        receiver.country_code as receiving_country_code

    from reports
    left join countries as sender on lower(reports.sending_country) = sender.spelling
    left join countries as receiver on lower(reports.receiving_country) = receiver.spelling

),

scoped as (

    select
        *,
        case
            when data_type <> 'mobility' then 'sub_row'
            when not has_report then 'without_report'
            when sending_country_code <> '{{ var("agency_country") }}' then 'incoming'
        end as out_of_scope_reason
    from located

),

-- Within what is in scope, the newest extract's row stands for the report; inside one extract the last row.
ranked as (

    select
        *,
        row_number() over (
            partition by source_system, report_id, out_of_scope_reason
            order by extract_date desc, landing_order desc, row_number desc
        ) as version_rank,
        first_value(extract_id) over (
            partition by source_system, report_id, out_of_scope_reason
            order by extract_date desc, landing_order desc, row_number desc
        ) as newest_extract_id
    from scoped

),

final as (

    select
        source_system || '/' || report_id as report_key,
        source_system,
        extract_id,
        row_number,
        report_id,
        project_code,
        participant_id_pseudonym,
        email_pseudonym,
        name_birth_date_pseudonym,
        sending_erasmus_code,
        sending_oid,
        sending_pic,
        sending_name,
        sending_country_code,
        receiving_country_code,
        activity_type,
        is_combined,
        has_mobility_agreement,
        sharing_plans,
        duration_days,
        start_date,
        end_date,
        submitted_date,
        extract_date,
        case
            when out_of_scope_reason is not null then out_of_scope_reason
            when version_rank = 1 then 'current'
            when extract_id = newest_extract_id then 'duplicate'
            else 'superseded'
        end as row_status

    from ranked

)

select * from final
