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

lineage as (

    select * from {{ ref('bridge_institution_lineage') }}

),

final as (

    select
        -- keys
        reports.report_key,
        stays.person_key,
        senders.institution_key as reporting_institution_key,
        lineage.institution_key,
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
        -- One report stands for one person's stay, or for the part of it that is this institution's.
        cast(lineage.institution_weight as decimal(18, 6)) as n_participants

    from reports
    inner join stays on reports.report_key = stays.report_key
    inner join senders on reports.report_key = senders.report_key
    inner join lineage on {{ mapped_to_structure('lineage', 'senders.institution_key', 'reports.start_date') }}

)

select * from final
