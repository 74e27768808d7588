{#- Which events of the structure can be followed: not those that lead in a circle. -#}

with recursive

events as (

    select
        *,
        -- A transfer takes a part out of an entity that goes on; every other event ends the entity.
        event_kind <> 'transfer' as is_ending
    from {{ ref('institution_event') }}

),

-- Every entity that can be reached from another. "union" keeps each pair once, so that a circle ends the recursion.
reachable as (

    select
        from_institution_key,
        to_institution_key
    from events
    where is_ending

    union

    select
        reachable.from_institution_key,
        events.to_institution_key
    from reachable
    inner join events on reachable.to_institution_key = events.from_institution_key
    where events.is_ending

),

final as (

    select
        events.event_date,
        events.event_kind,
        events.is_ending,
        events.from_institution_key,
        events.to_institution_key,
        events.weight,
        -- Transfers go forward in time and cannot lead in a circle, unless to the entity itself.
        reachable.to_institution_key is not null
        or events.from_institution_key = events.to_institution_key as is_on_cycle

    from events
    left join reachable
        on events.is_ending
        and events.to_institution_key = reachable.from_institution_key
        and events.from_institution_key = reachable.to_institution_key

)

select * from final
