select
    value_id,
    reading,
    published_value,
    computed_value,
    difference_in_units
from {{ ref('mart_replication__value') }}
where
    replication_verdict = 'differs'
    and conflict_key is null
