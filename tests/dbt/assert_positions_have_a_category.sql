select
    position_code,
    sum(fte) as fte
from {{ ref('fct_staff_fte') }}
where
    position_category_code is null
    -- An agency can do without the list of position codes; one that has it needs all of them.
    and exists (select codes.position_code from {{ ref('stg_dbh__position_codes') }} as codes)
group by position_code
