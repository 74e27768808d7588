{#- The entity that sent each stay. -#}

with

reports as (

    select * from {{ ref('int_reports_derived') }}

),

refs as (

    select * from {{ ref('int_institution_references_resolved') }}

),

final as (

    select
        reports.report_key,
        refs.institution_key,
        refs.matched_by,
        refs.validity,
        case refs.matched_by
            when 'erasmus_code' then refs.erasmus_code
            when 'oid' then refs.oid
            when 'pic' then refs.pic
            else refs.name
        end as sending_code,
        refs.first_valid_date,
        refs.last_valid_date

    from reports
    inner join refs
        on reports.source_system = refs.source_system
        and refs.reference_key = {{ institution_reference_key(
            erasmus_code='reports.sending_erasmus_code', oid='reports.sending_oid', pic='reports.sending_pic',
            name='reports.sending_name'
        ) }}
        and reports.start_date is not distinct from refs.reference_date

)

select * from final
