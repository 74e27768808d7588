select
    correction_id,
    source_table,
    row_key,
    column_name,
    expected_value,
    found_value,
    newest_extract_id,
    correction_state
from {{ ref('stg_corrections__source_corrections') }}
where correction_state in ('source_has_changed', 'row_not_found')
