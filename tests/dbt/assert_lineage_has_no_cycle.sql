select
    event_date,
    event_kind,
    from_institution_key,
    to_institution_key
from {{ ref('int_institution_events_checked') }}
where is_on_cycle
