-- A country without a published study compares nothing.
with

named as (

    select computed_in as model_name from {{ ref('published_value') }}

    union

    select model_name from {{ ref('text_number') }}

    union

    select model_name from {{ ref('claim_part') }}

)

select distinct table_rows.model_name
from {{ ref('mart_replication__row') }} as table_rows
left join named on table_rows.model_name = named.model_name
where
    named.model_name is null
    and (select count(*) from {{ ref('published_value') }}) > 0
