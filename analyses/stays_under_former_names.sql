-- Which former entities do an institution's stays come from? One row per present institution and reporting entity.

select
    present.short_name as institution,
    entity.short_name as reporting_entity,
    entity.valid_to as entity_valid_to,
    sum(stays.n_participants) as n_stays,
    min(stays.start_date) as first_stay,
    max(stays.start_date) as last_stay
from {{ ref('fct_mobility') }} as stays
inner join {{ ref('dim_institution') }} as present on stays.institution_key = present.institution_key
inner join {{ ref('dim_institution') }} as entity on stays.reporting_institution_key = entity.institution_key
where present.sector = '{{ var("institution_sector") }}'
group by present.short_name, entity.short_name, entity.valid_to
order by present.short_name asc, n_stays desc
