with

mobilities as (

    {{ delivered_rows(ref('stg_beneficiary_module__mobilities'), 'beneficiary_module__mobility') }}

),

reports as (

    {{ delivered_rows(ref('stg_beneficiary_module__participant_reports'), 'beneficiary_module__participant_report') }}

),

-- A questionnaire is delivered once per mobility; should a file repeat it, the last row that is not set aside counts.
ranked_reports as (

    select
        *,
        row_number() over (
            partition by extract_id, report_id order by is_rejected asc, row_number desc
        ) as rank_in_extract
    from reports

),

final as (

    select
        mobilities.extract_id,
        mobilities.row_number,
        mobilities.report_id,
        mobilities.project_code,
        mobilities.participant_id_pseudonym,
        mobilities.email_pseudonym,
        mobilities.name_birth_date_pseudonym,
        mobilities.data_type,
        mobilities.mobility_status,
        mobilities.sending_oid,
        mobilities.sending_name,
        mobilities.sending_country,
        mobilities.receiving_country,
        mobilities.activity_type,
        mobilities.is_blended,
        mobilities.is_combined,
        mobilities.duration_days,
        mobilities.funded_days,
        mobilities.travel_days,
        mobilities.start_date,
        mobilities.end_date,
        mobilities.extract_date,
        mobilities.landing_order,
        ranked_reports.has_mobility_agreement,
        ranked_reports.sharing_plans,
        ranked_reports.submitted_date,
        ranked_reports.row_number as report_row_number,
        ranked_reports.report_id is not null as has_report,
        -- A mobility whose questionnaire is set aside is set aside with it.
        mobilities.is_rejected or coalesce(ranked_reports.is_rejected, false) as is_rejected

    from mobilities
    left join ranked_reports
        on mobilities.extract_id = ranked_reports.extract_id
        and mobilities.report_id = ranked_reports.report_id
        and ranked_reports.rank_in_extract = 1

)

select * from final
