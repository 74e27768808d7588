with

mobilities as (

    select * from {{ ref('int_open_mobilities_versioned') }}

),

final as (

    select
        extract_id,
        row_number,
        row_status,
        participants_text,
        participants_check,
        n_participants

    from mobilities
    where participants_check <> 'whole'

)

select * from final
