with

motives as (

    select * from {{ ref('motive') }}

),

categories as (

    select * from {{ ref('motive_category') }}

),

final as (

    select
        motives.motive_key,
        motives.question_key,
        motives.sort_order,
        motives.motive_category,
        motives.label_nb,
        motives.label_en,
        categories.label_nb as motive_category_label_nb,
        categories.label_en as motive_category_label_en

    from motives
    inner join categories on motives.motive_category = categories.motive_category

)

select * from final
