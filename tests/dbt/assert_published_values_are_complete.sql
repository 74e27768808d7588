select value_id
from {{ ref('published_value') }}
where
    (computed_in is null) != (computed_row is null)
    or (computed_in is null) != (computed_column is null)
    or (computed_in is null) != (computed_scale is null)
    or (computed_in is null) != (not_computable_reason is not null)
    or (comparator = 'claim') != (published_value is null)
    or (comparator = 'claim') != (published_text is not null)
    or (comparator = 'claim') != (printed_decimals is null)
