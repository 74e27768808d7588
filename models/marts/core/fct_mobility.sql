with

reports as (

    select * from {{ ref('int_reports_derived') }}

),

stays as (

    select * from {{ ref('int_stays_sequenced') }}

),

refs as (

    select * from {{ ref('int_institution_references_resolved') }}

),

institutions as (

    select * from {{ ref('dim_institution') }}

),

final as (

    select
        -- keys
        reports.report_key,
        stays.person_key,
        refs.institution_key as reporting_institution_key,
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
        refs.matched_by as institution_matched_by,

        -- re-use
        stays.stay_number,
        stays.is_reuse,

        -- measures
        reports.duration_days,
        -- One report stands for one person's stay; aggregated sources bring larger weights.
        1 as n_participants

    from reports
    inner join stays on reports.report_key = stays.report_key
    inner join refs
        on reports.source_system = refs.source_system
        and refs.reference_key = {{ institution_reference_key(
            erasmus_code='reports.sending_erasmus_code', oid='reports.sending_oid',
            pic='reports.sending_pic', name='reports.sending_name'
        ) }}
    inner join institutions on refs.institution_key = institutions.institution_key

)

select * from final
