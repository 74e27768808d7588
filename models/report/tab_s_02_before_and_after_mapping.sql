with

entity_years as (

    select * from {{ ref('mart_structure__entity_year') }}

),

institution_years as (

    select * from {{ ref('mart_usage__institution_year') }}

),

institutions as (

    select * from {{ ref('dim_institution') }}

),

-- What the institution reported under its own name.
own_years as (

    select
        institution_key,
        year,
        {{ exact_sum('n_stays') }} as n_stays,
        {{ exact_sum('staff_fte') }} as staff_fte
    from entity_years
    where reporting_institution_key = institution_key
    group by institution_key, year

),

final as (

    select
        institution_years.institution_key,
        institution_years.short_name,
        institutions.name_nb as institution_name_nb,
        institutions.name_en as institution_name_en,
        institution_years.year,
        coalesce(own_years.n_stays, 0) as n_stays_before_mapping,
        institution_years.n_stays,
        own_years.staff_fte as staff_fte_before_mapping,
        institution_years.staff_fte,
        institution_years.is_provisional

    from institution_years
    inner join institutions on institution_years.institution_key = institutions.institution_key
    left join own_years
        on institution_years.institution_key = own_years.institution_key
        and institution_years.year = own_years.year
    where institution_years.sector = '{{ var("institution_sector") }}'

)

select * from final
