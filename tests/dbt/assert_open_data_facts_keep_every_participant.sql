with

placed as (

    select
        extract_id,
        row_number,
        n_participants
    from {{ ref('int_open_mobilities_versioned') }}
    where row_status = 'current'

),

counted as (

    select
        extract_id,
        row_number,
        sum(n_participants) as n_participants
    from {{ ref('fct_open_mobility') }}
    group by extract_id, row_number

)

select
    coalesce(placed.extract_id, counted.extract_id) as extract_id,
    coalesce(placed.row_number, counted.row_number) as row_number,
    placed.n_participants as n_placed_participants,
    counted.n_participants as n_counted_participants
from placed
full outer join counted
    on placed.extract_id = counted.extract_id
    and placed.row_number = counted.row_number
where placed.n_participants is distinct from counted.n_participants
