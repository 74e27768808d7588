select
    events.event_date,
    events.event_kind,
    events.from_institution_key,
    former.valid_from as from_valid_from,
    former.valid_to as from_valid_to,
    events.to_institution_key,
    successor.valid_from as to_valid_from,
    successor.valid_to as to_valid_to
from {{ ref('institution_event') }} as events
left join {{ ref('institution') }} as former on events.from_institution_key = former.institution_key
left join {{ ref('institution') }} as successor on events.to_institution_key = successor.institution_key
where
    former.institution_key is null
    or successor.institution_key is null
    -- The former entity has existed before.
    or coalesce(former.valid_from >= events.event_date, false)
    -- It ends on the day before, or, when only a part of it is transferred, goes on.
    or (
        events.event_kind <> 'transfer'
        and coalesce({{ dbt.dateadd('day', 1, 'former.valid_to') }} <> events.event_date, true)
    )
    or (events.event_kind = 'transfer' and coalesce(former.valid_to < events.event_date, false))
    -- The successor exists on the day.
    or coalesce(successor.valid_from > events.event_date, false)
    or coalesce(successor.valid_to < events.event_date, false)
