with

versions as (

    select * from {{ ref('int_report_versions_ranked') }}

),

moved as (

    select * from {{ ref('int_reports_moved') }}
    where moved_to_report_key is not null

),

final as (

    select
        versions.report_key,
        versions.source_system,
        versions.extract_id,
        versions.row_number,
        versions.report_id,
        versions.project_code,
        versions.participant_id_pseudonym,
        versions.email_pseudonym,
        versions.name_birth_date_pseudonym,
        versions.sending_erasmus_code,
        versions.sending_oid,
        versions.sending_pic,
        versions.sending_name,
        versions.sending_country_code,
        versions.receiving_country_code,
        versions.activity_type,
        versions.is_combined,
        versions.has_mobility_agreement,
        versions.sharing_plans,
        versions.duration_days,
        versions.start_date,
        versions.end_date,
        versions.submitted_date,
        versions.extract_date,
        case
            when versions.version_status = 'current' and moved.report_key is not null then 'moved'
            else versions.version_status
        end as row_status

    from versions
    left join moved on versions.report_key = moved.report_key

)

select * from final
