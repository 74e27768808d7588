with

ledger as (

    select * from {{ ref('mart_quality__ledger') }}

),

total as (

    select * from {{ ref('mart_quality__ledger_total') }}
    where ledger_scope = 'all'

),

registered as (

    select sum(row_count) as n_rows
    from (
        select row_count from {{ ref('stg_landing__extracts') }}
        union all
        select row_count from {{ ref('stg_landing__quarantined_extracts') }}
    ) as files

),

delivered as (
    {{ delivered_row_counts() }}

),

delivered_total as (

    select sum(n_rows) as n_rows from delivered

)

select
    extract_id,
    file_name,
    n_file_rows,
    n_landed_rows,
    n_accounted_rows
from ledger
where not is_balanced

union all

select
    total.ledger_scope as extract_id,
    total.ledger_scope as file_name,
    total.n_file_rows,
    total.n_landed_rows,
    total.n_accounted_rows
from total
cross join registered
cross join delivered_total
where
    not total.is_balanced
    or total.n_file_rows <> registered.n_rows
    or total.n_landed_rows <> delivered_total.n_rows
    or total.n_file_rows <> total.n_accounted_rows
