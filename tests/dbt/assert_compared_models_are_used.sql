select distinct model_name
from {{ ref('mart_replication__row') }}
where
    model_name not in (select computed_in from {{ ref('published_value') }} where computed_in is not null)
    and model_name not in (select model_name from {{ ref('text_number') }})
    and model_name not in (select model_name from {{ ref('claim_part') }})
