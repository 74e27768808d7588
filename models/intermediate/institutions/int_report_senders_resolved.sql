{#- The entity that sent a stay: of those that bear its code, the one that existed on the day of departure. -#}

with

reports as (

    select
        *,
        {{ institution_reference_key(
            erasmus_code='sending_erasmus_code', oid='sending_oid', pic='sending_pic', name='sending_name'
        ) }} as reference_key
    from {{ ref('int_reports_derived') }}

),

matched as (

    select * from {{ ref('int_institution_references_matched') }}

),

institutions as (

    select * from {{ ref('institution') }}

),

candidates as (

    select
        reports.report_key,
        matched.institution_key,
        matched.matched_by,
        institutions.valid_to as last_valid_date,
        coalesce(institutions.valid_to < reports.start_date, false) as is_after_end,
        coalesce(institutions.valid_from > reports.start_date, false) as is_before_begin
    from reports
    inner join matched
        on reports.source_system = matched.source_system
        and reports.reference_key = matched.reference_key
    left join institutions on matched.institution_key = institutions.institution_key

),

-- Old codes are used for years: when nobody bore the code on that day, the last one that did is meant.
ranked as (

    select
        *,
        row_number() over (
            partition by report_key
            order by is_before_begin asc, is_after_end asc, last_valid_date desc nulls first, institution_key asc
        ) as candidate_rank
    from candidates

),

final as (

    select
        report_key,
        institution_key,
        matched_by,
        last_valid_date,
        is_after_end

    from ranked
    where candidate_rank = 1

)

select * from final
