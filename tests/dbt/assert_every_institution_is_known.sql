select
    source_system,
    erasmus_code,
    dbh_code,
    oid,
    pic,
    name,
    n_rows
from {{ ref('int_institution_references_resolved') }}
where
    institution_key = 'unknown'
    -- Public files name senders badly and cannot be sent back: quality_open_data_senders lists these.
    and source_system <> 'eu_open_data'
