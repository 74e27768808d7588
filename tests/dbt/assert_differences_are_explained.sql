-- Under the headers as printed table 4.2 differs in most cells, which finding 1 of the audit explains.
select
    value_id,
    reading,
    published_value,
    computed_value,
    difference_in_units
from {{ ref('mart_replication__value') }}
where
    reading = 'as_corrected'
    and replication_verdict = 'differs'
    and conflict_key is null
