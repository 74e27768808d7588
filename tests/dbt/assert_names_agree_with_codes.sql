select
    source_system,
    erasmus_code,
    oid,
    pic,
    dbh_code,
    institution_name,
    reporting_institution_key,
    n_rows
from {{ ref('quality_institution_references') }}
where name_check = 'contradicts'
