with

reports as (

    select * from {{ ref('int_reports_derived') }}

),

persons as (

    select * from {{ ref('int_persons_linked') }}

),

sequenced as (

    select
        reports.report_key,
        persons.person_key,
        -- Two stays that start on one day: the later report id is the later stay.
        row_number() over (
            partition by persons.person_key
            order by reports.start_date, reports.report_id, reports.source_system
        ) as stay_number
    from reports
    inner join persons on reports.report_key = persons.report_key

),

final as (

    select
        report_key,
        person_key,
        stay_number,
        stay_number > 1 as is_reuse

    from sequenced

)

select * from final
