{#- Where an entity stood on a day before it was founded: with the one entity that it was founded from. A merger of
    several cannot be undone, because what is reported after it does not say from which of them it comes. -#}

with recursive

institutions as (

    select * from {{ ref('institution') }}

),

events as (

    select * from {{ ref('int_institution_events_checked') }}
    where not is_on_cycle

),

structure_dates as (

    select * from {{ ref('int_structure_dates_listed') }}

),

foundings as (

    select
        institutions.institution_key,
        institutions.valid_from as founded_date,
        min(events.from_institution_key) as founded_from_institution_key
    from institutions
    inner join events
        on institutions.institution_key = events.to_institution_key
        and institutions.valid_from = events.event_date
    group by institutions.institution_key, institutions.valid_from
    having count(distinct events.from_institution_key) = 1

),

walk as (

    select
        structure_dates.structure_date,
        institutions.institution_key as founded_institution_key,
        institutions.institution_key,
        cast(null as date) as walked_to,
        0 as n_steps
    from institutions
    cross join structure_dates

    union all

    select
        walk.structure_date,
        walk.founded_institution_key,
        foundings.founded_from_institution_key as institution_key,
        foundings.founded_date as walked_to,
        walk.n_steps + 1 as n_steps
    from walk
    inner join foundings
        on walk.institution_key = foundings.institution_key
        and walk.structure_date < foundings.founded_date
        -- Always further back, so that wrong dates cannot make the walk endless.
        and (walk.walked_to is null or walk.walked_to > foundings.founded_date)

),

ranked as (

    select
        *,
        row_number() over (partition by structure_date, founded_institution_key order by n_steps desc) as end_rank
    from walk

),

final as (

    select
        structure_date,
        founded_institution_key,
        institution_key,
        n_steps

    from ranked
    where end_rank = 1

)

select * from final
