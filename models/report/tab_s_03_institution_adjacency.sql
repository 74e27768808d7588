with

events as (

    select * from {{ ref('int_institution_events_checked') }}
    where not is_on_cycle

),

entity_years as (

    select * from {{ ref('mart_structure__entity_year') }}

),

institutions as (

    select * from {{ ref('institution') }}

),

structure as (

    select * from {{ ref('int_structure_date') }}

),

by_entity as (

    select
        reporting_institution_key,
        {{ exact_sum('n_stays') }} as n_stays,
        {{ exact_sum('staff_fte') }} as staff_fte_years
    from entity_years
    group by reporting_institution_key

),

final as (

    select
        events.event_date,
        events.event_kind,
        events.from_institution_key,
        formers.short_name as from_short_name,
        events.to_institution_key,
        successors.short_name as to_short_name,
        cast(events.weight as double) as weight,
        events.event_date <= structure.structure_date as is_in_force,
        coalesce(by_entity.n_stays, 0) as n_stays_of_former,
        by_entity.staff_fte_years as staff_fte_years_of_former

    from events
    inner join institutions as formers on events.from_institution_key = formers.institution_key
    inner join institutions as successors on events.to_institution_key = successors.institution_key
    cross join structure
    left join by_entity on events.from_institution_key = by_entity.reporting_institution_key

)

select * from final
