with

delivered as (

    select
        _extract_id as extract_id,
        count(*) as n_rows
    from {{ source('mobility_tool', 'mobility_tool__participant_report') }}
    {{ only_extracts_as_of() }}
    group by _extract_id
    union all
    select
        _extract_id as extract_id,
        count(*) as n_rows
    from {{ source('beneficiary_module', 'beneficiary_module__mobility') }}
    {{ only_extracts_as_of() }}
    group by _extract_id
    union all
    select
        _extract_id as extract_id,
        count(*) as n_rows
    from {{ source('eu_open_data', 'eu_open_data__mobility') }}
    {{ only_extracts_as_of() }}
    group by _extract_id

),

placed as (

    select
        extract_id,
        count(*) as n_rows
    from {{ ref('int_reports_versioned') }}
    group by extract_id
    union all
    select
        extract_id,
        count(*) as n_rows
    from {{ ref('int_open_mobilities_versioned') }}
    group by extract_id

)

select
    delivered.extract_id,
    delivered.n_rows as n_delivered_rows,
    coalesce(placed.n_rows, 0) as n_placed_rows
from delivered
left join placed on delivered.extract_id = placed.extract_id
where delivered.n_rows <> coalesce(placed.n_rows, 0)
