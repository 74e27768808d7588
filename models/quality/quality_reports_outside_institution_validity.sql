with

reports as (

    select * from {{ ref('int_reports_derived') }}

),

senders as (

    select * from {{ ref('int_report_senders_resolved') }}

),

institutions as (

    select * from {{ ref('dim_institution') }}

),

outside as (

    select
        reports.extract_id,
        senders.institution_key as reporting_institution_key,
        institutions.mapped_institution_key as institution_key,
        senders.sending_code,
        senders.validity,
        senders.first_valid_date,
        senders.last_valid_date,
        reports.start_date,
        reports.report_key
    from reports
    inner join senders on reports.report_key = senders.report_key
    inner join institutions on senders.institution_key = institutions.institution_key
    where senders.validity <> 'valid'

),

final as (

    select
        extract_id,
        reporting_institution_key,
        institution_key,
        sending_code,
        validity,
        first_valid_date,
        last_valid_date,
        cast(count(report_key) as integer) as n_reports,
        min(start_date) as first_start_date,
        max(start_date) as last_start_date

    from outside
    group by
        extract_id, reporting_institution_key, institution_key, sending_code, validity, first_valid_date, last_valid_date

)

select * from final
