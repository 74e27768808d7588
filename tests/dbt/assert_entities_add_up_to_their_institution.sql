with

entities as (

    select
        institution_key,
        year,
        {{ exact_sum('n_stays') }} as n_stays,
        {{ exact_sum('staff_fte') }} as staff_fte
    from {{ ref('mart_structure__entity_year') }}
    group by institution_key, year

)

select
    coalesce(entities.institution_key, institutions.institution_key) as institution_key,
    coalesce(entities.year, institutions.year) as year,
    entities.n_stays as entity_stays,
    institutions.n_stays as institution_stays,
    entities.staff_fte as entity_fte,
    institutions.staff_fte as institution_fte
from entities
full outer join {{ ref('mart_usage__institution_year') }} as institutions
    on entities.institution_key = institutions.institution_key
    and entities.year = institutions.year
where
    entities.institution_key is null
    or institutions.institution_key is null
    or entities.n_stays <> institutions.n_stays
    or coalesce(entities.staff_fte, 0) <> coalesce(institutions.staff_fte, 0)
