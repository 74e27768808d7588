with

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

staff as (

    select * from {{ ref('fct_staff_fte') }}

),

institutions as (

    select * from {{ ref('dim_institution') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

stays as (

    select
        institution_key,
        reporting_institution_key,
        year,
        {{ exact_sum('n_participants') }} as n_stays
    from mobilities
    group by institution_key, reporting_institution_key, year

),

fte as (

    select
        institution_key,
        reporting_institution_key,
        year,
        {{ exact_sum('fte') }} as staff_fte
    from staff
    where not is_secondary_position
    group by institution_key, reporting_institution_key, year

),

entity_years as (

    select
        institution_key,
        reporting_institution_key,
        year
    from stays
    union
    select
        institution_key,
        reporting_institution_key,
        year
    from fte

),

final as (

    select
        entity_years.institution_key,
        entity_years.reporting_institution_key,
        entity_years.year,
        institutions.short_name as institution_short_name,
        entities.short_name as entity_short_name,
        coalesce(stays.n_stays, 0) as n_stays,
        fte.staff_fte,
        periods.is_provisional

    from entity_years
    inner join periods on entity_years.year = periods.year
    inner join institutions on entity_years.institution_key = institutions.institution_key
    inner join institutions as entities on entity_years.reporting_institution_key = entities.institution_key
    left join stays
        on entity_years.institution_key = stays.institution_key
        and entity_years.reporting_institution_key = stays.reporting_institution_key
        and entity_years.year = stays.year
    left join fte
        on entity_years.institution_key = fte.institution_key
        and entity_years.reporting_institution_key = fte.reporting_institution_key
        and entity_years.year = fte.year

)

select * from final
