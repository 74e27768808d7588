with

mobilities as (

    select * from {{ ref('stg_beneficiary_module__mobilities') }}

),

reports as (

    select * from {{ ref('stg_beneficiary_module__participant_reports') }}

),

-- A questionnaire is delivered once per mobility; should a file repeat it, the last row counts.
ranked_reports as (

    select
        *,
        row_number() over (partition by extract_id, report_id order by row_number desc) as rank_in_extract
    from reports

),

final as (

    select
        mobilities.*,
        ranked_reports.has_mobility_agreement,
        ranked_reports.sharing_plans,
        ranked_reports.submitted_date,
        ranked_reports.report_id is not null as has_report

    from mobilities
    left join ranked_reports
        on mobilities.extract_id = ranked_reports.extract_id
        and mobilities.report_id = ranked_reports.report_id
        and ranked_reports.rank_in_extract = 1

)

select * from final
