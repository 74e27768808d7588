with

reports as (

    select * from {{ ref('int_reports_derived') }}

),

stays as (

    select * from {{ ref('int_stays_sequenced') }}

),

senders as (

    select * from {{ ref('int_report_senders_resolved') }}

),

institutions as (

    select * from {{ ref('dim_institution') }}

),

final as (

    select
        -- keys
        reports.report_key,
        stays.person_key,
        senders.institution_key as reporting_institution_key,
        institutions.mapped_institution_key as institution_key,
        reports.receiving_country_code as country_code,
        reports.year,
        reports.extract_id,

        -- stay
        reports.source_system,
        reports.departure_year,
        reports.call_year,
        reports.start_date,
        reports.end_date,
        reports.submitted_date,
        reports.purpose_key,
        reports.is_teaching,
        reports.duration_group,
        reports.duration_bin,
        reports.has_mobility_agreement,
        senders.matched_by as institution_matched_by,

        -- re-use
        stays.stay_number,
        stays.is_reuse,

        -- measures
        reports.duration_days,
        -- One report stands for one person's stay; aggregated sources bring larger weights.
        1 as n_participants

    from reports
    inner join stays on reports.report_key = stays.report_key
    inner join senders on reports.report_key = senders.report_key
    inner join institutions on senders.institution_key = institutions.institution_key

)

select * from final
