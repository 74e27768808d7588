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
        year,
        {{ exact_sum('n_participants') }} as n_stays,
        {{ exact_sum("case when purpose_key = 'teaching' then n_participants else 0 end") }} as n_teaching_stays,
        {{ exact_sum("case when purpose_key = 'training' then n_participants else 0 end") }} as n_training_stays,
        {{ exact_sum("case when purpose_key = 'combined' then n_participants else 0 end") }} as n_combined_stays,
        {{ exact_sum('case when is_reuse then n_participants else 0 end') }} as n_reuse_stays
    from mobilities
    group by institution_key, year

),

fte as (

    select
        institution_key,
        year,
        {{ exact_sum('fte') }} as staff_fte
    from staff
    where not is_secondary_position
    group by institution_key, year

),

-- A year counts for an institution if it has stays or staff: no stays with staff is a rate of zero.
institution_years as (

    select
        institution_key,
        year
    from stays
    union
    select
        institution_key,
        year
    from fte

),

final as (

    select
        institution_years.institution_key,
        institution_years.year,
        institutions.short_name,
        institutions.sector,
        institutions.cluster,
        coalesce(stays.n_stays, 0) as n_stays,
        coalesce(stays.n_teaching_stays, 0) as n_teaching_stays,
        coalesce(stays.n_training_stays, 0) as n_training_stays,
        coalesce(stays.n_combined_stays, 0) as n_combined_stays,
        coalesce(stays.n_reuse_stays, 0) as n_reuse_stays,
        fte.staff_fte,
        100 * {{ share('coalesce(stays.n_stays, 0)', 'fte.staff_fte') }} as mobilities_per_100_fte,
        periods.is_provisional

    from institution_years
    inner join institutions on institution_years.institution_key = institutions.institution_key
    inner join periods on institution_years.year = periods.year
    left join stays
        on institution_years.institution_key = stays.institution_key
        and institution_years.year = stays.year
    left join fte
        on institution_years.institution_key = fte.institution_key
        and institution_years.year = fte.year

)

select * from final
