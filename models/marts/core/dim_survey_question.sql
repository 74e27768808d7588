with

questions as (

    select * from {{ ref('survey_question') }}

),

final as (

    select
        question_key,
        sort_order,
        scale,
        strategy_component,
        report_place,
        label_nb,
        label_en

    from questions

)

select * from final
