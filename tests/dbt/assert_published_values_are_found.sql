-- An analysis that the plan of analyses does not name is no lost row, and a model without rows has lost none.
select
    compared.value_id,
    compared.reading,
    compared.computed_in,
    compared.computed_row
from {{ ref('mart_replication__value') }} as compared
where
    compared.not_computable_reason = 'no_row'
    and compared.computed_in not like 'mart_statistics__%'
    and compared.computed_in in (
        select table_rows.model_name from {{ ref('mart_replication__row') }} as table_rows
    )
