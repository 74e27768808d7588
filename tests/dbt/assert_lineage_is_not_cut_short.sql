select
    institution_key,
    mapped_institution_key,
    n_steps
from {{ ref('int_institutions_mapped') }}
where n_steps >= {{ var('lineage_max_depth') }}
