{#- The days for which the structure is worked out: the chosen one, and every 1 January from the first event to the last. -#}

with recursive

events as (

    select * from {{ ref('institution_event') }}

),

structure as (

    select * from {{ ref('int_structure_date') }}

),

event_years as (

    select
        min({{ year_of('event_date') }}) as first_year,
        max({{ year_of('event_date') }}) as last_year
    from events

),

years as (

    select first_year as structure_year
    from event_years
    where first_year is not null

    union all

    select years.structure_year + 1 as structure_year
    from years
    cross join event_years
    where years.structure_year < event_years.last_year

),

days as (

    select cast(cast(structure_year as {{ dbt.type_string() }}) || '-01-01' as date) as structure_date from years
    union
    select structure_date from structure

),

final as (

    select
        days.structure_date,
        days.structure_date = structure.structure_date as is_chosen_structure

    from days
    cross join structure

)

select * from final
