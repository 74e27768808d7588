with

mobilities as (

    select * from {{ ref('int_open_mobilities_versioned') }}

),

final as (

    select
        extract_id,
        year,
        row_status,
        cast(count(*) as integer) as n_rows,
        cast(sum(n_participants) as integer) as n_participants

    from mobilities
    group by extract_id, year, row_status

)

select * from final
