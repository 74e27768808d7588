with

reports as (

    select * from {{ ref('int_reports_unioned') }}

),

countries as (

    select * from {{ ref('int_country_spellings_resolved') }}

),

coverage as (

    select * from {{ ref('int_extracts_covered') }}

),

newest_coverage as (

    select
        source_system,
        call_year,
        max(extract_date) as newest_covering_date
    from coverage
    group by source_system, call_year

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
            when is_rejected then 'rejected'
            when data_type <> 'mobility' then 'sub_row'
            when not has_report then 'without_report'
            when sending_country_code <> '{{ var("agency_country") }}' then 'incoming'
        end as out_of_scope_reason
    from located

),

-- An extract holds a report as an outgoing stay, or as a row that the gate has set aside: that the source still has it, too.
held as (

    select
        *,
        out_of_scope_reason is null or (is_rejected and data_type = 'mobility') as is_held
    from scoped

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
        ) as newest_extract_id,
        row_number() over (
            partition by extract_id, report_id, out_of_scope_reason
            order by row_number desc
        ) as rank_in_extract,
        max(case when is_held then extract_date end) over (
            partition by source_system, report_id
        ) as last_held_date
    from held

),

final as (

    select
        ranked.source_system || '/' || ranked.report_id as report_key,
        ranked.source_system,
        ranked.extract_id,
        ranked.row_number,
        ranked.report_id,
        ranked.project_code,
        ranked.participant_id_pseudonym,
        ranked.email_pseudonym,
        ranked.name_birth_date_pseudonym,
        ranked.sending_erasmus_code,
        ranked.sending_oid,
        ranked.sending_pic,
        ranked.sending_name,
        ranked.sending_country_code,
        ranked.receiving_country_code,
        ranked.activity_type,
        ranked.is_combined,
        ranked.has_mobility_agreement,
        ranked.sharing_plans,
        ranked.duration_days,
        ranked.start_date,
        ranked.end_date,
        ranked.submitted_date,
        ranked.extract_date,
        ranked.landing_order,
        ranked.call_year,
        ranked.is_held,
        ranked.out_of_scope_reason is null and ranked.rank_in_extract = 1 as is_version,
        case
            when ranked.out_of_scope_reason is not null then ranked.out_of_scope_reason
            when ranked.version_rank = 1 and ranked.last_held_date < newest_coverage.newest_covering_date then 'withdrawn'
            when ranked.version_rank = 1 then 'current'
            when ranked.extract_id = ranked.newest_extract_id then 'duplicate'
            else 'superseded'
        end as version_status

    from ranked
    left join newest_coverage
        on ranked.source_system = newest_coverage.source_system
        and ranked.call_year = newest_coverage.call_year

)

select * from final
