with

entities as (

    select
        institutions.institution_key,
        structure_dates.structure_date
    from {{ ref('institution') }} as institutions
    cross join {{ ref('int_structure_dates_listed') }} as structure_dates

),

totals as (

    select
        structure_date,
        reporting_institution_key,
        reported_from,
        sum(institution_weight) as total_weight
    from {{ ref('bridge_institution_lineage') }}
    group by structure_date, reporting_institution_key, reported_from

)

select
    entities.structure_date,
    entities.institution_key,
    totals.reported_from,
    totals.total_weight
from entities
left join totals
    on entities.structure_date = totals.structure_date
    and entities.institution_key = totals.reporting_institution_key
where totals.total_weight is null or totals.total_weight <> 1
