with

items as (

    select * from {{ ref('outcome_item') }}

),

final as (

    select
        item_key,
        battery,
        outcome_group,
        change_theme,
        change_tense,
        item_weight,
        sort_order,
        label_nb,
        label_en

    from items

)

select * from final
