{#- Follows merges and renames from every entity to the institution that it belongs to on the day of the structure. -#}

with recursive

institutions as (

    select * from {{ ref('institution') }}

),

events as (

    select * from {{ ref('institution_event') }}

),

structure as (

    select * from {{ ref('int_structure_date') }}

),

effective_events as (

    select
        events.from_institution_key,
        events.to_institution_key
    from events
    cross join structure
    where events.event_date <= structure.structure_date

),

lineage as (

    select
        institution_key,
        institution_key as mapped_institution_key,
        0 as n_steps
    from institutions

    union all

    select
        lineage.institution_key,
        effective_events.to_institution_key as mapped_institution_key,
        lineage.n_steps + 1 as n_steps
    from lineage
    inner join effective_events on lineage.mapped_institution_key = effective_events.from_institution_key
    where lineage.n_steps < {{ var('lineage_max_depth') }}

),

-- The end of the chain is the institution of that day.
ranked as (

    select
        *,
        row_number() over (partition by institution_key order by n_steps desc, mapped_institution_key asc) as end_rank
    from lineage

),

final as (

    select
        institution_key,
        mapped_institution_key,
        n_steps

    from ranked
    where end_rank = 1

)

select * from final
