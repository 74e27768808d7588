{#- Follows every entity through the events up to the day of a structure. What was reported before a transfer is
    divided by it, what was reported later is not: so each entity is followed once per period between transfers. -#}

with recursive

institutions as (

    select * from {{ ref('institution') }}

),

steps as (

    select * from {{ ref('int_institution_steps_ordered') }}

),

structure_dates as (

    select * from {{ ref('int_structure_dates_listed') }}

),

transfer_dates as (

    select step_date
    from steps
    where not is_ending
    group by step_date

),

period_starts as (

    select cast(null as date) as reported_from
    union all
    select step_date as reported_from from transfer_dates

),

periods as (

    select
        reported_from,
        lead(reported_from) over (order by reported_from asc nulls first) as next_reported_from
    from period_starts

),

walk as (

    select
        structure_dates.structure_date,
        institutions.institution_key as reporting_institution_key,
        periods.reported_from,
        periods.next_reported_from,
        institutions.institution_key,
        -- The walk stands at this day; null is the beginning of time.
        periods.reported_from as walked_to,
        cast(1 as decimal(18, 12)) as weight,
        0 as n_steps,
        cast(institutions.institution_key as {{ dbt.type_string() }}) as lineage_path
    from institutions
    cross join structure_dates
    cross join periods

    union all

    select
        walk.structure_date,
        walk.reporting_institution_key,
        walk.reported_from,
        walk.next_reported_from,
        steps.to_institution_key as institution_key,
        case when walk.walked_to > steps.step_date then walk.walked_to else steps.step_date end as walked_to,
        cast(walk.weight * steps.weight as decimal(18, 12)) as weight,
        walk.n_steps + 1 as n_steps,
        case
            when steps.to_institution_key = walk.institution_key then walk.lineage_path
            else walk.lineage_path || ' > ' || steps.to_institution_key
        end as lineage_path
    from walk
    inner join steps on {{ is_next_step('walk', 'steps') }}

),

-- Where the walk goes no further.
final as (

    select
        walk.structure_date,
        walk.reporting_institution_key,
        walk.reported_from,
        walk.next_reported_from,
        walk.institution_key,
        walk.weight,
        walk.n_steps,
        walk.lineage_path

    from walk
    left join steps on {{ is_next_step('walk', 'steps') }}
    where steps.from_institution_key is null

)

select * from final
