with

lineage as (

    select * from {{ ref('bridge_institution_lineage') }}

),

structure_dates as (

    select * from {{ ref('int_structure_dates_listed') }}

),

reported as (

    select
        'stays' as measure,
        reports.year,
        senders.institution_key,
        reports.start_date as reported_date,
        count(*) as amount
    from {{ ref('int_reports_derived') }} as reports
    inner join {{ ref('int_report_senders_resolved') }} as senders on reports.report_key = senders.report_key
    group by reports.year, senders.institution_key, reports.start_date
    union all
    select
        'fte' as measure,
        staff.year,
        refs.institution_key,
        refs.reference_date as reported_date,
        sum(staff.fte) as amount
    from {{ ref('int_staff_fte_versioned') }} as staff
    inner join {{ ref('int_institution_references_resolved') }} as refs
        on refs.source_system = 'dbh'
        and refs.reference_key = {{ institution_reference_key(dbh_code='staff.dbh_code') }}
        and refs.reference_date = {{ yearly_figures_date('staff.year') }}
    group by staff.year, refs.institution_key, refs.reference_date

),

entity_totals as (

    select
        measure,
        year,
        sum(amount) as entity_total
    from reported
    group by measure, year

),

expected as (

    select
        structure_dates.structure_date,
        entity_totals.measure,
        entity_totals.year,
        entity_totals.entity_total
    from entity_totals
    cross join structure_dates

),

mapped as (

    select
        lineage.structure_date,
        reported.measure,
        reported.year,
        sum(reported.amount * lineage.institution_weight) as mapped_total
    from reported
    inner join lineage on {{ lineage_of('lineage', 'reported.institution_key', 'reported.reported_date') }}
    group by lineage.structure_date, reported.measure, reported.year

)

select
    expected.structure_date,
    expected.measure,
    expected.year,
    expected.entity_total,
    mapped.mapped_total
from expected
left join mapped
    on expected.structure_date = mapped.structure_date
    and expected.measure = mapped.measure
    and expected.year = mapped.year
where mapped.mapped_total is null or mapped.mapped_total <> expected.entity_total
