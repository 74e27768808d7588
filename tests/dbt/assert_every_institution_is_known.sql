select
    source_system,
    erasmus_code,
    dbh_code,
    oid,
    pic,
    name,
    n_rows
from {{ ref('int_institution_references_resolved') }}
where institution_key = 'unknown'
